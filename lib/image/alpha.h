/* Images with transparency, as drawing programs export them. */
#ifndef MCNN_IMAGE_ALPHA_H
#define MCNN_IMAGE_ALPHA_H

#include "base/alloc.h"
#include "base/shape.h"

/* What is seen through transparent pixels. AUTO: white, unless hardly anything of what is visible
 * stands out from that: then black. */
typedef enum mcnn_ground {
  MCNN_GROUND_AUTO = 0,
  MCNN_GROUND_WHITE = 1,
  MCNN_GROUND_BLACK = 2
} mcnn_ground;

/* The ground for ink of this MNISTCNN_POLARITY_...: the other side. */
mcnn_ground mcnn_ground_for(int32_t polarity);

/* 1 where a pixel of an image of 2 or 4 channels is not opaque. */
int mcnn_is_transparent(const uint8_t *pixels, const mcnn_shape *shape);

/* Composites `pixels` (2 channels: gray and alpha, 4: RGB and alpha) over an opaque ground to
 * `target`, which may be `pixels`; of *shape the channels become 1 or 3. */
void mcnn_composite(const uint8_t *pixels, mcnn_shape *shape, mcnn_ground ground, uint8_t *target);

/* An image without alpha, 1 or 3 channels. */
typedef struct mcnn_flat {
  const uint8_t *pixels;
  mcnn_shape shape;
  uint8_t *own; /* NULL: the pixels are the caller's */
} mcnn_flat;

/* As mcnn_composite() to memory of its own; images of 1 or 3 channels are passed on. The caller
 * frees flat->own. */
mnistcnn_status mcnn_flatten(const uint8_t *pixels, const mcnn_shape *shape, mcnn_ground ground,
                             const mcnn_alloc *alloc, mcnn_flat *flat);

#endif
