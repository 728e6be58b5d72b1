/* Chamfer distance transform. */
#ifndef MCNN_DIGIT_DISTANCE_H
#define MCNN_DIGIT_DISTANCE_H

#include "digit/plane.h"

/* Distances are in fifths of a pixel. */
enum { MCNN_DISTANCE_UNIT = 5 };

/* Above it is ink. */
enum { MCNN_INK_THRESHOLD = 127 };

/* distance[height][width]: from every pixel to the nearest one that is ink (to_ink 1) or paper (0).
 * What lies beyond the edge is paper. */
void mcnn_distance_transform(const mcnn_plane *plane, int to_ink, uint16_t *distance);

#endif
