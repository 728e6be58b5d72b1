/* Styles of writing the ten digits, as strokes.
 *
 * A style consists of two key frames A and B with the same points; it is drawn as anything between
 * the two and a little beyond. Coordinates: x to the right, y down, a digit is about 100 high. */
#ifndef CLI_DRAW_GLYPHS_H
#define CLI_DRAW_GLYPHS_H

#include <stddef.h>
#include <stdint.h>

enum { GLYPH_DIGITS = 10, GLYPH_MAX_POINTS = 24 };

enum glyph_step {
  GLYPH_MOVE,  /* a new stroke begins here */
  GLYPH_CURVE, /* the stroke passes through here smoothly */
  GLYPH_CORNER /* the stroke turns sharply here */
};

struct glyph_point {
  uint8_t step; /* an enum glyph_step */
  int8_t ax, ay;
  int8_t bx, by;
};

struct glyph_style {
  uint16_t weight; /* frequency relative to the other styles of the digit */
  uint16_t point_count;
  const struct glyph_point *points;
};

struct glyph {
  size_t style_count;
  const struct glyph_style *styles;
  /* The largest radius of the pen, relative to the digit's narrowest width, with which loops stay
   * open often enough; 0: no limit. */
  float pen_limit;
};

/* The styles of a digit, 0 to 9. */
const struct glyph *glyph_of(unsigned digit);

#endif
