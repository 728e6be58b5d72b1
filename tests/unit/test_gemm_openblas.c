// link: -Wl,--wrap=mcnn_library_load -Wl,--wrap=mcnn_library_function -Wl,--wrap=mcnn_memory_is_limited
/* When OpenBLAS is loaded, and how it is called: on the calling thread only, and not at all in its
 * serial flavour. What was found is remembered by the process, so every case has one of its own. */
#include "dense_support.h"

#include "forked_child.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/product.h"

#if MCNN_WITH_OPENBLAS
#include "base/platform.h"

#include <cblas.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A product of at most so many multiply-adds stays on the calling thread (OpenBLAS' gemm.c). */
static const size_t most_products = 262144;

/* --- the system's OpenBLAS, as a case wants it ------------------------------------------------ */

static struct {
  int missing, limited, flavour;
  const char *lacks; /* this function */
} given = {.flavour = OPENBLAS_THREAD};
static atomic_size_t loads, calls, largest;

static int fake_get_parallel(void) {
  return given.flavour;
}

static char *fake_get_config(void) {
  static char config[] = "OpenBLAS 1.2.3 DYNAMIC_ARCH";
  return config;
}

static void fake_sgemm(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose_a,
                       enum CBLAS_TRANSPOSE transpose_b, blasint m, blasint n, blasint k,
                       float alpha, const float *a, blasint lda, const float *b, blasint ldb,
                       float beta, float *c, blasint ldc) {
  const size_t products = (size_t)m * (size_t)n * (size_t)k;
  (void)order, (void)transpose_a, (void)transpose_b, (void)alpha, (void)a, (void)lda, (void)b;
  (void)ldb, (void)beta, (void)c, (void)ldc;
  calls++;
  largest = products > largest ? products : largest;
}

mcnn_library *__wrap_mcnn_library_load(const char *name);
mcnn_library *__wrap_mcnn_library_load(const char *name) {
  loads++;
  assert_non_null(strstr(name, "openblas"));
  return given.missing ? NULL : (mcnn_library *)(void *)&given;
}

mcnn_function __wrap_mcnn_library_function(mcnn_library *library, const char *name);
mcnn_function __wrap_mcnn_library_function(mcnn_library *library, const char *name) {
  (void)library;
  if (given.lacks && strcmp(name, given.lacks) == 0)
    return NULL;
  if (strcmp(name, "cblas_sgemm") == 0)
    return (mcnn_function)fake_sgemm;
  if (strcmp(name, "openblas_get_parallel") == 0)
    return (mcnn_function)fake_get_parallel;
  assert_string_equal(name, "openblas_get_config");
  return (mcnn_function)fake_get_config;
}

int __wrap_mcnn_memory_is_limited(void);
int __wrap_mcnn_memory_is_limited(void) {
  return given.limited;
}

/* --- cases ------------------------------------------------------------------------------------ */

/* Whether the product is the built-in one's. */
static int multiply(mcnn_isa isa, int transpose_b, size_t m, size_t n, size_t k) {
  const mcnn_kernels *const kernels = mcnn_kernels_for(isa);
  guarded a = guarded_random(m * k, 1), b = guarded_random(k * n, 2);
  guarded c = guarded_create(m * n), builtin = guarded_create(m * n);
  const size_t ldb = transpose_b ? k : n;
  mcnn_gemm(kernels, 0, transpose_b, m, n, k, a.data, k, b.data, ldb, 0, c.data, n);
  mcnn_gemm_builtin(kernels, 0, transpose_b, m, n, k, a.data, k, b.data, ldb, 0, builtin.data, n);
  const int same = memcmp(c.data, builtin.data, m * n * sizeof(float)) == 0;
  guarded_free(&a);
  guarded_free(&b);
  guarded_free(&c);
  guarded_free(&builtin);
  return same;
}

static void description_has(const char *part) {
  char text[128] = "";
  const size_t length = mcnn_gemm_describe(text, sizeof text);
  assert_int_equal(length, strlen(text));
  if (!strstr(text, part))
    fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static void is_used(void) {
  static const size_t sizes[][3] = {{1, 1, 1},      {32, 512, 16},   {64, 64, 64},
                                    {65, 65, 65},   {33, 1000, 512}, {576, 16, 400},
                                    {1, 1, 300000}, {200, 3, 2000}};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    calls = largest = 0;
    multiply(MCNN_ISA_BASELINE, 0, sizes[i][0], sizes[i][1], sizes[i][2]);
    assert_true(calls > 0);
    assert_true(largest <= most_products);
  }
  assert_true(mcnn_gemm_uses_openblas());
  assert_false(mcnn_gemm_rows_are_independent(mcnn_kernels_for(MCNN_ISA_BASELINE)));
}

