/* Images made ready for a warp: with a border of zeros, and with strokes thicker or thinner. */
#ifndef MCNN_DATA_SAMPLE_H
#define MCNN_DATA_SAMPLE_H

#include "kernels/warp/warp.h"

/* padded[height + 3][width + 3][channels] = pixels, with zeros around (MCNN_WARP_BORDER). */
void mcnn_sample_pad(const uint8_t *pixels, uint32_t height, uint32_t width, uint32_t channels,
                     float *padded);

/* changed = padded, each pixel of the image moved by |amount| of the way to the largest of itself
 * and its four neighbours, or, where amount is negative, to the smallest. */
void mcnn_sample_stroke(const float *padded, uint32_t height, uint32_t width, uint32_t channels,
                        float amount, float *changed);

#endif
