/* The naive twins: the definition of convolution and pooling written down plainly, with sums in
 * double. Nothing but tests and the documentation of what the kernels mean. */
#ifndef MCNN_KERNELS_CONV_NAIVE_CONV_H
#define MCNN_KERNELS_CONV_NAIVE_CONV_H

#include "kernels/kernels.h"

/* z[images][out_height][out_width][out_channels]: convolution plus bias, before ReLU and pooling.
 */
void mcnn_naive_conv_sums(const mcnn_conv_geometry *g, const float *w, const float *bias,
                          const float *x, size_t images, double *z);

/* y and argmax (may be NULL) from those sums: ReLU and pooling, the first of equals argmax. */
void mcnn_naive_conv_output(const mcnn_conv_geometry *g, const double *z, size_t images, float *y,
                            uint8_t *argmax);

/* The gradients of weights (HWIO), bias and input, all overwritten. `argmax` may be NULL only
 * without pooling. */
void mcnn_naive_conv_backward(const mcnn_conv_geometry *g, const float *w, const float *x,
                              const float *y, const uint8_t *argmax, const float *dy, size_t images,
                              double *dw, double *db, double *dx);

void mcnn_naive_maxpool_forward(const mcnn_pool_geometry *g, const float *x, size_t images,
                                float *y, uint8_t *argmax);
void mcnn_naive_maxpool_backward(const mcnn_pool_geometry *g, const uint8_t *argmax,
                                 const float *dy, size_t images, float *dx);

#endif
