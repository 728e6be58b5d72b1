/* Synthetic handwritten digits: designed strokes with random variations, normalised like MNIST.
 * Used for training if MNIST is not available. */
#ifndef CLI_DRAW_DIGITS_H
#define CLI_DRAW_DIGITS_H

#include <stdint.h>

enum { DRAW_DIGIT_SIDE = 28 };

/* Draws the index-th image of `digit` (0 to 9) for `seed`: white (255) on black (0), row by row.
 * The image depends only on these three numbers. Allocates nothing, has no state and may be called
 * by any number of threads. Returns 0, or -1 (pixels unchanged) if `digit` is above 9. */
int draw_digit(unsigned digit, uint64_t seed, uint64_t index,
               uint8_t pixels[DRAW_DIGIT_SIDE * DRAW_DIGIT_SIDE]);

#endif
