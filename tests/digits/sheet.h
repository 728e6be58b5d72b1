/* Pages of digits of our own making: rows of digits as a scanner or a telephone gives them. */
#ifndef TEST_DIGIT_SHEET_H
#define TEST_DIGIT_SHEET_H

#include <stdint.h>

enum { SHEET_MOST_DIGITS = 2000 };

typedef struct sheet {
  uint32_t rows, columns;
  double size;     /* of a digit's box, in pixels */
  double row_step; /* from row to row, in boxes */
  double step;     /* from digit to digit, in boxes */
  uint32_t touch;  /* so many digits in a row touch; 0 and 1: none */
  double overlap;  /* of those that touch, in boxes */
  double small;    /* size of every second digit, in boxes; 0: as the others */
  double margin;   /* around all, in boxes */
  double shadow;   /* share of the light that is missing beyond an edge across the page */
  double corners;  /* share of the light that is missing in the corners */
  double table;    /* width of a dark table around the sheet, in boxes */
  uint32_t rules;  /* 1: a line under each row, 2: a cell around each digit */
  double under;    /* how far above the foot of a row there is a line under it, in boxes; 0: none */
  uint32_t empty;  /* every so many cells is left empty; 0: none */
  double noise;    /* of the sensor, in levels */
  uint64_t seed;
} sheet;

typedef struct sheet_picture {
  uint32_t height, width;
  uint8_t *pixels; /* [height][width], to be freed */
  uint32_t count;
  char digits[SHEET_MOST_DIGITS + 1]; /* in reading order; '.' for an empty cell */
} sheet_picture;

/* Black on white, without anything else. */
sheet sheet_plain(uint32_t rows, uint32_t columns, double size);

/* glyph_of draws digit `index` and returns which it is. Returns 0, or -1 where memory is lacking.
 */
int sheet_render(const sheet *s, unsigned (*glyph_of)(void *user, uint64_t index, uint8_t *glyph),
                 void *user, sheet_picture *picture);

#endif
