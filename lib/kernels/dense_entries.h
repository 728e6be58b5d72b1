/* The dense and matrix product entries of the kernel tables, one set per instruction
 * set. They are called through mcnn_kernels only; the declarations are here for the tables. */
#ifndef MCNN_KERNELS_DENSE_ENTRIES_H
#define MCNN_KERNELS_DENSE_ENTRIES_H

#include "kernels/kernels.h"

#define MCNN_DENSE_DECLARE(isa)                                                                    \
  void mcnn_dense_forward_##isa(const mcnn_dense_geometry *g, const float *w, const float *bias,   \
                                const float *x, size_t rows, float *y);                            \
  void mcnn_dense_backward_##isa(const mcnn_dense_geometry *g, const mcnn_dense_part *parts,       \
                                 size_t count, const float *x, size_t rows, float *partial_dx);    \
  size_t mcnn_dense_dx_floats_##isa(const mcnn_dense_geometry *g, size_t rows);                    \
  void mcnn_dense_dx_finish_##isa(const mcnn_dense_geometry *g, const float *x, size_t rows,       \
                                  const float *partial_dx, size_t parts, size_t stride,            \
                                  float *dx);                                                      \
  void mcnn_gemm_##isa(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,             \
                       const float *a, size_t lda, const float *b, size_t ldb, int accumulate,     \
                       float *c, size_t ldc)

/* A panel of the backward pass (dense_sparse.inc.h): two took as long on one thread, but are too
 * few pieces for several. */
enum { MCNN_DENSE_PART_portable = 128, MCNN_DENSE_PART_avx2 = 96, MCNN_DENSE_PART_avx512 = 128 };

MCNN_DENSE_DECLARE(portable);
MCNN_DENSE_DECLARE(avx2);
MCNN_DENSE_DECLARE(avx512);

/* The members of a mcnn_kernels initialiser. */
/* clang-format off */
#define MCNN_DENSE_ENTRIES(isa)                                                                    \
  .dense_forward = mcnn_dense_forward_##isa,                                                       \
  .dense_part = MCNN_DENSE_PART_##isa,                                                             \
  .dense_backward = mcnn_dense_backward_##isa,                                                     \
  .dense_dx_floats = mcnn_dense_dx_floats_##isa,                                                   \
  .dense_dx_finish = mcnn_dense_dx_finish_##isa,                                                   \
  .gemm = mcnn_gemm_##isa
/* clang-format on */

#endif
