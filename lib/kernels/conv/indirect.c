/* Convolution with any strides and dilation, forward and backward, without im2col. In NHWC what a
 * kernel row meets are runs of floats that lie together (with dilation, one run a tap), so that the
 * sums of a tile of positions can be made from the image itself: each row of the tile begins at a
 * place of its own, and all move alike from tap to tap.
 *   forward      rows are positions: y[position] = bias + sum over taps of x[position, tap] w[tap]
 *   backward dw  rows are elements of the patch: dw[tap] += sum over positions of
 *                x[position, tap] dz[position]
 *   backward dx  rows are pixels: dx[pixel] = sum over taps of dz[pixel, tap] w[tap]^T. Pixels that
 *                are as far from a multiple of the strides have the same taps: they are a phase.
 * Images and dz are framed with zeros, so that no tap lies outside. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"
#include "kernels/conv/indirect_tiles.h"

#include <math.h>
#include <string.h>

/* --- pairs of positions ----------------------------------------------------------------------- */

/* Where the filters fill half of a vector at most, two positions side by side are one of twice the
 * channels under a kernel that is wider by a stride, whose additional weights are zeros: fewer
 * products of whole vectors, and half as many positions. Else as it is. */
static mcnn_conv_geometry paired(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  mcnn_conv_geometry p = *g;
  if (2 * (size_t)g->out_channels <= kernels->lanes && g->out_width % 2 == 0 &&
      g->dilation_width == 1 && g->stride_width <= g->kernel_width && !mcnn_conv_is_pooled(g)) {
    p.out_channels *= 2;
    p.out_width /= 2;
    p.kernel_width += p.stride_width;
    p.stride_width *= 2;
  }
  return p;
}

/* --- packed weights --------------------------------------------------------------------------- */

size_t mcnn_indirect_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry pair = paired(kernels, g);
  return mcnn_conv_patch_size(&pair) * mcnn_whole_vectors(kernels, pair.out_channels);
}

/* packed: zeros. */
static void pack_pairs(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                       const mcnn_conv_geometry *pair, const float *w, float *packed) {
  const size_t run = (size_t)g->kernel_width * g->in_channels, filters = g->out_channels;
  const size_t step = (size_t)g->stride_width * g->in_channels * kernels->lanes + filters;
  for (size_t row = 0; row < g->kernel_height; row++) {
    for (size_t k = 0; k < run; k++, w += filters) {
      memcpy(packed + k * kernels->lanes, w, filters * sizeof *w);
      memcpy(packed + k * kernels->lanes + step, w, filters * sizeof *w);
    }
    packed += (size_t)pair->kernel_width * pair->in_channels * kernels->lanes;
  }
}

/* As [panel of output channels][element of the patch][whole vectors]. */
void mcnn_indirect_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                        float *packed) {
  const mcnn_conv_geometry pair = paired(kernels, g);
  if (pair.out_channels != g->out_channels) {
    memset(packed, 0, mcnn_indirect_packed_floats(kernels, g) * sizeof *packed);
    pack_pairs(kernels, g, &pair, w, packed);
    return;
  }
  for (mcnn_panel p = {0}; mcnn_next_panel(kernels, g->out_channels, &p);) {
    const size_t step = p.vectors * kernels->lanes;
    for (size_t k = 0; k < mcnn_conv_patch_size(g); k++, packed += step) {
      memcpy(packed, w + k * g->out_channels + p.first, p.columns * sizeof *w);
      memset(packed + p.columns, 0, (step - p.columns) * sizeof *w);
    }
  }
}

/* --- memory ----------------------------------------------------------------------------------- */

static size_t forward_group(const mcnn_conv_geometry *g) {
  return mcnn_conv_is_pooled(g) ? 1 : mcnn_group_images(mcnn_framed_floats(g));
}

size_t mcnn_indirect_forward_floats(const mcnn_conv_geometry *g) {
  return mcnn_sums_floats(g) + mcnn_conv_padded_floats(g, forward_group(g));
}

/* Whether most products would be with the frame of dz, that of a small output under a large kernel:
 * there are as many for each pixel, over the strides, as the forward pass has for each position. */
