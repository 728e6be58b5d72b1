#include "kernels/gemm/gemm.h"

#include "base/sizes.h"
#include "kernels/gemm/product.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#if MCNN_WITH_OPENBLAS
#include <cblas.h>

/* A larger product wakes the thread pool of a threaded OpenBLAS (its interface/gemm.c). */
#define OPENBLAS_MAX_PRODUCT ((size_t)262144)

/* The flavour is chosen when the program is loaded. The serial one (0) shares its buffers between
 * callers and gives wrong numbers when two threads call it at once. */
static int openblas_is_safe(void) {
  return openblas_get_parallel() != OPENBLAS_SEQUENTIAL;
}

/* Measured on a Zen 4, GF/s, built-in AVX-512 / OpenBLAS 0.3.21 in blocks (M x N x K):
 *   A B    576x16x25 89/81    64x32x400 105/79    32x1000x512 99/85     256^3 106/100
 *   A^T B  576x16x25 95/82    64x32x400 103/84    512x1000x32 91/101    256^3 101/95
 *   A B^T  576x16x75 49/60    64x32x400 81/86     32x512x1000 96/92     64x400x32 82/67
 *   A^T B^T                   64x32x400 75/95     32x512x1000 60/100    64x400x32 83/95
 * The portable kernels stay far below OpenBLAS everywhere. */
static int openblas_is_faster(const mcnn_kernels *kernels, int transpose_b, size_t k) {
  return kernels->isa == MCNN_ISA_PORTABLE || (transpose_b && k > 64);
}

static int fits_openblas(size_t m, size_t n, size_t k, size_t lda, size_t ldb, size_t ldc) {
  const size_t most = INT_MAX;
  return m <= most && n <= most && k <= most && lda <= most && ldb <= most && ldc <= most;
}

static size_t at_least_one(size_t a) {
  return a > 0 ? a : 1;
}

typedef struct sgemm {
  CBLAS_TRANSPOSE transpose_a, transpose_b;
  size_t lda, ldb, ldc;
} sgemm;

/* One block of rows and columns, in as many steps of k as the limit asks for. */
static void multiply_block(const sgemm *s, size_t m, size_t n, size_t k, const float *a,
                           const float *b, int accumulate, float *c) {
  const size_t depth = mcnn_min(k, at_least_one(OPENBLAS_MAX_PRODUCT / (m * n)));
  const size_t a_step = s->transpose_a == CblasTrans ? s->lda : 1;
  const size_t b_step = s->transpose_b == CblasTrans ? 1 : s->ldb;
  for (size_t l = 0; l < k; l += depth) {
    cblas_sgemm(CblasRowMajor, s->transpose_a, s->transpose_b, (int)m, (int)n,
                (int)mcnn_min(depth, k - l), 1.0f, a + l * a_step, (int)s->lda, b + l * b_step,
                (int)s->ldb, accumulate || l > 0 ? 1.0f : 0.0f, c, (int)s->ldc);
  }
}

void mcnn_gemm_openblas(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                        const float *a, size_t lda, const float *b, size_t ldb, int accumulate,
                        float *c, size_t ldc) {
  const sgemm s = {transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
                   lda, ldb, ldc};
  const size_t height = mcnn_min(m, 32);
  const size_t width =
      mcnn_min(n, at_least_one(OPENBLAS_MAX_PRODUCT / (height * mcnn_min(k, 512))));
  const size_t a_row = transpose_a ? 1 : lda;
  const size_t b_column = transpose_b ? ldb : 1;
  for (size_t j = 0; j < n; j += width) {
    for (size_t i = 0; i < m; i += height) {
      multiply_block(&s, mcnn_min(height, m - i), mcnn_min(width, n - j), k, a + i * a_row,
                     b + j * b_column, accumulate, c + i * ldc + j);
    }
  }
}
#endif

void mcnn_gemm(const mcnn_kernels *kernels, int transpose_a, int transpose_b, size_t m, size_t n,
               size_t k, const float *a, size_t lda, const float *b, size_t ldb, int accumulate,
               float *c, size_t ldc) {
#if MCNN_WITH_OPENBLAS
  if (m > 0 && n > 0 && k > 0 && openblas_is_faster(kernels, transpose_b, k) &&
      fits_openblas(m, n, k, lda, ldb, ldc) && openblas_is_safe()) {
    mcnn_gemm_openblas(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc);
    return;
  }
#endif
  mcnn_gemm_builtin(kernels, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc);
}

int mcnn_gemm_rows_are_independent(const mcnn_kernels *kernels) {
#if MCNN_WITH_OPENBLAS
  return !openblas_is_faster(kernels, 0, 0) || !openblas_is_safe();
#else
  (void)kernels;
  return 1;
#endif
}

size_t mcnn_gemm_describe(char *text, size_t capacity) {
#if MCNN_WITH_OPENBLAS
  static const char flavours[][17] = {"serial, not used", "pthread", "openmp"};
  const int flavour = openblas_get_parallel();
  const char *version = strchr(openblas_get_config(), ' '); /* "OpenBLAS 0.3.21 ..." */
  version = version ? version + 1 : "?";
  const int length = snprintf(text, capacity, "OpenBLAS %.*s (%s)", (int)strcspn(version, " "),
                              version, flavour >= 0 && flavour <= 2 ? flavours[flavour] : "?");
#else
  const int length = snprintf(text, capacity, "built-in");
#endif
  return length > 0 ? (size_t)length : 0;
}
