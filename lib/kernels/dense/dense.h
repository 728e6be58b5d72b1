/* Dense layers, forward and backward. */
#ifndef MCNN_KERNELS_DENSE_DENSE_H
#define MCNN_KERNELS_DENSE_DENSE_H

#include "kernels/kernels.h"

/* --- dense ----------------------------------------------------------------------------------
 * y[rows][outputs] = relu?(x[rows][inputs] w[inputs][outputs] + bias); bias NULL: none. An output
 * is the same bytes whatever rows and outputs it is computed with. */
void mcnn_dense_forward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g, const float *w,
                        const float *bias, const float *x, size_t rows, float *y);

/* The outputs [begin, end) of one row, y being the whole row's. */
void mcnn_dense_forward_outputs(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                                const float *w, const float *bias, const float *x, size_t begin,
                                size_t end, float *y);

/* dw[inputs][outputs] = x^T dz of each of the blocks of outputs, overwritten, and what all of them
 * give to the gradient of x, in the kernel's own layout (dense_dx_floats() of them; NULL when
 * nobody needs it); the geometry's outputs and dz_step do not matter. Two blocks at once take less
 * than one by one. */
void mcnn_dense_backward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                         const mcnn_dense_block *blocks, size_t count, const float *x, size_t rows,
                         float *partial_dx);
size_t mcnn_dense_dx_floats(const mcnn_kernels *kernels, const mcnn_dense_geometry *g, size_t rows);

/* dx[rows][inputs] = dz w^T: the sum of `count` partial ones, those of layers that are alike but
 * for their outputs, lying `stride` floats apart, added in their order. With input_is_relu either
 * that or 0 where x is 0. */
void mcnn_dense_dx_finish(const mcnn_kernels *kernels, const mcnn_dense_geometry *g, const float *x,
                          size_t rows, const float *partial_dx, size_t count, size_t stride,
                          float *dx);

#endif
