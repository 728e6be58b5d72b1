/* Convolution of any shape as im2col and a matrix product, a block of positions at a time, so that
 * patches and sums stay in the cache however large the image is. Serves whatever no faster
 * algorithm supports, and is what those are measured against. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/im2col.h"
#include "kernels/gemm/gemm.h"

#include <string.h>

/* --- blocks ----------------------------------------------------------------------------------- */

/* Floats of the patches, and of the sums, that are worked on at once: 1 MiB, as large as a
 * second-level cache. All of a small image is one block. */
#define BLOCK_FLOATS ((size_t)256 * 1024)
/* Positions at once at the least, as many as a tile of the product has rows: with fewer, a large
 * kernel would be read from memory more often than it is multiplied. */
#define MIN_POSITIONS ((size_t)8)

/* The work on one image is cut into regions of whole pooling windows, the windows of a region into
 * blocks of positions. Without pooling a window is one position. */
typedef struct blocking {
  size_t rows, columns; /* windows of a region; whole rows of windows, or some of one row */
  size_t channels;      /* output channels of a region */
  size_t region;        /* positions of a region */
  size_t positions;     /* whose patches are made at once */
  int is_whole;         /* one region, with the rows and columns that fill no window */
} blocking;

static size_t window_size(const mcnn_conv_geometry *g) {
  return (size_t)g->pool_height * g->pool_width;
}

static blocking blocking_of(const mcnn_conv_geometry *g) {
  const size_t width = mcnn_conv_pooled_width(g), window = window_size(g);
  blocking b = {.channels = mcnn_min(g->out_channels, BLOCK_FLOATS / window)};
  const size_t windows = mcnn_max(BLOCK_FLOATS / (window * b.channels), 1);
  b.is_whole = mcnn_conv_out_size(g) <= BLOCK_FLOATS;
  b.columns = mcnn_min(windows, width);
  b.rows = b.columns < width ? 1 : mcnn_min(windows / width, mcnn_conv_pooled_height(g));
  b.region = b.is_whole ? mcnn_conv_positions(g) : b.rows * b.columns * window;
  b.positions = mcnn_min(mcnn_max(BLOCK_FLOATS / mcnn_conv_patch_size(g), MIN_POSITIONS), b.region);
  return b;
}

/* Some windows and some output channels of one image. */
typedef struct region {
  mcnn_conv_region place; /* of the positions, and ... */
  size_t height;          /* ... how many rows of them */
  size_t rows, columns;   /* of windows */
  size_t first;           /* window, in the image's output */
  size_t channel, channels;
} region;

static size_t windows_of(const region *r) {
  return r->rows * r->columns;
}

static size_t positions_of(const region *r) {
  return r->height * r->place.width;
}

/* The pooling of a region's sums. */
static mcnn_pool_geometry pool_of(const mcnn_conv_geometry *g, const region *r) {
  const mcnn_pool_geometry pool = {.in_height = (uint32_t)r->height,
                                   .in_width = (uint32_t)r->place.width,
                                   .channels = (uint32_t)r->channels,
                                   .pool_height = g->pool_height,
                                   .stride_height = g->pool_stride_height,
                                   .stride_width = g->pool_stride_width,
                                   .pool_width = g->pool_width};
  return pool;
}

/* --- scratch ---------------------------------------------------------------------------------- */

/* A block's patches; of a region the sums, or their gradients, and what pooling makes of them, or
 * is given in the backward pass. */
typedef struct workspace {
  float *cols, *sums, *pooled;
  uint8_t *argmax;
} workspace;

static size_t cols_floats(const mcnn_conv_geometry *g, const blocking *b) {
  return mcnn_round_up_cache_line(b->positions * mcnn_conv_patch_size(g));
}

static size_t pooled_floats(const blocking *b) {
  return mcnn_round_up_cache_line(b->rows * b->columns * b->channels);
}

static size_t sums_floats(const blocking *b) {
  return mcnn_round_up_cache_line(b->region * b->channels);
}

