/* Naive twins of the activation kernels: the formulas as they are written, in double, with the C
 * library's functions. What the kernels are tested against; nothing else calls them. */
#ifndef MCNN_KERNELS_ELEMENTWISE_NAIVE_ACTIVATION_H
#define MCNN_KERNELS_ELEMENTWISE_NAIVE_ACTIVATION_H

#include "kernels/activation.h"

double mcnn_naive_activation(mcnn_activation activation, double parameter, double x);

/* The derivative; at a kink, what the kernels take. */
double mcnn_naive_activation_slope(mcnn_activation activation, double parameter, double x);

#endif
