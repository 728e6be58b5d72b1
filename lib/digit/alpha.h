/* Pictures with transparency, as drawing programs export them. */
#ifndef MCNN_DIGIT_ALPHA_H
#define MCNN_DIGIT_ALPHA_H

#include "base/alloc.h"
#include "base/shape.h"

/* A picture without alpha, 1 or 3 channels. */
typedef struct mcnn_flat {
  const uint8_t *pixels;
  mcnn_shape shape;
  uint8_t *own; /* NULL: the pixels are the caller's */
} mcnn_flat;

/* Composites `pixels` (2 channels: gray and alpha, 4: RGB and alpha) over an opaque background; of
 * 1 or 3 channels they are passed on. The caller frees flat->own.
 *
 * The background is white, unless hardly anything of what is visible stands out from that: then it
 * is black. Where `polarity` (MNISTCNN_POLARITY_...) says what the ink is, the background is the
 * other. */
mnistcnn_status mcnn_flatten(const uint8_t *pixels, const mcnn_shape *shape, int32_t polarity,
                             const mcnn_alloc *alloc, mcnn_flat *flat);

#endif
