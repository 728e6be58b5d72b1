/* Shares as text that does not claim more than is so. */
#ifndef CLI_TERMINAL_PERCENT_H
#define CLI_TERMINAL_PERCENT_H

#include <stddef.h>
#include <stdint.h>

/* Room for any text percent_text() makes, its NUL included. */
enum { PERCENT_CAPACITY = 16 };

/* "99.98%": two decimals, rounded, but 100.00 is said of exactly 1 only (below it: "99.99%") and
 * 0.00 of exactly 0 only (above it: "<0.01%"). NaN is "-". Returns text. */
const char *percent_text(double share, char text[PERCENT_CAPACITY]);

/* How sure a row of probabilities is of class `index`. A float rounds 0.99999998 up to 1; the other
 * classes' share, which a float holds exactly enough, then tells what is missing. */
double confidence_of(const float *probabilities, uint32_t num_classes, uint32_t index);

#endif
