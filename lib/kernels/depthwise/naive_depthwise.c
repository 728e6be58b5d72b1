#include "kernels/depthwise/naive_depthwise.h"

#include <string.h>

/* One product of a weight and an input, by their indices and that of the output. */
typedef void (*product_fn)(void *context, size_t out, size_t weight, size_t in);

typedef struct place {
  size_t image, row, column, channel; /* of the output */
} place;

static size_t out_channels(const mcnn_depthwise_geometry *g) {
  return (size_t)g->channels * g->multiplier;
}

static size_t depthwise_out_size(const mcnn_depthwise_geometry *g) {
  return g->out_height * g->out_width * out_channels(g);
}

static place place_of(const mcnn_depthwise_geometry *g, size_t out) {
  const size_t position = out / out_channels(g);
  return (place){.image = position / g->out_width / g->out_height,
                 .row = position / g->out_width % g->out_height,
                 .column = position % g->out_width,
                 .channel = out % out_channels(g)};
}

static void window(const mcnn_depthwise_geometry *g, size_t out, product_fn product,
                   void *context) {
  const place at = place_of(g, out);
  for (size_t a = 0; a < g->kernel_height; ++a) {
    for (size_t b = 0; b < g->kernel_width; ++b) {
      const size_t row = at.row * g->stride_height + a * g->dilation_height;
      const size_t column = at.column * g->stride_width + b * g->dilation_width;
      if (row < g->pad_top || row >= g->pad_top + g->in_height || column < g->pad_left ||
          column >= g->pad_left + g->in_width)
        continue;
      const size_t position =
          (at.image * g->in_height + row - g->pad_top) * g->in_width + column - g->pad_left;
      product(context, out, (a * g->kernel_width + b) * out_channels(g) + at.channel,
              position * g->channels + at.channel / g->multiplier);
    }
  }
}

typedef struct sums {
  const float *w, *x;
  double *y;
} sums;

static void add_depthwise_product(void *context, size_t out, size_t weight, size_t in) {
  const sums *s = context;
  s->y[out] += (double)s->w[weight] * (double)s->x[in];
}

void mcnn_naive_depthwise_forward(const mcnn_depthwise_geometry *g, const float *w,
                                  const float *bias, const float *x, size_t images, double *y) {
  sums s = {w, x, y};
  for (size_t i = 0; i < images * depthwise_out_size(g); ++i) {
    y[i] = (double)bias[i % out_channels(g)];
    window(g, i, add_depthwise_product, &s);
    if (g->activation == MCNN_ACTIVATION_RELU && y[i] < 0)
      y[i] = 0;
  }
}

typedef struct gradients {
  const float *w, *x;
  double dz;
  double *dw, *dx;
} gradients;

static void add_depthwise_gradients(void *context, size_t out, size_t weight, size_t in) {
  const gradients *d = context;
  (void)out;
  d->dw[weight] += d->dz * (double)d->x[in];
  d->dx[in] += d->dz * (double)d->w[weight];
}

void mcnn_naive_depthwise_backward(const mcnn_depthwise_geometry *g, const float *w, const float *x,
                                   const float *y, const float *dy, size_t images, double *dw,
                                   double *db, double *dx) {
  gradients d = {.w = w, .x = x, .dw = dw, .dx = dx};
  const size_t in = (size_t)g->in_height * g->in_width * g->channels;
  memset(dw, 0, (size_t)g->kernel_height * g->kernel_width * out_channels(g) * sizeof *dw);
  memset(db, 0, out_channels(g) * sizeof *db);
  memset(dx, 0, images * in * sizeof *dx);
  for (size_t i = 0; i < images * depthwise_out_size(g); ++i) {
    d.dz = g->activation == MCNN_ACTIVATION_RELU && !(y[i] > 0) ? 0 : (double)dy[i];
    db[i % out_channels(g)] += d.dz;
    window(g, i, add_depthwise_gradients, &d);
  }
}
