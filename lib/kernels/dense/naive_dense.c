#include "kernels/dense/naive_dense.h"

#include <math.h>

void mcnn_naive_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const float *a,
                     size_t lda, const float *b, size_t ldb, int accumulate, float *c, size_t ldc) {
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < n; j++) {
      double sum = accumulate ? (double)c[i * ldc + j] : 0.0;
      for (size_t l = 0; l < k; l++) {
        const float al = transpose_a ? a[l * lda + i] : a[i * lda + l];
        const float bl = transpose_b ? b[j * ldb + l] : b[l * ldb + j];
        sum += (double)al * (double)bl;
      }
      c[i * ldc + j] = (float)sum;
    }
  }
}

void mcnn_naive_dense_forward(const mcnn_dense_geometry *g, const float *w, const float *bias,
                              const float *x, size_t rows, float *y) {
  for (size_t r = 0; r < rows; r++) {
    for (size_t j = 0; j < g->outputs; j++) {
      double sum = bias ? (double)bias[j] : 0;
      for (size_t i = 0; i < g->inputs; i++)
        sum += (double)x[r * g->x_step + i] * (double)w[i * g->outputs + j];
      y[r * g->y_step + j] =
          (float)(g->activation == MCNN_ACTIVATION_RELU && sum < 0.0 ? 0.0 : sum);
    }
  }
}

void mcnn_naive_dense_backward(const mcnn_dense_geometry *g, const float *w, const float *x,
                               const float *dz, size_t rows, float *dw, float *dx) {
  mcnn_naive_gemm(1, 0, g->inputs, g->outputs, rows, x, g->x_step, dz, g->dz_step, 0, dw,
                  g->outputs);
  if (dx) {
    mcnn_naive_gemm(0, 1, rows, g->inputs, g->outputs, dz, g->dz_step, w, g->outputs, 0, dx,
                    g->x_step);
  }
}

void mcnn_naive_dense_mask(const mcnn_dense_geometry *g, const float *y, const float *dy,
                           size_t rows, float *dz, float *db) {
  for (size_t j = 0; j < g->outputs; j++) {
    double sum = 0.0;
    for (size_t r = 0; r < rows; r++) {
      const size_t at = r * g->y_step + j;
      dz[at] = g->activation == MCNN_ACTIVATION_LINEAR || y[at] > 0.0f ? dy[at] : 0.0f;
      sum += (double)dz[at];
    }
    db[j] = (float)sum;
  }
}

void mcnn_naive_relu_forward(size_t n, const float *x, float *y) {
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] < 0.0f ? 0.0f : x[i];
}

void mcnn_naive_relu_backward(size_t n, const float *y, const float *dy, float *dx) {
  for (size_t i = 0; i < n; i++)
    dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
}

void mcnn_naive_scale_u8(size_t n, const uint8_t *src, float scale, float offset, float *dst) {
  for (size_t i = 0; i < n; i++)
    dst[i] = (float)((double)src[i] * (double)scale + (double)offset);
}

void mcnn_naive_scale_f32(size_t n, const float *src, float scale, float offset, float *dst) {
  for (size_t i = 0; i < n; i++)
    dst[i] = (float)((double)src[i] * (double)scale + (double)offset);
}

void mcnn_naive_normalize(size_t n, size_t channels, const float *x, const float *mean,
                          const float *deviation, float *y) {
  for (size_t i = 0; i < n; i++)
    y[i] = (x[i] - mean[i % channels]) / deviation[i % channels];
}

void mcnn_naive_add(size_t n, const float *src, float *dst) {
  for (size_t i = 0; i < n; i++)
    dst[i] += src[i];
}

void mcnn_naive_rmsprop(size_t n, float lr, float rho, float epsilon, const float *g, float *a,
                        float *w) {
  for (size_t i = 0; i < n; i++) {
    const double gi = (double)g[i];
    const double ai = (double)rho * (double)a[i] + (1.0 - (double)rho) * gi * gi;
    a[i] = (float)ai;
    w[i] = (float)((double)w[i] - (double)lr * gi / (sqrt(ai) + (double)epsilon));
  }
}

void mcnn_naive_sgd(size_t n, float lr, float momentum, uint32_t nesterov, float decay,
                    const float *g, float *v, float *w) {
  for (size_t i = 0; i < n; i++) {
    const double step = (double)lr * (double)g[i];
    const double vi = (double)momentum * (double)v[i] - step;
    const double wi = (double)w[i] * (1.0 - (double)lr * (double)decay);
    v[i] = (float)vi;
    w[i] = (float)(wi + (nesterov ? (double)momentum * vi - step : vi));
  }
}

void mcnn_naive_adam(size_t n, float lr, float b1, float b2, float epsilon, float decay,
                     float correction1, float correction2, const float *g, float *m, float *v,
                     float *w) {
  for (size_t i = 0; i < n; i++) {
    const double gi = (double)g[i];
    const double mi = (double)b1 * (double)m[i] + (1.0 - (double)b1) * gi;
    const double vi = (double)b2 * (double)v[i] + (1.0 - (double)b2) * gi * gi;
    const double wi = (double)w[i] * (1.0 - (double)lr * (double)decay);
    const double root = sqrt(vi * (double)correction2);
    m[i] = (float)mi;
    v[i] = (float)vi;
    w[i] = (float)(wi - (double)lr * mi * (double)correction1 / (root + (double)epsilon));
  }
}

void mcnn_naive_ema(size_t n, float decay, const float *w, float *ema) {
  for (size_t i = 0; i < n; i++)
    ema[i] = (float)((double)decay * (double)ema[i] + (1.0 - (double)decay) * (double)w[i]);
}
