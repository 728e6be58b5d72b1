/* Convolution by Winograd's F(4x4, 5x5) and F(4x4, 3x3): a tile of 4x4 outputs costs 64 products
 * per channel pair instead of 400 (36 instead of 144; 81 with a stride of 2, see
 * winograd_transforms.inc.h). Tiles go through in blocks: transform their input, multiply by the
 * transformed filters point by point, transform back, and there bias, ReLU and pooling are done
 * while the tile is in registers. Each tile is computed by itself, so results do not depend on the
 * blocks. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"

/* Tiles that share one pass over the filters: the more, the less often filters are read that are
 * too large for a cache; the fewer, the longer what is transformed stays in one. */
#define LEAST_BLOCK ((size_t)12)
#define SMALL_BLOCK ((size_t)24)
#define MOST_BLOCK  ((size_t)48)

/* More floats of filters are fetched ahead of their use: they do not stay in a second-level cache.
 */
#define NEAR_FILTERS ((size_t)256 * 1024)

/* 0 for a build whose kernels have no transforms for strides (VF_WINOGRAD_STRIDES). */
#ifndef MCNN_WINOGRAD_STRIDES
#define MCNN_WINOGRAD_STRIDES 1
#endif

/* Of one dimension. */
static size_t filter_points_of(const mcnn_conv_geometry *g) {
  return (size_t)g->kernel_height + MCNN_CONV_TILE - 1;
}

static size_t points_of(const mcnn_conv_geometry *g) {
  return MCNN_WINOGRAD_STRIDES && g->stride_height == 2 ? 9 : filter_points_of(g);
}

/* More than the filters, and the least block's inputs and products, take with vectors of 16 lanes.
 */
static size_t most_floats(const mcnn_conv_geometry *g) {
  const size_t points = points_of(g), filter_points = filter_points_of(g);
  const size_t in = g->in_channels, out = g->out_channels;
  return filter_points * filter_points * in * out +
         points * points * (32 * in + 16 * out + (size_t)512);
}

/* Without gaps and strides, or with those that there are transforms for. */
static int has_transforms(const mcnn_conv_geometry *g) {
  const size_t kernel = g->kernel_height;
  if (g->kernel_width != kernel)
    return 0;
  if (mcnn_conv_is_plain(g))
    return kernel == 3 || kernel == 5;
  return MCNN_WINOGRAD_STRIDES && kernel == 3 && g->stride_height == 2 && g->stride_width == 2 &&
         g->dilation_height == 1 && g->dilation_width == 1;
}

/* Fewer products than the plain sums, by enough to pay for the transforms; with fewer than four
 * input channels direct convolution was measured to be at least as fast. */
int mcnn_winograd_supports(const mcnn_conv_geometry *g) {
  const size_t kernel = g->kernel_height, points = points_of(g);
  const size_t tiles = mcnn_ceil_div(mcnn_conv_used_rows(g), MCNN_CONV_TILE) *
                       mcnn_ceil_div(mcnn_conv_used_columns(g), MCNN_CONV_TILE);
  const size_t plain = mcnn_conv_positions(g) * kernel * kernel;
  return has_transforms(g) && g->in_channels >= 4 && mcnn_conv_tile_finishes(g) &&
         tiles * points * points * 3 < plain * 2 && mcnn_conv_is_in_proportion(g, most_floats(g));
}

/* As many tiles as are in proportion and, if that is not few, take no more memory than the filters.
 */
static size_t block_of(const mcnn_conv_geometry *g, size_t points) {
  const size_t tile = (size_t)g->in_channels + g->out_channels;
  const size_t filters = (size_t)g->in_channels * g->out_channels;
  size_t block = MOST_BLOCK;
  while (block > LEAST_BLOCK &&
         ((block > SMALL_BLOCK && block * tile > filters) ||
          !mcnn_conv_is_in_proportion(g, most_floats(g) + block * tile * points)))
    block /= 2;
  return block;
}

mcnn_winograd mcnn_winograd_plan(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  mcnn_winograd plan = {.framed = mcnn_conv_frame(g, MCNN_CONV_TILE, MCNN_CONV_TILE)};
  plan.padded = mcnn_conv_without_padding(&plan.framed);
  plan.points = points_of(g);
  plan.filter_points = filter_points_of(g);
  plan.step = MCNN_CONV_TILE * g->stride_height;
  plan.tile_rows = mcnn_ceil_div(mcnn_conv_used_rows(g), MCNN_CONV_TILE);
  plan.tile_columns = mcnn_ceil_div(mcnn_conv_used_columns(g), MCNN_CONV_TILE);
  plan.channels = mcnn_ceil_div(g->out_channels, kernels->lanes) * kernels->lanes;
  plan.filter_group = 2 * kernels->lanes;
  /* One line more than needed, so that neighbouring points fall into different cache sets, and for
   * what the transforms write too many. */
  plan.filter_point = g->in_channels * plan.channels + 16;
  plan.is_far = mcnn_winograd_filter_floats(&plan) > NEAR_FILTERS;
  plan.block = block_of(g, plan.points * plan.points);
  plan.input_tile = g->in_channels;
  plan.input_point = mcnn_round_up_cache_line(plan.block * plan.input_tile) + 16;
  plan.product_block = plan.points * plan.points * kernels->lanes + 16;
  plan.product_tile = plan.channels / kernels->lanes * plan.product_block;
  return plan;
}

