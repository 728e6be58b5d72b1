/* The backward pass of a convolution without pooling by Winograd's algorithm: the adjoint of
 * winograd.c, step by step, which takes the same 36 products per channel pair and tile (64 for a
 * 5x5 kernel) instead of 144 (400), for dw and for dx each. Tiles of 4x4 gradients of outputs are
 * transformed; so are, for dw, the inputs under them. Then at each point
 *   dw: the inputs' matrix by the gradients', summed over the tiles, and what that gives is
 *       transformed back to the kernel. As much of it at a time as stays in a cache;
 *   dx: the gradients' matrix by the filters, and each tile is transformed back and added to where
 *       its input came from. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"
#include "kernels/elementwise/transpose.h"
#include "kernels/gemm/product.h"

#include <math.h>
#include <string.h>

/* Tiles of one product: the more, the less often filters and sums are read and written; the fewer,
 * the longer what is transformed stays in a cache. */
#define MOST_TILES  ((size_t)104)
#define LEAST_TILES ((size_t)9)

/* Input channels whose sums become dw together, of a group of output channels: the points of both
 * stay in the second-level cache. */
#define SUM_CHANNELS ((size_t)32)

/* --- the plan --------------------------------------------------------------------------------- */

typedef struct backward_plan {
  mcnn_winograd winograd;
  mcnn_winograd dx;             /* of a convolution whose channels are exchanged */
  size_t points, filter_points; /* of both dimensions together */
  size_t tiles;                 /* of one product */
  size_t gradient_point;        /* from point to point of the transformed gradients, ... */
  size_t sum_group;             /* ... output channels whose sums become dw together, ... */
  size_t sum_point;             /* ... and from point to point of these */
  size_t gradient_row;          /* floats of a row of gradients, to whole tiles */
} backward_plan;

static mcnn_conv_geometry exchanged(const mcnn_conv_geometry *g) {
  mcnn_conv_geometry other = *g;
  other.in_channels = g->out_channels;
  other.out_channels = g->in_channels;
  return other;
}

/* The sums that become dw are of the channels of one tile of a product, which so writes them from
 * end to end. One line more than needed, as in winograd.c. */
static backward_plan plan_with(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                               size_t tiles) {
  const mcnn_conv_geometry other = exchanged(g);
  backward_plan plan = {.winograd = mcnn_winograd_plan(kernels, g),
                        .dx = mcnn_winograd_plan(kernels, &other),
                        .tiles = tiles};
  mcnn_winograd *winograd = &plan.winograd;
  winograd->input_point = mcnn_round_up_cache_line(tiles * winograd->input_tile) + 16;
  plan.points = winograd->points * winograd->points;
  plan.filter_points = winograd->filter_points * winograd->filter_points;
  plan.dx.input_tile = winograd->channels; /* whole vectors, as gradients are written */
  plan.gradient_point = mcnn_round_up_cache_line(tiles * plan.dx.input_tile) + 16;
  plan.sum_group = mcnn_min(winograd->channels, MCNN_TILE_VECTORS * kernels->lanes);
  plan.sum_point =
      mcnn_round_up_cache_line(mcnn_min(g->in_channels, SUM_CHANNELS) * plan.sum_group) + 16;
  plan.gradient_row = winograd->tile_columns * MCNN_CONV_TILE * g->out_channels;
  return plan;
}

/* Whether whole tiles of gradients lie in dy as they are. */
static int is_whole(const mcnn_conv_geometry *g) {
  return g->activation != MCNN_ACTIVATION_RELU && g->out_height % MCNN_CONV_TILE == 0 &&
         g->out_width % MCNN_CONV_TILE == 0;
}

/* Scratch: the gradients of some tiles, their inputs or what becomes dx, the sums that become dw
 * and db; one image's gradients, its input, its dx. */
static size_t gradient_floats(const backward_plan *plan) {
  return plan->points * plan->gradient_point;
}

static size_t product_floats(const backward_plan *plan) {
  return mcnn_round_up_cache_line(plan->tiles * plan->dx.product_tile);
}

static size_t input_floats(const backward_plan *plan) {
  return mcnn_max(plan->points * plan->winograd.input_point, product_floats(plan));
}

