/* Optimisers against the formulas in double, over several steps, on every instruction set. */
#include "dense_support.h"

#include "kernels/dense/naive_dense.h"

#include <math.h>
#include <string.h>

#define STEPS   5
#define LONGEST ((size_t)133)

typedef struct arrays {
  guarded g, first, second, w; /* gradient, the optimiser's state, weights */
} arrays;

static arrays arrays_create(size_t n) {
  arrays a = {guarded_random(n, 1), guarded_create(n), guarded_create(n), guarded_random(n, 2)};
  if (n > 0) {
    memset(a.first.data, 0, n * sizeof(float));
    memset(a.second.data, 0, n * sizeof(float));
  }
  return a;
}

static void arrays_free(arrays *a) {
  guarded_free(&a->g);
  guarded_free(&a->first);
  guarded_free(&a->second);
  guarded_free(&a->w);
}

/* A new gradient for the next step, some of it 0 or tiny. */
static void next_gradient(arrays *a, uint32_t step) {
  uint32_t state = step;
  for (size_t i = 0; i < a->g.n; i++)
    a->g.data[i] = i % 5 == 0 ? 0.0f : random_float(&state) * (i % 7 == 0 ? 1e-12f : 1.0f);
}

static void assert_close_arrays(const arrays *a, const arrays *b) {
  assert_close(a->w.n, a->first.data, b->first.data, 1e-6);
  assert_close(a->w.n, a->second.data, b->second.data, 1e-6);
  assert_close(a->w.n, a->w.data, b->w.data, 1e-6);
}

/* One step of one optimiser on the elements [from, from + n) by the kernels, or, where they are
 * NULL, by the naive twin. */
typedef void (*step_function)(const mcnn_kernels *kernels, const arrays *a, size_t from, size_t n,
                              uint32_t t);

static void step_rmsprop(const mcnn_kernels *kernels, const arrays *a, size_t from, size_t n,
                         uint32_t t) {
  (void)t;
  (kernels ? kernels->rmsprop : mcnn_naive_rmsprop)(n, 0.01f, 0.9f, 1e-7f, a->g.data + from,
                                                    a->first.data + from, a->w.data + from);
}

static void step_sgd(const mcnn_kernels *kernels, const arrays *a, size_t from, size_t n,
                     uint32_t t) {
  (kernels ? kernels->sgd : mcnn_naive_sgd)(n, 0.1f, 0.9f, t & 1u, 0.01f, a->g.data + from,
                                            a->first.data + from, a->w.data + from);
}

static void step_adam(const mcnn_kernels *kernels, const arrays *a, size_t from, size_t n,
                      uint32_t t) {
  const float correction1 = (float)(1.0 / (1.0 - pow(0.9, t)));
  const float correction2 = (float)(1.0 / (1.0 - pow(0.999, t)));
  (kernels ? kernels->adam : mcnn_naive_adam)(n, 0.01f, 0.9f, 0.999f, 1e-8f, 0.01f, correction1,
                                              correction2, a->g.data + from, a->first.data + from,
                                              a->second.data + from, a->w.data + from);
}

static void step_ema(const mcnn_kernels *kernels, const arrays *a, size_t from, size_t n,
                     uint32_t t) {
  (void)t;
  (kernels ? kernels->ema : mcnn_naive_ema)(n, 0.99f, a->g.data + from, a->w.data + from);
}

static void check_against_naive(const mcnn_kernels *kernels, step_function step, size_t n) {
  arrays fast = arrays_create(n), naive = arrays_create(n);
  for (uint32_t t = 1; t <= STEPS; t++) {
    next_gradient(&fast, t);
    next_gradient(&naive, t);
    step(kernels, &fast, 0, n, t);
    step(NULL, &naive, 0, n, t);
    assert_close_arrays(&fast, &naive);
  }
  arrays_free(&naive);
  arrays_free(&fast);
}

static void check_cuts(const mcnn_kernels *kernels, step_function step, size_t n, size_t piece) {
  arrays whole = arrays_create(n), cut = arrays_create(n);
  for (uint32_t t = 1; t <= STEPS; t++) {
    next_gradient(&whole, t);
    next_gradient(&cut, t);
    step(kernels, &whole, 0, n, t);
    for (size_t i = 0; i < n; i += piece)
      step(kernels, &cut, i, n - i < piece ? n - i : piece, t);
  }
  assert_same_bytes(n, cut.w.data, whole.w.data);
  assert_same_bytes(n, cut.first.data, whole.first.data);
  assert_same_bytes(n, cut.second.data, whole.second.data);
  arrays_free(&cut);
  arrays_free(&whole);
}

