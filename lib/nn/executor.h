/* Forward and backward over one batch: the memory for it and the order of the work.
 *
 * Everything is cut into tasks that depend on the architecture and the batch size alone, and
 * partial sums are added in a fixed order, so the result is the same bytes at any number of
 * threads. Weights and gradients are in the order of training (mcnn_net_to_training()). */
#ifndef MCNN_NN_EXECUTOR_H
#define MCNN_NN_EXECUTOR_H

#include "base/threads.h"
#include "nn/loss.h"
#include "nn/net.h"

typedef struct mcnn_executor mcnn_executor;

/* The net must outlive the executor. workers: the threads of the pool that will be used. */
mnistcnn_status mcnn_executor_create(const mcnn_net *net, size_t max_batch, uint32_t workers,
                                     const mcnn_alloc *alloc, mcnn_executor **out);
void mcnn_executor_free(mcnn_executor *executor);
/* What creating one asks the caller's allocator for; `alloc` serves for the tables on the way. */
mnistcnn_status mcnn_executor_bytes(const mcnn_net *net, size_t max_batch, uint32_t workers,
                                    const mcnn_alloc *alloc, uint64_t *bytes);

typedef struct mcnn_batch {
  size_t images;          /* 1..max_batch */
  const uint32_t *labels; /* of each */
  /* Writes the network's input of image `index`; called once for each, from any worker. */
  void (*fill)(void *context, size_t index, size_t worker, float *input);
  void *context;
  uint64_t seed, step; /* of dropout */
} mcnn_batch;

/* Forward with dropout, then probabilities, loss and its gradient. Adds the batch to *sums. */
void mcnn_executor_forward(mcnn_executor *executor, mcnn_pool *pool, const float *weights,
                           const mcnn_batch *batch, const mcnn_loss *loss, mcnn_loss_sums *sums);

/* The probabilities of the last forward, [images][classes]. */
const float *mcnn_executor_probabilities(const mcnn_executor *executor);

/* Backward of the last forward, with the same weights. */
void mcnn_executor_backward(mcnn_executor *executor, mcnn_pool *pool, const float *weights,
                            mcnn_gradient_fn receive, void *context);

#endif