static size_t sum_floats(const backward_plan *plan) {
  return plan->filter_points * plan->sum_point;
}

/* Of one image, first of every fourth column. */
static size_t bias_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line((MCNN_CONV_TILE + 1) * (size_t)g->out_channels);
}

static size_t image_gradient_floats(const mcnn_conv_geometry *g, const backward_plan *plan) {
  return is_whole(g) ? 0
                     : mcnn_round_up_cache_line(plan->winograd.tile_rows * MCNN_CONV_TILE *
                                                plan->gradient_row);
}

static size_t scratch_of(const mcnn_conv_geometry *g, const backward_plan *plan) {
  return gradient_floats(plan) + input_floats(plan) + sum_floats(plan) + bias_floats(g) +
         image_gradient_floats(g, plan) + 2 * mcnn_conv_padded_floats(&plan->winograd.framed, 1);
}

/* With as many tiles as memory in proportion allows, down to LEAST_TILES. */
static backward_plan plan_of(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  size_t tiles = MOST_TILES;
  backward_plan plan = plan_with(kernels, g, tiles);
  while (tiles > LEAST_TILES && !mcnn_conv_is_in_proportion(g, scratch_of(g, &plan))) {
    tiles /= 2;
    plan = plan_with(kernels, g, tiles);
  }
  return plan;
}

int mcnn_winograd_backward_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  if (mcnn_conv_is_pooled(g) || !mcnn_winograd_supports(g))
    return 0;
  const backward_plan plan = plan_of(kernels, g);
  return mcnn_conv_is_in_proportion(g, scratch_of(g, &plan)) &&
         mcnn_conv_is_in_proportion(g, mcnn_winograd_filter_floats(&plan.dx));
}

size_t mcnn_winograd_backward_scratch_floats(const mcnn_kernels *kernels,
                                             const mcnn_conv_geometry *g) {
  const backward_plan plan = plan_of(kernels, g);
  return scratch_of(g, &plan);
}

/* --- filters ---------------------------------------------------------------------------------- */

/* Those of winograd.c for a convolution whose channels are exchanged. */
size_t mcnn_winograd_backward_packed_floats(const mcnn_kernels *kernels,
                                            const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry other = exchanged(g);
  return mcnn_winograd_packed_floats(kernels, &other);
}

void mcnn_winograd_backward_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                 const float *w, float *transposed, float *packed) {
  const mcnn_conv_geometry other = exchanged(g);
  const size_t tap = (size_t)g->in_channels * g->out_channels;
  for (size_t at = 0; at < mcnn_conv_weight_size(g); at += tap) {
    mcnn_transpose(g->in_channels, g->out_channels, w + at, g->out_channels, transposed + at,
                   g->in_channels);
  }
  mcnn_winograd_pack(kernels, &other, transposed, packed);
}

/* --- backward --------------------------------------------------------------------------------- */

/* What a call works with. */
typedef struct pass {
  const mcnn_kernels *kernels;
  const mcnn_conv_geometry *g;
  backward_plan plan;
  const float *packed, *x, *y, *dy;
  float *grad, *dx; /* NULL: nobody needs it */
  float *gradients, *inputs, *sums, *bias_sums;
  float *image_gradients, *image_x, *image_dx;
} pass;

static pass pass_of(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, float *scratch) {
  pass p = {.kernels = kernels, .g = g, .plan = plan_of(kernels, g), .gradients = scratch};
  p.inputs = p.gradients + gradient_floats(&p.plan);
  p.sums = p.inputs + input_floats(&p.plan);
  p.bias_sums = p.sums + sum_floats(&p.plan);
  p.image_gradients = p.bias_sums + bias_floats(g);
  p.image_x = p.image_gradients + image_gradient_floats(g, &p.plan);
  p.image_dx = p.image_x + mcnn_conv_padded_floats(&p.plan.winograd.framed, 1);
  return p;
}

/* The tiles [first, first + count) of all images. */
typedef struct tiles {
  size_t first, count;
} tiles;

/* Where one of them is. */
typedef struct place {
  size_t image, number; /* of the image's tiles */
  size_t row, column;   /* of its outputs */
} place;

