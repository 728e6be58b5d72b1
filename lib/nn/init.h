/* Initial weights. */
#ifndef MCNN_NN_INIT_H
#define MCNN_NN_INIT_H

#include "nn/arch.h"

/* Fills `weights` (arch->parameter_floats of them) for initializer MNISTCNN_INIT_...: kernels from
 * the streams (seed, MCNN_RNG_INIT, tensor), where the tensors are counted through the layers,
 * kernel then bias; biases and the gaps between are 0. */
void mcnn_init_weights(const mcnn_arch *arch, int32_t initializer, uint64_t seed, float *weights);

/* The kernel's uniform limit and normal deviation. */
float mcnn_glorot_limit(const mcnn_layer *layer);
float mcnn_he_deviation(const mcnn_layer *layer);

#endif