static const step_function steps[] = {step_rmsprop, step_sgd, step_adam, step_ema};

static void naive_isa(const mcnn_kernels *kernels) {
  for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
    for (size_t n = 0; n <= LONGEST; n++)
      check_against_naive(kernels, steps[s], n);
}

static void test_against_the_formulas(void **state) {
  (void)state;
  for_each_isa(naive_isa);
}

static void cuts_isa(const mcnn_kernels *kernels) {
  for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
    for (size_t piece = 1; piece <= LONGEST; piece += 10)
      check_cuts(kernels, steps[s], LONGEST, piece);
}

static void test_cuts(void **state) {
  (void)state;
  for_each_isa(cuts_isa);
}

/* Division and square root are the correctly rounded ones: all of it in float, by hand. */
static void rounding_isa(const mcnn_kernels *kernels) {
  arrays a = arrays_create(LONGEST);
  for (size_t i = 0; i < LONGEST; i++)
    a.first.data[i] = (float)(i + 1) * 0.37f;
  arrays before = {guarded_copy(&a.g), guarded_copy(&a.first), guarded_copy(&a.second),
                   guarded_copy(&a.w)};
  kernels->rmsprop(LONGEST, 0.01f, 1.0f, 0.5f, a.g.data, a.first.data, a.w.data);
  for (size_t i = 0; i < LONGEST; i++) { /* rho = 1 leaves the average alone */
    const float root = sqrtf(before.first.data[i]) + 0.5f;
    const float step = 0.01f * a.g.data[i];
    const float quotient = step / root;
    assert_true(a.first.data[i] == before.first.data[i]);
    assert_true(a.w.data[i] == before.w.data[i] - quotient);
  }
  arrays_free(&before);
  arrays_free(&a);
}

static void test_rounding(void **state) {
  (void)state;
  for_each_isa(rounding_isa);
}

/* Without gradients the moments end at 0, and never become subnormal numbers, which are slow. */
static void subnormals_isa(const mcnn_kernels *kernels) {
  arrays a = arrays_create(LONGEST);
  for (int step = 0; step < 2000; step++) {
    memset(a.g.data, 0, a.g.n * sizeof(float));
    if (step == 0)
      for (size_t i = 0; i < a.g.n; i++)
        a.g.data[i] = i % 2 ? 1.0f : -1.0f;
    kernels->adam(a.g.n, 0.0f, 0.9f, 0.9f, 1e-8f, 0.0f, 1.0f, 1.0f, a.g.data, a.first.data,
                  a.second.data, a.w.data);
    for (size_t i = 0; i < a.g.n; i++) {
      assert_true(a.first.data[i] == 0.0f || isnormal(a.first.data[i]));
      assert_true(a.second.data[i] == 0.0f || isnormal(a.second.data[i]));
    }
  }
  for (size_t i = 0; i < a.g.n; i++)
    assert_true(a.first.data[i] == 0.0f && a.second.data[i] == 0.0f);
  a.g.data[0] = NAN;
  kernels->rmsprop(a.g.n, 0.1f, 0.9f, 1e-8f, a.g.data, a.first.data, a.w.data);
  assert_true(isnan(a.first.data[0]) && isnan(a.w.data[0]));
  arrays_free(&a);
}

static void test_subnormals(void **state) {
  (void)state;
  for_each_isa(subnormals_isa);
}

/* Moments become 0 below 1e-36, just above the subnormal numbers, and not before. */
static void smallest_moments_isa(const mcnn_kernels *kernels) {
  const float zero = 0, rho = 0.5f;
  float kept = 4e-36f, flushed = 1e-36f, w = 1;
  kernels->rmsprop(1, 0.1f, rho, 1e-8f, &zero, &kept, &w);
  assert_true(kept == 2e-36f);
  kernels->rmsprop(1, 0.1f, rho, 1e-8f, &zero, &flushed, &w);
  assert_true(flushed == 0);
}

static void test_smallest_moments(void **state) {
  (void)state;
  for_each_isa(smallest_moments_isa);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_subnormals),
      cmocka_unit_test(test_smallest_moments),
      cmocka_unit_test(test_against_the_formulas),
      cmocka_unit_test(test_cuts),
      cmocka_unit_test(test_rounding),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
