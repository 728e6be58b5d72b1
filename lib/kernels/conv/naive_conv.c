#include "kernels/conv/naive_conv.h"

#include "kernels/conv/shape.h"

#include <string.h>

/* One output channel at one position of the convolution. */
typedef struct unit {
  size_t image, row, column, channel;
} unit;

/* What to do with every pair (input element, weight) of a unit. */
typedef void (*pair_visitor)(size_t input, size_t weight, void *context);

static void visit_pairs(const mcnn_conv_geometry *g, const unit *u, pair_visitor visit,
                        void *context) {
  for (size_t kh = 0; kh < g->kernel_height; ++kh) {
    for (size_t kw = 0; kw < g->kernel_width; ++kw) {
      /* wraps around in the padding */
      const size_t row = u->row * g->stride_height + kh * g->dilation_height - g->pad_top;
      const size_t column = u->column * g->stride_width + kw * g->dilation_width - g->pad_left;
      if (row >= g->in_height || column >= g->in_width)
        continue;
      for (size_t channel = 0; channel < g->in_channels; ++channel) {
        const size_t input =
            ((u->image * g->in_height + row) * g->in_width + column) * g->in_channels + channel;
        const size_t tap = (kh * g->kernel_width + kw) * g->in_channels + channel;
        visit(input, tap * g->out_channels + u->channel, context);
      }
    }
  }
}

typedef struct sum_context {
  const float *x, *w;
  double sum;
} sum_context;

static void add_product(size_t input, size_t weight, void *context) {
  sum_context *c = context;
  c->sum += (double)c->x[input] * (double)c->w[weight];
}

void mcnn_naive_conv_sums(const mcnn_conv_geometry *g, const float *w, const float *bias,
                          const float *x, size_t images, double *z) {
  const size_t units = images * mcnn_conv_out_size(g);
  for (size_t i = 0; i < units; ++i) {
    const size_t position = i / g->out_channels % mcnn_conv_positions(g);
    const unit u = {.image = i / mcnn_conv_out_size(g),
                    .row = position / g->out_width,
                    .column = position % g->out_width,
                    .channel = i % g->out_channels};
    sum_context c = {.x = x, .w = w, .sum = (double)bias[u.channel]};
    visit_pairs(g, &u, add_product, &c);
    z[i] = c.sum;
  }
}

/* The unit of the convolution at `offset` (row-major) in the window of pooled unit i. */
static unit unit_in_window(const mcnn_conv_geometry *g, size_t i, size_t offset) {
  const size_t window = i / g->out_channels % mcnn_conv_windows(g);
  const size_t pooled_width = mcnn_conv_pooled_width(g);
  const unit u = {.image = i / mcnn_conv_pooled_size(g),
                  .row = window / pooled_width * g->pool_height + offset / g->pool_width,
                  .column = window % pooled_width * g->pool_width + offset % g->pool_width,
                  .channel = i % g->out_channels};
  return u;
}

static size_t unit_index(const mcnn_conv_geometry *g, const unit *u) {
  return ((u->image * g->out_height + u->row) * g->out_width + u->column) * g->out_channels +
         u->channel;
}

void mcnn_naive_conv_output(const mcnn_conv_geometry *g, const double *z, size_t images, float *y,
                            uint8_t *argmax) {
  const size_t window_size = (size_t)g->pool_height * g->pool_width;
  const size_t units = images * mcnn_conv_pooled_size(g);
  for (size_t i = 0; i < units; ++i) {
    double best = 0;
    size_t best_offset = 0;
    for (size_t offset = 0; offset < window_size; ++offset) {
      const unit u = unit_in_window(g, i, offset);
      const double value = z[unit_index(g, &u)];
      if (offset == 0 || value > best) {
        best = value;
        best_offset = offset;
      }
    }
    y[i] = g->activation == MCNN_ACTIVATION_RELU && best < 0 ? 0 : (float)best;
    if (argmax)
      argmax[i] = (uint8_t)best_offset;
  }
}

typedef struct gradient_context {
  const float *x, *w;
  double gradient;
  double *dw, *dx;
} gradient_context;

static void add_gradients(size_t input, size_t weight, void *context) {
  const gradient_context *c = context;
  c->dw[weight] += c->gradient * (double)c->x[input];
  c->dx[input] += c->gradient * (double)c->w[weight];
}

void mcnn_naive_conv_backward(const mcnn_conv_geometry *g, const float *w, const float *x,
                              const float *y, const uint8_t *argmax, const float *dy, size_t images,
                              double *dw, double *db, double *dx) {
  memset(dw, 0, mcnn_conv_weight_size(g) * sizeof *dw);
  memset(db, 0, g->out_channels * sizeof *db);
  memset(dx, 0, images * mcnn_conv_in_size(g) * sizeof *dx);
  const size_t units = images * mcnn_conv_pooled_size(g);
  for (size_t i = 0; i < units; ++i) {
    if (g->activation == MCNN_ACTIVATION_RELU && !(y[i] > 0))
      continue;
    const unit u = unit_in_window(g, i, !argmax ? 0 : argmax[i]);
    gradient_context c = {.x = x, .w = w, .gradient = (double)dy[i], .dw = dw, .dx = dx};
    visit_pairs(g, &u, add_gradients, &c);
    db[u.channel] += (double)dy[i];
  }
}

/* Index into x of the element at `offset` in the window of pooled element i. */
static size_t element_in_window(const mcnn_pool_geometry *g, size_t i, size_t offset) {
  const size_t width = g->in_width / g->pool_width;
  const size_t height = g->in_height / g->pool_height;
  const size_t channel = i % g->channels;
  const size_t column = i / g->channels % width * g->pool_width + offset % g->pool_width;
  const size_t row = i / g->channels / width % height * g->pool_height + offset / g->pool_width;
  const size_t image = i / g->channels / width / height;
  return ((image * g->in_height + row) * g->in_width + column) * g->channels + channel;
}

static size_t pooled_elements(const mcnn_pool_geometry *g, size_t images) {
  return images * (g->in_height / g->pool_height) * (g->in_width / g->pool_width) * g->channels;
}

void mcnn_naive_maxpool_forward(const mcnn_pool_geometry *g, const float *x, size_t images,
                                float *y, uint8_t *argmax) {
  const size_t window_size = (size_t)g->pool_height * g->pool_width;
  const size_t elements = pooled_elements(g, images);
  for (size_t i = 0; i < elements; ++i) {
    size_t best = 0;
    for (size_t offset = 1; offset < window_size; ++offset)
      if (x[element_in_window(g, i, offset)] > x[element_in_window(g, i, best)])
        best = offset;
    y[i] = x[element_in_window(g, i, best)];
    if (argmax)
      argmax[i] = (uint8_t)best;
  }
}

void mcnn_naive_maxpool_backward(const mcnn_pool_geometry *g, const uint8_t *argmax,
                                 const float *dy, size_t images, float *dx) {
  const size_t elements = pooled_elements(g, images);
  memset(dx, 0, images * g->in_height * g->in_width * g->channels * sizeof *dx);
  for (size_t i = 0; i < elements; ++i)
    dx[element_in_window(g, i, argmax[i])] = dy[i];
}
