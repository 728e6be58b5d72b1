/* Elementwise kernels against their naive twins, on every instruction set and at every length. */
#include "dense_support.h"

#include "base/rng.h"
#include "kernels/dense/naive_dense.h"

#include <math.h>
#include <string.h>

#define LONGEST ((size_t)131)

/* Zeros of both signs, NaN and infinities among the random ones. */
static guarded awkward(size_t n, uint32_t seed) {
  static const float odd[] = {0.0f, -0.0f, NAN, INFINITY, -INFINITY};
  guarded g = guarded_random(n, seed);
  for (size_t i = 0; i < n; i++)
    if ((i + seed) % 3 == 0)
      g.data[i] = odd[i / 3 % 5];
  return g;
}

static void check_relu(const mcnn_kernels *kernels, size_t n) {
  guarded x = awkward(n, 1), dy = guarded_random(n, 2);
  guarded out = guarded_create(n), expected = guarded_create(n);
  kernels->relu_forward(n, x.data, out.data);
  mcnn_naive_relu_forward(n, x.data, expected.data);
  assert_close(n, out.data, expected.data, 0.0);
  kernels->relu_backward(n, x.data, dy.data, out.data);
  mcnn_naive_relu_backward(n, x.data, dy.data, expected.data);
  assert_same_bytes(n, out.data, expected.data);
  kernels->relu_backward(n, x.data, dy.data, dy.data); /* in place */
  assert_same_bytes(n, dy.data, expected.data);
  kernels->relu_forward(n, x.data, out.data);
  kernels->relu_forward(n, x.data, x.data);
  assert_memory_equal(out.block, x.block, (n + 2 * RED_ZONE) * sizeof *x.block);
  guarded_free(&expected);
  guarded_free(&out);
  guarded_free(&dy);
  guarded_free(&x);
}

static void relu_isa(const mcnn_kernels *kernels) {
  for (size_t n = 0; n <= LONGEST; n++)
    check_relu(kernels, n);
}

static void test_relu(void **state) {
  (void)state;
  for_each_isa(relu_isa);
}

static void check_dropout(const mcnn_kernels *kernels, size_t n) {
  guarded x = awkward(n, 3), out = guarded_create(n);
  uint8_t kept[LONGEST + 1];
  for (size_t i = 0; i < n; i++)
    kept[i] = i % 3 == 1 || i % 7 == 0;
  kernels->dropout(n, kept, 1.25f, x.data, out.data);
  for (size_t i = 0; i < n; i++) {
    const float want = kept[i] ? x.data[i] * 1.25f : 0.0f;
    assert_true(isnan(want) ? isnan(out.data[i]) : out.data[i] == want);
  }
  kernels->dropout(n, kept, 1.25f, x.data, x.data); /* in place */
  assert_same_bytes(n, x.data, out.data);
  guarded_free(&out);
  guarded_free(&x);
}

static void dropout_isa(const mcnn_kernels *kernels) {
  for (size_t n = 0; n <= LONGEST; n++)
    check_dropout(kernels, n);
}

static void test_dropout(void **state) {
  (void)state;
  for_each_isa(dropout_isa);
}

static void check_scale(const mcnn_kernels *kernels, size_t n) {
  uint8_t bytes[LONGEST];
  for (size_t i = 0; i < n; i++)
    bytes[i] = (uint8_t)(255 - i * 7);
  guarded x = guarded_random(n, 1), out = guarded_create(n), expected = guarded_create(n);
  kernels->scale_u8(n, bytes, 1.0f / 255.0f, -0.25f, out.data);
  mcnn_naive_scale_u8(n, bytes, 1.0f / 255.0f, -0.25f, expected.data);
  assert_close(n, out.data, expected.data, 1e-7);
  kernels->scale_u8(n, bytes, 1.0f / 255.0f, 0.0f, out.data);
  for (size_t i = 0; i < n; i++) /* one rounding, whatever the instruction set */
    assert_true(out.data[i] == (float)bytes[i] * (1.0f / 255.0f));
  kernels->scale_f32(n, x.data, 2.5f, 1.0f, out.data);
  mcnn_naive_scale_f32(n, x.data, 2.5f, 1.0f, expected.data);
  assert_close(n, out.data, expected.data, 1.5e-7);
  guarded_free(&expected);
  guarded_free(&out);
  guarded_free(&x);
}

/* One rounding each, so the same bytes as the naive one; cut between pixels they stay so. */
static void check_normalize(const mcnn_kernels *kernels, size_t channels, size_t pixels) {
  static const float mean[] = {0.5f, -2, 0, 0.25f}, deviation[] = {0.25f, 3, 1e-6f, 1e6f};
  const size_t n = channels * pixels, cut = pixels / 3 * channels;
  guarded x = guarded_random(n, 1), out = guarded_create(n), expected = guarded_create(n);
  mcnn_naive_normalize(n, channels, x.data, mean, deviation, expected.data);
  kernels->normalize(n, channels, x.data, mean, deviation, out.data);
  assert_same_bytes(n, out.data, expected.data);
  kernels->normalize(cut, channels, x.data, mean, deviation, out.data);
  kernels->normalize(n - cut, channels, x.data + cut, mean, deviation, out.data + cut);
  assert_same_bytes(n, out.data, expected.data);
  guarded_free(&expected);
  guarded_free(&out);
  guarded_free(&x);
}

