/* The convolution entries of the kernel table, once per instruction set. */
#ifndef MCNN_KERNELS_CONV_ENTRIES_H
#define MCNN_KERNELS_CONV_ENTRIES_H

#include "kernels/kernels.h"

#define MCNN_DECLARE_CONV_ENTRIES(isa)                                                             \
  size_t mcnn_conv_packed_floats_##isa(const mcnn_conv_geometry *g, int training);                 \
  void mcnn_conv_pack_##isa(const mcnn_conv_geometry *g, const float *w, int training,             \
                            float *packed);                                                        \
  size_t mcnn_conv_scratch_floats_##isa(const mcnn_conv_geometry *g, size_t images, int training); \
  void mcnn_conv_forward_##isa(const mcnn_conv_geometry *g, const float *packed,                   \
                               const float *bias, const float *x, size_t images, float *y,         \
                               uint8_t *chosen, float *scratch);                                   \
  size_t mcnn_conv_grad_floats_##isa(const mcnn_conv_geometry *g);                                 \
  void mcnn_conv_backward_##isa(const mcnn_conv_geometry *g, const float *packed, const float *x,  \
                                const float *y, const uint8_t *chosen, const float *dy,            \
                                size_t images, int accumulate, float *grad, float *dx,             \
                                float *scratch);                                                   \
  void mcnn_conv_grad_finish_##isa(const mcnn_conv_geometry *g, const float *grads, size_t parts,  \
                                   size_t stride, float *dw, float *db, size_t begin, size_t end)

/* The members of a mcnn_kernels initialiser. */
/* clang-format off */
#define MCNN_CONV_ENTRIES(isa)                                                                     \
  .conv_packed_floats = mcnn_conv_packed_floats_##isa,                                             \
  .conv_pack = mcnn_conv_pack_##isa,                                                               \
  .conv_scratch_floats = mcnn_conv_scratch_floats_##isa,                                           \
  .conv_forward = mcnn_conv_forward_##isa,                                                         \
  .conv_grad_floats = mcnn_conv_grad_floats_##isa,                                                 \
  .conv_backward = mcnn_conv_backward_##isa,                                                       \
  .conv_grad_finish = mcnn_conv_grad_finish_##isa
/* clang-format on */

MCNN_DECLARE_CONV_ENTRIES(portable);
MCNN_DECLARE_CONV_ENTRIES(avx2);
MCNN_DECLARE_CONV_ENTRIES(avx512);

#endif
