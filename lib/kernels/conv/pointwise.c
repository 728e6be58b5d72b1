/* 1x1 kernels without strides, padding and pooling: the positions of all images are the rows of a
 * dense layer. Behind a ReLU about half of the inputs are 0, of which dense layers make use. */
#include "kernels/conv/algorithms.h"
#include "kernels/dense/dense.h"

#include <string.h>

int mcnn_pointwise_supports(const mcnn_conv_geometry *g) {
  return g->kernel_height == 1 && g->kernel_width == 1 && g->stride_height == 1 &&
         g->stride_width == 1 && !mcnn_conv_is_padded(g) && !mcnn_conv_is_pooled(g);
}

/* --- packed weights: [panel of output channels][input channel][channel of the panel] -----------
 */

/* Output channels of the panel that begins at `first`: what a dense layer takes at once, so that it
 * need not copy the weights. */
static size_t panel_channels(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             size_t first) {
  return mcnn_min(g->out_channels - first, mcnn_max(kernels->dense_block_n, 1));
}

void mcnn_pointwise_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                         float *packed) {
  for (size_t first = 0, count; first < g->out_channels; first += count) {
    count = panel_channels(kernels, g, first);
    for (size_t k = 0; k < g->in_channels; k++, packed += count)
      memcpy(packed, w + k * g->out_channels + first, count * sizeof *w);
  }
}

/* --- forward ---------------------------------------------------------------------------------- */

/* To leave zeros out pays where the output channels fill vectors of whole or half panels, but for a
 * ninth of them: the others are multiplied, too. */
static int uses_zeros(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const size_t half = kernels->dense_block_n / 2;
  return g->input_is_relu && half > 0 &&
         8 * mcnn_ceil_div(g->out_channels, half) * half <= 9 * (size_t)g->out_channels;
}

void mcnn_pointwise_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *bias, const float *x, size_t images,
                            float *y) {
  const size_t rows = images * mcnn_conv_positions(g);
  mcnn_dense_geometry panel = {.inputs = g->in_channels,
                               .x_step = g->in_channels,
                               .y_step = g->out_channels,
                               .activation = g->activation,
                               .input_is_relu = (uint32_t)uses_zeros(kernels, g)};
  for (size_t first = 0; first < g->out_channels; first += panel.outputs) {
    panel.outputs = (uint32_t)panel_channels(kernels, g, first);
    mcnn_dense_forward(kernels, &panel, packed, bias + first, x, rows, y + first);
    packed += (size_t)panel.outputs * g->in_channels;
  }
}
