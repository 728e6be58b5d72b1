/* A model as a list of primitive operations with their weights, for the writers of other formats:
 * what the model computes beside its layers (preparation of the numbers, temperature, the softmax
 * behind logits) is among them, activations are operations of their own, paddings are numbers. */
#ifndef MCNN_EXCHANGE_NETWORK_NETWORK_H
#define MCNN_EXCHANGE_NETWORK_NETWORK_H

#include "base/alloc.h"

enum { MCNN_NETWORK_MAX_OPS = 1024, MCNN_NETWORK_NAME = 48 };

enum mcnn_op_kind {
  MCNN_OP_INPUT,
  MCNN_OP_AFFINE,     /* x scale + offset, one of each for every channel or for all */
  MCNN_OP_CONV,       /* kernel: [H][W][in][out], or depthwise [H][W][in][multiplier] */
  MCNN_OP_DENSE,      /* kernel: [in][out] */
  MCNN_OP_BATCH_NORM, /* gamma and beta may be NULL */
  MCNN_OP_MAX_POOL,   /* what is padded does not count */
  MCNN_OP_AVERAGE_POOL,
  MCNN_OP_GLOBAL_MAX_POOL,
  MCNN_OP_GLOBAL_AVERAGE_POOL,
  MCNN_OP_ZERO_PAD,
  MCNN_OP_FLATTEN, /* rows, columns, channels */
  MCNN_OP_ACTIVATION,
  MCNN_OP_ADD,
  MCNN_OP_SOFTMAX
};

typedef struct mcnn_network_op {
  enum mcnn_op_kind kind;
  char name[MCNN_NETWORK_NAME];     /* of its layer, or "added_4" */
  uint32_t inputs[2];               /* operations before this one */
  uint32_t height, width, channels; /* of the output; flat ones are 1 x 1 */
  int is_flat;
  int is_depthwise;
  uint32_t window_height, window_width; /* of kernels and pools */
  uint32_t stride_height, stride_width;
  uint32_t dilation_height, dilation_width;
  uint32_t pad_top, pad_bottom, pad_left, pad_right;
  uint32_t multiplier; /* of a depthwise kernel */
  int32_t activation;  /* MNISTCNN_ACTIVATION_... */
  float parameter;     /* of the activation */
  float epsilon, momentum;
  const float *kernel, *bias;
  uint32_t num_scales; /* of AFFINE: the channels, or 1 */
  float scale[4], offset[4];
  const float *gamma, *beta, *mean, *variance;
} mcnn_network_op;

typedef struct mcnn_network {
  const mnistcnn_model *model;
  mcnn_alloc alloc;
  uint32_t count;
  mcnn_network_op
      ops[MCNN_NETWORK_MAX_OPS]; /* the first is the input, the last gives the probabilities */
  size_t num_arrays;
  float *arrays[4 * MCNN_NETWORK_MAX_OPS]; /* the weights, which it owns */
} mcnn_network;

/* *network is freed with mcnn_network_free(). unit: the input is 0..1 instead of 0..255. */
mnistcnn_status mcnn_network_create(const mnistcnn_model *model, int unit, const mcnn_alloc *alloc,
                                    mcnn_network **network);
void mcnn_network_free(mcnn_network *network);

/* A batch normalisation as x scale[channel] + offset[channel]. */
void mcnn_batch_norm_affine(const mcnn_network_op *op, uint32_t channel, float *scale,
                            float *offset);

/* How many floats the kernel has. */
size_t mcnn_network_kernel_size(const mcnn_network *network, const mcnn_network_op *op);
/* The operation that it reads. */
const mcnn_network_op *mcnn_network_input(const mcnn_network *network, const mcnn_network_op *op);
/* How many operations read the output of this one. */
uint32_t mcnn_network_num_readers(const mcnn_network *network, uint32_t index);

#endif
