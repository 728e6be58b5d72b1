/* Rendering: from the path of the pen to grey levels, normalised like MNIST. */
#ifndef CLI_DRAW_INK_H
#define CLI_DRAW_INK_H

#include <stdint.h>

#include "draw/random.h"
#include "draw/stroke.h"

enum { INK_SIDE = 28 };

/* Draws the path with a random pen of a radius of at most pen_limit times the path's narrowest
 * width (0: no limit). Scales the path to pixels in place. */
void ink_path(struct draw_random *random, float pen_limit, struct stroke_path *path,
              uint8_t pixels[INK_SIDE * INK_SIDE]);

#endif
