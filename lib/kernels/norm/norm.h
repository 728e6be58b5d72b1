/* Normalisation by channel: y = (x - mean) scale + shift, and the statistics that it takes. */
#ifndef MCNN_KERNELS_NORM_NORM_H
#define MCNN_KERNELS_NORM_NORM_H

#include "kernels/kernels.h"

/* Floats of an array that stands for the channels: the channels, or so many repetitions of few of
 * them that whole vectors fit. */
size_t mcnn_norm_period(const mcnn_kernels *kernels, size_t channels);

/* target[period] = values[channels], repeated. */
void mcnn_norm_repeat(size_t channels, size_t period, const float *values, float *target);

/* Scratch of the functions below, in floats. */
size_t mcnn_norm_scratch_floats(const mcnn_kernels *kernels, size_t channels);

/* Of `positions` positions x [positions][channels]: their mean and the sum of their squared
 * distances from it. */
void mcnn_norm_moments(const mcnn_kernels *kernels, size_t channels, size_t positions,
                       const float *x, double *mean, double *squares, float *scratch);

/* sum_dz = the sum of dz, and sum_dzx = that of dz (x - mean): dz = dy, or with norm->relu where
 * norm_forward() gives more than 0, else 0. */
void mcnn_norm_gradient_sums(const mcnn_kernels *kernels, const mcnn_norm *norm, size_t channels,
                             size_t positions, const float *x, const float *dy, double *sum_dz,
                             double *sum_dzx, float *scratch);

/* The same with the max-pooling behind it: y, argmax and dy are of the windows of one image. */
void mcnn_norm_pool_gradient_sums(const mcnn_kernels *kernels, const mcnn_norm *norm,
                                  const mcnn_pool_geometry *g, const float *x, const float *y,
                                  const uint8_t *argmax, const float *dy, double *sum_dz,
                                  double *sum_dzx, float *scratch);
/* One image. */
void mcnn_norm_pool_backward(const mcnn_kernels *kernels, const mcnn_norm *norm,
                             const mcnn_pool_geometry *g, const float *x, const float *y,
                             const uint8_t *argmax, const float *dy, float *dx);

#endif
