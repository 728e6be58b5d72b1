/* From a picture to one channel: the direction in colour space in which the ink stands out most. */
#ifndef MCNN_DIGIT_COLOUR_H
#define MCNN_DIGIT_COLOUR_H

#include "digit/plane.h"

/* The plane of `pixels` (1 or 3 channels), reduced where a side is above `limit`; the caller frees
 * it. *luminous: 1 where more of each colour makes it lighter, so that shading
 * multiplies. */
mnistcnn_status mcnn_colour_project(const uint8_t *pixels, const mcnn_shape *shape, uint32_t limit,
                                    const mcnn_alloc *alloc, mcnn_plane *plane, int *luminous);

#endif
