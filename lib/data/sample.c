#include "data/sample.h"

#include <string.h>

void mcnn_sample_pad(const uint8_t *pixels, uint32_t height, uint32_t width, uint32_t channels,
                     float *padded) {
  const size_t row_floats = (size_t)width * channels;
  const size_t padded_row = ((size_t)width + MCNN_WARP_BORDER) * channels;

  memset(padded, 0, (height + MCNN_WARP_BORDER) * padded_row * sizeof *padded);
  for (uint32_t r = 0; r < height; r++) {
    const uint8_t *const source = pixels + r * row_floats;
    float *restrict const target = padded + (r + 1) * padded_row + channels;
    for (size_t i = 0; i < row_floats; i++)
      target[i] = source[i];
  }
}

void mcnn_sample_dilate(const float *padded, uint32_t height, uint32_t width, uint32_t channels,
                        float amount, float *changed) {
  const size_t row_floats = ((size_t)width + MCNN_WARP_BORDER) * channels;

  memcpy(changed, padded, (height + MCNN_WARP_BORDER) * row_floats * sizeof *padded);
  for (uint32_t r = 1; r <= height; r++) {
    const size_t at = r * row_floats + channels;
    mcnn_warp_dilate((size_t)width * channels, channels, row_floats, amount, padded + at,
                     changed + at);
  }
}
