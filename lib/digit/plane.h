/* One channel of a picture that somebody drew, scanned or photographed a digit in: the direction in
 * colour space in which the ink stands out most, at a size that is quick to work on. */
#ifndef MCNN_DIGIT_PLANE_H
#define MCNN_DIGIT_PLANE_H

#include "base/alloc.h"
#include "base/shape.h"

/* Pictures are worked on with at most this many pixels a side. */
enum { MCNN_DIGIT_SIDE = 1024 };

typedef struct mcnn_plane {
  uint32_t height, width;
  uint8_t *pixels; /* [height][width] */
} mcnn_plane;

mnistcnn_status mcnn_plane_create(uint32_t height, uint32_t width, const mcnn_alloc *alloc,
                                  mcnn_plane *plane);
void mcnn_plane_free(mcnn_plane *plane, const mcnn_alloc *alloc);
size_t mcnn_plane_count(const mcnn_plane *plane);

/* The plane of `pixels`, reduced where a side is above MCNN_DIGIT_SIDE; the caller frees it.
 * *luminous: 1 where more of each colour makes it lighter, so that shading multiplies. */
mnistcnn_status mcnn_digit_plane(const uint8_t *pixels, const mcnn_shape *shape,
                                 const mcnn_alloc *alloc, mcnn_plane *plane, int *luminous);

/* The standard deviation of the noise from pixel to pixel, from second differences: edges and
 * shading hardly count. */
double mcnn_plane_noise(const mcnn_plane *plane);

/* [1 2 1] along both axes, the edge repeated. scratch: a plane of the same size. */
void mcnn_plane_smooth(mcnn_plane *plane, mcnn_plane *scratch);

/* Pixels that stand out from all their neighbours but one become like these: specks of one or two
 * pixels go, the thinnest line stays. */
void mcnn_plane_despeckle(mcnn_plane *plane, mcnn_plane *scratch);

#endif
