/* The one door to matrix multiplication. Behind it stand the built-in kernels and, for the portable
 * instruction set, OpenBLAS; which one serves a call never depends on the number of threads. */
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

/* Whether the products of the portable instruction set are OpenBLAS's, which this loads. */
int mcnn_gemm_uses_openblas(void);

/* What computes matrix products, for build information: "built-in" and what there is to say about
 * OpenBLAS, which this does not load. Returns the length of the whole text without its NUL; a
 * longer text than fits is cut. */
size_t mcnn_gemm_describe(char *text, size_t capacity);

#endif
