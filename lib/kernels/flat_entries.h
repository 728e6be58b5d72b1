/* The max-pooling, elementwise and optimiser entries of the kernel tables. Nothing in them depends
 * on the width of a vector, and they wait for memory or the divider: those for AVX2 serve AVX-512
 * too. */
#ifndef MCNN_KERNELS_FLAT_ENTRIES_H
#define MCNN_KERNELS_FLAT_ENTRIES_H

#include "kernels/kernels.h"

#define MCNN_FLAT_DECLARE(isa)                                                                     \
  void mcnn_maxpool_forward_##isa(const mcnn_pool_geometry *g, const float *x, size_t images,      \
                                  float *y, uint8_t *chosen);                                      \
  void mcnn_maxpool_backward_##isa(const mcnn_pool_geometry *g, const uint8_t *chosen,             \
                                   const float *dy, size_t images, float *dx);                     \
  void mcnn_relu_forward_##isa(size_t n, const float *x, float *y);                                \
  void mcnn_relu_backward_##isa(size_t n, const float *y, const float *dy, float *dx);             \
  void mcnn_scale_u8_##isa(size_t n, const uint8_t *src, float scale, float offset, float *dst);   \
  void mcnn_scale_f32_##isa(size_t n, const float *src, float scale, float offset, float *dst);    \
  void mcnn_add_##isa(size_t n, const float *src, float *dst);                                     \
  void mcnn_mix_##isa(size_t terms, const float *factors, size_t factor_step,                      \
                      const float *vectors, size_t vector_step, size_t n, float *sums);            \
  void mcnn_dense_mask_##isa(const mcnn_dense_geometry *g, const float *y, const float *dy,        \
                             size_t rows, float *dz, float *db);                                   \
  void mcnn_dense_narrow_backward_##isa(const mcnn_dense_geometry *g, const float *w,              \
                                        const float *x, const float *dz, size_t rows, float *dw,   \
                                        float *front_dz, float *front_db);                         \
  void mcnn_rmsprop_##isa(size_t n, float lr, float rho, float epsilon, const float *g, float *a,  \
                          float *w);                                                               \
  void mcnn_adam_##isa(size_t n, float lr, float b1, float b2, float epsilon, float decay,         \
                       float correction1, float correction2, const float *g, float *m, float *v,   \
                       float *w);                                                                  \
  void mcnn_sgd_##isa(size_t n, float lr, float momentum, uint32_t nesterov, float decay,          \
                      const float *g, float *v, float *w);                                         \
  void mcnn_average_##isa(size_t n, float decay, const float *w, float *average);                  \
  void mcnn_philox_##isa(const uint32_t counter[4], const uint32_t key[2], size_t blocks,          \
                         uint32_t *out);                                                           \
  void mcnn_warp_nearest_##isa(const mcnn_warp *w, int32_t *offset);                               \
  void mcnn_warp_smooth_##isa(const mcnn_warp *w, size_t rows, const mcnn_warp_field *field,       \
                              const mcnn_warp_source *source, float *target)

#define MCNN_NARROW_avx2 mcnn_dense_narrow_backward_avx2
#if defined(__x86_64__)
#define MCNN_NARROW_portable NULL
#else
#define MCNN_NARROW_portable mcnn_dense_narrow_backward_portable
#endif

MCNN_FLAT_DECLARE(portable);
MCNN_FLAT_DECLARE(avx2);

/* The members of a mcnn_kernels initialiser. */
/* clang-format off */
#define MCNN_FLAT_ENTRIES(isa)                                                                     \
  .maxpool_forward = mcnn_maxpool_forward_##isa,                                                   \
  .maxpool_backward = mcnn_maxpool_backward_##isa,                                                 \
  .relu_forward = mcnn_relu_forward_##isa,                                                         \
  .relu_backward = mcnn_relu_backward_##isa,                                                       \
  .scale_u8 = mcnn_scale_u8_##isa,                                                                 \
  .scale_f32 = mcnn_scale_f32_##isa,                                                               \
  .add = mcnn_add_##isa,                                                                           \
  .mix = mcnn_mix_##isa,                                                                           \
  .dense_mask = mcnn_dense_mask_##isa,                                                             \
  .dense_narrow_backward = MCNN_NARROW_##isa,                                                      \
  .rmsprop = mcnn_rmsprop_##isa,                                                                   \
  .adam = mcnn_adam_##isa,                                                                         \
  .sgd = mcnn_sgd_##isa,                                                                           \
  .average = mcnn_average_##isa,                                                                   \
  .philox = mcnn_philox_##isa,                                                                     \
  .warp_nearest = mcnn_warp_nearest_##isa,                                                         \
  .warp_smooth = mcnn_warp_smooth_##isa
/* clang-format on */

#endif
