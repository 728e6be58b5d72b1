/* The inner loops of depthwise convolution, which each instruction set has its own of. What is
 * around them (padding, strides of the backward pass, several outputs a channel) is compiled once:
 * depthwise.c. Images are framed: padding is there as zeros, so that nothing is checked. */
#ifndef MCNN_KERNELS_DEPTHWISE_LOOPS_H
#define MCNN_KERNELS_DEPTHWISE_LOOPS_H

#include <stddef.h>

/* Weighted sums over windows: of x forward, of the gradient backward, where they may be walked
 * backwards. Steps in floats. */
typedef struct mcnn_depthwise_sums {
  size_t rows, columns;                    /* outputs, of a vector each */
  size_t kernel_rows, kernel_width;        /* of a window; 0: the sum is the bias */
  ptrdiff_t x_kernel_row, x_kernel_column; /* from one to the next, in x ... */
  ptrdiff_t w_kernel_row, w_kernel_column; /* ... and in the packed kernel */
  size_t x_row, x_column;                  /* from output to output, in x ... */
  size_t y_row, y_column;                  /* ... and in y */
  float least;                             /* 0 for ReLU, or minus infinity */
  /* 1: the first or last row, or column, that windows reach is not in memory but zeros, and x is
   * behind it. Of a loop that knows_edges, with whole vectors and 3x3 windows that move by one. */
  size_t above, below, left, right;
} mcnn_depthwise_sums;

/* Weights whose gradient is computed together, with that of the bias. */
#define MCNN_DEPTHWISE_TAPS ((size_t)9)

/* Products of x and dz, the gradient of an output, added up over the outputs. */
typedef struct mcnn_depthwise_gradient {
  size_t rows, columns;                /* of dz, of a vector each */
  size_t x_row, x_column;              /* from output to output, in x ... */
  size_t dz_row, dz_column;            /* ... and in dz */
  size_t offsets[MCNN_DEPTHWISE_TAPS]; /* of the x under each weight */
} mcnn_depthwise_gradient;

/* Each works on the first n lanes of one vector. */
typedef struct mcnn_depthwise_loops {
  /* y[row][column] = max(least, bias + the sum of w x); bias and w are whole vectors. */
  void (*sums)(const mcnn_depthwise_sums *s, size_t n, const float *bias, const float *x,
               const float *w, float *y);
  int knows_edges;
  /* Of vectors half as long, which take channels that fill one with 3x3 windows that move by one;
   * or NULL. */
  const struct mcnn_depthwise_loops *half;
  /* Adds the gradients of the weights, and then that of the bias, to targets[MCNN_DEPTHWISE_TAPS +
   * 1]; what is NULL is not wanted. */
  void (*gradient)(const mcnn_depthwise_gradient *d, size_t n, const float *x, const float *dz,
                   float *const targets[]);
  /* The same of a loop that knows_edges, for whole vectors and 3x3 windows that move by one and
   * reach one beyond every edge: x and dz are images of as many rows and columns, without padding,
   * and `offsets` is not read. NULL where it does not. */
  void (*gradient_3x3)(const mcnn_depthwise_gradient *d, const float *x, const float *dz,
                       float *const targets[]);
} mcnn_depthwise_loops;

#endif