static size_t argmax_floats(const blocking *b) {
  return mcnn_round_up_cache_line(mcnn_ceil_div(pooled_floats(b), sizeof(float)));
}

size_t mcnn_conv_gemm_scratch_floats(const mcnn_conv_geometry *g) {
  const blocking b = blocking_of(g);
  const size_t pooled = mcnn_conv_is_pooled(g) ? pooled_floats(&b) + argmax_floats(&b) : 0;
  return cols_floats(g, &b) + sums_floats(&b) + pooled;
}

static workspace workspace_in(const mcnn_conv_geometry *g, const blocking *b, float *scratch) {
  workspace work = {.cols = scratch, .sums = scratch + cols_floats(g, b)};
  work.pooled = work.sums + sums_floats(b);
  void *const argmax = work.pooled + pooled_floats(b);
  work.argmax = argmax;
  return work;
}

/* Rows of `bytes` bytes, each so many behind the one before. */
static void copy_rows(size_t rows, size_t bytes, const void *from, size_t from_step, void *to,
                      size_t to_step) {
  const unsigned char *source = from;
  unsigned char *target = to;
  for (; rows > 0; --rows, source += from_step, target += to_step)
    memcpy(target, source, bytes);
}

/* --- one image, region by region -------------------------------------------------------------- */

/* One image's part of a call; what a direction does not use is NULL. */
typedef struct pass {
  const mcnn_kernels *kernels;
  const mcnn_conv_geometry *g;
  blocking blocks;
  workspace work;
  size_t begin, end; /* rows of windows */
  const float *w, *x;
  float *y; /* forward */
  uint8_t *argmax;
  const float *output, *dy; /* backward */
  const uint8_t *chosen;    /* argmax of the forward pass */
  float *grad, *dx;
} pass;

typedef void (*region_fn)(const pass *p, const region *r);

/* The channels of the windows of `r`, block by block. */
static void for_channels(const pass *p, region r, region_fn run) {
  for (r.channel = 0; r.channel < p->g->out_channels; r.channel += p->blocks.channels) {
    r.channels = mcnn_min(p->blocks.channels, p->g->out_channels - r.channel);
    run(p, &r);
  }
}

static void for_regions(const pass *p, region_fn run) {
  const mcnn_conv_geometry *g = p->g;
  const size_t width = mcnn_conv_pooled_width(g);
  for (size_t row = p->begin; row < p->end; row += p->blocks.rows) {
    for (size_t column = 0; column < width; column += p->blocks.columns) {
      region r = {.rows = mcnn_min(p->blocks.rows, p->end - row),
                  .columns = mcnn_min(p->blocks.columns, width - column),
                  .first = row * width + column};
      r.place = (mcnn_conv_region){.row = row * g->pool_height,
                                   .column = column * g->pool_width,
                                   .width = r.columns * g->pool_width};
      r.height = r.rows * g->pool_height;
      if (p->blocks.is_whole) {
        r.place.width = g->out_width;
        r.height = g->out_height;
      }
      for_channels(p, r, run);
    }
  }
}

/* --- forward ---------------------------------------------------------------------------------- */

/* sums[position][step] = the convolution at the region's positions, without the bias. */
static void sum_region(const pass *p, const region *r, float *sums, size_t step) {
  const size_t patch = mcnn_conv_patch_size(p->g), positions = positions_of(r);
  for (size_t at = 0; at < positions; at += p->blocks.positions) {
    const size_t count = mcnn_min(p->blocks.positions, positions - at);
    mcnn_im2col(p->g, &r->place, at, count, p->x, p->work.cols);
    mcnn_gemm(p->kernels, 0, 0, count, r->channels, patch, p->work.cols, patch, p->w + r->channel,
              p->g->out_channels, 0, sums + at * step, step);
  }
}

