/* The algorithms of convolution, each around the inner loops of an instruction set
 * (loops.h); conv.c chooses between them. Sizes are in floats. */
#ifndef MCNN_KERNELS_CONV_ALGORITHMS_H
#define MCNN_KERNELS_CONV_ALGORITHMS_H

#include "kernels/conv/conv.h"

/* --- im2col_gemm.c: im2col and a matrix product, for any shape -------------------------------- */
size_t mcnn_conv_gemm_scratch_floats(const mcnn_conv_geometry *g);
void mcnn_conv_gemm_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *w, const float *bias, const float *x, size_t images,
                            float *y, uint8_t *argmax, float *scratch);
/* The rows [begin, end) of one image's y, where mcnn_gemm_rows_are_independent(). */
void mcnn_conv_gemm_forward_rows(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                 const float *w, const float *bias, const float *x, size_t begin,
                                 size_t end, float *y, float *scratch);
size_t mcnn_conv_gemm_grad_floats(const mcnn_conv_geometry *g);
/* grad += */
void mcnn_conv_gemm_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             const float *w, const float *x, const float *y, const uint8_t *argmax,
                             const float *dy, size_t images, float *grad, float *dx,
                             float *scratch);
/* Bias and ReLU, after pooling, of `size` floats. */
void mcnn_conv_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *bias,
                      size_t size, float *y);
/* sum = the partial gradients, `stride` floats apart, added in their order. */
void mcnn_add_partials(const mcnn_kernels *kernels, size_t n, const float *partials, size_t count,
                       size_t stride, float *sum);

/* --- direct.c: without im2col ----------------------------------------------------------------- */
/* 1 where the tiles of direct convolution and Winograd can finish the block. */
int mcnn_conv_tile_finishes(const mcnn_conv_geometry *g);
mcnn_tile_output mcnn_tile_output_of(const mcnn_conv_geometry *g, const float *bias, size_t image,
                                     float *y, uint8_t *argmax);
int mcnn_direct_supports(const mcnn_conv_geometry *g);
/* Whether pixels are compared with the first one of an image: so an image has no parts. */
int mcnn_direct_goes_by_pixels(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
size_t mcnn_direct_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_direct_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                      float *packed);
/* Scratch for the flags of mark_nonzero_segments(), as floats. */
size_t mcnn_direct_flags_floats(const mcnn_conv_geometry *framed);
size_t mcnn_direct_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_direct_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                         const float *packed, const float *bias, const float *x, size_t images,
                         float *y, uint8_t *argmax, float *scratch);

/* --- indirect*.c: strides, dilation and 1x1 kernels, without im2col -------------------------- */
int mcnn_indirect_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
/* Whether dx is made by it, too. */
int mcnn_indirect_gives_dx(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
/* What the forward pass reads ... */
size_t mcnn_indirect_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_indirect_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                        float *packed);
/* ... and what the backward pass does. */
size_t mcnn_indirect_dx_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_indirect_dx_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                           float *packed);
/* Scratch of each. */
size_t mcnn_indirect_forward_floats(const mcnn_conv_geometry *g);
size_t mcnn_indirect_backward_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_indirect_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                           const float *packed, const float *bias, const float *x, size_t images,
                           float *y, uint8_t *argmax, float *scratch);
/* grad +=, laid out as that of im2col_gemm.c */
void mcnn_indirect_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *x, const float *y,
                            const uint8_t *argmax, const float *dy, size_t images, float *grad,
                            float *dx, float *scratch);

/* --- nonzero.c: strides behind a ReLU ----------------------------------------------------------
 */
int mcnn_nonzero_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
size_t mcnn_nonzero_packed_floats(const mcnn_conv_geometry *g);
void mcnn_nonzero_pack(const mcnn_conv_geometry *g, const float *w, float *packed);
size_t mcnn_nonzero_scratch_floats(const mcnn_conv_geometry *g);
void mcnn_nonzero_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                          const float *packed, const float *bias, const float *x, size_t images,
                          float *y, float *scratch);

/* --- pointwise.c: 1x1 kernels alone ----------------------------------------------------------- */
int mcnn_pointwise_supports(const mcnn_conv_geometry *g);
/* As many floats as there are weights. */
void mcnn_pointwise_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                         float *packed);
void mcnn_pointwise_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *bias, const float *x, size_t images,
                            float *y);
/* Backward only where it makes use of zeros; w as they are stored, grad +=. */
int mcnn_pointwise_backward_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
size_t mcnn_pointwise_backward_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_pointwise_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             const float *w, const float *x, const float *y, const float *dy,
                             size_t images, float *grad, float *dx, float *scratch);

