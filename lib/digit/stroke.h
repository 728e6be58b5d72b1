/* The strokes of one digit: how wide and long they are, and the same digit with wider or narrower
 * ones. */
#ifndef MCNN_DIGIT_STROKE_H
#define MCNN_DIGIT_STROKE_H

#include "digit/plane.h"

typedef struct mcnn_stroke_stats {
  double width;    /* mean, in pixels */
  double coverage; /* fraction of the plane that is ink */
  double length;   /* of all strokes, in longer sides of the plane */
  int euler;       /* Euler number: components minus holes */
} mcnn_stroke_stats;

/* Ink is what is above 127. distance: [height][width], scratch. */
void mcnn_stroke_measure(const mcnn_plane *plane, uint16_t *distance, mcnn_stroke_stats *stats);

/* Components minus holes, where pixels that touch at a corner are connected. */
int mcnn_euler_number(const mcnn_plane *plane);

/* Moves every edge of the ink outwards by `pixels` (inwards where negative). outside, inside:
 * [height][width], scratch. */
void mcnn_stroke_grow(mcnn_plane *plane, double pixels, uint16_t *outside, uint16_t *inside);

#endif
