#include "kernels/gemm/gemm.h"

#include "kernels/gemm/product.h"

#include <limits.h>
#include <stdio.h>

#if MCNN_WITH_OPENBLAS
#include "kernels/gemm/openblas.h"

/* Measured on a Zen 4, GF/s: the kernels of each instruction set, and OpenBLAS 0.3.21 in blocks
 * with what it chooses by itself there, and with its kernels for AVX and for SSE alone, which are
 * its choices on the processors that the baseline is for (M x N x K):
 *                        AVX-512  AVX2  portable   own choice   AVX   SSE
 *   A B    576x16x25        46     47      15           48       19    11
 *   A B    256x64x576       58     55      19           54       28    14
 *   A B    196x128x1152    114    103      35          107       54    27
 *   A^T B  576x64x256      114     98      31          114       68    30
 *   A B^T  196x1152x128     98     97      33           76       63    27
 *   A B^T  49x2304x256      97     83      27          103       56    25
 * So it is for processors with AVX and without AVX2, and no great loss on those without either.
 * On AArch64 there is no baseline beside NEON; elsewhere it knows more about the processor than the
 * generic vectors do. */
static int openblas_serves(const mcnn_kernels *kernels) {
  return kernels->isa == MCNN_ISA_BASELINE && mcnn_openblas_load();
}

static int fits_openblas(size_t m, size_t n, size_t k, size_t lda, size_t ldb, size_t ldc) {
  const size_t most = INT_MAX;
  return m <= most && n <= most && k <= most && lda <= most && ldb <= most && ldc <= most;
}
#endif

void mcnn_gemm(const mcnn_kernels *kernels, int transpose_a, int transpose_b, size_t m, size_t n,
               size_t k, const float *a, size_t lda, const float *b, size_t ldb, int accumulate,
               float *c, size_t ldc) {
#if MCNN_WITH_OPENBLAS
  if (m > 0 && n > 0 && k > 0 && openblas_serves(kernels) &&
      fits_openblas(m, n, k, lda, ldb, ldc)) {
    mcnn_gemm_openblas(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc);
    return;
  }
#endif
  mcnn_gemm_builtin(kernels, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc);
}

int mcnn_gemm_rows_are_independent(const mcnn_kernels *kernels) {
#if MCNN_WITH_OPENBLAS
  return !openblas_serves(kernels);
#else
  (void)kernels;
  return 1;
#endif
}

int mcnn_gemm_uses_openblas(void) {
#if MCNN_WITH_OPENBLAS
  return mcnn_isa_available(MCNN_ISA_BASELINE) && mcnn_openblas_load();
#else
  return 0;
#endif
}

size_t mcnn_gemm_describe(char *text, size_t capacity) {
#if MCNN_WITH_OPENBLAS
  static const char reasons[][40] = {
      [MCNN_OPENBLAS_NOT_LOADED] = "not loaded",
      [MCNN_OPENBLAS_USED] = "baseline only",
      [MCNN_OPENBLAS_SERIAL] = "not thread-safe, not used",
      [MCNN_OPENBLAS_NOT_FOUND] = "not found",
      [MCNN_OPENBLAS_NOT_ALLOWED] = "not used: address space is limited",
  };
  const mcnn_openblas_state state = mcnn_openblas_state_now();
  int length;
  if (state == MCNN_OPENBLAS_USED || state == MCNN_OPENBLAS_SERIAL) {
    const char *version;
    const int digits = (int)mcnn_openblas_version(&version);
    length = snprintf(text, capacity, "built-in, OpenBLAS %.*s (%s; %s)", digits, version,
                      mcnn_openblas_flavour(), reasons[state]);
  } else {
    length = snprintf(text, capacity, "built-in, OpenBLAS (%s)", reasons[state]);
  }
#else
  const int length = snprintf(text, capacity, "built-in");
#endif
  return length > 0 ? (size_t)length : 0;
}
