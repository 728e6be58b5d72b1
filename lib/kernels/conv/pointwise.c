/* 1x1 kernels without strides, padding and pooling: the positions of all images are the rows of a
 * dense layer. Behind a ReLU about half of the inputs are 0, of which dense layers make use. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/indirect_tiles.h"
#include "kernels/dense/dense.h"

#include <string.h>

int mcnn_pointwise_supports(const mcnn_conv_geometry *g) {
  return g->kernel_height == 1 && g->kernel_width == 1 && g->stride_height == 1 &&
         g->stride_width == 1 && !mcnn_conv_is_padded(g) && !mcnn_conv_is_pooled(g);
}

/* --- packed weights: [panel of output channels][input channel][channel of the panel] -----------
 */

static int fills_narrow_panels(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return kernels->dense_narrow_n > 0 && g->out_channels % kernels->dense_narrow_n == 0;
}

/* Output channels of the panel that begins at `first`: what a dense layer takes at once, so that it
 * need not copy the weights. */
static size_t panel_channels(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             size_t first) {
  const size_t panel =
      fills_narrow_panels(kernels, g) ? kernels->dense_narrow_n : kernels->dense_block_n;
  return mcnn_min(g->out_channels - first, mcnn_max(panel, 1));
}

void mcnn_pointwise_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                         float *packed) {
  for (size_t first = 0, count; first < g->out_channels; first += count) {
    count = panel_channels(kernels, g, first);
    for (size_t k = 0; k < g->in_channels; k++, packed += count)
      memcpy(packed, w + k * g->out_channels + first, count * sizeof *w);
  }
}

/* Whether zeros are left out: that pays where the output channels fill vectors of whole or half
 * panels, but for a ninth of them, since the others are multiplied, too. */
static int uses_zeros(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const size_t half = kernels->dense_block_n / 2;
  return g->input_is_relu && half > 0 &&
         8 * mcnn_ceil_div(g->out_channels, half) * half <= 9 * (size_t)g->out_channels;
}

/* --- forward ---------------------------------------------------------------------------------- */

void mcnn_pointwise_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *bias, const float *x, size_t images,
                            float *y) {
  const size_t rows = images * mcnn_conv_positions(g);
  mcnn_dense_geometry panel = {.inputs = g->in_channels,
                               .x_step = g->in_channels,
                               .y_step = g->out_channels,
                               .activation = g->activation,
                               .input_is_relu = (uint32_t)uses_zeros(kernels, g)};
  if (g->input_is_relu && fills_narrow_panels(kernels, g))
    panel.input_is_relu = 1;
  for (size_t first = 0; first < g->out_channels; first += panel.outputs) {
    panel.outputs = (uint32_t)panel_channels(kernels, g, first);
    mcnn_dense_forward(kernels, &panel, packed, bias + first, x, rows, y + first);
    packed += (size_t)panel.outputs * g->in_channels;
  }
}

/* --- backward --------------------------------------------------------------------------------- */

/* Images that are worked on together. */
static size_t group_images(const mcnn_conv_geometry *g) {
  return mcnn_group_images(mcnn_max(mcnn_conv_in_size(g), mcnn_conv_out_size(g)));
}

/* What a call of the backward pass works on. */
typedef struct backward_pass {
  const mcnn_kernels *kernels;
  const mcnn_conv_geometry *g;
  mcnn_dense_geometry layer;
  float *dz;         /* of a group of images */
  float *partial_dx; /* the same, of the inputs */
  float *bias;       /* what one image gives to the gradient of the biases */
  float *dw;         /* where nobody needs it */
} backward_pass;

static mcnn_dense_geometry layer_of(const mcnn_conv_geometry *g) {
  return (mcnn_dense_geometry){.inputs = g->in_channels,
                               .outputs = g->out_channels,
                               .x_step = g->in_channels,
                               .y_step = g->out_channels,
                               .dz_step = g->out_channels,
                               .activation = g->activation,
                               .input_is_relu = 1};
}

/* Lays the scratch out; returns its size. */
static size_t place_scratch(backward_pass *p, float *scratch) {
  const size_t rows = group_images(p->g) * mcnn_conv_positions(p->g);
  const size_t dz = mcnn_round_up_cache_line(rows * p->g->out_channels);
  const size_t dx = mcnn_round_up_cache_line(mcnn_dense_dx_floats(p->kernels, &p->layer, rows));
  const size_t bias = mcnn_round_up_cache_line(p->g->out_channels);
  if (scratch) {
    p->dz = scratch;
    p->partial_dx = p->dz + dz;
    p->bias = p->partial_dx + dx;
    p->dw = p->bias + bias;
  }
  return dz + dx + bias + mcnn_conv_weight_size(p->g);
}

size_t mcnn_pointwise_backward_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  backward_pass p = {.kernels = kernels, .g = g, .layer = layer_of(g)};
  return place_scratch(&p, NULL);
}

int mcnn_pointwise_backward_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return kernels->product.backward_sparse && mcnn_pointwise_supports(g) && uses_zeros(kernels, g) &&
         mcnn_conv_is_in_proportion(g, mcnn_pointwise_backward_floats(kernels, g));
}

/* The gradient before the activation; db += image by image. */
static void mask_images(const backward_pass *p, const float *y, const float *dy, size_t images,
                        float *db) {
  const size_t size = mcnn_conv_out_size(p->g);
  for (size_t at = 0; at < images * size; at += size) {
    p->kernels->dense_mask(&p->layer, y + at, dy + at, mcnn_conv_positions(p->g), p->dz + at,
                           p->bias);
    if (db)
      p->kernels->add(p->g->out_channels, p->bias, db);
  }
}

void mcnn_pointwise_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             const float *w, const float *x, const float *y, const float *dy,
                             size_t images, float *grad, float *dx, float *scratch) {
  backward_pass p = {.kernels = kernels, .g = g, .layer = layer_of(g)};
  const size_t group = group_images(g), in_size = mcnn_conv_in_size(g);
  (void)place_scratch(&p, scratch);
  float *const dw = grad ? grad : p.dw;
  /* Without dx there may be no weights; what is made of others is not used. */
  const mcnn_dense_block all = {.w = dx ? w : dw,
                                .dz = p.dz,
                                .dw = dw,
                                .accumulate = !!grad,
                                .outputs = g->out_channels,
                                .dz_step = g->out_channels};
  for (size_t image = 0, count; image < images; image += count) {
    count = mcnn_min(images - image, group);
    const size_t rows = count * mcnn_conv_positions(g), at = image * mcnn_conv_out_size(g);
    const float *const from = x + image * in_size;
    mask_images(&p, y + at, dy + at, count, grad ? grad + mcnn_conv_weight_size(g) : NULL);
    mcnn_dense_backward(kernels, &p.layer, &all, 1, from, rows, dx ? p.partial_dx : NULL);
    if (dx)
      mcnn_dense_dx_finish(kernels, &p.layer, from, rows, p.partial_dx, 1, 0, dx + image * in_size);
  }
}
