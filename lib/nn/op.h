/* The operations a network runs as, private to lib/nn: what the plan (plan.c) makes of an
 * architecture's layers, and what one call of an operation is given. */
#ifndef MCNN_NN_OP_H
#define MCNN_NN_OP_H

#include "kernels/dense/int8.h"
#include "kernels/kernels.h"
#include "nn/arch.h"

typedef struct mcnn_net mcnn_net;

typedef struct mcnn_op {
  const mcnn_layer_kind *kind;
  const mcnn_layer *layer;
  uint32_t layer_index;
  const mcnn_layer *pool;     /* conv2d and its activation: the max-pooling fused in, or NULL */
  uint32_t fused_with_next;   /* 1: training runs it together with the next op */
  mcnn_activation activation; /* that is applied to y; the layer's may be an op of its own */
  float activation_parameter;
  uint32_t input_is_relu;       /* 1: x is the output of a ReLU */
  uint32_t gray;                /* conv2d: fed one channel that stands for three equal ones */
  size_t in_floats, out_floats; /* of one image */
  size_t packed_offset[2];      /* in the packed weights of prediction, of training */

  /* What the kind's prepare() fills, if it has to. */
  mcnn_conv_geometry conv;
  mcnn_depthwise_geometry depthwise;
  mcnn_pool_geometry window;
  mcnn_dense_geometry dense;
  size_t block_n; /* dense: outputs that are trained together, see layers/dense.c */
} mcnn_op;

struct mcnn_net {
  mcnn_alloc alloc;
  const mcnn_arch *arch;
  const mcnn_kernels *kernels;
  const mcnn_int8_kernels *int8; /* NULL: the processor, or the instruction set, has none */
  int gray_input;
  mcnn_op *ops;
  size_t num_ops;
  size_t num_spatial;      /* the first ops, which work image by image */
  size_t input_floats;     /* of one image */
  size_t feature_floats;   /* of one image, where the spatial part ends */
  size_t image_block;      /* images of the spatial part that fit in a cache together */
  size_t packed_floats[2]; /* prediction, training */
};

enum { MCNN_FOR_PREDICTION = 0, MCNN_FOR_TRAINING = 1 };

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
  const float *x;
  float *y;
  uint8_t *saved; /* training: saved_bytes() of each image, for backward */
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
  const float *dy;
  float *dx;      /* NULL: nobody needs it */
  float *partial; /* overwritten, or added to where `accumulate`; NULL: nobody needs it */
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
