/* The built-in matrix product. */
#ifndef MCNN_KERNELS_GEMM_PRODUCT_H
#define MCNN_KERNELS_GEMM_PRODUCT_H

#include "kernels/kernels.h"

void mcnn_multiply(const mcnn_kernels *kernels, mcnn_product p, size_t rows, size_t columns);

/* As mcnn_gemm() of gemm.h: the reference across machines, and what builds without OpenBLAS use for
 * everything. */
void mcnn_gemm_builtin(const mcnn_kernels *kernels, int transpose_a, int transpose_b, size_t m,
                       size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                       int accumulate, float *c, size_t ldc);

#endif
