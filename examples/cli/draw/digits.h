/* Handwritten-looking digits that the project draws itself: strokes of our own design, varied at
 * random, normalised the way MNIST's digits are. Data to train on where no MNIST is to be had. */
#ifndef CLI_DRAW_DIGITS_H
#define CLI_DRAW_DIGITS_H

#include <stdint.h>

enum { DRAW_DIGIT_SIDE = 28 };

/* Draws the index-th image of `digit` (0 to 9) for `seed`: white (255) on black (0), row by row.
 * The image depends on these three numbers alone. Allocates nothing, keeps no state and may be
 * called from any number of threads. Returns 0, or -1 (pixels untouched) if `digit` is above 9. */
int draw_digit(unsigned digit, uint64_t seed, uint64_t index,
               uint8_t pixels[DRAW_DIGIT_SIDE * DRAW_DIGIT_SIDE]);

#endif
