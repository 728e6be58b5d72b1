/* Depthwise convolution: each channel has a kernel, or several, of its own.
 *   y[i][j][c M + m] = activation(bias[c M + m] + sum_ab w[a][b][c][m] x[i SH + a DH - top]
 *                                                                     [j SW + b DW - left][c])
 * for M outputs a channel, strides SH, SW and dilations DH, DW; w is [KH][KW][C][M], as Keras
 * stores it. */
#ifndef MCNN_KERNELS_DEPTHWISE_DEPTHWISE_H
#define MCNN_KERNELS_DEPTHWISE_DEPTHWISE_H

#include "kernels/kernels.h"

/* Output channels, and the kernel's weights. */
static inline size_t mcnn_depthwise_channels(const mcnn_depthwise_geometry *g) {
  return (size_t)g->channels * g->multiplier;
}
static inline size_t mcnn_depthwise_weights(const mcnn_depthwise_geometry *g) {
  return (size_t)g->kernel_height * g->kernel_width * mcnn_depthwise_channels(g);
}

/* The kernel in the layout of the kernels, forward and backward: a multiple of a cache line. */
size_t mcnn_depthwise_packed_floats(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g);
void mcnn_depthwise_pack(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                         const float *w, float *packed);

size_t mcnn_depthwise_scratch_floats(const mcnn_depthwise_geometry *g, int training);

/* bias NULL: zeros. */
void mcnn_depthwise_forward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                            const float *packed, const float *bias, const float *x, size_t images,
                            float *y, float *scratch);

/* Floats of a partial gradient: w, then the bias. */
size_t mcnn_depthwise_grad_floats(const mcnn_depthwise_geometry *g);

/* grad = the gradient of w and bias from these images, one image after the other, or is added to
 * where `accumulate`; NULL when nobody needs it. dy: gradient of y, which is looked at for a ReLU
 * alone: outputs with y <= 0 pass nothing on. dx: overwritten; NULL when nobody needs it. */
void mcnn_depthwise_backward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                             const float *packed, const float *x, const float *y, const float *dy,
                             size_t images, int accumulate, float *grad, float *dx, float *scratch);

/* dw and db = the sum of `count` partial gradients lying `stride` floats apart, added in their
 * order; both are overwritten; db NULL: nobody needs it. */
void mcnn_depthwise_grad_finish(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                const float *grads, size_t count, size_t stride, float *dw,
                                float *db);

#endif
