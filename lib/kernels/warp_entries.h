/* The warps of the kernel tables. */
#ifndef MCNN_KERNELS_WARP_ENTRIES_H
#define MCNN_KERNELS_WARP_ENTRIES_H

#include "kernels/kernels.h"

#define MCNN_WARP_DECLARE(isa)                                                                     \
  void mcnn_warp_nearest_##isa(const mcnn_warp *w, int32_t *offset);                               \
  void mcnn_warp_edge_##isa(const mcnn_warp *w, int32_t *offset, float *down, float *right);       \
  void mcnn_warp_field_##isa(const mcnn_warp *w, float elastic, const float *field_rows,           \
                             const float *field_columns, int32_t *offset, float *down,             \
                             float *right);                                                        \
  void mcnn_warp_fetch_##isa(size_t width, size_t channels, const int32_t *offset,                 \
                             const float *down, const float *right, const float *padded,           \
                             float scale, float shift, float *target);                             \
  void mcnn_warp_stroke_##isa(size_t n, size_t channels, size_t row, float amount,                 \
                              const float *pixels, float *target);                                 \
  void mcnn_mix_##isa(const float *factors, size_t factor_step, const float *vectors,              \
                      size_t vector_step, size_t n, float *sums)

MCNN_WARP_DECLARE(portable);
MCNN_WARP_DECLARE(avx2);

/* The members of a mcnn_kernels initialiser. */
/* clang-format off */
#define MCNN_WARP_ENTRIES(isa)                                                                     \
  .warp_nearest = mcnn_warp_nearest_##isa,                                                         \
  .warp_edge = mcnn_warp_edge_portable,                                                            \
  .warp_field = mcnn_warp_field_##isa,                                                             \
  .warp_fetch = mcnn_warp_fetch_##isa,                                                             \
  .warp_stroke = mcnn_warp_stroke_##isa,                                                           \
  .mix = mcnn_mix_##isa
/* clang-format on */

#endif
