#include "base/decimal.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

/* Integers and powers of ten up to 10^15 are exact in double, so digits / scale is one correctly
 * rounded operation: the same float on every machine, and for the writer as for the reader. */
enum { MAX_DIGITS = 15 };

static const double digits_limit = 1e15;

static float scaled_down(double digits, double scale) {
  return (float)(digits / scale);
}

static void print(int negative, uint64_t digits, uint64_t scale, int decimals,
                  char text[MCNN_DECIMAL_CAPACITY]) {
  const char *const sign = negative ? "-" : "";
  const unsigned long long whole = digits / scale, rest = digits % scale;
  if (decimals == 0)
    (void)snprintf(text, MCNN_DECIMAL_CAPACITY, "%s%llu", sign, whole);
  else
    (void)snprintf(text, MCNN_DECIMAL_CAPACITY, "%s%llu.%0*llu", sign, whole, decimals, rest);
}

int mcnn_decimal_write(float value, char text[MCNN_DECIMAL_CAPACITY]) {
  const double magnitude = fabs((double)value);
  uint64_t scale = 1;
  /* The nearest with so many decimals; halves are rounded up. */
  for (int decimals = 0; decimals <= MAX_DIGITS; decimals++, scale *= 10) {
    const double digits = floor(magnitude * (double)scale + 0.5);
    if (!(digits < digits_limit))
      return 0;
    if (scaled_down(digits, (double)scale) == (float)magnitude) {
      print(value < 0, (uint64_t)digits, scale, decimals, text);
      return 1;
    }
  }
  return 0;
}

static int is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Digits from *at on; returns how many. */
static size_t read_digits(const char *text, size_t length, size_t *at, uint64_t *digits,
                          size_t limit) {
  const size_t start = *at;
  while (*at < length && *at - start < limit && is_digit(text[*at]))
    *digits = *digits * 10 + (uint64_t)(text[(*at)++] - '0');
  return *at - start;
}

int mcnn_decimal_read(const char *text, size_t length, float *value) {
  const int negative = length > 0 && text[0] == '-';
  size_t at = negative ? 1 : 0;
  uint64_t digits = 0;
  double scale = 1;
  const int zero_first = at < length && text[at] == '0';
  const size_t whole = read_digits(text, length, &at, &digits, MAX_DIGITS);
  if (whole == 0 || (zero_first && whole > 1))
    return 0;
  if (at < length && text[at] == '.') {
    at++;
    const size_t decimals = read_digits(text, length, &at, &digits, MAX_DIGITS - whole + 1);
    if (decimals == 0)
      return 0;
    for (size_t i = 0; i < decimals; i++)
      scale *= 10;
  }
  if (at != length || (double)digits > digits_limit)
    return 0;
  *value = scaled_down(negative ? -(double)digits : (double)digits, scale);
  return 1;
}
