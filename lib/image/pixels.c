#include "image/pixels.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

size_t mcnn_shape_bytes(const mcnn_shape *shape) {
  size_t bytes;

  if (!mcnn_checked_mul(shape->height, shape->width, &bytes) ||
      !mcnn_checked_mul(bytes, shape->channels, &bytes))
    return 0;
  return bytes;
}

int mcnn_is_gray(const uint8_t *pixels, size_t count) {
  for (size_t i = 0; i < 3 * count; i += 3)
    if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2])
      return 0;
  return 1;
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
  assert(channels == 2 || channels == 4);
  assert(target_channels == 2 || target_channels == 4);
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
