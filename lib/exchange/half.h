/* Floats of other sizes, by their bits. */
#ifndef MCNN_EXCHANGE_HALF_H
#define MCNN_EXCHANGE_HALF_H

#include <stdint.h>

float mcnn_float_of_bits(uint32_t bits);
/* IEEE 754's float of 16 bits. */
float mcnn_half_to_float(uint32_t half);

#endif
