/* Softmax over rows, and the index of the largest element. Plain C without tables or libm: the same
 * bytes with every compiler and on every machine that keeps to IEEE 754. */
#ifndef MCNN_KERNELS_SOFTMAX_H
#define MCNN_KERNELS_SOFTMAX_H

#include <stddef.h>

/* y[rows][columns] = softmax of each row of x; y == x is fine. Stable: the row's maximum is
 * subtracted first. A NaN or +inf in a row makes that row NaN. columns >= 1. */
void mcnn_softmax_rows(size_t rows, size_t columns, const float *x, float *y);

/* The first of the largest elements; NaNs are passed over (0 where there is nothing else). */
size_t mcnn_argmax(size_t n, const float *x);

#endif
