#include "image/image.h"

#include "image/resize.h"

#include <string.h>

size_t mcnn_shape_bytes(const mcnn_shape *shape) {
  size_t bytes;

  if (!mcnn_checked_mul(shape->height, shape->width, &bytes) ||
      !mcnn_checked_mul(bytes, shape->channels, &bytes))
    return 0;
  return bytes;
}

static uint8_t luma(const uint8_t *rgb) {
  return (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 0x8000u) >> 16);
}

void mcnn_rgb_to_gray(uint8_t *pixels, size_t count) {
  for (size_t i = 0; i < count; i++)
    pixels[i] = luma(pixels + 3 * i);
}

void mcnn_gray_to_rgb(uint8_t *pixels, size_t count) {
  for (size_t i = count; i-- > 0;) {
    const uint8_t gray = pixels[i];
    memset(pixels + 3 * i, gray, 3);
  }
}

void mcnn_convert_with_alpha(const uint8_t *pixels, uint32_t channels, size_t count,
                             uint8_t *target, uint32_t target_channels) {
  for (size_t i = 0; i < count; i++, pixels += channels, target += target_channels) {
    if (target_channels == channels) {
      memcpy(target, pixels, channels);
      continue;
    }
    if (target_channels == 2)
      target[0] = luma(pixels);
    else
      memset(target, pixels[0], 3);
    target[target_channels - 1] = pixels[channels - 1];
  }
}

void mcnn_image_fit(uint8_t *pixels, const mcnn_shape *from, int32_t resize, uint8_t *target,
                    const mcnn_shape *to) {
  const size_t target_pixels = (size_t)to->height * to->width;
  mcnn_shape source_shape = *from, target_shape = *to;

  /* Gray grows to three channels only after the resize, colour shrinks to one before it. */
  if (from->channels == 3 && to->channels == 1) {
    mcnn_rgb_to_gray(pixels, (size_t)from->height * from->width);
    source_shape.channels = 1;
  }
  target_shape.channels = source_shape.channels;
  if (from->height == to->height && from->width == to->width)
    memcpy(target, pixels, target_pixels * source_shape.channels);
  else
    mcnn_resize(pixels, &source_shape, resize, target, &target_shape);
  if (target_shape.channels < to->channels)
    mcnn_gray_to_rgb(target, target_pixels);
}
