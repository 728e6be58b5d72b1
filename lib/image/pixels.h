/* Images as bytes: their size, and conversions between gray, colour and alpha. */
#ifndef MCNN_IMAGE_PIXELS_H
#define MCNN_IMAGE_PIXELS_H

#include "base/shape.h"

#include <stddef.h>

/* Bytes of an image of this shape; 0 where that does not fit in size_t. */
size_t mcnn_shape_bytes(const mcnn_shape *shape);

/* 1 where all of `count` RGB pixels have no colour. */
int mcnn_is_gray(const uint8_t *pixels, size_t count);

/* In place, `count` pixels. Luma as ITU-R 601 in Pillow's fixed point; for the other direction the
 * buffer has room for 3 * count. */
void mcnn_rgb_to_gray(uint8_t *pixels, size_t count);
void mcnn_gray_to_rgb(uint8_t *pixels, size_t count);

/* `count` pixels with alpha, of 2 or 4 channels each, to 2 or 4. */
void mcnn_convert_with_alpha(const uint8_t *pixels, uint32_t channels, size_t count,
                             uint8_t *target, uint32_t target_channels);

#endif
