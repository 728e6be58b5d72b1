#include "exchange/half.h"

#include <string.h>

float mcnn_float_of_bits(uint32_t bits) {
  float number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

float mcnn_half_to_float(uint32_t half) {
  const uint32_t sign = (half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
  const float small = (float)fraction * 5.9604644775390625e-8f; /* 2^-24 */
  if (exponent == 0)
    return sign ? -small : small;
  if (exponent == 31)
    return mcnn_float_of_bits(sign | 0x7f800000u | fraction << 13);
  return mcnn_float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
}
