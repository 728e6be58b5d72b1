/* The deformation of a whole digit: slant, rotation, proportions and a smooth warp. */
#ifndef DRAW_BEND_H
#define DRAW_BEND_H

#include "draw_random.h"
#include "draw_stroke.h"

void bend_path(struct draw_random *random, struct stroke_path *path);

#endif
