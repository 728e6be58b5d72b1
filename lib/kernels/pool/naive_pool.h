/* The naive twins of pooling with any stride and padding, with sums in double. */
#ifndef MCNN_KERNELS_POOL_NAIVE_POOL_H
#define MCNN_KERNELS_POOL_NAIVE_POOL_H

#include "kernels/geometry.h"

/* argmax may be NULL; dx is overwritten. */
void mcnn_naive_window_max_forward(const mcnn_pool_geometry *g, const float *x, size_t images,
                                   float *y, uint8_t *argmax);
void mcnn_naive_window_max_backward(const mcnn_pool_geometry *g, const uint8_t *argmax,
                                    const float *dy, size_t images, double *dx);
void mcnn_naive_window_mean_forward(const mcnn_pool_geometry *g, const float *x, size_t images,
                                    double *y);
void mcnn_naive_window_mean_backward(const mcnn_pool_geometry *g, const float *dy, size_t images,
                                     double *dx);
/* The window is the image. */
void mcnn_naive_global_max_backward(const mcnn_pool_geometry *g, const float *x, const float *y,
                                    const float *dy, size_t images, double *dx);

#endif
