#include "kernels/elementwise/softmax.h"

#include <stdint.h>
#include <string.h>

/* exp(x) for x <= 0, within 2 units in the last place; below -87 (where float turns subnormal) 0.
 * exp(x) = 2^n exp(r) with |r| <= ln 2 / 2; the polynomial is Cephes' expf. NaN stays NaN. */
static float exp_of_negative(float x) {
  if (x < -87.0f)
    return 0.0f;
  if (!(x <= 0.0f)) /* NaN */
    return x;
  const int32_t n = (int32_t)(x * 1.44269504f - 0.5f);
  const float whole = (float)n;
  const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const uint32_t bits = (uint32_t)(n + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

size_t mcnn_argmax(size_t n, const float *x) {
  size_t best = 0;
  for (size_t i = 1; i < n; i++)
    if (x[i] > x[best] || (x[best] != x[best] && x[i] == x[i]))
      best = i;
  return best;
}

static void softmax_row(size_t columns, const float *x, float *y) {
  const float largest = x[mcnn_argmax(columns, x)];
  float sum = 0.0f;
  for (size_t j = 0; j < columns; j++) {
    y[j] = exp_of_negative(x[j] - largest);
    sum += y[j];
  }
  for (size_t j = 0; j < columns; j++)
    y[j] /= sum;
}

void mcnn_softmax_rows(size_t rows, size_t columns, const float *x, float *y) {
  for (size_t r = 0; r < rows; r++)
    softmax_row(columns, x + r * columns, y + r * columns);
}