static int frame_is_large(const mcnn_conv_geometry *g) {
  const size_t pixels = (size_t)g->in_height * g->in_width;
  const size_t strides = (size_t)g->stride_height * g->stride_width;
  return 4 * pixels > 9 * mcnn_conv_positions(g) * strides;
}

/* With fewer input channels most lanes would do nothing; im2col was measured to be faster then, as
 * long as kernel rows are single runs. */
int mcnn_indirect_gives_dx(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return g->dilation_width > 1 ||
         (4 * (size_t)g->in_channels > kernels->lanes && !frame_is_large(g));
}

/* Few output channels of many, or a kernel far larger than its image, may need much more memory
 * than the rest of the layer. */
int mcnn_indirect_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return kernels->conv.indirect[0].run &&
         mcnn_conv_is_in_proportion(g, mcnn_indirect_packed_floats(kernels, g)) &&
         (!mcnn_indirect_gives_dx(kernels, g) ||
          mcnn_conv_is_in_proportion(g, mcnn_indirect_dx_packed_floats(kernels, g))) &&
         mcnn_conv_is_in_proportion(g, mcnn_indirect_forward_floats(g)) &&
         mcnn_conv_is_in_proportion(g, mcnn_indirect_backward_floats(kernels, g));
}

/* --- forward ---------------------------------------------------------------------------------- */

/* The taps of the forward pass: kernel rows as single runs where neither dilation nor their length
 * is in the way. */
static mcnn_indirect forward_taps(const mcnn_conv_geometry *g) {
  const size_t row = (size_t)g->kernel_width * g->in_channels;
  const int is_run = g->dilation_width == 1 && row <= MCNN_INDIRECT_DEPTH;
  mcnn_indirect tile = {.tap_rows = g->kernel_height,
                        .tap_columns = is_run ? 1 : g->kernel_width,
                        .run = is_run ? row : g->in_channels,
                        .x_tap_row = (ptrdiff_t)(g->dilation_height * mcnn_framed_pitch(g)),
                        .x_tap_column = (ptrdiff_t)((size_t)g->dilation_width * g->in_channels),
                        .x_step = 1};
  return tile;
}

/* All positions of `images` framed images. bias NULL: neither bias nor ReLU. */
static void convolve(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *packed,
                     const float *bias, const float *x, size_t images, float *sums) {
  const size_t pitch = mcnn_framed_pitch(g);
  const mcnn_grid positions = {
      .count = {images, g->out_height, g->out_width},
      .x_step = {mcnn_framed_floats(g), g->stride_height * pitch,
                 (size_t)g->stride_width * g->in_channels},
      .c_step = {mcnn_conv_out_size(g), (size_t)g->out_width * g->out_channels, g->out_channels}};
  mcnn_indirect tile = forward_taps(g);
  tile.least = bias && g->activation == MCNN_ACTIVATION_RELU ? 0.0f : -INFINITY;
  mcnn_indirect_blocks(kernels, &positions, tile, g->out_channels, x, packed, bias, sums);
}

void mcnn_indirect_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                           const float *packed, const float *bias, const float *x, size_t images,
                           float *y, uint8_t *argmax, float *scratch) {
  const int is_pooled = mcnn_conv_is_pooled(g);
  const size_t group = forward_group(g);
  const mcnn_conv_geometry pair = paired(kernels, g);
  float biases[MCNN_MAX_LANES];
  if (bias && pair.out_channels != g->out_channels) {
    memcpy(biases, bias, g->out_channels * sizeof *bias);
    memcpy(biases + g->out_channels, bias, g->out_channels * sizeof *bias);
    bias = biases;
  }
  const mcnn_pool_geometry pool = mcnn_sums_pool(g);
  float *const padded = scratch + mcnn_sums_floats(g);
  for (size_t image = 0; image < images; image += group) {
    const size_t count = mcnn_min(images - image, group), at = image * mcnn_conv_pooled_size(g);
    const float *const from = mcnn_conv_pad(g, x + image * mcnn_conv_in_size(g), count, padded);
    convolve(kernels, &pair, packed, is_pooled ? NULL : bias, from, count,
             is_pooled ? scratch : y + at);
    if (is_pooled) {
      kernels->maxpool_forward(&pool, scratch, 1, y + at, argmax ? argmax + at : NULL);
      mcnn_conv_finish(kernels, g, bias, mcnn_conv_pooled_size(g), y + at);
    }
  }
}
