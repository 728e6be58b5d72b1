/* One channel of a picture, the form that everything up to the prepared digit works on. */
#ifndef MCNN_DIGIT_PLANE_H
#define MCNN_DIGIT_PLANE_H

#include "base/alloc.h"
#include "base/shape.h"

/* Pictures of one digit are worked on with at most this many pixels a side, pages with the other.
 */
enum { MCNN_DIGIT_SIDE = MNISTCNN_DIGIT_SIDE, MCNN_PAGE_SIDE = MNISTCNN_MAX_IMAGE_SIDE };

typedef struct mcnn_plane {
  uint32_t height, width;
  uint8_t *pixels; /* [height][width] */
} mcnn_plane;

mnistcnn_status mcnn_plane_create(uint32_t height, uint32_t width, const mcnn_alloc *alloc,
                                  mcnn_plane *plane);
void mcnn_plane_free(mcnn_plane *plane, const mcnn_alloc *alloc);
size_t mcnn_plane_count(const mcnn_plane *plane);

/* *resized: the same picture in another size; the caller frees it. */
mnistcnn_status mcnn_plane_resize(const mcnn_plane *plane, uint32_t height, uint32_t width,
                                  const mcnn_alloc *alloc, mcnn_plane *resized);

/* A copy of at most 128 pixels a side: fine enough for shading, coarse enough to be quick and to
 * average noise away. The caller frees it. */
mnistcnn_status mcnn_plane_thumbnail(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                     mcnn_plane *thumbnail);

/* 1 in a narrow frame along the edges, a fortieth of the shorter side wide. */
int mcnn_plane_in_border(const mcnn_plane *plane, uint32_t y, uint32_t x);

/* 1: so few pixels as store one digit, cut out. A stroke is one or two of them. */
enum { MCNN_TINY_SIDE = 16 };
int mcnn_plane_is_tiny(const mcnn_plane *plane);

/* The lowest level that this fraction of the pixels does not exceed. */
uint32_t mcnn_plane_quantile(const mcnn_plane *plane, double fraction);

#endif
