// Percentages: never rounded up to 100 % or down to 0 %.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "terminal/percent.h"

static void assert_percent(double fraction, const char *expected) {
  char text[PERCENT_CAPACITY];

  assert_string_equal(percent_text(fraction, text), expected);
}

static void rounds_in_between(void **state) {
  (void)state;
  assert_percent(0.9998, "99.98%");
  assert_percent(0.5, "50.00%");
  assert_percent(0.12345, "12.35%");
  assert_percent(0.123449, "12.34%");
  assert_percent(0.0001, "0.01%");
}

static void says_hundred_of_one_only(void **state) {
  (void)state;
  assert_percent(1, "100.00%");
  assert_percent(nextafter(1, 0), "99.99%");
  assert_percent(0.99995, "99.99%");
  assert_percent(0.999949, "99.99%");
  assert_percent((double)nextafterf(1, 0), "99.99%");
}

static void says_zero_of_zero_only(void **state) {
  (void)state;
  assert_percent(0, "0.00%");
  assert_percent(nextafter(0, 1), "<0.01%");
  assert_percent(0.0000499, "<0.01%");
  assert_percent((double)NAN, "-");
}

/* In a fine sweep the text is within half a unit of the value, and the ends are never rounded. */
static void sweep_keeps_the_promise(void **state) {
  (void)state;
  for (int i = 1; i < 1000000; i++) {
    char text[PERCENT_CAPACITY];
    const double fraction = i / 1e6;
    percent_text(fraction, text);
    assert_string_not_equal(text, "100.00%");
    assert_string_not_equal(text, "0.00%");
    if (text[0] != '<')
      assert_true(fabs(strtod(text, NULL) - 100 * fraction) <=
                  (fraction > 0.9999 ? 0.01 : 0.0050001));
  }
}

static void a_rounded_up_one_is_not_certain(void **state) {
  const float rounded[3] = {1e-9f, 1.0f, 2e-9f};
  const float certain[2] = {0, 1};
  const float plain[2] = {0.25f, 0.75f};
  char text[PERCENT_CAPACITY];

  (void)state;
  assert_true(confidence_of(rounded, 3, 1) < 1);
  assert_true(fabs(1 - confidence_of(rounded, 3, 1) - 3e-9) < 1e-15);
  assert_string_equal(percent_text(confidence_of(rounded, 3, 1), text), "99.99%");
  assert_true(confidence_of(certain, 2, 1) == 1);
  const float sigmoids[2] = {0.9f, 1};
  assert_true(confidence_of(sigmoids, 2, 1) == 1);
  assert_true(confidence_of(plain, 2, 1) == 0.75);
  assert_true(confidence_of(plain, 2, 0) == 0.25);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rounds_in_between),
      cmocka_unit_test(says_hundred_of_one_only),
      cmocka_unit_test(says_zero_of_zero_only),
      cmocka_unit_test(sweep_keeps_the_promise),
      cmocka_unit_test(a_rounded_up_one_is_not_certain),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
