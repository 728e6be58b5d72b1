#include "exchange/floats.h"

#include <string.h>

float mcnn_float_of_bits(uint32_t bits) {
  float number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

uint32_t mcnn_bits_of_float(float number) {
  uint32_t bits;
  memcpy(&bits, &number, sizeof bits);
  return bits;
}

double mcnn_double_of_bits(uint64_t bits) {
  double number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

/* A subnormal number is a multiple of 2^-24. */
float mcnn_float_of_half(uint32_t bits) {
  const uint32_t sign = (bits & 0x8000u) << 16, exponent = bits >> 10 & 0x1Fu;
  const uint32_t mantissa = bits & 0x3FFu;
  const float small = (float)mantissa * 0x1p-24f;
  if (exponent == 0)
    return sign ? -small : small;
  if (exponent == 0x1F)
    return mcnn_float_of_bits(sign | 0x7F800000u | mantissa << 13);
  return mcnn_float_of_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

float mcnn_float_of_bfloat16(uint32_t bits) {
  return mcnn_float_of_bits((bits & 0xFFFFu) << 16);
}
