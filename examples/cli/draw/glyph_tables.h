/* Macros for the tables of styles; for glyphs*.c only. */
#ifndef CLI_DRAW_GLYPH_TABLES_H
#define CLI_DRAW_GLYPH_TABLES_H

#include "draw/glyphs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A point in key frame A and in key frame B. */
#define M(ax, ay, bx, by)                                                                          \
  { GLYPH_MOVE, ax, ay, bx, by }
#define C(ax, ay, bx, by)                                                                          \
  { GLYPH_CURVE, ax, ay, bx, by }
#define K(ax, ay, bx, by)                                                                          \
  { GLYPH_CORNER, ax, ay, bx, by }
#define STYLE(weight, points)                                                                      \
  { weight, COUNT(points), points }
#define GLYPH(pen_limit, styles)                                                                   \
  { COUNT(styles), styles, pen_limit }

extern const struct glyph glyph_zero;
extern const struct glyph glyph_one;
extern const struct glyph glyph_two;
extern const struct glyph glyph_three;
extern const struct glyph glyph_four;
extern const struct glyph glyph_five;
extern const struct glyph glyph_six;
extern const struct glyph glyph_seven;
extern const struct glyph glyph_eight;
extern const struct glyph glyph_nine;

#endif
