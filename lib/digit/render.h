/* From the ink of one digit to the image a network was trained on. */
#ifndef MCNN_DIGIT_RENDER_H
#define MCNN_DIGIT_RENDER_H

#include "digit/crop.h"
#include "digit/stroke.h"

/* prepared: [height][width]. stats: of the digit as written, the width of its strokes in prepared
 * pixels; *scale: prepared pixels per pixel of the ink. */
mnistcnn_status mcnn_render(const mcnn_crop_source *source, uint32_t height, uint32_t width,
                            const mcnn_alloc *alloc, uint8_t *prepared, mcnn_stroke_stats *stats,
                            double *scale);

#endif
