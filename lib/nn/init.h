/* Initial weights. */
#ifndef MCNN_NN_INIT_H
#define MCNN_NN_INIT_H

#include "nn/arch.h"

/* Fills `weights` (arch->parameter_floats of them) for initializer MNISTCNN_INIT_...: kernels from
 * the streams (seed, MCNN_RNG_INIT, n), where n counts the parameter arrays through the layers;
 * biases and the gaps between are 0. */
void mcnn_init_weights(const mcnn_arch *arch, int32_t initializer, uint64_t seed, float *weights);

/* The uniform limit and the normal standard deviation of a kernel. */
float mcnn_glorot_limit(const mcnn_parameter *kernel);
float mcnn_he_deviation(const mcnn_parameter *kernel);

#endif
