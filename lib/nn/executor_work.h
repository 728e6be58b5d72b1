/* What the forward and the backward half of an executor share, private to them. */
#ifndef MCNN_NN_EXECUTOR_WORK_H
#define MCNN_NN_EXECUTOR_WORK_H

#include "base/arena.h"
#include "nn/executor.h"
#include "nn/op.h"

/* A batch's images are cut into at most this many pieces, each with partial sums of its own. */
enum { MCNN_IMAGE_PIECES = 8 };

/* A piece of a convolution: the rows [begin, end) of its kernel when its gradient is finished. */
typedef struct mcnn_slice {
  size_t op;
  size_t begin, end;
} mcnn_slice;

typedef struct mcnn_slices {
  mcnn_slice *list;
  size_t count;
} mcnn_slices;

/* A dense layer in hand. */
typedef struct mcnn_dense_work {
  const mcnn_op *op; /* NULL: none */
  size_t index;
  float *dy;
  float *dx; /* NULL when nobody needs it */
} mcnn_dense_work;

/* What one thread works with. It packs the convolutions' weights for itself, which takes no longer
 * than to fetch what another processor core has packed. Each is on cache lines of its own. */
typedef struct mcnn_executor_worker {
  _Alignas(64) float *scratch; /* used for a few images of the spatial part, or ... */
  float *packed;
  uint64_t packed_in; /* the turn the weights are of */
} mcnn_executor_worker;

struct mcnn_executor {
  mcnn_alloc alloc;
  const mcnn_net *net;
  size_t max_batch;
  size_t chunk;

  mcnn_arena arena;
  float *inputs;             /* [max_batch][input floats] */
  float **outputs;           /* of each op: [max_batch][out floats] */
  uint8_t **chosen;          /* of each op: pooling's choice, dropout's kept units; else NULL */
  float *dense_gradients[2]; /* [max_batch][widest], used in turns */
  float *masked;     /* gradient behind the ReLU of a layer in parts: [part][images][outputs] */
  float *partial_dx; /* of groups of parts of a dense layer: [group][piece of the inputs] */
  float *partial_y;  /* of the narrow layer behind it: [part][images][out floats] */
  float *zeros;      /* in place of that layer's bias, but for the first part */
  float *bias_gradients[2]; /* of the dense layer in hand, of the narrow one behind it */
  float **kernel_gradients; /* of each convolution: kernel, then bias */
  float *partial;           /* [image pieces][partial_floats] */
  size_t *partial_offset;   /* of each op */
  size_t partial_floats;
  mcnn_executor_worker *workers;
  size_t op_scratch, spatial_side;
  size_t dense_block, dense_dx; /* ... for a piece of a dense layer: its dw, its partial dx */
  size_t masked_floats, partial_dx_floats, partial_y_floats, zero_floats;
  mcnn_slices to_finish; /* of all convolutions */

  /* The work in hand, for the pieces. */
  uint64_t turn; /* the forward passes so far, this one included */
  const mcnn_batch *batch;
  size_t images;
  const mcnn_loss *loss;
  mcnn_loss_sums sums[MCNN_IMAGE_PIECES];
  const float *weights;
  mcnn_dense_work layer, narrow; /* narrow: worked on along with the wide layer in front of it */
  const float *feature_gradient;
  mcnn_gradient_fn receive;
  void *receive_context;
};

/* Inputs of a dense layer whose gradient is made at once, and parts. */
#define MCNN_DENSE_INPUTS   ((size_t)64)
#define MCNN_PARTS_TOGETHER ((size_t)2)

static inline size_t mcnn_image_pieces(size_t images) {
  return images < MCNN_IMAGE_PIECES ? images : MCNN_IMAGE_PIECES;
}

/* The packed weights of this turn. */
const float *mcnn_executor_packed(const mcnn_executor *executor, mcnn_executor_worker *worker);

static inline const float *mcnn_op_input(const mcnn_executor *executor, size_t op_index) {
  return op_index == 0 ? executor->inputs : executor->outputs[op_index - 1];
}

/* Parts of a dense layer's outputs, see layout.c; 1 where the layer is cut by its inputs instead.
 */
static inline size_t mcnn_op_parts(const mcnn_op *op) {
  return (op->out_floats + op->part - 1) / op->part;
}

/* Whether op i is a narrow dense layer that comes right behind a wide one: then it is worked on
 * part by part together with that one, whose outputs are still in the cache. */
static inline int mcnn_op_follows(const mcnn_net *net, size_t i) {
  const mcnn_op *op = &net->ops[i];
  return i > net->num_spatial && i < net->num_ops && op->kind == MCNN_OP_DENSE &&
         op[-1].kind == MCNN_OP_DENSE && mcnn_op_parts(op) == 1 && mcnn_op_parts(op - 1) > 1;
}

/* A rectangle of a dense layer as a layer of its own. */
static inline mcnn_dense_geometry mcnn_dense_rectangle(const mcnn_op *op, size_t inputs,
                                                       size_t outputs) {
  mcnn_dense_geometry g = op->dense;
  g.inputs = (uint32_t)inputs;
  g.outputs = (uint32_t)outputs;
  return g;
}

#endif
