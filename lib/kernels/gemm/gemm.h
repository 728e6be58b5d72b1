/* The one door to matrix multiplication. Behind it stand OpenBLAS (gemm.c is the only file that
 * includes <cblas.h>) and the built-in kernels; which one serves a call depends on the shape and on
 * the OpenBLAS flavour, never on the number of threads.
 *
 * OpenBLAS is only ever called so that it stays on the calling thread (blocks with
 * M*N*K <= 262,144), and not at all in its serial flavour, which gives wrong numbers when two
 * threads call it at once. */
#ifndef MCNN_KERNELS_GEMM_H
#define MCNN_KERNELS_GEMM_H

#include "kernels/kernels.h"

/* C[m][n] = A B (+ C where accumulate), row-major, lda/ldb/ldc floats from row to row.
 * A is [m][k], or [k][m] where transpose_a; B is [k][n], or [n][k] where transpose_b. */
void mcnn_gemm(const mcnn_kernels *kernels, int transpose_a, int transpose_b, size_t m, size_t n,
               size_t k, const float *a, size_t lda, const float *b, size_t ldb, int accumulate,
               float *c, size_t ldc);

/* 1 where a row of C is the same bytes whatever rows of A and C it is computed with, B not being
 * transposed: OpenBLAS has other kernels for the last rows of a block. */
int mcnn_gemm_rows_are_independent(const mcnn_kernels *kernels);

#if MCNN_WITH_OPENBLAS
/* The other one: OpenBLAS in blocks that stay on the calling thread, whatever its flavour. For
 * measuring; everything else calls mcnn_gemm(). m, n and k >= 1, sizes and strides <= INT_MAX. */
void mcnn_gemm_openblas(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                        const float *a, size_t lda, const float *b, size_t ldb, int accumulate,
                        float *c, size_t ldc);
#endif

/* "OpenBLAS 0.3.21 (pthread)" or "built-in", for build information. Returns the length of the whole
 * text without its NUL; a longer text than fits is cut. */
size_t mcnn_gemm_describe(char *text, size_t capacity);

#endif