static size_t tiles_per_image(const pass *p) {
  return p->plan.winograd.tile_rows * p->plan.winograd.tile_columns;
}

static place place_of(const pass *p, size_t tile) {
  const size_t columns = p->plan.winograd.tile_columns;
  place at = {.image = tile / tiles_per_image(p), .number = tile % tiles_per_image(p)};
  at.row = at.number / columns * MCNN_CONV_TILE;
  at.column = at.number % columns * MCNN_CONV_TILE;
  return at;
}

/* Of a tile's corner in the framed image. */
static size_t input_offset(const pass *p, const place *at) {
  const mcnn_conv_geometry *padded = &p->plan.winograd.padded;
  return (at->row * padded->in_width + at->column) * padded->stride_height * padded->in_channels;
}

/* One image's gradients before the activation, with zeros up to whole tiles: dy itself where it is
 * that. */
static const float *gradients_of_image(const pass *p, size_t image) {
  const mcnn_conv_geometry *g = p->g;
  const size_t row = (size_t)g->out_width * g->out_channels, at = image * mcnn_conv_out_size(g);
  if (is_whole(g))
    return p->dy + at;
  float *to = p->image_gradients;
  for (size_t i = 0; i < g->out_height; ++i, to += p->plan.gradient_row) {
    if (g->activation == MCNN_ACTIVATION_RELU)
      p->kernels->relu_backward(row, p->y + at + i * row, p->dy + at + i * row, to);
    else
      memcpy(to, p->dy + at + i * row, row * sizeof *to);
    memset(to + row, 0, (p->plan.gradient_row - row) * sizeof *to);
  }
  memset(to, 0,
         (p->plan.winograd.tile_rows * MCNN_CONV_TILE - g->out_height) * p->plan.gradient_row *
             sizeof *to);
  return p->image_gradients;
}

/* db: what one image's gradients add up to, of which rows lie end to end. */
static void add_biases(const pass *p, const float *image) {
  const mcnn_winograd *winograd = &p->plan.winograd;
  const size_t channels = p->g->out_channels, columns = MCNN_CONV_TILE * channels;
  const size_t terms = winograd->tile_rows * MCNN_CONV_TILE * winograd->tile_columns;
  float *const sum = p->bias_sums + columns;
  const float one = 1;
  p->kernels->weighted_sum(terms, &one, 0, image, columns, columns, p->bias_sums);
  p->kernels->weighted_sum(MCNN_CONV_TILE, &one, 0, p->bias_sums, channels, channels, sum);
  p->kernels->add(channels, sum, p->grad + mcnn_conv_weight_size(p->g));
}

/* `image` and the function below: the framed image that the tiles before ended in. */
static const float *transform_gradients(const pass *p, tiles some, const float *image) {
  const mcnn_winograd *winograd = &p->plan.winograd;
  for (size_t t = 0; t < some.count; ++t) {
    const place at = place_of(p, some.first + t);
    if (at.number == 0) {
      image = gradients_of_image(p, at.image);
      if (p->grad)
        add_biases(p, image);
    }
    p->kernels->conv.winograd_gradient(
        winograd, image + at.row * p->plan.gradient_row + at.column * p->g->out_channels,
        p->plan.gradient_row, p->plan.gradient_point, p->gradients + t * p->plan.dx.input_tile);
  }
  return image;
}

static const float *transform_inputs(const pass *p, tiles some, const float *image) {
  const mcnn_winograd *winograd = &p->plan.winograd;
  for (size_t t = 0; t < some.count; ++t) {
    const place at = place_of(p, some.first + t);
    if (at.number == 0) {
      image = mcnn_conv_pad(&winograd->framed, p->x + at.image * mcnn_conv_in_size(p->g), 1,
                            p->image_x);
    }
    p->kernels->conv.winograd_input(winograd, image + input_offset(p, &at),
                                    p->inputs + t * winograd->input_tile);
  }
  return image;
}

/* The inputs by the gradients at each point, of some channels of both: `sums` says which. Points
 * that share a filter share their sums. */
