/* The naive twin of depthwise convolution, with sums in double. */
#ifndef MCNN_KERNELS_DEPTHWISE_NAIVE_DEPTHWISE_H
#define MCNN_KERNELS_DEPTHWISE_NAIVE_DEPTHWISE_H

#include "kernels/geometry.h"

void mcnn_naive_depthwise_forward(const mcnn_depthwise_geometry *g, const float *w,
                                  const float *bias, const float *x, size_t images, double *y);

/* All overwritten. y: the outputs, for the ReLU. */
void mcnn_naive_depthwise_backward(const mcnn_depthwise_geometry *g, const float *w, const float *x,
                                   const float *y, const float *dy, size_t images, double *dw,
                                   double *db, double *dx);

#endif