static void forward_region(const pass *p, const region *r) {
  const mcnn_conv_geometry *g = p->g;
  const size_t at = r->first * g->out_channels + r->channel;
  if (!mcnn_conv_is_pooled(g)) {
    sum_region(p, r, p->y + at, g->out_channels);
    return;
  }
  const mcnn_pool_geometry pool = pool_of(g, r);
  sum_region(p, r, p->work.sums, r->channels);
  p->kernels->maxpool_forward(&pool, p->work.sums, 1, p->work.pooled,
                              !p->argmax ? NULL : p->work.argmax);
  copy_rows(windows_of(r), r->channels * sizeof(float), p->work.pooled, r->channels * sizeof(float),
            p->y + at, g->out_channels * sizeof(float));
  if (p->argmax) {
    copy_rows(windows_of(r), r->channels, p->work.argmax, r->channels, p->argmax + at,
              g->out_channels);
  }
}

void mcnn_conv_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *bias,
                      size_t size, float *y) {
  for (size_t at = 0; at < size; at += g->out_channels)
    kernels->add(g->out_channels, bias, y + at);
  if (g->activation == MCNN_ACTIVATION_RELU)
    kernels->relu_forward(size, y, y);
}

void mcnn_conv_gemm_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *w, const float *bias, const float *x, size_t images,
                            float *y, uint8_t *argmax, float *scratch) {
  const blocking blocks = blocking_of(g);
  pass p = {.kernels = kernels, .g = g, .blocks = blocks, .w = w};
  p.end = mcnn_conv_pooled_height(g);
  p.work = workspace_in(g, &blocks, scratch);
  for (size_t image = 0; image < images; ++image) {
    const size_t at = image * mcnn_conv_pooled_size(g);
    p.x = x + image * mcnn_conv_in_size(g);
    p.y = y + at;
    p.argmax = !argmax ? NULL : argmax + at;
    for_regions(&p, forward_region);
    mcnn_conv_finish(kernels, g, bias, mcnn_conv_pooled_size(g), p.y);
  }
}

/* With the whole image's blocks, which have scratch, but without rows and columns that fill no
 * window: the sums are the same. */
void mcnn_conv_gemm_forward_rows(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                 const float *w, const float *bias, const float *x, size_t begin,
                                 size_t end, float *y, float *scratch) {
  const size_t row = mcnn_conv_pooled_width(g) * g->out_channels;
  blocking blocks = blocking_of(g);
  pass p = {.kernels = kernels, .g = g, .begin = begin, .end = end, .w = w, .x = x, .y = y};
  p.work = workspace_in(g, &blocks, scratch);
  blocks.is_whole = 0;
  p.blocks = blocks;
  for_regions(&p, forward_region);
  mcnn_conv_finish(kernels, g, bias, (end - begin) * row, y + begin * row);
}

/* --- backward --------------------------------------------------------------------------------- */

/* to[window][channels] = dy of the region where the output is active, else 0. */
static void mask_region(const pass *p, const region *r, float *to) {
  const size_t step = p->g->out_channels, channels = r->channels;
  const size_t at = r->first * step + r->channel;
  if (p->g->activation != MCNN_ACTIVATION_RELU) {
    copy_rows(windows_of(r), channels * sizeof *to, p->dy + at, step * sizeof *to, to,
              channels * sizeof *to);
    return;
  }
  /* All channels of a region lie together. */
  const size_t runs = channels == step ? 1 : windows_of(r);
  const size_t length = windows_of(r) / runs * channels;
  for (size_t i = 0; i < runs; ++i)
    p->kernels->relu_backward(length, p->output + at + i * step, p->dy + at + i * step,
                              to + i * length);
}

/* dz[position][channels]: dy where the output is active, at the position of the window's maximum.
 */
static void unfinish_region(const pass *p, const region *r, float *dz) {
  if (!mcnn_conv_is_pooled(p->g)) {
    mask_region(p, r, dz);
    return;
  }
  const mcnn_pool_geometry pool = pool_of(p->g, r);
  mask_region(p, r, p->work.pooled);
  copy_rows(windows_of(r), r->channels, p->chosen + r->first * p->g->out_channels + r->channel,
            p->g->out_channels, p->work.argmax, r->channels);
  p->kernels->maxpool_backward(&pool, p->work.argmax, p->work.pooled, 1, dz);
}

