/* Percentages that are never rounded to 0 or 100. */
#ifndef CLI_TERMINAL_PERCENT_H
#define CLI_TERMINAL_PERCENT_H

#include <stddef.h>
#include <stdint.h>

/* Capacity for any text of percent_text(), including the NUL. */
enum { PERCENT_CAPACITY = 16 };

/* "99.98%": rounded to two decimals, but 100.00 only for exactly 1 (below: "99.99%") and 0.00 only
 * for exactly 0 (above: "<0.01%"). NaN is "-". Returns text. */
const char *percent_text(double fraction, char text[PERCENT_CAPACITY]);

/* The confidence in class `index` of a row of probabilities. A float rounds 0.99999998 to 1; then
 * it is computed from the sum of the other probabilities, which is accurate enough. */
double confidence_of(const float *probabilities, uint32_t num_classes, uint32_t index);

#endif
