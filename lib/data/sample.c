#include "data/sample.h"

#include <string.h>

void mcnn_sample_pad(const uint8_t *pixels, uint32_t height, uint32_t width, uint32_t channels,
                     float *padded) {
  const size_t row_floats = (size_t)width * channels;
  const size_t padded_row = ((size_t)width + MCNN_SAMPLE_BORDER) * channels;

  memset(padded, 0, padded_row * sizeof *padded);
  for (uint32_t r = 0; r < height; r++) {
    const uint8_t *const source = pixels + r * row_floats;
    float *const target = padded + (r + 1) * padded_row;
    memset(target, 0, sizeof *target * channels);
    for (size_t i = 0; i < row_floats; i++) {
      target[channels + i] = source[i];
    }
    memset(target + channels + row_floats, 0, sizeof *target * 2 * channels);
  }
  memset(padded + (height + 1) * padded_row, 0, 2 * padded_row * sizeof *padded);
}

static float larger(float a, float b) {
  return a > b ? a : b;
}

void mcnn_sample_stroke(const float *padded, uint32_t height, uint32_t width, uint32_t channels,
                        float amount, float *changed) {
  const size_t row_floats = ((size_t)width + MCNN_SAMPLE_BORDER) * channels;
  const float sign = amount < 0 ? -1.0f : 1.0f; /* the smallest is minus the largest of minus */

  memcpy(changed, padded, (height + MCNN_SAMPLE_BORDER) * row_floats * sizeof *padded);
  for (uint32_t r = 1; r <= height; r++) {
    const float *const row = padded + r * row_floats;
    float *restrict const target = changed + r * row_floats;
    for (size_t i = channels; i < (size_t)(width + 1) * channels; i++) {
      const float *const p = row + i;
      const float across = larger(sign * p[-(ptrdiff_t)channels], sign * p[channels]);
      const float along = larger(sign * p[-(ptrdiff_t)row_floats], sign * p[row_floats]);
      const float most = larger(larger(across, along), sign * p[0]);
      target[i] = p[0] + amount * (most - sign * p[0]);
    }
  }
}

/* A NaN becomes `low`. */
static double clamp(double value, double low, double high) {
  const double raised = value > low ? value : low;

  return raised < high ? raised : high;
}

static float clamp_float(float value, float low, float high) {
  const float raised = value > low ? value : low;

  return raised < high ? raised : high;
}

/* In double precision, and in the order of operations of scipy.ndimage.affine_transform: rounding
 * decides between two pixels. */
void mcnn_sample_nearest(const mcnn_affine *affine, uint32_t row, uint32_t height, uint32_t width,
                         int32_t *offset) {
  const double row_start = affine->offset[0] + affine->matrix[0][0] * row;
  const double column_start = affine->offset[1] + affine->matrix[1][0] * row;
  const double row_step = affine->matrix[0][1], column_step = affine->matrix[1][1];
  const double last_row = height - 1, last_column = width - 1;

  for (int32_t c = 0; c < (int32_t)width; c++) {
    const double r = clamp(row_start + row_step * c, 0.0, last_row);
    const double s = clamp(column_start + column_step * c, 0.0, last_column);
    offset[c] = (int32_t)(r + 0.5) * (int32_t)width + (int32_t)(s + 0.5);
  }
}

void mcnn_sample_edge(const mcnn_affine *affine, uint32_t row, uint32_t height, uint32_t width,
                      const mcnn_sample_row *where) {
  const double row_start = affine->offset[0] + affine->matrix[0][0] * row;
  const double column_start = affine->offset[1] + affine->matrix[1][0] * row;
  const double row_step = affine->matrix[0][1], column_step = affine->matrix[1][1];
  const double last_row = height - 1, last_column = width - 1;
  const int32_t stride = (int32_t)(width + MCNN_SAMPLE_BORDER);

  for (int32_t c = 0; c < (int32_t)width; c++) {
    const double r = clamp(row_start + row_step * c, 0.0, last_row);
    const double s = clamp(column_start + column_step * c, 0.0, last_column);
    const int32_t ri = (int32_t)r, si = (int32_t)s;
    where->offset[c] = (ri + 1) * stride + si + 1;
    where->down[c] = (float)(r - ri);
    where->right[c] = (float)(s - si);
  }
}

void mcnn_sample_field(const mcnn_affine *affine, uint32_t row, uint32_t height, uint32_t width,
                       float elastic, const float *field_rows, const float *field_columns,
                       const mcnn_sample_row *where) {
  /* One pixel further, since the padded image begins one pixel earlier. */
  const float row_start = (float)(affine->offset[0] + affine->matrix[0][0] * row + 1.0);
  const float column_start = (float)(affine->offset[1] + affine->matrix[1][0] * row + 1.0);
  const float row_step = (float)affine->matrix[0][1], column_step = (float)affine->matrix[1][1];
  const float row_end = (float)height + 1.0f, column_end = (float)width + 1.0f;
  const int32_t stride = (int32_t)(width + MCNN_SAMPLE_BORDER);
  int32_t *restrict const offset = where->offset;
  float *restrict const down = where->down;
  float *restrict const right = where->right;

  for (int32_t c = 0; c < (int32_t)width; c++) {
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

static float interpolate(const float *upper, const float *lower, size_t right_neighbour, float down,
                         float right) {
  const float above = upper[0] + right * (upper[right_neighbour] - upper[0]);
  const float below = lower[0] + right * (lower[right_neighbour] - lower[0]);

  return above + down * (below - above);
}

static inline void interpolate_row(const mcnn_sample_row *where, const float *padded, size_t width,
                                   size_t channels, mcnn_scaling scaling, float *restrict target) {
  const size_t padded_row = (width + MCNN_SAMPLE_BORDER) * channels;

  for (size_t c = 0; c < width; c++) {
    const float *const upper = padded + (size_t)where->offset[c] * channels;
    for (size_t channel = 0; channel < channels; channel++) {
      const float value = interpolate(upper + channel, upper + padded_row + channel, channels,
                                      where->down[c], where->right[c]);
      target[c * channels + channel] = value * scaling.scale + scaling.offset;
    }
  }
}

/* With the number of channels known the compiler makes much better loops. */
void mcnn_sample_bilinear(const mcnn_sample_row *where, const float *padded, uint32_t width,
                          uint32_t channels, mcnn_scaling scaling, float *target) {
  if (channels == 1) {
    interpolate_row(where, padded, width, 1, scaling, target);
  } else {
    interpolate_row(where, padded, width, 3, scaling, target);
  }
}
