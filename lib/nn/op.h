/* The operations a network runs as, private to lib/nn. A convolution takes the max-pooling behind
 * it along; flatten and softmax are no operations of their own (the softmax belongs to the loss).
 */
#ifndef MCNN_NN_OP_H
#define MCNN_NN_OP_H

#include "base/sizes.h"
#include "nn/net.h"

typedef enum mcnn_op_kind {
  MCNN_OP_CONV2D,
  MCNN_OP_MAXPOOL2D,
  MCNN_OP_RELU,
  MCNN_OP_DROPOUT,
  MCNN_OP_DENSE
} mcnn_op_kind;

typedef struct mcnn_op {
  mcnn_op_kind kind;
  const mcnn_layer *layer;
  uint32_t layer_index;
  size_t in_floats, out_floats; /* of one image */
  mcnn_conv_geometry conv;
  mcnn_pool_geometry pool;
  mcnn_dense_geometry dense;
  size_t part;             /* dense: outputs that are trained together; all, or see layout.c */
  int gray;                /* conv2d: fed one channel that stands for three equal ones */
  size_t packed_offset[2]; /* conv2d: into the packed weights of prediction, of training */
} mcnn_op;

struct mcnn_net {
  mcnn_alloc alloc;
  const mcnn_arch *arch;
  const mcnn_kernels *kernels;
  const mcnn_int8_kernels *reduced; /* NULL: the processor, or the instruction set, has none */
  int gray_input;
  mcnn_op *ops;
  size_t num_ops;
  size_t num_spatial;      /* the first ops, which work image by image */
  size_t input_floats;     /* of one image */
  size_t feature_floats;   /* of one image, where the spatial part ends */
  size_t widest_spatial;   /* the largest activation of one image in the spatial part */
  size_t packed_floats[2]; /* prediction, training */
};

enum { MCNN_FOR_PREDICTION = 0, MCNN_FOR_TRAINING = 1 };

/* --- conv2d.c --- */
/* `pool` is the max-pooling layer to take along, or NULL. */
void mcnn_conv2d_init(mcnn_op *op, const mcnn_layer *layer, const mcnn_layer *pool, int gray);
size_t mcnn_conv2d_packed_floats(const mcnn_kernels *kernels, const mcnn_op *op, int training);
/* packed: of the whole net. */
void mcnn_conv2d_pack(const mcnn_kernels *kernels, const mcnn_op *op, const float *weights,
                      int training, float *packed);
void mcnn_conv2d_forward(const mcnn_kernels *kernels, const mcnn_op *op, const float *weights,
                         const float *packed, int training, const float *x, size_t images, float *y,
                         uint8_t *chosen, float *scratch);
/* grad: this piece's partial gradient, added to where `accumulate`. It or dx may be NULL. */
void mcnn_conv2d_backward(const mcnn_kernels *kernels, const mcnn_op *op, const float *packed,
                          const float *x, const float *y, const uint8_t *chosen, const float *dy,
                          size_t images, int accumulate, float *grad, float *dx, float *scratch);
/* The pieces' partial gradients, `stride` floats apart, added up: dw as the layer stores its kernel
 * (layer->kernel_count floats), db. Of the kernel's rows [begin, end), begin a multiple of
 * MCNN_CONV_ROWS; db with the first of them. Gray ones only all at once. */
void mcnn_conv2d_finish(const mcnn_kernels *kernels, const mcnn_op *op, const float *grads,
                        size_t parts, size_t stride, float *dw, float *db, size_t begin,
                        size_t end);

/* --- layout.c: dense layers in parts ---
 * Outputs of the part that begins at output `begin`. */
size_t mcnn_op_part_outputs(const mcnn_op *op, size_t begin);

/* --- dropout.c --- */
/* kept: 1 where the unit is kept. The units kept of a sample are a function of (seed, layer, step,
 * sample) alone. y = x / (1 - rate) where kept, else 0; x and y may be the same. */
void mcnn_dropout_forward(const mcnn_op *op, uint64_t seed, uint64_t step, uint64_t sample,
                          const float *x, float *y, uint8_t *kept);
void mcnn_dropout_backward(const mcnn_op *op, const uint8_t *kept, size_t count, const float *dy,
                           float *dx);

/* The weights of all convolutions in the kernels' own layout. */
void mcnn_net_pack_for(const mcnn_net *net, const float *weights, int training, float *packed);

/* Any op but dropout, over all its outputs; prediction and training alike. */
void mcnn_op_forward(const mcnn_net *net, const mcnn_op *op, const float *weights,
                     const float *packed, int training, const float *x, size_t images, float *y,
                     uint8_t *chosen, float *scratch);

/* --- reduced.c: ops that can be computed in reduced precision ---
 * scratch: mcnn_net_int8_scratch_words() of them. */
int mcnn_op_is_reduced(const mcnn_op *op);
void mcnn_op_forward_reduced(const mcnn_net *net, const mcnn_op *op, const float *weights,
                             const uint32_t *reduced, const float *x, size_t images, float *y,
                             uint32_t *scratch);

/* Scratch of one op for `images` at once, in floats. */
size_t mcnn_op_scratch_floats(const mcnn_net *net, const mcnn_op *op, size_t images, int training);

#endif
