#ifndef TESTS_DIGITS_GLYPH_H
#define TESTS_DIGITS_GLYPH_H

#include <stdint.h>

/* As draw_digit(), but of a pen that leaves the digit open when it is blurred, reduced or printed
 * bold: the thickest that the command draws with are nearly blots already. */
void draw_open_digit(unsigned digit, uint64_t seed, uint64_t index, uint8_t *glyph);

#endif
