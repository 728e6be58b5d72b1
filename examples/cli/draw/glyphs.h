/* The ways people write the ten digits, as strokes of our own design.
 *
 * A style is drawn twice, as two key frames A and B with the same points: a hand of this style
 * writes anything between the two and a little beyond. Coordinates: x to the right, y down, a digit
 * is about 100 high. */
#ifndef CLI_DRAW_GLYPHS_H
#define CLI_DRAW_GLYPHS_H

#include <stddef.h>
#include <stdint.h>

enum { GLYPH_DIGITS = 10, GLYPH_MAX_POINTS = 24 };

enum glyph_step {
  GLYPH_MOVE,  /* the pen is set down here: a new stroke */
  GLYPH_CURVE, /* the stroke passes through here smoothly */
  GLYPH_CORNER /* the stroke turns sharply here */
};

struct glyph_point {
  uint8_t step; /* an enum glyph_step */
  int8_t ax, ay;
  int8_t bx, by;
};

struct glyph_style {
  uint16_t weight; /* how often, relative to the digit's other styles */
  uint16_t point_count;
  const struct glyph_point *points;
};

struct glyph {
  size_t style_count;
  const struct glyph_style *styles;
  /* The thickest pen (its radius as a share of the digit's narrowest width) that leaves the loops
   * open often enough to be read; 0: any. */
  float pen_share;
};

/* The styles of a digit, 0 to 9. */
const struct glyph *glyph_of(unsigned digit);

#endif
