/* The inner loops of depthwise convolution, which each instruction set has its own of. What is
 * around them (padding, strides of the backward pass, several outputs a channel) is compiled once:
 * depthwise.c. Images are framed: padding is there as zeros, so that nothing is checked. */
#ifndef MCNN_KERNELS_DEPTHWISE_LOOPS_H
#define MCNN_KERNELS_DEPTHWISE_LOOPS_H

#include <stddef.h>

/* Weighted sums over windows: of x forward, of the gradient backward, where they may be walked
 * backwards. Channels do not meet; those of a position lie together. Steps in floats. */
typedef struct mcnn_depthwise_sums {
  size_t channels;
  size_t rows, columns;                    /* outputs */
  size_t kernel_rows, kernel_width;        /* of a window; 0: the sum is 0 */
  ptrdiff_t x_kernel_row, x_kernel_column; /* from one to the next, in x ... */
  ptrdiff_t w_kernel_row, w_kernel_column; /* ... and in the packed kernel */
  size_t w_block;                          /* from one vector of channels to the next */
  size_t x_row, x_column;                  /* from output to output, in x ... */
  size_t y_row, y_column;                  /* ... and in y */
  float least;                             /* 0 for ReLU, or minus infinity */
} mcnn_depthwise_sums;

/* The gradient of the kernel and of the bias from one image: products of x and dz. */
typedef struct mcnn_depthwise_gradient {
  size_t channels;
  size_t rows, columns; /* of dz */
  size_t kernel_rows, kernel_width;
  size_t x_kernel_row, x_kernel_column;
  size_t x_row, x_column;   /* from output to output, in x ... */
  size_t dz_row, dz_column; /* ... and in dz */
} mcnn_depthwise_gradient;

typedef struct mcnn_depthwise_loops {
  /* y[row][column] = max(least, bias + the sum of w x); bias NULL: zeros. */
  void (*sums)(const mcnn_depthwise_sums *s, const float *x, const float *w, const float *bias,
               float *y);
  /* Adds to grad: [kernel position][channel], then the bias. */
  void (*gradient)(const mcnn_depthwise_gradient *d, const float *x, const float *dz, float *grad);
} mcnn_depthwise_loops;

#endif
