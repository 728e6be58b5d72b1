/* Convolution by Winograd's F(4x4, 5x5) and F(4x4, 3x3): a tile of 4x4 outputs costs 64 products
 * per channel pair instead of 400 (36 instead of 144). Tiles go through in blocks: transform their
 * input, multiply by the transformed filters point by point, transform back, and there bias, ReLU
 * and pooling are done while the tile is in registers. Each tile is computed by itself, so results
 * do not depend on the blocks. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"

/* Tiles that share one pass over the filters: the more, the less often filters are read that are
 * too large for a cache; the fewer, the longer what is transformed stays in one. */
#define LEAST_BLOCK ((size_t)12)
#define MOST_BLOCK  ((size_t)48)

/* More floats of filters are fetched ahead of their use: they do not stay in a second-level cache.
 */
#define NEAR_FILTERS ((size_t)256 * 1024)

/* More than the filters, and the least block's inputs and products, take with vectors of 16 lanes.
 */
static size_t most_floats(const mcnn_conv_geometry *g) {
  const size_t points = (size_t)g->kernel_height + MCNN_CONV_TILE - 1;
  return points * points * ((size_t)g->in_channels + 16) * ((size_t)g->out_channels + 32);
}

/* Fewer products than the plain sums, by enough to pay for the transforms; with fewer than four
 * input channels direct convolution was measured to be at least as fast. */
int mcnn_winograd_supports(const mcnn_conv_geometry *g) {
  const size_t kernel = g->kernel_height;
  const size_t tiles = mcnn_ceil_div(mcnn_conv_used_rows(g), MCNN_CONV_TILE) *
                       mcnn_ceil_div(mcnn_conv_used_columns(g), MCNN_CONV_TILE);
  const size_t plain = mcnn_conv_positions(g) * kernel * kernel;
  return mcnn_conv_is_plain(g) && (kernel == 5 || kernel == 3) && g->kernel_width == kernel &&
         g->in_channels >= 4 && mcnn_conv_tile_finishes(g) &&
         tiles * (kernel + 3) * (kernel + 3) * 3 < plain * 2 &&
         mcnn_conv_is_in_proportion(g, most_floats(g));
}

/* As many tiles as take no more memory than the filters, and are in proportion. */
static size_t block_of(const mcnn_conv_geometry *g, size_t points) {
  const size_t tile = (size_t)g->in_channels + g->out_channels;
  const size_t filters = (size_t)g->in_channels * g->out_channels;
  size_t block = MOST_BLOCK;
  while (block > LEAST_BLOCK &&
         (block * tile > filters ||
          !mcnn_conv_is_in_proportion(g, most_floats(g) + block * tile * points)))
    block /= 2;
  return block;
}

mcnn_winograd mcnn_winograd_plan(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  mcnn_winograd plan = {.framed = mcnn_conv_frame(g, MCNN_CONV_TILE, MCNN_CONV_TILE)};
  plan.padded = mcnn_conv_without_padding(&plan.framed);
  plan.points = (size_t)g->kernel_height + MCNN_CONV_TILE - 1;
  plan.tile_rows = mcnn_ceil_div(mcnn_conv_used_rows(g), MCNN_CONV_TILE);
  plan.tile_columns = mcnn_ceil_div(mcnn_conv_used_columns(g), MCNN_CONV_TILE);
  plan.channels = mcnn_ceil_div(g->out_channels, kernels->lanes) * kernels->lanes;
  plan.filter_group = 2 * kernels->lanes;
  /* One line more than needed, so that neighbouring points fall into different cache sets, and for
   * what the transforms write too many. */
  plan.filter_point = g->in_channels * plan.channels + 16;
  plan.is_far = plan.points * plan.points * plan.filter_point > NEAR_FILTERS;
  plan.block = block_of(g, plan.points * plan.points);
  plan.input_tile = g->in_channels;
  plan.input_point = mcnn_round_up_cache_line(plan.block * plan.input_tile) + 16;
  plan.product_block = plan.points * plan.points * kernels->lanes + 16;
  plan.product_tile = plan.channels / kernels->lanes * plan.product_block;
  return plan;
}

size_t mcnn_winograd_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const mcnn_winograd plan = mcnn_winograd_plan(kernels, g);
  return plan.points * plan.points * plan.filter_point;
}

void mcnn_winograd_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                        float *packed) {
  const mcnn_winograd plan = mcnn_winograd_plan(kernels, g);
  kernels->conv.winograd_pack(g, &plan, w, packed);
}

/* Scratch: the block's inputs, its products, one framed image. */
static size_t input_floats(const mcnn_winograd *plan) {
  return plan->points * plan->points * plan->input_point;
}

size_t mcnn_winograd_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const mcnn_winograd plan = mcnn_winograd_plan(kernels, g);
  return input_floats(&plan) + mcnn_round_up_cache_line(plan.block * plan.product_tile) +
         mcnn_conv_padded_floats(&plan.framed, 1);
}

void mcnn_winograd_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                           const float *packed, const float *bias, const float *x, size_t images,
                           float *y, uint8_t *argmax, float *scratch) {
  const mcnn_winograd plan = mcnn_winograd_plan(kernels, g);
  const size_t per_image = plan.tile_rows * plan.tile_columns;
  const size_t tiles = images * per_image;
  float *const inputs = scratch;
  float *const products = inputs + input_floats(&plan);
  float *const padded = products + mcnn_round_up_cache_line(plan.block * plan.product_tile);
  const float *image = NULL;
  for (size_t first = 0; first < tiles; first += plan.block) {
    const size_t count = mcnn_min(tiles - first, plan.block);
    for (size_t t = 0; t < count; ++t) {
      const size_t tile = (first + t) % per_image;
      if (!image || tile == 0) {
        image = mcnn_conv_pad(&plan.framed, x + (first + t) / per_image * mcnn_conv_in_size(g), 1,
                              padded);
      }
      const size_t row = tile / plan.tile_columns * MCNN_CONV_TILE;
      const size_t column = tile % plan.tile_columns * MCNN_CONV_TILE;
      kernels->conv.winograd_input(&plan,
                                   image + (row * plan.padded.in_width + column) * g->in_channels,
                                   inputs + t * plan.input_tile);
    }
    for (size_t point = 0; point < plan.points * plan.points; ++point) {
      kernels->conv.winograd_multiply(&plan, count, inputs + point * plan.input_point,
                                      packed + point * plan.filter_point,
                                      products + point * kernels->lanes);
    }
    for (size_t t = 0; t < count; ++t) {
      const size_t tile = (first + t) % per_image;
      mcnn_tile_output out = mcnn_tile_output_of(g, bias, (first + t) / per_image, y, argmax);
      out.row = tile / plan.tile_columns * MCNN_CONV_TILE;
      out.column = tile % plan.tile_columns * MCNN_CONV_TILE;
      kernels->conv.winograd_output(&plan, &out, products + t * plan.product_tile);
    }
  }
}
