#include "image/fit.h"

#include "image/pixels.h"
#include "image/resize.h"

#include <assert.h>
#include <string.h>

void mcnn_image_fit(uint8_t *pixels, const mcnn_shape *from, int32_t resize, uint8_t *target,
                    const mcnn_shape *to) {
  assert(from->channels == 1 || from->channels == 3);
  assert(to->channels == 1 || to->channels == 3);
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
