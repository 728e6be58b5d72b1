/* Floats by their bits. */
#ifndef MCNN_EXCHANGE_FLOATS_H
#define MCNN_EXCHANGE_FLOATS_H

#include <stdint.h>

float mcnn_float_of_bits(uint32_t bits);
uint32_t mcnn_bits_of_float(float number);
double mcnn_double_of_bits(uint64_t bits);
/* IEEE 754's float of 16 bits, and the one that is the upper half of a float. */
float mcnn_float_of_half(uint32_t bits);
float mcnn_float_of_bfloat16(uint32_t bits);

#endif
