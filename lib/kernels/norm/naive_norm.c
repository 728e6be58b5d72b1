#include "kernels/norm/naive_norm.h"

void mcnn_naive_moments(size_t channels, size_t positions, const float *x, size_t channel,
                        double *mean, double *squares) {
  *mean = *squares = 0;
  for (size_t i = 0; i < positions; i++)
    *mean += (double)x[i * channels + channel] / (double)positions;
  for (size_t i = 0; i < positions; i++) {
    const double d = (double)x[i * channels + channel] - *mean;
    *squares += d * d;
  }
}

/* Before the ReLU. */
static double value_of(const mcnn_norm *norm, float x, size_t channel) {
  return ((double)x - (double)norm->mean[channel]) * (double)norm->scale[channel] +
         (double)norm->shift[channel];
}

void mcnn_naive_norm_forward(const mcnn_norm *norm, size_t positions, const float *x, double *y) {
  for (size_t i = 0; i < positions * norm->period; i++) {
    const size_t c = i % norm->period;
    y[i] = value_of(norm, x[i], c);
    if (norm->relu && y[i] < 0)
      y[i] = 0;
  }
}

static double dz_of(const mcnn_norm *norm, float x, size_t channel, float dy) {
  return norm->relu && !(value_of(norm, x, channel) > 0) ? 0 : (double)dy;
}

void mcnn_naive_norm_gradient_sums(const mcnn_norm *norm, size_t positions, const float *x,
                                   const float *dy, size_t channel, double *sum_dz,
                                   double *sum_dzx) {
  *sum_dz = *sum_dzx = 0;
  for (size_t i = channel; i < positions * norm->period; i += norm->period) {
    const double dz = dz_of(norm, x[i], channel, dy[i]);
    *sum_dz += dz;
    *sum_dzx += dz * ((double)x[i] - (double)norm->mean[channel]);
  }
}

void mcnn_naive_norm_backward(const mcnn_norm *norm, size_t positions, const float *x,
                              const float *dy, double *dx) {
  for (size_t i = 0; i < positions * norm->period; i++) {
    const size_t c = i % norm->period;
    dx[i] = (double)norm->scale[c] * dz_of(norm, x[i], c, dy[i]) - (double)norm->constant[c] -
            (double)norm->slope[c] * ((double)x[i] - (double)norm->mean[c]);
  }
}
