/* Naive twins of the normalisation kernels: the formulas as they are written, in double. What the
 * kernels are tested against; nothing else calls them. */
#ifndef MCNN_KERNELS_NORM_NAIVE_NORM_H
#define MCNN_KERNELS_NORM_NAIVE_NORM_H

#include "kernels/geometry.h"

/* Channel `channel` of x [positions][channels]. */
void mcnn_naive_moments(size_t channels, size_t positions, const float *x, size_t channel,
                        double *mean, double *squares);
/* norm's arrays have the period `channels`. */
void mcnn_naive_norm_forward(const mcnn_norm *norm, size_t positions, const float *x, double *y);
void mcnn_naive_norm_gradient_sums(const mcnn_norm *norm, size_t positions, const float *x,
                                   const float *dy, size_t channel, double *sum_dz,
                                   double *sum_dzx);
void mcnn_naive_norm_backward(const mcnn_norm *norm, size_t positions, const float *x,
                              const float *dy, double *dx);

#endif
