/* The elementary functions beside those of the C library, which are within a unit in the last place
 * of the truth themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/elementary.h"

#include <float.h>
#include <math.h>

/* Units in the last place of the second one. */
static double units(double got, double want) {
  int exponent;
  if (got == want)
    return 0;
  (void)frexp(want, &exponent);
  return fabs(got - want) / ldexp(1, (exponent > -1021 ? exponent : -1021) - DBL_MANT_DIG);
}

static double largest;

static void is_near(double x, double got, double want) {
  const double difference = units(got, want);
  if (!(difference <= 1))
    fail_msg("of %a: %a, not %a", x, got, want);
  largest = difference > largest ? difference : largest;
}

#define STEPS 200000

static void test_exp(void **state) {
  (void)state;
  for (int i = 0; i <= STEPS; i++) {
    const double wide = -740.0 + 1449.0 * i / STEPS, near = (i - STEPS / 2) * 1e-5;
    is_near(wide, mcnn_exp(wide), exp(wide));
    is_near(near, mcnn_exp(near), exp(near));
  }
  assert_true(mcnn_exp(0) == 1);
  assert_true(mcnn_exp(-800) == 0 && mcnn_exp(-(double)INFINITY) == 0);
  assert_true(isinf(mcnn_exp(800)) && isinf(mcnn_exp((double)INFINITY)));
  assert_true(isnan(mcnn_exp((double)NAN)));
}

static void test_log(void **state) {
  (void)state;
  for (int i = 1; i <= STEPS; i++) {
    const double near = i * 1e-5, wide = exp(-708.0 + 1416.0 * i / STEPS);
    is_near(near, mcnn_log(near), log(near));
    is_near(wide, mcnn_log(wide), log(wide));
    is_near(1 + near * 1e-3, mcnn_log(1 + near * 1e-3), log(1 + near * 1e-3));
    is_near(near, mcnn_log1p(near), log1p(near));
    is_near(wide, mcnn_log1p(wide), log1p(wide));
  }
  assert_true(mcnn_log(1) == 0 && mcnn_log1p(0) == 0);
  assert_true(isinf(mcnn_log((double)INFINITY)) && isnan(mcnn_log((double)NAN)));
}

static void test_sin_and_cos(void **state) {
  (void)state;
  for (int i = -STEPS; i <= STEPS; i++) {
    const double turns = i * 7.0 / STEPS, wide = i * 0.4999;
    is_near(turns, mcnn_sin(turns), sin(turns));
    is_near(turns, mcnn_cos(turns), cos(turns));
    is_near(wide, mcnn_sin(wide), sin(wide));
    is_near(wide, mcnn_cos(wide), cos(wide));
  }
  for (int i = -100; i <= 100; i++) { /* next to zeros */
    const double x = i * 1.5707963267948966;
    is_near(x, mcnn_sin(x), sin(x));
    is_near(x, mcnn_cos(x), cos(x));
  }
  assert_true(mcnn_sin(0) == 0 && mcnn_cos(0) == 1);
}

static void test_power(void **state) {
  static const double bases[] = {0.5, 0.9, (double)0.9f, (double)0.999f, (double)0.1f, 0.25, 1, 0};
  (void)state;
  for (size_t b = 0; b < sizeof bases / sizeof bases[0]; b++)
    for (uint64_t n = 0; n < 20000; n = n < 300 ? n + 1 : n + 97)
      is_near(bases[b], mcnn_power(bases[b], n), pow(bases[b], (double)n));
  assert_true(mcnn_power(0.3, 0) == 1 && mcnn_power(0, 0) == 1);
}

static int shows_largest(void **state) {
  (void)state;
  print_message("at most %.3f units apart\n", largest);
  largest = 0;
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(test_exp, shows_largest),
      cmocka_unit_test_teardown(test_log, shows_largest),
      cmocka_unit_test_teardown(test_sin_and_cos, shows_largest),
      cmocka_unit_test_teardown(test_power, shows_largest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