size_t mcnn_winograd_filter_floats(const mcnn_winograd *plan) {
  return plan->filter_points * plan->filter_points * plan->filter_point;
}

size_t mcnn_winograd_filter(const mcnn_winograd *plan, size_t point) {
  if (!MCNN_WINOGRAD_STRIDES)
    return point * plan->filter_point;
  const size_t row = mcnn_min(point / plan->points, plan->filter_points - 1);
  const size_t column = mcnn_min(point % plan->points, plan->filter_points - 1);
  return (row * plan->filter_points + column) * plan->filter_point;
}

size_t mcnn_winograd_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const mcnn_winograd plan = mcnn_winograd_plan(kernels, g);
  return mcnn_winograd_filter_floats(&plan);
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

/* Tiles follow each other column by column, row by row, image by image. */
typedef struct place {
  size_t row, column; /* in tiles */
} place;

/* Returns 1 where the next one is another image's. */
static int next_place(const mcnn_winograd *plan, place *at) {
  if (++at->column < plan->tile_columns)
    return 0;
  at->column = 0;
  if (++at->row < plan->tile_rows)
    return 0;
  at->row = 0;
  return 1;
}

/* What a block of tiles goes through. */
typedef struct pass {
  const mcnn_kernels *kernels;
  const mcnn_conv_geometry *g;
  mcnn_winograd plan;
  const float *packed;
  const float *x; /* of the next image */
  mcnn_tile_output out;
  const float *image; /* framed: that of the next tile of inputs, where it has begun */
  place in, done;     /* of the next tile of inputs, and of outputs */
  float *inputs, *products, *padded;
} pass;

static void transform_inputs(pass *p, size_t tiles) {
  const size_t channels = p->g->in_channels, row = p->plan.padded.in_width * channels;
  for (size_t t = 0; t < tiles; ++t) {
    if (p->in.row + p->in.column == 0) {
      p->image = mcnn_conv_pad(&p->plan.framed, p->x, 1, p->padded);
      p->x += mcnn_conv_in_size(p->g);
    }
    p->kernels->conv.winograd_input(
        &p->plan, p->image + p->plan.step * (p->in.row * row + p->in.column * channels),
        p->inputs + t * p->plan.input_tile);
    next_place(&p->plan, &p->in);
  }
}

static void multiply(const pass *p, size_t tiles) {
  for (size_t point = 0; point < p->plan.points * p->plan.points; ++point) {
    p->kernels->conv.winograd_multiply(&p->plan, tiles, p->inputs + point * p->plan.input_point,
                                       p->packed + mcnn_winograd_filter(&p->plan, point),
                                       p->products + point * p->kernels->lanes);
  }
}

static void transform_outputs(pass *p, size_t tiles) {
  const size_t size = mcnn_conv_pooled_size(p->g);
  for (size_t t = 0; t < tiles; ++t) {
    p->out.row = p->done.row * MCNN_CONV_TILE;
    p->out.column = p->done.column * MCNN_CONV_TILE;
    p->kernels->conv.winograd_output(&p->plan, &p->out, p->products + t * p->plan.product_tile);
    if (!next_place(&p->plan, &p->done))
      continue;
    p->out.y += size;
    if (p->out.argmax)
      p->out.argmax += size;
  }
}

void mcnn_winograd_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                           const float *packed, const float *bias, const float *x, size_t images,
                           float *y, uint8_t *argmax, float *scratch) {
  pass p = {.kernels = kernels,
            .g = g,
            .plan = mcnn_winograd_plan(kernels, g),
            .packed = packed,
            .x = x,
            .out = mcnn_tile_output_of(g, bias, 0, y, argmax)};
  const size_t tiles = images * p.plan.tile_rows * p.plan.tile_columns;
  p.inputs = scratch;
  p.products = p.inputs + input_floats(&p.plan);
  p.padded = p.products + mcnn_round_up_cache_line(p.plan.block * p.plan.product_tile);
  for (size_t first = 0; first < tiles; first += p.plan.block) {
    const size_t some = mcnn_min(tiles - first, p.plan.block);
    transform_inputs(&p, some);
    multiply(&p, some);
    transform_outputs(&p, some);
  }
}
