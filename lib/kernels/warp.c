/* Plain loops that the compiler makes vectors of. Wider ones than the baseline's were measured to
 * bring a hundredth of a training step: fetching pixels from all over is no work for them. */
#include "kernels/warp.h"

/* A NaN becomes `low`. */
static inline double clamp(double value, double low, double high) {
  const double raised = value > low ? value : low;
  return raised < high ? raised : high;
}

static inline float clamp_float(float value, float low, float high) {
  const float raised = value > low ? value : low;
  return raised < high ? raised : high;
}

/* In double precision, and in the order of operations of scipy.ndimage.affine_transform: rounding
 * decides between two pixels. */
void mcnn_warp_nearest(const mcnn_warp *w, int32_t *restrict offset) {
  const double last_row = w->height - 1, last_column = w->width - 1;
  for (int32_t c = 0; c < (int32_t)w->width; c++) {
    const double r = clamp(w->row_start + w->row_step * c, 0.0, last_row);
    const double s = clamp(w->column_start + w->column_step * c, 0.0, last_column);
    offset[c] = (int32_t)(r + 0.5) * (int32_t)w->width + (int32_t)(s + 0.5);
  }
}

void mcnn_warp_field(const mcnn_warp *w, float elastic, const float *field_rows,
                     const float *field_columns, int32_t *restrict offset, float *restrict down,
                     float *restrict right) {
  /* One pixel further, since the padded image begins one pixel earlier. */
  const float row_start = (float)(w->row_start + 1.0);
  const float column_start = (float)(w->column_start + 1.0);
  const float row_step = (float)w->row_step, column_step = (float)w->column_step;
  const float row_end = (float)w->height + 1.0f, column_end = (float)w->width + 1.0f;
  const int32_t stride = (int32_t)(w->width + MCNN_WARP_BORDER);
  for (int32_t c = 0; c < (int32_t)w->width; c++) {
    const float r =
        clamp_float(row_start + row_step * (float)c + elastic * field_rows[c], 0.0f, row_end);
    const float s = clamp_float(column_start + column_step * (float)c + elastic * field_columns[c],
                                0.0f, column_end);
    const int32_t ri = (int32_t)r, si = (int32_t)s;
    offset[c] = ri * stride + si;
    down[c] = r - (float)ri;
    right[c] = s - (float)si;
  }
}

static inline float interpolate(const float *upper, const float *lower, size_t right_neighbour,
                                float down, float right) {
  const float above = upper[0] + right * (upper[right_neighbour] - upper[0]);
  const float below = lower[0] + right * (lower[right_neighbour] - lower[0]);
  return above + down * (below - above);
}

static inline void fetch(size_t width, size_t channels, const int32_t *offset, const float *down,
                         const float *right, const float *padded, float scale, float shift,
                         float *restrict target) {
  const size_t row = (width + MCNN_WARP_BORDER) * channels;
  for (size_t c = 0; c < width; c++) {
    const float *const upper = padded + (size_t)offset[c] * channels;
    for (size_t channel = 0; channel < channels; channel++) {
      const float value =
          interpolate(upper + channel, upper + row + channel, channels, down[c], right[c]);
      target[c * channels + channel] = value * scale + shift;
    }
  }
}

/* With one channel, which is known when compiled, the loop becomes one of gathers. */
void mcnn_warp_fetch(size_t width, size_t channels, const int32_t *offset, const float *down,
                     const float *right, const float *padded, float scale, float shift,
                     float *target) {
  if (channels == 1) {
    fetch(width, 1, offset, down, right, padded, scale, shift, target);
  } else {
    fetch(width, channels, offset, down, right, padded, scale, shift, target);
  }
}

static inline float larger(float a, float b) {
  return a > b ? a : b;
}

void mcnn_warp_stroke(size_t n, size_t channels, size_t row, float amount, const float *pixels,
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
