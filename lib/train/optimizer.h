/* The optimisers over flat arrays, one run of parameters at a time. */
#ifndef MCNN_TRAIN_OPTIMIZER_H
#define MCNN_TRAIN_OPTIMIZER_H

#include "base/arena.h"
#include "kernels/kernels.h"

#define MCNN_MAX_SLOTS 2u

typedef struct mcnn_optimizer {
  mcnn_alloc alloc;
  const mcnn_kernels *kernels;
  const mnistcnn_train_options *options;
  size_t floats;
  mcnn_arena arena;
  float *slots[MCNN_MAX_SLOTS]; /* RMSprop: mean square; SGD: velocity; Adam: both moments */
  float *ema; /* exponential moving average of the weights; NULL where it is off */
  /* Of the current step. */
  float learning_rate, correction1, correction2, ema_decay;
} mcnn_optimizer;

/* The state starts at zero, the moving average at `weights`. options must outlive the optimiser. */
mnistcnn_status mcnn_optimizer_init(mcnn_optimizer *optimizer,
                                    const mnistcnn_train_options *options,
                                    const mcnn_kernels *kernels, const float *weights,
                                    size_t floats, const mcnn_alloc *alloc);
void mcnn_optimizer_free(mcnn_optimizer *optimizer);
/* What that asks the allocator for, and how many arrays of `floats` floats there are. */
uint64_t mcnn_optimizer_bytes(const mnistcnn_train_options *options, size_t floats);
size_t mcnn_optimizer_arrays(const mnistcnn_train_options *options);

/* Sets up step `step` (from 0) with this learning rate. */
void mcnn_optimizer_begin(mcnn_optimizer *optimizer, uint64_t step, double learning_rate);

/* Applies the gradient to weights[offset, offset + count); weight decay only where `decays`.
 * Disjoint runs may be updated at once. */
void mcnn_optimizer_update(const mcnn_optimizer *optimizer, int decays, size_t offset,
                           const float *gradient, size_t count, float *weights);

/* Of moving averages: weights[i] = momentum weights[i] + (1 - momentum) values[i]. The moving
 * average of the weights, where there is one, averages them like all others, which takes no pass
 * over the images as measuring them anew for the averaged weights would. */
void mcnn_optimizer_average(const mcnn_optimizer *optimizer, float momentum, size_t offset,
                            const float *values, size_t count, float *weights);

#endif
