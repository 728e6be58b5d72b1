/* Floats as decimal texts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/decimal.h"
#include "base/rng.h"

static void writes_the_shortest(void **state) {
  static const struct {
    float value;
    const char *text;
  } cases[] = {{0.0f, "0"},
               {-0.0f, "0"},
               {1.0f, "1"},
               {-12.5f, "-12.5"},
               {0.1307f, "0.1307"},
               {0.3081f, "0.3081"},
               {1e-6f, "0.000001"},
               {1e6f, "1000000"},
               {0.1f, "0.1"},
               {16777216, "16777216"},
               {1.0f / 3, "0.33333334"},
               {-0.001f, "-0.001"},
               /* Two decimals are enough, and a half is rounded up. */
               {262144.125f, "262144.13"},
               {-262144.125f, "-262144.13"}};
  char text[MCNN_DECIMAL_CAPACITY];
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(mcnn_decimal_write(cases[i].value, text), 1);
    assert_string_equal(text, cases[i].text);
  }
}

static void refuses_what_has_no_short_text(void **state) {
  static const float values[] = {NAN, INFINITY, -INFINITY, 1e30f, 1.1754944e-38f};
  char text[MCNN_DECIMAL_CAPACITY];
  (void)state;
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
    assert_int_equal(mcnn_decimal_write(values[i], text), 0);
}

/* strtof() in the C locale rounds correctly: both directions must agree with it. */
static void round_trips_and_agrees_with_strtof(void **state) {
  enum { ROUNDS = 200000 };
  mcnn_rng rng = mcnn_rng_stream(1, MCNN_RNG_TEST, 0, 0);
  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    const double exponent = -6 + 12 * (double)mcnn_rng_uniform(&rng);
    const float magnitude = (float)pow(10, exponent);
    const float value = mcnn_rng_u32(&rng) & 1 ? magnitude : -magnitude;
    char text[MCNN_DECIMAL_CAPACITY];
    float back;
    assert_int_equal(mcnn_decimal_write(value, text), 1);
    assert_int_equal(mcnn_decimal_read(text, strlen(text), &back), 1);
    assert_true(back == value);
    assert_true(strtof(text, NULL) == value);
  }
}

static void reads_strictly(void **state) {
  static const char *const bad[] = {
      "",   "-",   "+1",  ".5",    "5.",  "01",  "00",  "1e3",  "0x1", " 1",
      "1 ", "1,5", "--1", "1.2.3", "nan", "inf", "-.5", "0.1x", "1-1", "1234567890123456"};
  static const struct {
    const char *text;
    float value;
  } good[] = {{"0", 0}, {"-0.5", -0.5f}, {"10", 10}, {"0.10", 0.1f}};
  float value;
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(mcnn_decimal_read(bad[i], strlen(bad[i]), &value), 0);
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    assert_int_equal(mcnn_decimal_read(good[i].text, strlen(good[i].text), &value), 1);
    assert_true(value == good[i].value);
  }
  assert_int_equal(mcnn_decimal_read("0.5garbage", 3, &value), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_the_shortest),
      cmocka_unit_test(refuses_what_has_no_short_text),
      cmocka_unit_test(round_trips_and_agrees_with_strtof),
      cmocka_unit_test(reads_strictly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
