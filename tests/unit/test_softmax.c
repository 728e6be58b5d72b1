/* Softmax and argmax against the formula in double. */
#include "dense_support.h"

#include "kernels/elementwise/softmax.h"

#include <math.h>

static void naive_softmax(size_t n, const float *x, float *y) {
  double largest = (double)x[0], sum = 0.0;
  for (size_t i = 1; i < n; i++)
    largest = fmax(largest, (double)x[i]);
  for (size_t i = 0; i < n; i++)
    sum += exp((double)x[i] - largest);
  for (size_t i = 0; i < n; i++)
    y[i] = (float)(exp((double)x[i] - largest) / sum);
}

/* x - max is rounded to float, which costs up to half a unit of 87 in the exponent. */
static double tolerance(float range) {
  return range > 1.0f ? 5e-6 : 5e-7;
}

static void check_rows(size_t rows, size_t columns, float range) {
  guarded x = guarded_random(rows * columns, (uint32_t)columns);
  guarded y = guarded_create(x.n), expected = guarded_create(x.n);
  for (size_t i = 0; i < x.n; i++)
    x.data[i] *= range;
  for (size_t r = 0; r < rows; r++)
    naive_softmax(columns, x.data + r * columns, expected.data + r * columns);
  mcnn_softmax_rows(rows, columns, x.data, y.data);
  for (size_t i = 0; i < x.n; i++) {
    assert_true(fabs((double)y.data[i] - (double)expected.data[i]) <=
                tolerance(range) * (double)expected.data[i] + 1e-37);
  }
  mcnn_softmax_rows(rows, columns, x.data, x.data); /* in place */
  assert_same_bytes(x.n, x.data, y.data);
  guarded_free(&expected);
  guarded_free(&y);
  guarded_free(&x);
}

static void test_against_the_formula(void **state) {
  (void)state;
  for (size_t columns = 1; columns < 40; columns++) {
    check_rows(7, columns, 1.0f);
    check_rows(7, columns, 40.0f);
    check_rows(7, columns, 3000.0f);
  }
}

static void test_extremes(void **state) {
  (void)state;
  const float largest = 3.4e38f;
  float x[4] = {largest, -largest, largest, -INFINITY}, y[4];
  mcnn_softmax_rows(1, 4, x, y);
  assert_true(y[0] == 0.5f && y[1] == 0.0f && y[2] == 0.5f && y[3] == 0.0f);
  x[1] = NAN;
  mcnn_softmax_rows(1, 4, x, y);
  for (size_t i = 0; i < 4; i++)
    assert_true(isnan(y[i]));
  x[1] = INFINITY;
  mcnn_softmax_rows(1, 4, x, y);
  for (size_t i = 0; i < 4; i++)
    assert_true(isnan(y[i]));
}

static void test_argmax(void **state) {
  (void)state;
  const float first[] = {1.0f, 3.0f, 3.0f, 2.0f};
  const float nan_first[] = {NAN, -2.0f, NAN, -1.0f};
  const float nan_only[] = {NAN, NAN};
  const float low[] = {-INFINITY, -1e30f, -INFINITY};
  assert_int_equal(mcnn_argmax(4, first), 1);
  assert_int_equal(mcnn_argmax(4, nan_first), 3);
  assert_int_equal(mcnn_argmax(2, nan_only), 0);
  assert_int_equal(mcnn_argmax(3, low), 1);
  assert_int_equal(mcnn_argmax(1, first), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_against_the_formula),
      cmocka_unit_test(test_extremes),
      cmocka_unit_test(test_argmax),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