/* --- winograd.c ------------------------------------------------------------------------------- */
int mcnn_winograd_supports(const mcnn_conv_geometry *g);
mcnn_winograd mcnn_winograd_plan(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
/* Of transformed filters, and where those of one of the points^2 points begin. */
size_t mcnn_winograd_filter_floats(const mcnn_winograd *plan);
size_t mcnn_winograd_filter(const mcnn_winograd *plan, size_t point);
size_t mcnn_winograd_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_winograd_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                        float *packed);
size_t mcnn_winograd_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_winograd_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                           const float *packed, const float *bias, const float *x, size_t images,
                           float *y, uint8_t *argmax, float *scratch);

/* --- winograd_backward.c: backward without pooling ---------------------------------------------
 */
int mcnn_winograd_backward_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
size_t mcnn_winograd_backward_packed_floats(const mcnn_kernels *kernels,
                                            const mcnn_conv_geometry *g);
/* transposed: of the weights' size, contents free. */
void mcnn_winograd_backward_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                 const float *w, float *transposed, float *packed);
size_t mcnn_winograd_backward_scratch_floats(const mcnn_kernels *kernels,
                                             const mcnn_conv_geometry *g);
/* grad (laid out as mcnn_conv_gemm_backward()'s) = or += */
void mcnn_winograd_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *x, const float *y, const float *dy,
                            size_t images, int accumulate, float *grad, float *dx, float *scratch);

/* --- few_dw.c: the same for few input channels ------------------------------------------------ */
int mcnn_few_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
size_t mcnn_few_scratch_floats(const mcnn_conv_geometry *g);
/* w: as they are; grad (laid out as mcnn_conv_gemm_backward()'s) += */
void mcnn_few_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                       const float *x, const float *y, const float *dy, size_t images, float *grad,
                       float *dx, float *scratch);

/* --- sparse.c: backward through active outputs ------------------------------------------------ */
int mcnn_sparse_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
size_t mcnn_sparse_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_sparse_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                      float *packed);
size_t mcnn_sparse_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_sparse_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                          const float *packed, const float *x, const float *y,
                          const uint8_t *argmax, const float *dy, size_t images, int accumulate,
                          float *grad, float *dx, float *scratch);
size_t mcnn_sparse_grad_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
/* Rows [begin, end) of dw; returns where the gradient of the biases begins. */
size_t mcnn_sparse_grad_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                               const float *grads, size_t count, size_t stride, float *dw,
                               size_t begin, size_t end);

/* --- sparse_dw.c: its gradient of the weights; g is framed ------------------------------------ */
/* Images whose active outputs are listed together: more make the loops over a channel's outputs
 * longer, fewer keep the images in the cache. */
#define MCNN_DW_IMAGES ((size_t)4)
size_t mcnn_sparse_dw_grad_floats(const mcnn_conv_geometry *g);
size_t mcnn_sparse_dw_scratch_floats(const mcnn_conv_geometry *g);
/* From at most MCNN_DW_IMAGES images. */
void mcnn_sparse_dw(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *x,
                    mcnn_grad_source source, size_t images, int accumulate, float *grad,
                    float *scratch);
size_t mcnn_sparse_dw_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             const float *grads, size_t count, size_t stride, float *dw,
                             size_t begin, size_t end);

/* --- gather_dw.c: the same for few input channels --------------------------------------------- */
int mcnn_gather_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
size_t mcnn_gather_grad_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
size_t mcnn_gather_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
/* grad += from one image. */
void mcnn_gather_dw(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *x,
                    mcnn_grad_source source, float *grad, float *scratch);
size_t mcnn_gather_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                          const float *grads, size_t count, size_t stride, float *dw, size_t begin,
                          size_t end);

/* --- sparse_dx.c: its gradient of the input; g is framed -------------------------------------- */
size_t mcnn_dx_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_dx_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                  float *packed);
size_t mcnn_dx_scratch_floats(const mcnn_conv_geometry *g);
/* dx (overwritten) of one image. */
void mcnn_sparse_dx(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *packed,
                    mcnn_grad_source source, float *dx, float *scratch);

/* --- patch_dx.c: the same without pooling, with strides --------------------------------------- */
size_t mcnn_patch_dx_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g);
void mcnn_patch_dx_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                        float *packed);
size_t mcnn_patch_dx_scratch_floats(const mcnn_conv_geometry *g);
void mcnn_patch_dx(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *packed,
                   mcnn_grad_source source, float *dx, float *scratch);

#endif
