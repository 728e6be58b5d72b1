/* Matrix products: the built-in one on every instruction set and the one door, against the naive
 * twin; and many callers at once. */
#include "dense_support.h"

#include "kernels/dense/naive_dense.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/product.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef void (*gemm_function)(const mcnn_kernels *kernels, int transpose_a, int transpose_b,
                              size_t m, size_t n, size_t k, const float *a, size_t lda,
                              const float *b, size_t ldb, int accumulate, float *c, size_t ldc);

typedef struct shape {
  size_t m, n, k;
} shape;

/* Odd ones around every tile size, and some that OpenBLAS gets in several pieces. */
static const shape shapes[] = {{1, 1, 1},    {2, 3, 4},      {4, 48, 7},      {5, 49, 16},
                               {8, 47, 33},  {9, 17, 64},    {7, 65, 65},     {13, 100, 100},
                               {16, 16, 0},  {31, 33, 1030}, {33, 130, 129},  {1, 1000, 512},
                               {100, 1, 70}, {65, 66, 67},   {32, 1000, 300}, {300, 300, 40}};
#define SHAPES (sizeof shapes / sizeof *shapes)

static void check_one(gemm_function gemm, const mcnn_kernels *kernels, const shape *s,
                      int transpose_a, int transpose_b, int accumulate) {
  const size_t lda = (transpose_a ? s->m : s->k) + 3, ldb = (transpose_b ? s->k : s->n) + 1;
  const size_t ldc = s->n + 2;
  guarded a = guarded_random((transpose_a ? s->k : s->m) * lda, 1);
  guarded b = guarded_random((transpose_b ? s->n : s->k) * ldb, 2);
  guarded c = guarded_random(s->m * ldc, 3), expected = guarded_copy(&c);
  gemm(kernels, transpose_a, transpose_b, s->m, s->n, s->k, a.data, lda, b.data, ldb, accumulate,
       c.data, ldc);
  mcnn_naive_gemm(transpose_a, transpose_b, s->m, s->n, s->k, a.data, lda, b.data, ldb, accumulate,
                  expected.data, ldc);
  assert_close(c.n, c.data, expected.data, 1e-6 * (2.0 + sqrt((double)s->k)));
  for (size_t i = 0; i < s->m; i++) /* the gap between rows stays */
    assert_same_bytes(2, c.data + i * ldc + s->n, expected.data + i * ldc + s->n);
  guarded_free(&expected);
  guarded_free(&c);
  guarded_free(&b);
  guarded_free(&a);
}

static void check_all(gemm_function gemm, const mcnn_kernels *kernels) {
  for (size_t i = 0; i < SHAPES; i++)
    for (int variant = 0; variant < 8; variant++)
      check_one(gemm, kernels, &shapes[i], variant & 1, variant >> 1 & 1, variant >> 2);
}

static void builtin_isa(const mcnn_kernels *kernels) {
  check_all(mcnn_gemm_builtin, kernels);
}

static void door_isa(const mcnn_kernels *kernels) {
  check_all(mcnn_gemm, kernels);
}

static void test_builtin(void **state) {
  (void)state;
  for_each_isa(builtin_isa);
}

static void test_door(void **state) {
  (void)state;
  for_each_isa(door_isa);
}

/* The built-in product must not depend on how its rows and columns are cut. */
static void cut_isa(const mcnn_kernels *kernels) {
  const size_t m = 43, n = 301, k = 1100;
  guarded a = guarded_random(m * k, 1), b = guarded_random(n * k, 2);
  guarded whole = guarded_create(m * n), cut = guarded_create(m * n);
  for (int transpose_b = 0; transpose_b < 2; transpose_b++) {
    const size_t ldb = transpose_b ? k : n;
    mcnn_gemm_builtin(kernels, 0, transpose_b, m, n, k, a.data, k, b.data, ldb, 0, whole.data, n);
    for (size_t i = 0; i < m; i += 5) {
      for (size_t j = 0; j < n; j += 29) {
        mcnn_gemm_builtin(kernels, 0, transpose_b, m - i < 5 ? m - i : 5, n - j < 29 ? n - j : 29,
                          k, a.data + i * k, k, b.data + (transpose_b ? j * k : j), ldb, 0,
                          cut.data + i * n + j, n);
      }
    }
    assert_same_bytes(m * n, cut.data, whole.data);
  }
  guarded_free(&cut);
  guarded_free(&whole);
  guarded_free(&b);
  guarded_free(&a);
}