static void normalize_isa(const mcnn_kernels *kernels) {
  for (size_t channels = 1; channels <= MCNN_MAX_NORMALIZED; channels++)
    for (size_t pixels = 0; pixels <= LONGEST; pixels++)
      check_normalize(kernels, channels, pixels);
}

static void test_normalize(void **state) {
  (void)state;
  for_each_isa(normalize_isa);
}

static void scale_isa(const mcnn_kernels *kernels) {
  for (size_t n = 0; n <= LONGEST; n++)
    check_scale(kernels, n);
}

static void test_scale(void **state) {
  (void)state;
  for_each_isa(scale_isa);
}

static void add_isa(const mcnn_kernels *kernels) {
  for (size_t n = 0; n <= LONGEST; n++) {
    guarded src = awkward(n, 1), dst = guarded_random(n, 2), expected = guarded_copy(&dst);
    kernels->add(n, src.data, dst.data);
    mcnn_naive_add(n, src.data, expected.data);
    assert_close(n, dst.data, expected.data, 0.0);
    guarded_free(&expected);
    guarded_free(&dst);
    guarded_free(&src);
  }
}

static void test_add(void **state) {
  (void)state;
  for_each_isa(add_isa);
}

/* One call, or one call for every piece: the same bytes. */
static void cuts_isa(const mcnn_kernels *kernels) {
  const size_t n = LONGEST, step = 11;
  uint8_t bytes[LONGEST];
  for (size_t i = 0; i < n; i++)
    bytes[i] = (uint8_t)(i * 37);
  guarded x = guarded_random(n, 1), out = guarded_random(n, 2), cut = guarded_copy(&out);
  kernels->add(n, x.data, out.data);
  for (size_t i = 0; i < n; i += step)
    kernels->add(n - i < step ? n - i : step, x.data + i, cut.data + i);
  assert_same_bytes(n, cut.data, out.data);
  kernels->scale_f32(n, x.data, 1.7f, 0.3f, out.data);
  for (size_t i = 0; i < n; i += step)
    kernels->scale_f32(n - i < step ? n - i : step, x.data + i, 1.7f, 0.3f, cut.data + i);
  assert_same_bytes(n, cut.data, out.data);
  kernels->scale_u8(n, bytes, 1.7f, 0.3f, out.data);
  for (size_t i = 0; i < n; i += step)
    kernels->scale_u8(n - i < step ? n - i : step, bytes + i, 1.7f, 0.3f, cut.data + i);
  assert_same_bytes(n, cut.data, out.data);
  guarded_free(&cut);
  guarded_free(&out);
  guarded_free(&x);
}

static void test_cuts(void **state) {
  (void)state;
  for_each_isa(cuts_isa);
}

/* In the order of the terms and without contraction: float arithmetic by hand gives the same bytes.
 */
static void check_mix(const mcnn_kernels *kernels, size_t n) {
  enum { TERMS = 10, STEP = 3 };
  guarded factors = guarded_random(TERMS * STEP, 1), vectors = guarded_random(TERMS * (n + 1), 2);
  guarded sums = guarded_create(n), expected = guarded_create(n);
  for (size_t i = 0; i < n; i++) {
    float sum = 0.0f;
    for (size_t b = 0; b < TERMS; b++) {
      const volatile float product = factors.data[b * STEP] * vectors.data[b * (n + 1) + i];
      sum += product;
    }
    expected.data[i] = sum;
  }
  kernels->weighted_sum(TERMS, factors.data, STEP, vectors.data, n + 1, n, sums.data);
  assert_same_bytes(n, sums.data, expected.data);
  guarded *all[] = {&factors, &vectors, &sums, &expected};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    guarded_free(all[i]);
}

static void mix_isa(const mcnn_kernels *kernels) {
  for (size_t n = 0; n <= LONGEST; n++)
    check_mix(kernels, n);
}

static void test_mix(void **state) {
  (void)state;
  for_each_isa(mix_isa);
}

/* Block by block, also where the counter's first word begins anew. */
static void philox_isa(const mcnn_kernels *kernels) {
  enum { MOST = 11 };
  const uint32_t counters[2][4] = {{5, 6, 7, 8}, {UINT32_MAX - 2, 1, UINT32_MAX, 3}};
  const uint32_t key[2] = {0xDEADBEEFu, 42};
  for (size_t c = 0; c < 2; c++) {
    for (size_t blocks = 0; blocks <= MOST; blocks++) {
      uint32_t got[4 * MOST + 1] = {[4 * MOST] = 9}, want[4 * MOST + 1] = {[4 * MOST] = 9};
      uint32_t counter[4];
      memcpy(counter, counters[c], sizeof counter);
      for (size_t i = 0; i < blocks; i++, counter[0]++)
        mcnn_philox(counter, key, want + 4 * i);
      kernels->philox(counters[c], key, blocks, got);
      assert_memory_equal(got, want, sizeof want);
    }
  }
}

static void test_philox(void **state) {
  (void)state;
  for_each_isa(philox_isa);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_relu),      cmocka_unit_test(test_scale),   cmocka_unit_test(test_add),
      cmocka_unit_test(test_normalize), cmocka_unit_test(test_cuts),    cmocka_unit_test(test_mix),
      cmocka_unit_test(test_philox),    cmocka_unit_test(test_dropout),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
