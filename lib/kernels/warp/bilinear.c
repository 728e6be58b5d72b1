/* Warps with interpolation between four pixels, in plain loops. The one that augmentation takes
 * most often has a vector twin in bilinear_avx2.inc.h. */
#include "kernels/warp/warp.h"

/* A NaN becomes `low`. */
static inline double clamp(double value, double low, double high) {
  const double raised = value > low ? value : low;
  return raised < high ? raised : high;
}

static inline float clamp_float(float value, float low, float high) {
  const float raised = value > low ? value : low;
  return raised < high ? raised : high;
}

static inline float interpolate(const float *upper, const float *lower, size_t right_neighbour,
                                float down, float right) {
  const float above = upper[0] + right * (upper[right_neighbour] - upper[0]);
  const float below = lower[0] + right * (lower[right_neighbour] - lower[0]);
  return above + down * (below - above);
}

void mcnn_warp_fetch(const mcnn_warp *w, const mcnn_warp_source *source,
                     const mcnn_warp_pixels *pixels, size_t n, float *target) {
  const size_t channels = source->channels;
  const size_t row = (w->width + MCNN_WARP_BORDER) * channels;
  for (size_t i = 0; i < n; i++) {
    const float *upper = source->padded + (size_t)pixels->offset[i] * channels;
    for (size_t channel = 0; channel < channels; channel++, upper++) {
      const float value =
          interpolate(upper, upper + row, channels, pixels->down[i], pixels->right[i]);
      *target++ = value * source->scale + source->shift;
    }
  }
}

static size_t pixels_from(const mcnn_warp *w, size_t begin) {
  return w->width - begin < MCNN_WARP_PIXELS ? w->width - begin : MCNN_WARP_PIXELS;
}

static mcnn_warp_pixels find_on_edge(const mcnn_warp *w, size_t begin, size_t n) {
  const double last_row = w->height - 1, last_column = w->width - 1;
  const int32_t stride = (int32_t)(w->width + MCNN_WARP_BORDER);
  mcnn_warp_pixels p = {.offset = {0}};
  for (size_t i = 0; i < n; i++) {
    const double c = (double)(begin + i);
    const double r = clamp(w->row_start + w->row_step * c, 0.0, last_row);
    const double s = clamp(w->column_start + w->column_step * c, 0.0, last_column);
    const int32_t ri = (int32_t)r, si = (int32_t)s;
    p.offset[i] = (ri + 1) * stride + si + 1;
    p.down[i] = (float)(r - ri);
    p.right[i] = (float)(s - si);
  }
  return p;
}

void mcnn_warp_edge(const mcnn_warp *w, const mcnn_warp_source *source, float *target) {
  for (size_t c = 0; c < w->width; c += MCNN_WARP_PIXELS) {
    const size_t n = pixels_from(w, c);
    const mcnn_warp_pixels pixels = find_on_edge(w, c, n);
    mcnn_warp_fetch(w, source, &pixels, n, target + c * source->channels);
  }
}

static mcnn_warp_pixels find_in_field(const mcnn_warp *w, float amount, const float *rows,
                                      const float *columns, size_t begin, size_t n) {
  /* One pixel further, since the padded image begins one pixel earlier. */
  const float row_start = (float)(w->row_start + 1.0);
  const float column_start = (float)(w->column_start + 1.0);
  const float row_step = (float)w->row_step, column_step = (float)w->column_step;
  const float row_end = (float)w->height + 1.0f, column_end = (float)w->width + 1.0f;
  const int32_t stride = (int32_t)(w->width + MCNN_WARP_BORDER);
  mcnn_warp_pixels p = {.offset = {0}};
  for (size_t i = 0; i < n; i++) {
    const float c = (float)(begin + i);
    const float r = row_start + row_step * c + amount * rows[begin + i];
    const float s = column_start + column_step * c + amount * columns[begin + i];
    const float inside_r = clamp_float(r, 0.0f, row_end);
    const float inside_s = clamp_float(s, 0.0f, column_end);
    const int32_t ri = (int32_t)inside_r, si = (int32_t)inside_s;
    p.offset[i] = ri * stride + si;
    p.down[i] = inside_r - (float)ri;
    p.right[i] = inside_s - (float)si;
  }
  return p;
}

void mcnn_warp_smooth_scalar(const mcnn_warp *w, size_t rows, const mcnn_warp_field *field,
                             const mcnn_warp_source *source, float *target) {
  for (size_t row = 0; row < rows; row++, w++) {
    const size_t at = row * field->step;
    for (size_t c = 0; c < w->width; c += MCNN_WARP_PIXELS) {
      const size_t n = pixels_from(w, c);
      const mcnn_warp_pixels pixels =
          find_in_field(w, field->amount, field->rows + at, field->columns + at, c, n);
      mcnn_warp_fetch(w, source, &pixels, n, target);
      target += n * source->channels;
    }
  }
}
