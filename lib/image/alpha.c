#include "image/alpha.h"

#include "image/pixels.h"

#include <assert.h>

/* A pixel stands out from white by this much in some channel, or is as good as white. */
enum { CLEARLY = 64 };

/* Of a white card with a digit on it at least this fraction is ink; of white strokes less is dark,
 * by the accidents of their edges. Chosen by trying; nothing
 * depends on it exactly. */
static const double least_ink = 0.02;

static int darkest(const uint8_t *pixel, uint32_t colours) {
  int least = 255;

  for (uint32_t c = 0; c < colours; c++)
    least = pixel[c] < least ? pixel[c] : least;
  return least;
}

/* 1 where what is visible would be invisible on white. */
static int hides_on_white(const uint8_t *pixels, size_t count, uint32_t colours) {
  double visible = 0, ink = 0;

  for (size_t i = 0; i < count; i++, pixels += colours + 1) {
    visible += pixels[colours];
    ink += darkest(pixels, colours) <= 255 - CLEARLY ? pixels[colours] : 0;
  }
  return ink < least_ink * visible;
}

mcnn_ground mcnn_ground_for(int32_t polarity) {
  return polarity == MNISTCNN_POLARITY_DARK_ON_LIGHT   ? MCNN_GROUND_WHITE
         : polarity == MNISTCNN_POLARITY_LIGHT_ON_DARK ? MCNN_GROUND_BLACK
                                                       : MCNN_GROUND_AUTO;
}

int mcnn_is_transparent(const uint8_t *pixels, const mcnn_shape *shape) {
  const size_t bytes = mcnn_shape_bytes(shape), channels = shape->channels;

  assert(channels == 2 || channels == 4);
  for (size_t i = channels - 1; i < bytes; i += channels)
    if (pixels[i] != 255)
      return 1;
  return 0;
}

/* In order, so that `target` may be `pixels`: a pixel is written over what has been read. */
void mcnn_composite(const uint8_t *pixels, mcnn_shape *shape, mcnn_ground ground, uint8_t *target) {
  const size_t count = (size_t)shape->height * shape->width;
  const uint32_t colours = shape->channels - 1;

  assert(colours == 1 || colours == 3);
  const int black = ground == MCNN_GROUND_BLACK ||
                    (ground == MCNN_GROUND_AUTO && hides_on_white(pixels, count, colours));
  const unsigned background = black ? 0 : 255;
  for (size_t i = 0; i < count; i++, pixels += colours + 1) {
    const unsigned alpha = pixels[colours];
    for (uint32_t c = 0; c < colours; c++)
      *target++ = (uint8_t)((pixels[c] * alpha + background * (255 - alpha) + 127) / 255);
  }
  shape->channels = colours;
}

mnistcnn_status mcnn_flatten(const uint8_t *pixels, const mcnn_shape *shape, mcnn_ground ground,
                             const mcnn_alloc *alloc, mcnn_flat *flat) {
  assert(shape->channels - 1 < 4);
  *flat = (mcnn_flat){pixels, *shape, NULL};
  if (shape->channels % 2 != 0)
    return MNISTCNN_OK;
  const size_t count = (size_t)shape->height * shape->width;
  flat->own = mcnn_alloc_array(alloc, count, shape->channels - 1);
  if (!flat->own)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_composite(pixels, &flat->shape, ground, flat->own);
  flat->pixels = flat->own;
  return MNISTCNN_OK;
}
