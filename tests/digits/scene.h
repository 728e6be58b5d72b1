/* Pictures of a digit as a scanner, a telephone or a drawing program might give them, made from a
 * clean 28x28 digit: pen, colours, paper, light, lens and compression of our choosing. */
#ifndef TEST_DIGIT_SCENE_H
#define TEST_DIGIT_SCENE_H

#include <stdint.h>

enum { SCENE_GLYPH = 28 };

typedef struct scene {
  double size;     /* of the digit's box, in pixels */
  double margin;   /* around it, in boxes */
  double rotation; /* in degrees */
  double bold;     /* the pen: -0.3 thin, 0 as drawn, 0.35 thick */
  double shift;    /* off the middle, in boxes; it needs a margin */
  uint8_t paper[3], ink[3];
  double grain;    /* of the paper: deviation of its brightness, in levels */
  double shading;  /* share of the light that is missing in one corner */
  double shadow;   /* share of the light that is missing beyond an edge */
  double noise;    /* of the sensor: deviation, in levels */
  double speckle;  /* share of the pixels that are specks of dirt */
  double lines;    /* ruled lines every so many boxes; 0: none */
  int squared;     /* lines down the page, too */
  double line_ink; /* how strong they are, 1: as the ink */
  double tilt;     /* of the lines, in degrees */
  double box;      /* half the side of a printed box around the digit, in boxes; 0: none */
  double box_line; /* width of its lines, in boxes */
  double box_gaps; /* share of the lines that is missing */
  uint8_t box_colour[3];
  double underline; /* width of a line under the digit, in boxes; 0: none */
  double below;     /* its top below the lowest ink, in boxes; negative: it crosses it */
  double ends[2];   /* how far it goes to either side of the middle, in boxes */
  int neighbours;   /* the cells beside the box hold the same digit */
  double blur;      /* of the lens, in pixels */
  int blocks;       /* quantiser of 8x8 blocks as in JPEG; 0: none */
  double rough;     /* the pen skips: share of the stroke that is missing, in small spots */
  double table;     /* share of the picture's side that shows a dark table around the paper */
  double corners;   /* share of the light that is missing in all four corners */
  double frame;     /* width of a black line around the picture, in pixels */
  int levels;       /* of gray; 0: all */
  int halftone;     /* black and white dots only, as a fax has */
  uint64_t seed;
} scene;

/* Black on white, 100 pixels, half a box around. */
scene scene_plain(void);

/* The side of the square picture. */
uint32_t scene_side(const scene *s);

/* pixels: [side][side][3]. Returns 0, or -1 where memory is lacking. */
int scene_render(const scene *s, const uint8_t glyph[SCENE_GLYPH * SCENE_GLYPH], uint8_t *pixels);

#endif
