#include "base/elementary.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* ln 2 and pi / 2 in parts: the first ones have so few bits that their products with the whole
 * numbers they are multiplied with are exact. */
static const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
static const double half_pi_high = 0x1.921fb544p+0, half_pi_middle = 0x1.0b4611a6p-34,
                    half_pi_low = 0x1.3198a2e037073p-69;

/* Added and taken away again, it rounds to whole numbers. */
static const double rounding = 0x1.8p52;

static double nearest_whole(double x) {
  return (x + rounding) - rounding;
}

/* c[0] + c[1] x + ... */
static double polynomial(const double *c, size_t count, double x) {
  double sum = c[count - 1];
  for (size_t i = count - 1; i > 0; i--)
    sum = sum * x + c[i - 1];
  return sum;
}

/* 2^n, -1022 <= n <= 1023 */
static double power_of_two(int64_t n) {
  const uint64_t bits = (uint64_t)(n + 1023) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return power;
}

/* --- exp -------------------------------------------------------------------------------------- */

/* x = n ln 2 + r; exp(r) = 1 + (r + r^2 (1/2! + r/3! + ...)). */
double mcnn_exp(double x) {
  static const double inverse_factorials[] = {1.0 / 2,         1.0 / 6,          1.0 / 24,
                                              1.0 / 120,       1.0 / 720,        1.0 / 5040,
                                              1.0 / 40320.0,   1.0 / 362880.0,   1.0 / 3628800.0,
                                              1.0 / 39916800., 1.0 / 479001600., 1.0 / 6227020800.};
  if (!(x < 710))
    return x + (double)INFINITY; /* a NaN stays one */
  if (x < -746)
    return 0;
  const double n = nearest_whole(x * 1.4426950408889634);
  const double high = x - n * ln2_high, low = n * ln2_low;
  const double r = high - low, rest = (high - r) - low;
  const double tail =
      r * r * polynomial(inverse_factorials, sizeof inverse_factorials / sizeof(double), r);
  const double m = 1 + (r + (rest + rest * r + tail));
  const int64_t half = (int64_t)n / 2; /* in two steps, as the power may be out of range */
  return m * power_of_two(half) * power_of_two((int64_t)n - half);
}

/* --- log -------------------------------------------------------------------------------------- */

/* log(1 + f) = f - f^2/2 + s (f^2/2 + z (2/3 + 2/5 z + ...)), s = f / (2 + f), z = s^2, as
 * log(1 + f) = 2 atanh(s) and 2 s = f - s f; plus n ln 2 + low. |s| <= 0.172 */
static double log_near_one(double f, double n, double low) {
  static const double terms[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
                                 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
  const double s = f / (2 + f), z = s * s, half_square = f * f / 2;
  const double rest = s * (half_square + z * polynomial(terms, sizeof terms / sizeof *terms, z));
  return n * ln2_high - ((half_square - (rest + (n * ln2_low + low))) - f);
}

/* log(x + low), low being far below x */
static double log_of(double x, double low) {
  uint64_t bits;
  if (!(x <= 1.7976931348623157e308))
    return x;
  memcpy(&bits, &x, sizeof bits);
  /* x = 2^n m with m from sqrt(1/2) to sqrt(2) */
  const uint64_t from = bits - UINT64_C(0x3fe6a09e667f3bcd);
  const int64_t n = (int64_t)(from >> 52) - (bits < UINT64_C(0x3fe6a09e667f3bcd) ? 4096 : 0);
  double m;
  bits -= (uint64_t)n << 52;
  memcpy(&m, &bits, sizeof m);
  return log_near_one(m - 1, (double)n, low / x);
}

double mcnn_log(double x) {
  return log_of(x, 0);
}

double mcnn_log1p(double x) {
  const double sum = 1 + x;
  return log_of(sum, x < 1 ? x - (sum - 1) : 1 - (sum - x));
}

/* --- sin and cos ------------------------------------------------------------------------------ */

/* Of r + rest, |r| <= pi / 4. */
static double sin_near_zero(double r, double rest) {
  static const double terms[] = {
      -1.0 / 6,          1.0 / 120,          -1.0 / 5040.0,         1.0 / 362880.0,
      -1.0 / 39916800.0, 1.0 / 6227020800.0, -1.0 / 1307674368000.0};
  const double z = r * r;
  return r + (rest * (1 - z / 2) + r * z * polynomial(terms, sizeof terms / sizeof *terms, z));
}

static double cos_near_zero(double r, double rest) {
  static const double terms[] = {
      1.0 / 24,          -1.0 / 720,           1.0 / 40320.0,         -1.0 / 3628800.0,
      1.0 / 479001600.0, -1.0 / 87178291200.0, 1.0 / 20922789888000.0};
  const double z = r * r, half = z / 2, high = 1 - half;
  const double low = (1 - high) - half;
  return high + (low - r * rest + z * z * polynomial(terms, sizeof terms / sizeof *terms, z));
}

/* sin(x + quarters pi / 2) */
static double sin_of(double x, int64_t quarters) {
  const double n = nearest_whole(x * 0.63661977236758134);
  const double high = x - n * half_pi_high, middle = n * half_pi_middle;
  const double first = high - middle;
  const double lost = (high - first) - middle; /* the difference's rounding error */
  const double low = lost - n * half_pi_low;
  const double r = first + low, rest = (first - r) + low;
  const uint64_t quadrant = (uint64_t)((int64_t)n + quarters) % 4;
  const double value = quadrant % 2 == 0 ? sin_near_zero(r, rest) : cos_near_zero(r, rest);
  return quadrant < 2 ? value : -value;
}

double mcnn_sin(double x) {
  return sin_of(x, 0);
}

double mcnn_cos(double x) {
  return sin_of(x, 1);
}

/* --- powers ----------------------------------------------------------------------------------- */

/* A number in two parts, of which the second is far below the first. */
typedef struct double_double {
  double high, low;
} double_double;

/* The product of two doubles without an error (Dekker): the halves' products are exact. */
static double_double exact_product(double a, double b) {
  const double splitter = 134217729.0, sa = splitter * a, sb = splitter * b;
  const double a1 = sa - (sa - a), a2 = a - a1, b1 = sb - (sb - b), b2 = b - b1;
  const double high = a * b;
  return (double_double){high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2};
}

static double_double product(double_double a, double_double b) {
  const double_double p = exact_product(a.high, b.high);
  const double low = p.low + (a.high * b.low + a.low * b.high), high = p.high + low;
  return (double_double){high, low - (high - p.high)};
}

double mcnn_power(double x, uint64_t n) {
  double_double result = {1, 0}, square = {x, 0};
  for (; n > 0; n >>= 1) {
    if (n % 2 != 0)
      result = product(result, square);
    square = product(square, square);
  }
  return result.high;
}
