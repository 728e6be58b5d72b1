#include "kernels/pool/naive_pool.h"

#include <string.h>

static size_t in_size(const mcnn_pool_geometry *g) {
  return (size_t)g->in_height * g->in_width * g->channels;
}

static size_t out_size(const mcnn_pool_geometry *g) {
  return (size_t)g->out_height * g->out_width * g->channels;
}

static size_t window_size(const mcnn_pool_geometry *g) {
  return (size_t)g->pool_height * g->pool_width;
}

/* Whether element `at` of the window of output i lies in the image, and its index in x. */
static int element(const mcnn_pool_geometry *g, size_t i, size_t at, size_t *index) {
  const size_t column = i / g->channels % g->out_width, rows = i / g->channels / g->out_width;
  const size_t y = rows % g->out_height * g->stride_height + at / g->pool_width;
  const size_t x = column * g->stride_width + at % g->pool_width;
  const size_t image = rows / g->out_height;
  if (y < g->pad_top || x < g->pad_left || y - g->pad_top >= g->in_height ||
      x - g->pad_left >= g->in_width)
    return 0;
  *index = ((image * g->in_height + y - g->pad_top) * g->in_width + x - g->pad_left) * g->channels +
           i % g->channels;
  return 1;
}

void mcnn_naive_window_max_forward(const mcnn_pool_geometry *g, const float *x, size_t images,
                                   float *y, uint8_t *argmax) {
  for (size_t i = 0; i < images * out_size(g); ++i) {
    size_t best = SIZE_MAX, index;
    for (size_t at = 0; at < window_size(g); ++at) {
      if (element(g, i, at, &index) && (best == SIZE_MAX || x[index] > y[i])) {
        best = at;
        y[i] = x[index];
      }
    }
    if (argmax)
      argmax[i] = (uint8_t)best;
  }
}

void mcnn_naive_window_max_backward(const mcnn_pool_geometry *g, const uint8_t *argmax,
                                    const float *dy, size_t images, double *dx) {
  memset(dx, 0, images * in_size(g) * sizeof *dx);
  for (size_t i = 0; i < images * out_size(g); ++i) {
    size_t index;
    if (element(g, i, argmax[i], &index))
      dx[index] += (double)dy[i];
  }
}

/* How many elements of the window of output i lie in the image. */
static size_t elements_inside(const mcnn_pool_geometry *g, size_t i) {
  size_t count = 0, index;
  for (size_t at = 0; at < window_size(g); ++at)
    count += element(g, i, at, &index) ? 1 : 0;
  return count;
}

void mcnn_naive_window_mean_forward(const mcnn_pool_geometry *g, const float *x, size_t images,
                                    double *y) {
  for (size_t i = 0; i < images * out_size(g); ++i) {
    size_t index;
    y[i] = 0;
    for (size_t at = 0; at < window_size(g); ++at)
      y[i] += element(g, i, at, &index) ? (double)x[index] : 0;
    y[i] /= (double)elements_inside(g, i);
  }
}

void mcnn_naive_window_mean_backward(const mcnn_pool_geometry *g, const float *dy, size_t images,
                                     double *dx) {
  memset(dx, 0, images * in_size(g) * sizeof *dx);
  for (size_t i = 0; i < images * out_size(g); ++i) {
    size_t index;
    for (size_t at = 0; at < window_size(g); ++at)
      if (element(g, i, at, &index))
        dx[index] += (double)dy[i] / (double)elements_inside(g, i);
  }
}

void mcnn_naive_global_max_backward(const mcnn_pool_geometry *g, const float *x, const float *y,
                                    const float *dy, size_t images, double *dx) {
  memset(dx, 0, images * in_size(g) * sizeof *dx);
  for (size_t i = 0; i < images * g->channels; ++i) {
    size_t index = i / g->channels * in_size(g) + i % g->channels;
    while (x[index] != y[i])
      index += g->channels;
    dx[index] = (double)dy[i];
  }
}
