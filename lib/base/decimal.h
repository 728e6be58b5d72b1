/* Floats as decimal texts, the same in every locale, that read back as the same float. */
#ifndef MCNN_BASE_DECIMAL_H
#define MCNN_BASE_DECIMAL_H

#include <stddef.h>

#define MCNN_DECIMAL_CAPACITY 32

/* The fewest decimals, up to 15, that read back as `value`, without exponent. Returns 0 if 15
 * are too few. They are enough for 0, for magnitudes of 1e-6 to 1e6, and for what
 * mcnn_decimal_read() returned. */
int mcnn_decimal_write(float value, char text[MCNN_DECIMAL_CAPACITY]);

/* "-12", "0.25": a minus where negative, digits without a leading zero, a point and decimals; at
 * most 15 digits in all. Returns 0 for anything else. */
int mcnn_decimal_read(const char *text, size_t length, float *value);

#endif
