/* Kernel and bias of a convolution as its packed weights are made from them: with the factors of
 * the batch normalisation that is folded into them (op->norm), if there is one. gamma ((x w + b) -
 * mean) / s + beta = x (w gamma / s) + (b - mean) gamma / s + beta */
#ifndef MCNN_NN_LAYERS_FOLD_H
#define MCNN_NN_LAYERS_FOLD_H

#include "nn/layer_kind.h"

/* The bias of all outputs, which is 0 where there is none, and its floats, to whole cache lines. */
size_t mcnn_folded_bias_floats(const mcnn_op *op);
void mcnn_fold_bias(const mcnn_op *op, const float *weights, float *bias);

/* The kernel, whose last dimension is the outputs: as it lies in the weights, or where something is
 * folded in, a copy in `copy`, of so many floats (else 0). */
size_t mcnn_folded_kernel_floats(const mcnn_op *op, const mcnn_parameter *kernel);
const float *mcnn_fold_kernel(const mcnn_op *op, const mcnn_parameter *kernel, const float *weights,
                              float *copy);

#endif
