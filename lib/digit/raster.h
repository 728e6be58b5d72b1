/* One digit on a fine grid: how thick its strokes are, and the same digit with thicker or thinner
 * ones. */
#ifndef MCNN_DIGIT_RASTER_H
#define MCNN_DIGIT_RASTER_H

#include "digit/plane.h"

/* Distances are in fifths of a cell. */
enum { MCNN_RASTER_UNIT = 5 };

typedef struct mcnn_raster_facts {
  double stroke; /* mean width, in cells */
  double cover;  /* share of the grid that is ink */
  double length; /* of all strokes, in longer sides of the grid */
  int euler;     /* pieces less holes */
} mcnn_raster_facts;

/* Ink is what is above 127. distance: [height][width], scratch. */
void mcnn_raster_measure(const mcnn_plane *plane, uint16_t *distance, mcnn_raster_facts *facts);

/* Moves every edge of the ink outwards by `cells` (inwards where negative). */
void mcnn_raster_grow(mcnn_plane *plane, double cells, uint16_t *outside, uint16_t *inside);

#endif