/* The built-in product instead, and only one look for it. */
static void is_not_used(void) {
  assert_true(multiply(MCNN_ISA_BASELINE, 0, 64, 64, 64));
  assert_true(multiply(MCNN_ISA_BASELINE, 1, 64, 30, 200));
  assert_int_equal(calls, 0);
  assert_false(mcnn_gemm_uses_openblas());
  assert_true(mcnn_gemm_rows_are_independent(mcnn_kernels_for(MCNN_ISA_BASELINE)));
  assert_true(loads <= 1);
}

static void pthread_flavour(void) {
  description_has("OpenBLAS (not loaded)");
  is_used();
  assert_int_equal(loads, 1);
  description_has("OpenBLAS 1.2.3 (pthread; baseline only)");
}

static void openmp_flavour(void) {
  given.flavour = OPENBLAS_OPENMP;
  is_used();
  description_has("(openmp; ");
}

/* It shares its buffers between callers and gives wrong numbers when two threads call it at once.
 */
static void serial_flavour(void) {
  given.flavour = OPENBLAS_SEQUENTIAL;
  is_not_used();
  description_has("OpenBLAS 1.2.3 (serial; not thread-safe, not used)");
}

static void no_library(void) {
  given.missing = 1;
  is_not_used();
  description_has("OpenBLAS (not found)");
  given.missing = 0; /* does not make a difference any more */
  is_not_used();
}

static void no_function(void) {
  given.lacks = "cblas_sgemm";
  is_not_used();
  description_has("OpenBLAS (not found)");
}

static void no_flavour(void) {
  given.lacks = "openblas_get_parallel";
  is_not_used();
}

static void no_version(void) {
  given.lacks = "openblas_get_config";
  is_not_used();
}

/* Its initialiser ends or blocks a process in which it cannot have buffers and threads. */
static void limited_memory(void) {
  given.limited = 1;
  is_not_used();
  assert_int_equal(loads, 0);
  description_has("OpenBLAS (not used: address space is limited)");
}

/* Nor does asking for a description load it. */
static void other_instruction_sets(void) {
  description_has("OpenBLAS (not loaded)");
  for (int isa = 0; isa < MCNN_ISA_COUNT; isa++) {
    if (isa == MCNN_ISA_BASELINE || !mcnn_isa_available((mcnn_isa)isa))
      continue;
    assert_true(multiply((mcnn_isa)isa, 0, 64, 64, 64));
    assert_true(multiply((mcnn_isa)isa, 1, 64, 30, 200));
    assert_true(mcnn_gemm_rows_are_independent(mcnn_kernels_for((mcnn_isa)isa)));
  }
  description_has("OpenBLAS (not loaded)");
  assert_int_equal(loads, 0);
  assert_int_equal(calls, 0);
}

static void *uses_it(void *unused) {
  (void)unused;
  return mcnn_gemm_uses_openblas() ? &given : NULL;
}

static void threads_at_once(void) {
  enum { THREADS = 8 };
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, uses_it, NULL), 0);
  for (int i = 0; i < THREADS; i++) {
    void *used;
    pthread_join(threads[i], &used);
    assert_non_null(used);
  }
  const size_t loads_at_once = loads;
  assert_in_range(loads_at_once, 1, THREADS);
  is_used();
  assert_int_equal(loads, loads_at_once); /* and none later */
}

/* --- one process each ------------------------------------------------------------------------- */

typedef struct openblas_case {
  const char *name;
  void (*run)(void);
} openblas_case;

static const openblas_case *running;

static void run_case(void **state) {
  (void)state;
  running->run();
}

static int passes(const openblas_case *c) {
  int status = -1;
  const pid_t child = fork();
  if (child == 0) {
    const struct CMUnitTest test = {c->name, run_case, NULL, NULL, NULL};
    running = c;
    _exit(_cmocka_run_group_tests(c->name, &test, 1, NULL, NULL) == 0 ? 0 : 1);
  }
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int main(void) {
  static const openblas_case cases[] = {
      {"pthread_flavour", pthread_flavour}, {"openmp_flavour", openmp_flavour},
      {"serial_flavour", serial_flavour},   {"no_library", no_library},
      {"no_function", no_function},         {"no_flavour", no_flavour},
      {"no_version", no_version},           {"limited_memory", limited_memory},
      {"threads_at_once", threads_at_once}, {"other_instruction_sets", other_instruction_sets},
  };
  int failures = 0;
  if (!FORKED_CHILD_RUNS)
    return 77;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    failures += !passes(&cases[i]);
  return failures > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
#else
int main(void) {
  return 77; /* skipped: built without OpenBLAS */
}
#endif
