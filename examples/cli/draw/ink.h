/* The pen and the paper: from the line the pen follows to grey levels, normalised as MNIST is. */
#ifndef CLI_DRAW_INK_H
#define CLI_DRAW_INK_H

#include <stdint.h>

#include "draw/random.h"
#include "draw/stroke.h"

enum { INK_SIDE = 28 };

/* Draws the path with a random pen, its radius at most pen_share of the path's narrower side (0: of
 * any radius). Changes the path: scales it to pixels. */
void ink_path(struct draw_random *random, float pen_share, struct stroke_path *path,
              uint8_t pixels[INK_SIDE * INK_SIDE]);

#endif
