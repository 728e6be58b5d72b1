/* Images made ready for a warp: with a border of zeros, and dilated or eroded. */
#ifndef MCNN_DATA_SAMPLE_H
#define MCNN_DATA_SAMPLE_H

#include "kernels/warp/warp.h"

/* padded[height + 3][width + 3][channels] = pixels, with zeros around (MCNN_WARP_BORDER). */
void mcnn_sample_pad(const uint8_t *pixels, uint32_t height, uint32_t width, uint32_t channels,
                     float *padded);

/* Grey-scale dilation (amount > 0: strokes become wider) or erosion (amount < 0) with a 4-neighbour
 * cross, blended with the image: changed = padded, each pixel of the image moved by |amount| of the
 * way to the largest, or the smallest, of itself and its four neighbours. */
void mcnn_sample_dilate(const float *padded, uint32_t height, uint32_t width, uint32_t channels,
                        float amount, float *changed);

#endif
