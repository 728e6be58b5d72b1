/* The ways to compute a convolution, each around the inner loops of an instruction set
 * (conv_ops.h), and the entries that choose between them. Sizes are in floats. */
#ifndef MCNN_KERNELS_CONV_WAYS_H
#define MCNN_KERNELS_CONV_WAYS_H

#include "kernels/conv_ops.h"

/* --- conv.c: what the entries of the kernel table are, see kernels.h -------------------------- */
size_t mcnn_conv_packed_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, int training);
void mcnn_conv_pack(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *w,
                    int training, float *packed);
size_t mcnn_conv_scratch_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g,
                                int training);
void mcnn_conv_forward(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *packed,
                       const float *bias, const float *x, size_t images, float *y, uint8_t *chosen,
                       float *scratch);
size_t mcnn_conv_grad_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
void mcnn_conv_backward(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *packed,
                        const float *x, const float *y, const uint8_t *chosen, const float *dy,
                        size_t images, int accumulate, float *grad, float *dx, float *scratch);
void mcnn_conv_grad_finish(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g,
                           const float *grads, size_t parts, size_t stride, float *dw, float *db,
                           size_t begin, size_t end);

/* --- conv_gemm.c: im2col and a matrix product, for any shape ---------------------------------- */
size_t mcnn_conv_gemm_scratch_floats(const mcnn_conv_geometry *g);
void mcnn_conv_gemm_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *w, const float *bias, const float *x, size_t images,
                            float *y, uint8_t *chosen, float *scratch);
size_t mcnn_conv_gemm_grad_floats(const mcnn_conv_geometry *g);
/* grad += */
void mcnn_conv_gemm_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             const float *w, const float *x, const float *y, const uint8_t *chosen,
                             const float *dy, size_t images, float *grad, float *dx,
                             float *scratch);
/* sum = the parts, `stride` floats apart, added in their order. */
void mcnn_add_parts(const mcnn_kernels *kernels, size_t n, const float *parts, size_t count,
                    size_t stride, float *sum);

/* --- conv_direct.c: without im2col ------------------------------------------------------------ */
/* 1 where the tiles of the forward ways can finish the block. */
int mcnn_conv_tile_finishes(const mcnn_conv_geometry *g);
mcnn_tile_output mcnn_tile_output_of(const mcnn_conv_geometry *g, const float *bias, size_t image,
                                     float *y, uint8_t *chosen);
int mcnn_direct_serves(const mcnn_conv_geometry *g);
size_t mcnn_direct_packed_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
void mcnn_direct_pack(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *w,
                      float *packed);
/* Scratch for the flags of find_filled(), as floats. */
size_t mcnn_direct_filled_floats(const mcnn_conv_geometry *framed);
size_t mcnn_direct_scratch_floats(const mcnn_conv_geometry *g);
void mcnn_direct_forward(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *packed,
                         const float *bias, const float *x, size_t images, float *y,
                         uint8_t *chosen, float *scratch);

/* --- conv_winograd.c -------------------------------------------------------------------------- */
int mcnn_winograd_serves(const mcnn_conv_geometry *g);
size_t mcnn_winograd_packed_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
void mcnn_winograd_pack(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *w,
                        float *packed);
size_t mcnn_winograd_scratch_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
void mcnn_winograd_forward(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g,
                           const float *packed, const float *bias, const float *x, size_t images,
                           float *y, uint8_t *chosen, float *scratch);

/* --- conv_sparse.c: backward through live units ----------------------------------------------- */
int mcnn_sparse_serves(const mcnn_conv_geometry *g);
size_t mcnn_sparse_scratch_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
void mcnn_sparse_backward(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g,
                          const float *packed, const float *x, const float *y,
                          const uint8_t *chosen, const float *dy, size_t images, int accumulate,
                          float *grad, float *dx, float *scratch);
size_t mcnn_sparse_grad_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
/* Rows [begin, end) of dw; returns where the gradient of the biases begins. */
size_t mcnn_sparse_grad_finish(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g,
                               const float *grads, size_t parts, size_t stride, float *dw,
                               size_t begin, size_t end);

/* --- conv_sparse_dw.c: its gradient of the weights; g is framed ------------------------------- */
/* Images whose units are listed together: more make the loops over a channel's units longer, fewer
 * keep the images in the cache. */
#define MCNN_DW_IMAGES ((size_t)4)
size_t mcnn_sparse_dw_grad_floats(const mcnn_conv_geometry *g);
size_t mcnn_sparse_dw_scratch_floats(const mcnn_conv_geometry *g);
/* From at most MCNN_DW_IMAGES images. */
void mcnn_sparse_dw(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *x,
                    mcnn_window_units units, size_t images, int accumulate, float *grad,
                    float *scratch);
size_t mcnn_sparse_dw_finish(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g,
                             const float *grads, size_t parts, size_t stride, float *dw,
                             size_t begin, size_t end);

/* --- conv_picked_dw.c: the same for few input channels ---------------------------------------- */
int mcnn_picked_serves(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
size_t mcnn_picked_grad_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
size_t mcnn_picked_scratch_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
/* grad += from one image. */
void mcnn_picked_dw(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *x,
                    mcnn_window_units units, float *grad, float *scratch);
size_t mcnn_picked_finish(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *grads,
                          size_t parts, size_t stride, float *dw, size_t begin, size_t end);

/* --- conv_sparse_dx.c: its gradient of the input; g is framed --------------------------------- */
size_t mcnn_dx_packed_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g);
void mcnn_dx_pack(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *w,
                  float *packed);
size_t mcnn_dx_scratch_floats(const mcnn_conv_geometry *g);
/* dx (overwritten) of one image. */
void mcnn_sparse_dx(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *packed,
                    mcnn_window_units units, float *dx, float *scratch);

#endif
