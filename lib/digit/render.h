/* From the ink of one digit to the image a network was trained on. */
#ifndef MCNN_DIGIT_RENDER_H
#define MCNN_DIGIT_RENDER_H

#include "digit/components.h"
#include "digit/digit.h"
#include "digit/raster.h"

typedef struct mcnn_rendering {
  const mcnn_ink *ink;
  const mcnn_parts *parts;
  uint32_t group; /* which parts to take */
  mcnn_ink_box box;
  uint32_t height, width; /* of the prepared image */
} mcnn_rendering;

/* facts: of the digit as written, lengths in longer sides of its box; *scale: prepared pixels per
 * pixel of the ink. */
mnistcnn_status mcnn_digit_render(const mcnn_rendering *rendering, const mcnn_alloc *alloc,
                                  uint8_t *prepared, mcnn_raster_facts *facts, double *scale);

#endif
