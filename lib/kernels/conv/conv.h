/* Convolution with bias, activation and max-pooling, forward and backward. */
#ifndef MCNN_KERNELS_CONV_CONV_H
#define MCNN_KERNELS_CONV_CONV_H

#include "kernels/kernels.h"

/* --- convolution block ---------------------------------------------------------------------
 * Weights are first brought into the kernel's own layout (packed): once per weight change for
 * prediction (training == 0), once per step for training (training == 1: whatever the backward
 * pass needs too). */
size_t mcnn_conv_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                               int training);
void mcnn_conv_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                    int training, float *packed);

size_t mcnn_conv_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                int training);

/* y: [images][out_height/pool_height][out_width/pool_width][out_channels].
 * argmax: the same shape, for conv_backward: which position of each window was the largest (the
 * first in row-major order when equal), as the window's row * pool_width + column; NULL for
 * prediction or where there is no pooling. pool_height * pool_width <= 256 holds.
 * The sums are compared before bias and ReLU. With Winograd's algorithm (3x3 and 5x5 kernels of
 * four and more channels; 3x3 ones also with strides of 2) they carry up to 1e-5 of the largest sum
 * in error instead of about 1e-6, and sums that ought to be equal may differ in their last bits. */
void mcnn_conv_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                       const float *packed, const float *bias, const float *x, size_t images,
                       float *y, uint8_t *argmax, float *scratch);

/* One image's y may be computed in parts, the same bytes as at once: at multiples of so many rows
 * of it. 0: it is not to be cut. */
size_t mcnn_conv_part_rows(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);

/* The rows [begin, end) of one image's y, for prediction: begin is a multiple of that, and so is
 * end, or it is y's. x and y are the whole image's. */
void mcnn_conv_forward_rows(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *bias, const float *x, size_t begin,
                            size_t end, float *y, float *scratch);

/* Partial gradients in the kernel's own layout, so that callers can give each block of a batch
 * its own and add them up in a fixed order. */
size_t mcnn_conv_grad_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);

/* grad = the gradient of weights and bias from these images, one image after the other, or is
 * added to where `accumulate`; NULL when nobody needs it. With Winograd's algorithm (as above,
 * without pooling) the sums of a call round together: the last bits of grad, and of nothing else,
 * depend on how images are cut into calls. It is the faster the more images a call has.
 * dy: gradient of y; with a ReLU, outputs with y <= 0 pass nothing on. dx: overwritten with the
 * gradient of x; NULL when nobody needs it, else `packed` is from conv_pack(training = 1). With
 * input_is_relu it may be 0 where x is. */
void mcnn_conv_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                        const float *packed, const float *x, const float *y, const uint8_t *argmax,
                        const float *dy, size_t images, int accumulate, float *grad, float *dx,
                        float *scratch);

/* dw (HWIO) and db = the sum of `count` partial gradients lying `stride` floats apart, added in
 * their order: the rows [begin, end) of dw, which has one a tap and input channel, begin a
 * multiple of MCNN_CONV_ROWS, and db (NULL: there is no bias) together with the first of them. Both
 * are overwritten. */
void mcnn_conv_grad_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                           const float *grads, size_t count, size_t stride, float *dw, float *db,
                           size_t begin, size_t end);

#endif
