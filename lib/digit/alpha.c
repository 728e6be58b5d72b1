#include "digit/alpha.h"

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

/* Alpha compositing over an opaque background. */
static void composite(uint8_t background, const uint8_t *pixels, size_t count, uint32_t colours,
                      uint8_t *target) {
  for (size_t i = 0; i < count; i++, pixels += colours + 1) {
    const unsigned alpha = pixels[colours];
    for (uint32_t c = 0; c < colours; c++)
      *target++ = (uint8_t)((pixels[c] * alpha + background * (255 - alpha) + 127) / 255);
  }
}

mnistcnn_status mcnn_flatten(const uint8_t *pixels, const mcnn_shape *shape, int32_t polarity,
                             const mcnn_alloc *alloc, mcnn_flat *flat) {
  assert(shape->channels - 1 < 4);
  *flat = (mcnn_flat){pixels, *shape, NULL};
  if (shape->channels % 2 != 0)
    return MNISTCNN_OK;
  const size_t count = (size_t)shape->height * shape->width;
  const uint32_t colours = --flat->shape.channels;
  flat->own = mcnn_alloc_array(alloc, mcnn_shape_bytes(&flat->shape), 1);
  if (!flat->own)
    return MNISTCNN_OUT_OF_MEMORY;
  const int black = polarity == MNISTCNN_POLARITY_LIGHT_ON_DARK ||
                    (polarity == MNISTCNN_POLARITY_AUTO && hides_on_white(pixels, count, colours));
  composite(black ? 0 : 255, pixels, count, colours, flat->own);
  flat->pixels = flat->own;
  return MNISTCNN_OK;
}
