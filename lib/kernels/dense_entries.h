/* The dense, matrix product and optimiser entries of the kernel tables, one set per instruction
 * set. They are called through mcnn_kernels only; the declarations are here for the tables. */
#ifndef MCNN_KERNELS_DENSE_ENTRIES_H
#define MCNN_KERNELS_DENSE_ENTRIES_H

#include "kernels/kernels.h"

#define MCNN_DENSE_DECLARE(isa)                                                                    \
  void mcnn_dense_forward_##isa(const mcnn_dense_geometry *g, const float *w, const float *bias,   \
                                const float *x, size_t rows, float *y, size_t begin, size_t end);  \
  void mcnn_dense_backward_##isa(const mcnn_dense_geometry *g, const float *w, const float *x,     \
                                 const float *dz, size_t rows, float *dw, float *dx, size_t begin, \
                                 size_t end);                                                      \
  void mcnn_gemm_##isa(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,             \
                       const float *a, size_t lda, const float *b, size_t ldb, int accumulate,     \
                       float *c, size_t ldc);                                                      \
  void mcnn_dense_mask_##isa(const mcnn_dense_geometry *g, const float *y, const float *dy,        \
                             size_t rows, float *dz, float *db);                                   \
  void mcnn_rmsprop_##isa(size_t n, float lr, float rho, float epsilon, const float *g, float *a,  \
                          float *w);                                                               \
  void mcnn_sgd_##isa(size_t n, float lr, float momentum, uint32_t nesterov, float decay,          \
                      const float *g, float *v, float *w);                                         \
  void mcnn_adam_##isa(size_t n, float lr, float b1, float b2, float epsilon, float decay,         \
                       float correction1, float correction2, const float *g, float *m, float *v,   \
                       float *w);                                                                  \
  void mcnn_average_##isa(size_t n, float decay, const float *w, float *average)

MCNN_DENSE_DECLARE(portable);
MCNN_DENSE_DECLARE(avx2);
MCNN_DENSE_DECLARE(avx512);

/* The members of a mcnn_kernels initialiser. */
/* clang-format off */
#define MCNN_DENSE_ENTRIES(isa)                                                                    \
  .dense_forward = mcnn_dense_forward_##isa,                                                       \
  .dense_backward = mcnn_dense_backward_##isa,                                                     \
  .gemm = mcnn_gemm_##isa,                                                                         \
  .dense_mask = mcnn_dense_mask_##isa,                                                             \
  .rmsprop = mcnn_rmsprop_##isa,                                                                   \
  .sgd = mcnn_sgd_##isa,                                                                           \
  .adam = mcnn_adam_##isa,                                                                         \
  .average = mcnn_average_##isa
/* clang-format on */

#endif