static void multiply_channels(const pass *p, const mcnn_winograd_sums *sums, mcnn_product product) {
  const mcnn_winograd *winograd = &p->plan.winograd;
  product.c_row = product.start_row = sums->out_channels;
  size_t done = 0; /* of the sums */
  for (size_t point = 0; point < p->plan.points; ++point) {
    const size_t sum = mcnn_winograd_filter(winograd, point) / winograd->filter_point;
    product.c = p->sums + sum * sums->point;
    product.start = sum < done ? product.c : NULL;
    done = mcnn_max(done, sum + 1);
    mcnn_multiply(p->kernels, product, sums->in_channels, sums->out_channels);
    product.a += winograd->input_point;
    product.b += p->plan.gradient_point;
  }
}

/* dw = inputs * gradients, transformed, or += them. */
static void multiply_inputs(const pass *p, tiles some, int accumulate) {
  const mcnn_winograd *winograd = &p->plan.winograd;
  const size_t in_channels = p->g->in_channels, out_channels = winograd->channels;
  mcnn_product product = {.a_row = 1,
                          .a_step = winograd->input_tile,
                          .b_step = p->plan.dx.input_tile,
                          .depth = some.count,
                          .least = -INFINITY};
  mcnn_winograd_sums sums = {.sums = p->sums, .point = p->plan.sum_point};
  for (size_t oc = 0; oc < out_channels; oc += sums.out_channels) {
    sums.first_out_channel = oc;
    sums.out_channels = mcnn_min(out_channels - oc, p->plan.sum_group);
    product.b = p->gradients + oc;
    for (size_t ic = 0; ic < in_channels; ic += sums.in_channels) {
      sums.in_channels = mcnn_min(in_channels - ic, SUM_CHANNELS);
      product.a = p->inputs + ic;
      multiply_channels(p, &sums, product);
      p->kernels->conv.winograd_weights(winograd, &sums, accumulate,
                                        p->grad + ic * p->g->out_channels + oc);
    }
  }
}

/* Products of the gradients and the filters, as in winograd.c. */
static void multiply_filters(const pass *p, tiles some) {
  const mcnn_winograd *dx = &p->plan.dx;
  for (size_t point = 0; point < p->plan.points; ++point) {
    p->kernels->conv.winograd_multiply(
        dx, some.count, p->gradients + point * p->plan.gradient_point,
        p->packed + mcnn_winograd_filter(dx, point), p->inputs + point * p->kernels->lanes);
  }
}

static void add_dx(const pass *p, tiles some) {
  const mcnn_conv_geometry *framed = &p->plan.winograd.framed;
  const size_t floats = mcnn_conv_in_size(&p->plan.winograd.padded);
  for (size_t t = 0; t < some.count; ++t) {
    const place at = place_of(p, some.first + t);
    float *const dx = p->dx + at.image * mcnn_conv_in_size(p->g);
    float *const image = mcnn_conv_is_padded(framed) ? p->image_dx : dx;
    if (at.number == 0)
      memset(image, 0, floats * sizeof *image);
    p->kernels->conv.winograd_dx(&p->plan.winograd, p->inputs + t * p->plan.dx.product_tile,
                                 image + input_offset(p, &at));
    if (image != dx && at.number + 1 == tiles_per_image(p))
      mcnn_conv_crop(framed, image, dx);
  }
}

void mcnn_winograd_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *x, const float *y, const float *dy,
                            size_t images, int accumulate, float *grad, float *dx, float *scratch) {
  pass p = pass_of(kernels, g, scratch);
  p.packed = packed;
  p.x = x;
  p.y = y;
  p.dy = dy;
  p.grad = grad;
  p.dx = dx;
  const size_t all = images * tiles_per_image(&p);
  if (grad && !accumulate)
    memset(grad + mcnn_conv_weight_size(g), 0, g->out_channels * sizeof *grad);
  const float *image_gradients = NULL, *image_x = NULL;
  for (size_t first = 0; first < all; first += p.plan.tiles) {
    const tiles some = {first, mcnn_min(all - first, p.plan.tiles)};
    image_gradients = transform_gradients(&p, some, image_gradients);
    if (grad) {
      image_x = transform_inputs(&p, some, image_x);
      multiply_inputs(&p, some, accumulate || first > 0);
    }
    if (dx) {
      multiply_filters(&p, some);
      add_dx(&p, some);
    }
  }
}
