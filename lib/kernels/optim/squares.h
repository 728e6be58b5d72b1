/* The length of a gradient, for clipping. */
#ifndef MCNN_KERNELS_OPTIM_SQUARES_H
#define MCNN_KERNELS_OPTIM_SQUARES_H

#include <stddef.h>

/* The sum of x^2 in double, in an order that depends on n alone: the same bytes on every
 * instruction set. */
double mcnn_sum_of_squares(size_t n, const float *x);

#endif