static void test_cuts(void **state) {
  (void)state;
  for_each_isa(cut_isa);
}

#define CALLERS 8
#define ROUNDS  60

typedef struct caller {
  const mcnn_kernels *kernels;
  const guarded *a, *b, *expected;
  size_t wrong;
} caller;

static const shape busy[] = {{32, 10, 1000}, {64, 64, 65}, {30, 500, 100}, {100, 100, 100}};
#define BUSY (sizeof busy / sizeof *busy)

/* The door gives these to OpenBLAS with the instruction set "baseline". */
static void multiply_busy(const mcnn_kernels *kernels, size_t which, const guarded *a,
                          const guarded *b, float *c) {
  const shape *s = &busy[which];
  mcnn_gemm(kernels, 0, 1, s->m, s->n, s->k, a->data, s->k, b->data, s->k, 0, c, s->n);
}

static void *hammer(void *context) {
  caller *self = context;
  float *c = malloc(30 * 500 * sizeof *c);
  for (size_t i = 0; i < ROUNDS * BUSY; i++) {
    const guarded *expected = &self->expected[i % BUSY];
    multiply_busy(self->kernels, i % BUSY, self->a, self->b, c);
    self->wrong += memcmp(c, expected->data, expected->n * sizeof *c) != 0;
  }
  free(c);
  return NULL;
}

static void callers_isa(const mcnn_kernels *kernels) {
  guarded a = guarded_random(32000, 1), b = guarded_random(50000, 2), expected[BUSY];
  for (size_t i = 0; i < BUSY; i++) {
    expected[i] = guarded_create(busy[i].m * busy[i].n);
    multiply_busy(kernels, i, &a, &b, expected[i].data);
  }
  pthread_t threads[CALLERS];
  caller callers[CALLERS];
  for (size_t i = 0; i < CALLERS; i++) {
    callers[i] = (caller){kernels, &a, &b, expected, 0};
    assert_int_equal(pthread_create(&threads[i], NULL, hammer, &callers[i]), 0);
  }
  for (size_t i = 0; i < CALLERS; i++)
    pthread_join(threads[i], NULL);
  for (size_t i = 0; i < CALLERS; i++)
    assert_int_equal(callers[i].wrong, 0);
  for (size_t i = 0; i < BUSY; i++)
    guarded_free(&expected[i]);
  guarded_free(&b);
  guarded_free(&a);
}

static void test_callers_at_once(void **state) {
  (void)state;
  for_each_isa(callers_isa);
}

static void test_describe(void **state) {
  (void)state;
  char text[128], cut[4];
  const size_t length = mcnn_gemm_describe(text, sizeof text);
  print_message("  %s\n", text);
  assert_int_equal(length, strlen(text));
  assert_true(strncmp(text, "built-in", 8) == 0);
  assert_int_equal(!!strstr(text, "OpenBLAS"), MCNN_WITH_OPENBLAS);
  assert_int_equal(mcnn_gemm_describe(cut, sizeof cut), length);
  assert_memory_equal(cut, text, sizeof cut - 1);
  assert_int_equal(cut[sizeof cut - 1], '\0');
}

/* The serial flavour must not be reached: the door then gives the built-in product's bytes. */
static void test_serial_flavour_is_not_used(void **state) {
  (void)state;
  char text[128];
  (void)mcnn_gemm_uses_openblas(); /* looks for it */
  mcnn_gemm_describe(text, sizeof text);
  if (!strstr(text, "serial"))
    skip();
  const mcnn_kernels *kernels = mcnn_kernels_for(MCNN_ISA_BASELINE);
  guarded a = guarded_random(100 * 100, 1), b = guarded_random(100 * 100, 2);
  guarded c = guarded_create(100 * 100), expected = guarded_create(100 * 100);
  mcnn_gemm(kernels, 0, 0, 100, 100, 100, a.data, 100, b.data, 100, 0, c.data, 100);
  mcnn_gemm_builtin(kernels, 0, 0, 100, 100, 100, a.data, 100, b.data, 100, 0, expected.data, 100);
  assert_same_bytes(c.n, c.data, expected.data);
  guarded_free(&expected);
  guarded_free(&c);
  guarded_free(&b);
  guarded_free(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_builtin),  cmocka_unit_test(test_door),
      cmocka_unit_test(test_cuts),     cmocka_unit_test(test_callers_at_once),
      cmocka_unit_test(test_describe), cmocka_unit_test(test_serial_flavour_is_not_used),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
