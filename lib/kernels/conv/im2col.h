/* Convolution as a matrix product: one image's patches as the rows of a matrix. */
#ifndef MCNN_KERNELS_IM2COL_H
#define MCNN_KERNELS_IM2COL_H

#include "kernels/kernels.h"

/* cols[out_height * out_width][KH * KW * IC] = the patches of one image x, zeros where a patch lies
 * outside. With weights in HWIO order, y = cols w is NHWC. */
void mcnn_im2col(const mcnn_conv_geometry *g, const float *x, float *cols);

/* The transposed operation: dx (overwritten) = every element of cols added where im2col took it. */
void mcnn_col2im(const mcnn_conv_geometry *g, const float *cols, float *dx);

#endif
