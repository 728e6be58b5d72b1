/* Initial weights. */
#ifndef MCNN_NN_INIT_H
#define MCNN_NN_INIT_H

#include "nn/arch.h"

/* Fills `weights` (arch->parameter_floats of them) for initializer MNISTCNN_INIT_...: kernels from
 * the streams (seed, MCNN_RNG_INIT, n), where n counts the parameter arrays through the layers;
 * biases and the gaps between are 0. */
void mcnn_init_weights(const mcnn_arch *arch, int32_t initializer, uint64_t seed, float *weights);

/* Whether there is an initializer of this number. */
int mcnn_init_exists(int32_t initializer);

/* The limit of a uniform distribution, the standard deviation of a normal one. */
float mcnn_init_spread(const mcnn_parameter *kernel, int32_t initializer);

#endif
