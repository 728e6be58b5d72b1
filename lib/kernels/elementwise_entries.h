/* The elementwise entries of the kernel tables. Nothing in them depends on the width of a vector,
 * and memory is what they wait for: those for AVX2 serve AVX-512 too. */
#ifndef MCNN_KERNELS_ELEMENTWISE_ENTRIES_H
#define MCNN_KERNELS_ELEMENTWISE_ENTRIES_H

#include "kernels/kernels.h"

#define MCNN_ELEMENTWISE_DECLARE(isa)                                                              \
  void mcnn_relu_forward_##isa(size_t n, const float *x, float *y);                                \
  void mcnn_relu_backward_##isa(size_t n, const float *y, const float *dy, float *dx);             \
  void mcnn_scale_u8_##isa(size_t n, const uint8_t *src, float scale, float offset, float *dst);   \
  void mcnn_scale_f32_##isa(size_t n, const float *src, float scale, float offset, float *dst);    \
  void mcnn_add_##isa(size_t n, const float *src, float *dst)

MCNN_ELEMENTWISE_DECLARE(portable);
MCNN_ELEMENTWISE_DECLARE(avx2);

/* The members of a mcnn_kernels initialiser. */
/* clang-format off */
#define MCNN_ELEMENTWISE_ENTRIES(isa)                                                              \
  .relu_forward = mcnn_relu_forward_##isa,                                                         \
  .relu_backward = mcnn_relu_backward_##isa,                                                       \
  .scale_u8 = mcnn_scale_u8_##isa,                                                                 \
  .scale_f32 = mcnn_scale_f32_##isa,                                                               \
  .add = mcnn_add_##isa
/* clang-format on */

#endif
