/* From a style of writing to the path of the pen. */
#ifndef CLI_DRAW_STROKE_H
#define CLI_DRAW_STROKE_H

#include <stddef.h>

#include "draw/glyphs.h"
#include "draw/random.h"

enum { STROKE_STEPS = 6, STROKE_MAX_POINTS = GLYPH_MAX_POINTS * STROKE_STEPS + GLYPH_MAX_POINTS };

struct stroke_point {
  float x, y;   /* a digit is about 1 high, centred on 0, y down */
  float radius; /* of the pen; 0 until ink_path() sets it */
  int starts;   /* 1: the pen was lifted before this point */
};

struct stroke_path {
  size_t count;
  struct stroke_point points[STROKE_MAX_POINTS];
};

/* The path of one digit in this style, with random variations. */
void stroke_write(struct draw_random *random, const struct glyph_style *style,
                  struct stroke_path *path);

#endif
