/* The operations a network runs as, private to lib/nn: what the plan (plan.c) makes of an
 * architecture's layers, and what one call of an operation is given. */
#ifndef MCNN_NN_OP_H
#define MCNN_NN_OP_H

#include "kernels/dense/int8.h"
#include "kernels/kernels.h"
#include "nn/arch.h"

typedef struct mcnn_net mcnn_net;

/* No operation: the network's input is read instead, or there is no second input. */
#define MCNN_NO_OP UINT32_MAX

/* A layer, and its activation. */
enum { MCNN_MAX_OPS = 2 * MCNN_MAX_LAYERS };

typedef struct mcnn_op {
  const mcnn_layer_kind *kind;
  const mcnn_layer *layer;
  uint32_t layer_index;
  const mcnn_layer *pool; /* conv2d and its activation: the max-pooling fused in, or NULL */
  const mcnn_layer *norm; /* prediction: the batch normalisation whose factors are in its weights */
  uint32_t fused_with_next;   /* 1: training runs it together with the next op */
  mcnn_activation activation; /* that the kernels apply to y ... */
  mcnn_activation after;      /* ... and that is applied to it afterwards, in prediction */
  float activation_parameter; /* of either */
  uint32_t input, other;      /* the ops whose outputs are x and, of an add, what is added to it */
  uint32_t last_reader;       /* the last op that reads y; itself: none of its part does */
  uint32_t readers;           /* how many do */
  uint32_t buffer;            /* prediction: where y lies (dataflow.h), ... */
  size_t buffer_floats;       /* ... of one image in that buffer ... */
  size_t buffer_before;       /* ... and in all those before it */
  uint32_t gradient;          /* training: where the gradient of y lies (dataflow.h) */
  uint32_t learns;            /* 1: it, or an op that its output is made from, has parameters */
  uint32_t input_is_relu;     /* 1: x is the output of a ReLU */
  uint32_t gray;              /* conv2d: fed one channel that stands for three equal ones */
  size_t in_floats, out_floats; /* of one image */
  size_t packed_offset[2];      /* in the packed weights of prediction, of training */

  /* What the kind's prepare() fills, if it has to. */
  mcnn_conv_geometry conv;
  mcnn_depthwise_geometry depthwise;
  mcnn_pool_geometry window;
  mcnn_dense_geometry dense;
  size_t block_n; /* dense: outputs that are trained together, see layers/dense.c */
} mcnn_op;

/* The operations in the order in which they run: each reads what ones before it have written. */
typedef struct mcnn_plan {
  mcnn_op *ops;
  size_t num_ops;
  size_t num_spatial; /* the first ops, which work image by image */
  size_t packed_floats;
  size_t image_block;     /* images of the spatial part that should go through at once */
  uint32_t num_gradients; /* training: buffers for gradients of a whole batch (dataflow.h) */
} mcnn_plan;

/* A network is computed in one manner for prediction, where batch normalisations are part of the
 * weights before them, activations are applied in place, and dropout is nothing, and in another for
 * training. */
enum { MCNN_FOR_PREDICTION = 0, MCNN_FOR_TRAINING = 1 };

struct mcnn_net {
  mcnn_alloc alloc;
  const mcnn_arch *arch;
  const mcnn_kernels *kernels;
  const mcnn_int8_kernels *int8; /* NULL: the processor, or the instruction set, has none */
  int gray_input;
  mcnn_plan plans[2];    /* MCNN_FOR_PREDICTION, MCNN_FOR_TRAINING */
  size_t input_floats;   /* of one image */
  size_t feature_floats; /* of one image, where the spatial part ends */
};

/* x [images][in floats] -> y [images][out floats]. */
typedef struct mcnn_forward {
  const mcnn_net *net;
  const mcnn_op *op;
  const float *weights; /* all parameters */
  const float *packed;  /* all packed weights */
  int training;
  uint64_t seed, step; /* training: of random numbers */
  size_t first_image;  /* training: the number of the first image in its batch */
  size_t images;
  const float *x, *other; /* other: of an op with a second input */
  float *y;
  uint8_t *saved;     /* training: saved_bytes() of each image, for backward */
  const float *state; /* training: of an op with statistics (layer_kind.h) */
  float *scratch;
} mcnn_forward;

/* dy, the gradient of y -> dx and the gradient of the parameters. */
typedef struct mcnn_backward {
  const mcnn_net *net;
  const mcnn_op *op;
  const float *packed;
  size_t images;
  const float *x, *y;
  const uint8_t *saved;
  const float *state;
  const float *dy; /* of an op with a second input, dx is the gradient of both */
  float *dx;       /* NULL: nobody needs it */
  float *partial;  /* overwritten, or added to where `accumulate`; NULL: nobody needs it */
  int accumulate;
  float *scratch;
} mcnn_backward;

/* The partial gradients of an op, `stride` floats apart, to be added up in their order. */
typedef struct mcnn_finish {
  const mcnn_net *net;
  const mcnn_op *op;
  const float *partial;
  size_t count, stride;
  float *gradient; /* of all parameters of the layer, each on cache lines of its own */
  mcnn_gradient_fn receive;
  void *context;
} mcnn_finish;

#endif
