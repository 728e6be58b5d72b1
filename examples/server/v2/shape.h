/* Shapes that an image tensor may come in. */
#ifndef SERVER_V2_SHAPE_H
#define SERVER_V2_SHAPE_H

#include <stddef.h>

#include "pool/model_info.h"
#include "text/problem.h"

enum { SHAPE_MAX_RANK = 6 };

typedef struct shape {
  size_t rank;
  uint64_t sides[SHAPE_MAX_RANK];
} shape;

/* The number of images, 1 to `most`: [n, height, width, channels], or without n (one image), of
 * gray images also without channels or with them in the second place, or [n, values]. 0 with a
 * problem. */
uint32_t shape_images(const shape *s, const model_info *model, uint32_t most, problem *p);

/* Of encoded images: [n] or [n, 1]. */
uint32_t shape_strings(const shape *s, uint32_t most, problem *p);

#endif
