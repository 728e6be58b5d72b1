#include "kernels/gemm/openblas.h"

#include "base/platform.h"
#include "base/sizes.h"

#include <cblas.h>
#include <stdatomic.h>
#include <string.h>

/* A larger product wakes the thread pool of a threaded OpenBLAS (its interface/gemm.c). */
#define OPENBLAS_MAX_PRODUCT ((size_t)262144)

/* --- loading ---------------------------------------------------------------------------------- */

typedef __typeof__(cblas_sgemm) *sgemm_fn;
typedef __typeof__(openblas_get_parallel) *get_parallel_fn;
typedef __typeof__(openblas_get_config) *get_config_fn;

/* Threads that load it at once find the same functions, so none waits for another: a lock could be
 * held by a thread that a forked child does not have. The first to set `state` decides. */
static _Atomic(sgemm_fn) sgemm;
static _Atomic(get_parallel_fn) get_parallel;
static _Atomic(get_config_fn) get_config;
static atomic_int state = MCNN_OPENBLAS_NOT_LOADED;

/* Where it cannot have its buffers and threads, it prints and ends or blocks the process. */
static mcnn_openblas_state load(void) {
  if (mcnn_memory_is_limited())
    return MCNN_OPENBLAS_NOT_ALLOWED;
  mcnn_library *const library = mcnn_library_load(MCNN_OPENBLAS_SONAME);
  if (!library)
    return MCNN_OPENBLAS_NOT_FOUND;
  sgemm_fn multiply = (sgemm_fn)mcnn_library_function(library, "cblas_sgemm");
  get_parallel_fn parallel =
      (get_parallel_fn)mcnn_library_function(library, "openblas_get_parallel");
  get_config_fn config = (get_config_fn)mcnn_library_function(library, "openblas_get_config");
  if (!multiply || !parallel || !config)
    return MCNN_OPENBLAS_NOT_FOUND;
  atomic_store_explicit(&sgemm, multiply, memory_order_relaxed);
  atomic_store_explicit(&get_parallel, parallel, memory_order_relaxed);
  atomic_store_explicit(&get_config, config, memory_order_relaxed);
  /* The flavour is chosen by the system. */
  return parallel() == OPENBLAS_SEQUENTIAL ? MCNN_OPENBLAS_SERIAL : MCNN_OPENBLAS_USED;
}

mcnn_openblas_state mcnn_openblas_state_now(void) {
  return (mcnn_openblas_state)atomic_load_explicit(&state, memory_order_acquire);
}

int mcnn_openblas_load(void) {
  int now = (int)mcnn_openblas_state_now();
  if (now == MCNN_OPENBLAS_NOT_LOADED) {
    const int found = (int)load();
    if (atomic_compare_exchange_strong(&state, &now, found))
      now = found;
  }
  return now == MCNN_OPENBLAS_USED;
}

static int is_loaded(void) {
  const mcnn_openblas_state now = mcnn_openblas_state_now();
  return now == MCNN_OPENBLAS_USED || now == MCNN_OPENBLAS_SERIAL;
}

/* The functions are read after the state, behind which they were stored. */
size_t mcnn_openblas_version(const char **version) {
  *version = "?";
  if (is_loaded()) {
    get_config_fn config = atomic_load_explicit(&get_config, memory_order_relaxed);
    const char *const space = strchr(config(), ' '); /* "OpenBLAS 0.3.21 ..." */
    *version = space ? space + 1 : "?";
  }
  return strcspn(*version, " ");
}

const char *mcnn_openblas_flavour(void) {
  if (!is_loaded())
    return "?";
  get_parallel_fn parallel = atomic_load_explicit(&get_parallel, memory_order_relaxed);
  switch (parallel()) {
  case OPENBLAS_SEQUENTIAL:
    return "serial";
  case OPENBLAS_THREAD:
    return "pthread";
  case OPENBLAS_OPENMP:
    return "openmp";
  default:
    return "?";
  }
}

/* --- products --------------------------------------------------------------------------------- */

static size_t at_least_one(size_t a) {
  return a > 0 ? a : 1;
}

typedef struct product {
  sgemm_fn sgemm;
  CBLAS_TRANSPOSE transpose_a, transpose_b;
  size_t lda, ldb, ldc;
} product;

/* One block of rows and columns, in as many steps of k as the limit asks for. */
static void multiply_block(const product *p, size_t m, size_t n, size_t k, const float *a,
                           const float *b, int accumulate, float *c) {
  const size_t depth = mcnn_min(k, at_least_one(OPENBLAS_MAX_PRODUCT / (m * n)));
  const size_t a_step = p->transpose_a == CblasTrans ? p->lda : 1;
  const size_t b_step = p->transpose_b == CblasTrans ? 1 : p->ldb;
  for (size_t l = 0; l < k; l += depth) {
    p->sgemm(CblasRowMajor, p->transpose_a, p->transpose_b, (int)m, (int)n,
             (int)mcnn_min(depth, k - l), 1.0f, a + l * a_step, (int)p->lda, b + l * b_step,
             (int)p->ldb, accumulate || l > 0 ? 1.0f : 0.0f, c, (int)p->ldc);
  }
}

void mcnn_gemm_openblas(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                        const float *a, size_t lda, const float *b, size_t ldb, int accumulate,
                        float *c, size_t ldc) {
  const product p = {atomic_load_explicit(&sgemm, memory_order_relaxed),
                     transpose_a ? CblasTrans : CblasNoTrans,
                     transpose_b ? CblasTrans : CblasNoTrans,
                     lda,
                     ldb,
                     ldc};
  const size_t height = mcnn_min(m, 32);
  const size_t width =
      mcnn_min(n, at_least_one(OPENBLAS_MAX_PRODUCT / (height * mcnn_min(k, 512))));
  const size_t a_row = transpose_a ? 1 : lda;
  const size_t b_column = transpose_b ? ldb : 1;
  for (size_t j = 0; j < n; j += width) {
    for (size_t i = 0; i < m; i += height) {
      multiply_block(&p, mcnn_min(height, m - i), mcnn_min(width, n - j), k, a + i * a_row,
                     b + j * b_column, accumulate, c + i * ldc + j);
    }
  }
}
