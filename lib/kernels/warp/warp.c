/* Plain loops that the compiler makes vectors of. */
#include "kernels/warp/warp.h"

/* A NaN becomes `low`. */
static inline double clamp(double value, double low, double high) {
  const double raised = value > low ? value : low;
  return raised < high ? raised : high;
}

/* In double precision, and in the order of operations of scipy.ndimage.affine_transform: rounding
 * decides between two pixels. */
void mcnn_warp_nearest_scalar(const mcnn_warp *w, int32_t *restrict offset) {
  const double last_row = w->height - 1, last_column = w->width - 1;
  for (int32_t c = 0; c < (int32_t)w->width; c++) {
    const double r = clamp(w->row_start + w->row_step * c, 0.0, last_row);
    const double s = clamp(w->column_start + w->column_step * c, 0.0, last_column);
    offset[c] = (int32_t)(r + 0.5) * (int32_t)w->width + (int32_t)(s + 0.5);
  }
}

static inline void look_up(size_t width, size_t channels, const int32_t *offset,
                           const uint8_t *pixels, const float *values, float *restrict target) {
  for (size_t c = 0; c < width; c++) {
    const uint8_t *const source = pixels + (size_t)offset[c] * channels;
    for (size_t channel = 0; channel < channels; channel++)
      target[c * channels + channel] = values[source[channel]];
  }
}

/* With the number of channels known the compiler makes better loops. */
void mcnn_warp_look_up(size_t width, size_t channels, const int32_t *offset, const uint8_t *pixels,
                       const float values[256], float *restrict target) {
  if (channels == 1)
    look_up(width, 1, offset, pixels, values, target);
  else
    look_up(width, 3, offset, pixels, values, target);
}

static inline float larger(float a, float b) {
  return a > b ? a : b;
}

void mcnn_warp_dilate(size_t n, size_t channels, size_t row, float amount, const float *pixels,
                      float *restrict target) {
  const float sign = amount < 0 ? -1.0f : 1.0f; /* the smallest is minus the largest of minus */
  const float *const left = pixels - channels, *const right = pixels + channels;
  const float *const upper = pixels - row, *const lower = pixels + row;
  for (size_t i = 0; i < n; i++) {
    const float across = larger(sign * left[i], sign * right[i]);
    const float along = larger(sign * upper[i], sign * lower[i]);
    const float most = larger(larger(across, along), sign * pixels[i]);
    target[i] = pixels[i] + amount * (most - sign * pixels[i]);
  }
}
