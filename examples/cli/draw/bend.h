/* Deformation of a digit: aspect ratio, slant, rotation and a smooth warp. */
#ifndef CLI_DRAW_BEND_H
#define CLI_DRAW_BEND_H

#include "draw/random.h"
#include "draw/stroke.h"

void bend_path(struct draw_random *random, struct stroke_path *path);

#endif
