/* Convolution as a matrix product: patches of an image as the rows of a matrix. */
#ifndef MCNN_KERNELS_IM2COL_H
#define MCNN_KERNELS_IM2COL_H

#include "kernels/kernels.h"

/* Positions of a convolution, row by row: the columns [column, column + width), from row `row` on.
 */
typedef struct mcnn_conv_region {
  size_t row, column, width;
} mcnn_conv_region;

/* cols[count][KH * KW * IC] = the patches of one image x at the region's positions [first, first +
 * count), zeros where a patch lies outside. With weights in HWIO order, y = cols w is NHWC. */
void mcnn_im2col(const mcnn_conv_geometry *g, const mcnn_conv_region *region, size_t first,
                 size_t count, const float *x, float *cols);

/* The transposed operation: every element of cols is added to dx where im2col took it. */
void mcnn_col2im(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                 const mcnn_conv_region *region, size_t first, size_t count, const float *cols,
                 float *dx);

#endif
