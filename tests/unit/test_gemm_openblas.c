// link: -Wl,--wrap=cblas_sgemm -Wl,--wrap=openblas_get_parallel
/* How OpenBLAS is called: on the calling thread only, and not at all in its serial flavour. */
#include "dense_support.h"

#include "kernels/gemm/gemm.h"

#if MCNN_WITH_OPENBLAS
#include <cblas.h>

/* A product of at most so many multiply-adds stays on the calling thread (OpenBLAS' gemm.c). */
static const size_t most_products = 262144;

static int flavour = OPENBLAS_THREAD;
static size_t calls, largest;

int __wrap_openblas_get_parallel(void);
int __wrap_openblas_get_parallel(void) {
  return flavour;
}

void __wrap_cblas_sgemm(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose_a,
                        enum CBLAS_TRANSPOSE transpose_b, blasint m, blasint n, blasint k,
                        float alpha, const float *a, blasint lda, const float *b, blasint ldb,
                        float beta, float *c, blasint ldc);
void __wrap_cblas_sgemm(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose_a,
                        enum CBLAS_TRANSPOSE transpose_b, blasint m, blasint n, blasint k,
                        float alpha, const float *a, blasint lda, const float *b, blasint ldb,
                        float beta, float *c, blasint ldc) {
  const size_t products = (size_t)m * (size_t)n * (size_t)k;
  (void)order, (void)transpose_a, (void)transpose_b, (void)alpha, (void)a, (void)lda, (void)b;
  (void)ldb, (void)beta, (void)c, (void)ldc;
  calls++;
  largest = products > largest ? products : largest;
}

static void multiply(size_t m, size_t n, size_t k) {
  guarded a = guarded_random(m * k, 1), b = guarded_random(k * n, 2), c = guarded_create(m * n);
  calls = largest = 0;
  mcnn_gemm(mcnn_kernels_for(MCNN_ISA_PORTABLE), 0, 0, m, n, k, a.data, k, b.data, n, 0, c.data, n);
  guarded_free(&a);
  guarded_free(&b);
  guarded_free(&c);
}

static void stays_on_the_calling_thread(void **state) {
  static const size_t sizes[][3] = {{1, 1, 1},      {32, 512, 16},   {64, 64, 64},
                                    {65, 65, 65},   {33, 1000, 512}, {576, 16, 400},
                                    {1, 1, 300000}, {200, 3, 2000}};
  (void)state;
  flavour = OPENBLAS_THREAD;
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    multiply(sizes[i][0], sizes[i][1], sizes[i][2]);
    assert_true(calls > 0);
    assert_true(largest <= most_products);
  }
}

/* It shares its buffers between callers and gives wrong numbers when two threads call it at once.
 */
static void is_not_called_where_it_is_serial(void **state) {
  (void)state;
  flavour = OPENBLAS_SEQUENTIAL;
  multiply(64, 64, 64);
  assert_int_equal(calls, 0);
  flavour = OPENBLAS_OPENMP;
  multiply(64, 64, 64);
  assert_true(calls > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stays_on_the_calling_thread),
      cmocka_unit_test(is_not_called_where_it_is_serial),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void) {
  return 77; /* skipped: built without OpenBLAS */
}
#endif
