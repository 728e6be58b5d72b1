#include "kernels/norm/norm.h"

#include "base/sizes.h"

#include <assert.h>
#include <string.h>

/* With more channels a row of them fills the vectors that are worked on together well enough. */
enum { MAX_REPEATED = 64 };

/* Rows of a period that are added up in float before they go on in double, so that a mean of many
 * positions is as exact as one of few. */
enum { ROWS_AT_ONCE = 128 };

size_t mcnn_norm_period(const mcnn_kernels *kernels, size_t channels) {
  const size_t lanes = kernels->lanes, least = MCNN_NORM_VECTORS * lanes;
  size_t period = channels;
  while (channels < MAX_REPEATED && (period % lanes != 0 || period < least))
    period += channels;
  return period;
}

void mcnn_norm_repeat(size_t channels, size_t period, const float *values, float *target) {
  assert(period % channels == 0);
  for (size_t at = 0; at < period; at += channels)
    memcpy(target + at, values, channels * sizeof *target);
}

size_t mcnn_norm_scratch_floats(const mcnn_kernels *kernels, size_t channels) {
  return 3 * mcnn_round_up_cache_line(mcnn_norm_period(kernels, channels));
}

/* The repetitions of a channel, together. */
static void add_repeated(size_t channels, size_t period, const float *sums, double *totals) {
  for (size_t at = 0; at < period; at += channels)
    for (size_t c = 0; c < channels; c++)
      totals[c] += (double)sums[at + c];
}

void mcnn_norm_moments(const mcnn_kernels *kernels, size_t channels, size_t positions,
                       const float *x, double *mean, double *squares, float *scratch) {
  const size_t period = mcnn_norm_period(kernels, channels), n = positions * channels;
  const size_t step = ROWS_AT_ONCE * period;
  float *const sums = scratch, *const products = sums + mcnn_round_up_cache_line(period);
  float *const center = products + mcnn_round_up_cache_line(period);
  const mcnn_norm norm = {.period = period, .mean = center};
  memset(center, 0, period * sizeof *center);
  memset(mean, 0, channels * sizeof *mean);
  memset(squares, 0, channels * sizeof *squares);
  for (size_t at = 0; at < n; at += step) {
    kernels->norm_sums(&norm, mcnn_min(step, n - at), x + at, NULL, NULL, sums, products);
    add_repeated(channels, period, sums, mean);
  }
  for (size_t c = 0; c < channels; c++) {
    mean[c] /= (double)positions;
    center[c] = (float)mean[c];
  }
  for (size_t i = channels; i < period; i++)
    center[i] = center[i - channels];
  for (size_t at = 0; at < n; at += step) {
    kernels->norm_sums(&norm, mcnn_min(step, n - at), x + at, NULL, NULL, sums, products);
    add_repeated(channels, period, products, squares);
  }
}

void mcnn_norm_gradient_sums(const mcnn_kernels *kernels, const mcnn_norm *norm, size_t channels,
                             size_t positions, const float *x, const float *y, const float *dy,
                             double *sum_dz, double *sum_dzx, float *scratch) {
  const size_t period = norm->period, n = positions * channels, step = ROWS_AT_ONCE * period;
  float *const sums = scratch, *const products = sums + mcnn_round_up_cache_line(period);
  memset(sum_dz, 0, channels * sizeof *sum_dz);
  memset(sum_dzx, 0, channels * sizeof *sum_dzx);
  for (size_t at = 0; at < n; at += step) {
    kernels->norm_sums(norm, mcnn_min(step, n - at), x + at, y + at, dy + at, sums, products);
    add_repeated(channels, period, sums, sum_dz);
    add_repeated(channels, period, products, sum_dzx);
  }
}

void mcnn_norm_pool_gradient_sums(const mcnn_kernels *kernels, const mcnn_norm *norm,
                                  const mcnn_pool_geometry *g, const float *x, const float *y,
                                  const uint8_t *argmax, const float *dy, double *sum_dz,
                                  double *sum_dzx, float *scratch) {
  const size_t channels = g->channels;
  const size_t windows = (size_t)(g->in_height / g->pool_height) * (g->in_width / g->pool_width);
  float *const sums = scratch, *const products = sums + mcnn_round_up_cache_line(norm->period);
  memset(sum_dz, 0, channels * sizeof *sum_dz);
  memset(sum_dzx, 0, channels * sizeof *sum_dzx);
  for (size_t at = 0; at < windows; at += ROWS_AT_ONCE) {
    kernels->norm_pool_gradient_sums(norm, g, at, mcnn_min(at + ROWS_AT_ONCE, windows), x, y,
                                     argmax, dy, sums, products);
    add_repeated(channels, channels, sums, sum_dz);
    add_repeated(channels, channels, products, sum_dzx);
  }
}

/* dx of `floats` floats, whole positions, which no gradient came to. */
static void without_gradient(const mcnn_kernels *kernels, const mcnn_norm *norm, size_t floats,
                             const float *x, float *dx) {
  if (floats == 0)
    return;
  memset(dx, 0, floats * sizeof *dx);
  kernels->norm_backward(norm, floats, x, x, dx, dx);
}

void mcnn_norm_pool_backward(const mcnn_kernels *kernels, const mcnn_norm *norm,
                             const mcnn_pool_geometry *g, const float *x, const float *y,
                             const uint8_t *argmax, const float *dy, float *dx) {
  const size_t pitch = (size_t)g->in_width * g->channels;
  const size_t height = g->in_height - g->in_height % g->pool_height;
  const size_t width = (g->in_width - g->in_width % g->pool_width) * (size_t)g->channels;
  mcnn_norm linear = *norm;
  linear.relu = 0;
  kernels->norm_pool_backward(norm, g, x, y, argmax, dy, dx);
  /* Columns and rows that fill no window. */
  for (size_t row = 0; width < pitch && row < height; row++) {
    const size_t at = row * pitch + width;
    without_gradient(kernels, &linear, pitch - width, x + at, dx + at);
  }
  without_gradient(kernels, &linear, (g->in_height - height) * pitch, x + height * pitch,
                   dx + height * pitch);
}