/* Channels whose gradients are added up at once. */
#define SUM_CHANNELS ((size_t)256)

/* db += the sum of dz over `count` positions. */
static void add_bias_gradient(const mcnn_kernels *kernels, size_t count, size_t channels,
                              const float *dz, float *db) {
  static const float one = 1.0f;
  float sums[SUM_CHANNELS];
  for (size_t c = 0; c < channels; c += SUM_CHANNELS) {
    const size_t some = mcnn_min(channels - c, SUM_CHANNELS);
    kernels->weighted_sum(count, &one, 0, dz + c, channels, some, sums);
    kernels->add(some, sums, db + c);
  }
}

/* What `count` positions from `at` on add to the gradient of weights and biases. */
static void add_gradient(const pass *p, const region *r, size_t at, size_t count, const float *dz) {
  const size_t patch = mcnn_conv_patch_size(p->g);
  add_bias_gradient(p->kernels, count, r->channels, dz,
                    p->grad + mcnn_conv_weight_size(p->g) + r->channel);
  mcnn_im2col(p->g, &r->place, at, count, p->x, p->work.cols);
  mcnn_gemm(p->kernels, 1, 0, patch, r->channels, count, p->work.cols, patch, dz, r->channels, 1,
            p->grad + r->channel, p->g->out_channels);
}

/* What they add to dx. */
static void add_dx(const pass *p, const region *r, size_t at, size_t count, const float *dz) {
  const size_t patch = mcnn_conv_patch_size(p->g);
  mcnn_gemm(p->kernels, 0, 1, count, patch, r->channels, dz, r->channels, p->w + r->channel,
            p->g->out_channels, 0, p->work.cols, patch);
  mcnn_col2im(p->kernels, p->g, &r->place, at, count, p->work.cols, p->dx);
}

static void backward_region(const pass *p, const region *r) {
  const size_t positions = positions_of(r);
  unfinish_region(p, r, p->work.sums);
  for (size_t at = 0; at < positions; at += p->blocks.positions) {
    const size_t count = mcnn_min(p->blocks.positions, positions - at);
    const float *dz = p->work.sums + at * r->channels;
    if (p->grad)
      add_gradient(p, r, at, count, dz);
    if (p->dx)
      add_dx(p, r, at, count, dz);
  }
}

/* grad: dw as HWIO, then db. */
void mcnn_conv_gemm_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             const float *w, const float *x, const float *y, const uint8_t *argmax,
                             const float *dy, size_t images, float *grad, float *dx,
                             float *scratch) {
  const blocking blocks = blocking_of(g);
  pass p = {.kernels = kernels, .g = g, .blocks = blocks, .w = w, .grad = grad};
  p.end = mcnn_conv_pooled_height(g);
  p.work = workspace_in(g, &blocks, scratch);
  for (size_t image = 0; image < images; ++image) {
    const size_t at = image * mcnn_conv_pooled_size(g), in = image * mcnn_conv_in_size(g);
    p.x = x + in;
    p.output = y + at;
    p.dy = dy + at;
    p.chosen = !argmax ? NULL : argmax + at;
    p.dx = !dx ? NULL : dx + in;
    if (dx)
      memset(p.dx, 0, mcnn_conv_in_size(g) * sizeof *dx);
    for_regions(&p, backward_region);
  }
}

size_t mcnn_conv_gemm_grad_floats(const mcnn_conv_geometry *g) {
  return mcnn_conv_weight_size(g) + g->out_channels;
}

void mcnn_add_partials(const mcnn_kernels *kernels, size_t n, const float *partials, size_t count,
                       size_t stride, float *sum) {
  memcpy(sum, partials, n * sizeof *sum);
  for (size_t i = 1; i < count; ++i)
    kernels->add(n, partials + i * stride, sum);
}
