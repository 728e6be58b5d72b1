/* The inside of an executor, for what runs in it: forward.c, backward.c and the layers that train
 * on a whole batch. */
#ifndef MCNN_NN_EXECUTOR_WORK_H
#define MCNN_NN_EXECUTOR_WORK_H

#include "base/arena.h"
#include "base/sizes.h"
#include "nn/executor.h"
#include "nn/layer_kind.h"

/* A batch's images are cut into at most this many blocks, each with partial gradients and sums of
 * its own. */
enum { MCNN_IMAGE_BLOCKS = 8 };

/* One task of adding up an op's partial gradients. */
typedef struct mcnn_finish_task {
  size_t op, task;
} mcnn_finish_task;

/* What one thread works with. It packs the weights for itself, which takes no longer than to fetch
 * what another processor core has packed. Each is on cache lines of its own. */
typedef struct mcnn_executor_worker {
  _Alignas(64) float *scratch;
  float *packed;
  uint64_t packed_step; /* the step whose weights these are */
} mcnn_executor_worker;

struct mcnn_executor {
  mcnn_alloc alloc;
  const mcnn_net *net;
  size_t max_batch;

  mcnn_arena arena;
  float *inputs;             /* [max_batch][input floats] */
  float **outputs;           /* of each op: [max_batch][out floats] */
  uint8_t **saved;           /* of each op: [max_batch][saved_bytes()]; or NULL */
  float **states;            /* of each op with statistics: state_floats(); else NULL */
  double *statistics;        /* [max_batch][statistics_doubles] of the op that is measured */
  float **kept_gradients;    /* of each gradient buffer (dataflow.h): ... */
  size_t *kept_floats;       /* ... [max_batch][so many] */
  float *probabilities;      /* [max_batch][classes] */
  float *batch_gradients[2]; /* [max_batch][widest], ping-pong buffers behind the spatial part */
  float *work;               /* batch_work_floats() of the op that runs on the whole batch */
  float **gradients;         /* of each op with partial gradients: its parameters' */
  float *partial;            /* [image blocks][partial_floats] of one stage of the backward pass */
  size_t *partial_offset;    /* of each op, in those of its stage */
  size_t partial_floats;
  mcnn_executor_worker *workers;
  size_t op_scratch;     /* a worker's scratch: of an op, then ... */
  size_t spatial_floats; /* ... two buffers for gradients of the spatial part */
  size_t batch_scratch;  /* ... or of an op that runs on the whole batch */
  size_t work_floats;
  size_t statistics_doubles;
  mcnn_finish_task *finish;
  size_t num_finish;

  /* The current batch, for the tasks. */
  uint64_t step; /* the forward passes so far, this one included */
  const mcnn_batch *batch;
  size_t images;
  int is_first_stage;
  size_t stage_begin, stage_end; /* the ops that tasks run over their images */
  size_t first_finish;           /* backward: the first finish task of the stage */
  uint32_t measured;             /* backward: the op whose statistics they take then */
  const mcnn_loss *loss;
  mcnn_loss_sums sums[MCNN_IMAGE_BLOCKS];
  const float *weights;
  size_t last_batch_op; /* the last op that ran on the whole batch, or the first of a fused pair */
  const float *feature_gradient;
  mcnn_gradient_fn receive;
  void *receive_context;
};

static inline size_t mcnn_image_blocks(size_t images) {
  return mcnn_min(images, MCNN_IMAGE_BLOCKS);
}

static inline const mcnn_plan *mcnn_executor_plan(const mcnn_executor *executor) {
  return &executor->net->plans[MCNN_FOR_TRAINING];
}

static inline const float *mcnn_op_input(const mcnn_executor *executor, size_t index) {
  const uint32_t input = mcnn_executor_plan(executor)->ops[index].input;
  return input == MCNN_NO_OP ? executor->inputs : executor->outputs[input];
}

/* The packed weights of this step. */
const float *mcnn_executor_packed(const mcnn_executor *executor, mcnn_executor_worker *worker);

/* Op `index` over the images [begin, end). */
void mcnn_executor_forward_images(mcnn_executor *executor, size_t index, size_t begin, size_t end,
                                  const float *packed, float *scratch);

/* Op `index` over the whole batch, in tasks of a few images. */
void mcnn_executor_forward_batch(mcnn_executor *executor, mcnn_pool *pool, size_t index);

/* What op `index` is given to run over the images [begin, end). */
mcnn_forward mcnn_executor_forward_call(const mcnn_executor *executor, size_t index, size_t begin,
                                        size_t end);

#endif
