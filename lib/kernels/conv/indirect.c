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
#include "kernels/elementwise/transpose.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Images that are worked on together, so that small ones fill the tiles: so many floats of their
 * inputs, or of the gradients of their outputs. */
#define GROUP_FLOATS ((size_t)64 * 1024)
#define GROUP_IMAGES ((size_t)8)
/* Products of one sum that are made at a stretch: the weights for them stay in the second-level
 * cache for all positions, and the gradients of as many positions for all taps. */
#define BLOCK_DEPTH     ((size_t)1024)
#define BLOCK_POSITIONS ((size_t)256)

/* --- panels of columns ------------------------------------------------------------------------ */

/* Columns of the result that a tile is wide: 1 to 3 vectors, about as many in each panel. */
static size_t panel_vectors(size_t vectors) {
  return mcnn_ceil_div(vectors, mcnn_ceil_div(vectors, MCNN_INDIRECT_VECTORS));
}

typedef struct panel {
  size_t first, columns; /* of the result */
  size_t vectors;
} panel;

/* The next panel, from an empty one on; 0 behind the last. */
static int next_panel(const mcnn_kernels *kernels, size_t columns, panel *p) {
  p->first += p->columns;
  if (p->first == columns)
    return 0;
  const size_t most = panel_vectors(mcnn_ceil_div(columns, kernels->lanes)) * kernels->lanes;
  p->columns = mcnn_min(columns - p->first, most);
  p->vectors = mcnn_ceil_div(p->columns, kernels->lanes);
  return 1;
}

static size_t whole_vectors(const mcnn_kernels *kernels, size_t columns) {
  return mcnn_ceil_div(columns, kernels->lanes) * kernels->lanes;
}

/* --- rows of tiles ---------------------------------------------------------------------------- */

/* Where the rows of tiles begin, in three nested loops: counts, and floats from one to the next. */
typedef struct grid {
  size_t count[3]; /* the innermost last */
  size_t x_step[3], c_step[3];
} grid;

typedef struct place {
  size_t index[3];
  size_t x, c;
} place;

/* One row further; 0 behind the last. */
static int next_place(const grid *g, place *at) {
  for (size_t i = 3; i-- > 0;) {
    at->x += g->x_step[i];
    at->c += g->c_step[i];
    if (++at->index[i] < g->count[i])
      return 1;
    at->x -= g->count[i] * g->x_step[i];
    at->c -= g->count[i] * g->c_step[i];
    at->index[i] = 0;
  }
  return 0;
}

/* All rows of the grid, of one panel. A last tile that is not full repeats its last row. */
static void run_rows(const mcnn_kernels *kernels, const grid *g, const panel *columns,
                     mcnn_indirect *tile, const float *x, float *c) {
  const mcnn_indirect_kernel *kernel = &kernels->conv.indirect[columns->vectors - 1];
  const size_t last = columns->columns - (columns->vectors - 1) * kernels->lanes;
  place at = {.x = 0};
  for (int more = g->count[0] > 0 && g->count[1] > 0 && g->count[2] > 0; more;) {
    tile->count = 0;
    for (size_t r = 0; r < kernel->rows; r++) {
      if (more) {
        tile->x[r] = x + at.x;
        tile->c[r] = c + at.c + columns->first;
        tile->count++;
        more = next_place(g, &at);
      } else {
        tile->x[r] = tile->x[r - 1];
        tile->c[r] = tile->c[r - 1];
      }
    }
    kernel->run(tile, last);
  }
}

/* All panels, in blocks of rows of taps. b: the weights, panel after panel. start: of all columns,
 * or NULL for zeros. */
static void run_blocks(const mcnn_kernels *kernels, const grid *g, mcnn_indirect tile,
                       size_t columns, const float *x, const float *b, const float *start,
                       float *c) {
  const size_t depth = mcnn_max(tile.tap_columns * tile.run, 1), rows = tile.tap_rows;
  const size_t block = mcnn_max(BLOCK_DEPTH / depth, 1);
  const float least = tile.least;
  static const float zeros[MCNN_INDIRECT_VECTORS * MCNN_MAX_LANES];
  for (panel p = {0}; next_panel(kernels, columns, &p); b += rows * depth * tile.b_step) {
    tile.b_step = p.vectors * kernels->lanes;
    tile.b_tap_column = tile.run * tile.b_step;
    tile.b_tap_row = tile.tap_columns * tile.b_tap_column;
    size_t row = 0;
    do {
      tile.tap_rows = mcnn_min(rows - row, block);
      tile.b = b + row * tile.b_tap_row;
      tile.start = row > 0 ? NULL : start ? start + p.first : zeros;
      tile.least = row + tile.tap_rows < rows ? -INFINITY : least;
      run_rows(kernels, g, &p, &tile, x + (ptrdiff_t)row * tile.x_tap_row, c);
      row += tile.tap_rows;
    } while (row < rows);
  }
}

/* --- geometry of the forward pass ------------------------------------------------------------- */

static size_t framed_floats(const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(g);
  return mcnn_conv_in_size(&framed);
}

static size_t framed_pitch(const mcnn_conv_geometry *g) {
  return ((size_t)g->in_width + g->pad_left + g->pad_right) * g->in_channels;
}

static size_t group_images(size_t floats) {
  return mcnn_max(mcnn_min(GROUP_FLOATS / floats, GROUP_IMAGES), 1);
}

/* The taps of the forward pass: kernel rows as single runs where neither dilation nor their length
 * is in the way. */
static mcnn_indirect forward_taps(const mcnn_conv_geometry *g) {
  const size_t row = (size_t)g->kernel_width * g->in_channels;
  const int is_run = g->dilation_width == 1 && row <= BLOCK_DEPTH;
  mcnn_indirect tile = {.tap_rows = g->kernel_height,
                        .tap_columns = is_run ? 1 : g->kernel_width,
                        .run = is_run ? row : g->in_channels,
                        .x_tap_row = (ptrdiff_t)(g->dilation_height * framed_pitch(g)),
                        .x_tap_column = (ptrdiff_t)((size_t)g->dilation_width * g->in_channels),
                        .x_step = 1};
  return tile;
}

/* --- geometry of dx --------------------------------------------------------------------------- */

/* One axis of a phase: pixel q stride + p is reached by the taps first, first + step, ... from the
 * output q + shift, and with each tap from `down` outputs before that. */
typedef struct axis {
  size_t pixels; /* q < pixels */
  size_t first, step, taps;
  ptrdiff_t shift, down;
} axis;

static size_t greatest_divisor(size_t a, size_t b) {
  return b == 0 ? a : greatest_divisor(b, a % b);
}

static axis axis_of(size_t p, size_t in, size_t kernel, size_t stride, size_t dilation,
                    size_t pad) {
  const size_t divisor = greatest_divisor(stride, dilation);
  axis a = {.pixels = in > p ? mcnn_ceil_div(in - p, stride) : 0,
            .step = stride / divisor,
            .down = (ptrdiff_t)(dilation / divisor)};
  const size_t candidates = mcnn_min(kernel, a.step);
  ptrdiff_t outputs = (ptrdiff_t)(p + pad); /* times the stride */
  while (a.first < candidates && outputs % (ptrdiff_t)stride != 0) {
    outputs -= (ptrdiff_t)dilation;
    a.first++;
  }
  if (a.first < candidates) {
    a.taps = mcnn_ceil_div(kernel - a.first, a.step);
    a.shift = outputs / (ptrdiff_t)stride;
  }
  return a;
}

static axis row_axis(const mcnn_conv_geometry *g, size_t p) {
  return axis_of(p, g->in_height, g->kernel_height, g->stride_height, g->dilation_height,
                 g->pad_top);
}

static axis column_axis(const mcnn_conv_geometry *g, size_t p) {
  return axis_of(p, g->in_width, g->kernel_width, g->stride_width, g->dilation_width, g->pad_left);
}

/* Zeros around the gradient of the outputs along one axis. */
typedef struct margins {
  size_t before, behind;
} margins;

static void widen(margins *m, const axis *a, size_t out) {
  if (a->pixels == 0 || a->taps == 0)
    return;
  const ptrdiff_t first = a->shift - (ptrdiff_t)(a->taps - 1) * a->down;
  const ptrdiff_t last = a->shift + (ptrdiff_t)a->pixels - (ptrdiff_t)out;
  if (first < 0)
    m->before = mcnn_max(m->before, (size_t)-first);
  if (last > 0)
    m->behind = mcnn_max(m->behind, (size_t)last);
}

/* The gradient of the outputs of one image with its zeros; channels are whole vectors. */
typedef struct dz_frame {
  size_t top, left, channels;
  size_t pitch, floats; /* of a row, and of an image */
  size_t inside;        /* where the first output lies */
} dz_frame;

static dz_frame dz_frame_of(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  margins rows = {0, 0}, columns = {0, 0};
  for (size_t p = 0; p < g->stride_height; p++) {
    const axis a = row_axis(g, p);
    widen(&rows, &a, g->out_height);
  }
  for (size_t p = 0; p < g->stride_width; p++) {
    const axis a = column_axis(g, p);
    widen(&columns, &a, g->out_width);
  }
  dz_frame f = {.top = rows.before,
                .left = columns.before,
                .channels = whole_vectors(kernels, g->out_channels)};
  f.pitch = (columns.before + g->out_width + columns.behind) * f.channels;
  f.floats = (rows.before + g->out_height + rows.behind) * f.pitch;
  f.inside = f.top * f.pitch + f.left * f.channels;
  return f;
}

/* --- packed weights --------------------------------------------------------------------------- */

size_t mcnn_indirect_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return mcnn_conv_patch_size(g) * whole_vectors(kernels, g->out_channels);
}

/* As [panel of output channels][element of the patch][whole vectors]. */
void mcnn_indirect_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                        float *packed) {
  for (panel p = {0}; next_panel(kernels, g->out_channels, &p);) {
    const size_t step = p.vectors * kernels->lanes;
    for (size_t k = 0; k < mcnn_conv_patch_size(g); k++, packed += step) {
      memcpy(packed, w + k * g->out_channels + p.first, p.columns * sizeof *w);
      memset(packed + p.columns, 0, (step - p.columns) * sizeof *w);
    }
  }
}

size_t mcnn_indirect_dx_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return (size_t)g->kernel_height * g->kernel_width * g->out_channels *
         whole_vectors(kernels, g->in_channels);
}

/* to[output channel][whole vectors] = one panel of input channels of one tap. */
static void pack_tap(const mcnn_conv_geometry *g, const float *w, const panel *p, size_t step,
                     float *to) {
  if (p->columns < step)
    memset(to, 0, g->out_channels * step * sizeof *to);
  mcnn_transpose(p->columns, g->out_channels, w + p->first * g->out_channels, g->out_channels, to,
                 step);
}

/* As [panel of input channels][tap of the phase][output channel][whole vectors]. */
static float *pack_phase(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const axis *rows,
                         const axis *columns, const float *w, float *packed) {
  for (panel p = {0}; next_panel(kernels, g->in_channels, &p);) {
    const size_t step = p.vectors * kernels->lanes;
    for (size_t i = 0; i < rows->taps; i++) {
      for (size_t j = 0; j < columns->taps; j++, packed += g->out_channels * step) {
        const size_t kh = rows->first + i * rows->step, kw = columns->first + j * columns->step;
        pack_tap(g, w + (kh * g->kernel_width + kw) * g->in_channels * g->out_channels, &p, step,
                 packed);
      }
    }
  }
  return packed;
}

void mcnn_indirect_dx_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                           float *packed) {
  for (size_t row = 0; row < g->stride_height; row++) {
    for (size_t column = 0; column < g->stride_width; column++) {
      const axis rows = row_axis(g, row), columns = column_axis(g, column);
      packed = pack_phase(kernels, g, &rows, &columns, w, packed);
    }
  }
}

/* --- scratch ---------------------------------------------------------------------------------- */

/* With pooling, one image before it, and what is passed back to its windows. */
static size_t sums_floats(const mcnn_conv_geometry *g) {
  return mcnn_conv_is_pooled(g) ? mcnn_round_up_cache_line(mcnn_conv_out_size(g)) : 0;
}

static size_t windows_floats(const mcnn_conv_geometry *g) {
  return mcnn_conv_is_pooled(g) ? mcnn_round_up_cache_line(mcnn_conv_pooled_size(g)) : 0;
}

static size_t forward_group(const mcnn_conv_geometry *g) {
  return mcnn_conv_is_pooled(g) ? 1 : group_images(framed_floats(g));
}

static size_t backward_group(const mcnn_conv_geometry *g, const dz_frame *f) {
  return group_images(mcnn_max(framed_floats(g), f->floats));
}

static size_t backward_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const dz_frame f = dz_frame_of(kernels, g);
  const size_t group = backward_group(g, &f);
  return mcnn_round_up_cache_line(group * f.floats) + sums_floats(g) + windows_floats(g) +
         mcnn_conv_padded_floats(g, group) + mcnn_round_up_cache_line(g->out_channels);
}

size_t mcnn_indirect_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                    int backward) {
  return backward ? backward_floats(kernels, g)
                  : sums_floats(g) + mcnn_conv_padded_floats(g, forward_group(g));
}

/* With fewer input channels most lanes would do nothing; im2col was measured to be faster then, as
 * long as kernel rows are single runs. */
int mcnn_indirect_gives_dx(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return 4 * (size_t)g->in_channels > kernels->lanes || g->dilation_width > 1;
}

/* Few output channels of many, or a kernel far larger than its image, may need much more memory
 * than the rest of the layer. */
int mcnn_indirect_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return kernels->conv.indirect[0].run &&
         mcnn_conv_is_in_proportion(g, mcnn_indirect_packed_floats(kernels, g)) &&
         (!mcnn_indirect_gives_dx(kernels, g) ||
          mcnn_conv_is_in_proportion(g, mcnn_indirect_dx_packed_floats(kernels, g))) &&
         mcnn_conv_is_in_proportion(g, mcnn_indirect_scratch_floats(kernels, g, 0)) &&
         mcnn_conv_is_in_proportion(g, mcnn_indirect_scratch_floats(kernels, g, 1));
}

/* --- forward ---------------------------------------------------------------------------------- */

static mcnn_pool_geometry pool_of(const mcnn_conv_geometry *g) {
  const mcnn_pool_geometry pool = {.in_height = g->out_height,
                                   .in_width = g->out_width,
                                   .channels = g->out_channels,
                                   .pool_height = g->pool_height,
                                   .pool_width = g->pool_width,
                                   .stride_height = g->pool_stride_height,
                                   .stride_width = g->pool_stride_width};
  return pool;
}

/* All positions of `images` framed images. bias NULL: neither bias nor ReLU. */
static void convolve(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *packed,
                     const float *bias, const float *x, size_t images, float *sums) {
  const size_t pitch = framed_pitch(g);
  const grid positions = {
      .count = {images, g->out_height, g->out_width},
      .x_step = {framed_floats(g), g->stride_height * pitch,
                 (size_t)g->stride_width * g->in_channels},
      .c_step = {mcnn_conv_out_size(g), (size_t)g->out_width * g->out_channels, g->out_channels}};
  mcnn_indirect tile = forward_taps(g);
  tile.least = bias && g->activation == MCNN_ACTIVATION_RELU ? 0.0f : -INFINITY;
  run_blocks(kernels, &positions, tile, g->out_channels, x, packed, bias, sums);
}

void mcnn_indirect_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                           const float *packed, const float *bias, const float *x, size_t images,
                           float *y, uint8_t *argmax, float *scratch) {
  const int is_pooled = mcnn_conv_is_pooled(g);
  const size_t group = forward_group(g);
  const mcnn_pool_geometry pool = pool_of(g);
  float *const padded = scratch + sums_floats(g);
  for (size_t image = 0; image < images; image += group) {
    const size_t count = mcnn_min(images - image, group), at = image * mcnn_conv_pooled_size(g);
    const float *const from = mcnn_conv_pad(g, x + image * mcnn_conv_in_size(g), count, padded);
    convolve(kernels, g, packed, is_pooled ? NULL : bias, from, count,
             is_pooled ? scratch : y + at);
    if (is_pooled) {
      kernels->maxpool_forward(&pool, scratch, 1, y + at, argmax ? argmax + at : NULL);
      mcnn_conv_finish_image(kernels, g, bias, y + at);
    }
  }
}

/* --- backward --------------------------------------------------------------------------------- */

/* What a call of the backward pass works on. */
typedef struct backward_pass {
  const mcnn_kernels *kernels;
  const mcnn_conv_geometry *g;
  dz_frame frame;
  float *dz;                    /* of a group of images */
  float *sums, *windows, *bias; /* scratch */
} backward_pass;

/* dz: dy where the output is active, `rows` rows of `count` positions, added to db unless that is
 * NULL. */
static void mask_rows(const backward_pass *p, size_t rows, size_t count, size_t dz_row,
                      size_t dz_step, const float *y, const float *dy, float *dz, float *db) {
  const mcnn_dense_geometry row = {.outputs = p->g->out_channels,
                                   .y_step = p->g->out_channels,
                                   .dz_step = (uint32_t)dz_step,
                                   .activation = p->g->activation};
  const size_t step = count * p->g->out_channels;
  for (size_t i = 0; i < rows; i++, y += step, dy += step, dz += dz_row) {
    p->kernels->dense_mask(&row, y, dy, count, dz, p->bias);
    if (db)
      p->kernels->add(p->g->out_channels, p->bias, db);
  }
}

/* The sums' gradient within its frame. */
static void copy_to_frame(const backward_pass *p, const float *sums, float *dz) {
  const mcnn_conv_geometry *g = p->g;
  for (size_t i = 0; i < g->out_height; i++)
    for (size_t j = 0; j < g->out_width; j++, sums += g->out_channels)
      memcpy(dz + i * p->frame.pitch + j * p->frame.channels, sums, g->out_channels * sizeof *dz);
}

/* The gradient of one image's sums, within its frame. */
static void frame_image(const backward_pass *p, const float *y, const uint8_t *argmax,
                        const float *dy, float *dz, float *db) {
  const mcnn_conv_geometry *g = p->g;
  dz += p->frame.inside;
  if (!mcnn_conv_is_pooled(g)) {
    mask_rows(p, g->out_height, g->out_width, p->frame.pitch, p->frame.channels, y, dy, dz, db);
    return;
  }
  const mcnn_pool_geometry pool = pool_of(g);
  mask_rows(p, 1, mcnn_conv_windows(g), 0, g->out_channels, y, dy, p->windows, db);
  p->kernels->maxpool_backward(&pool, argmax, p->windows, 1, p->sums);
  copy_to_frame(p, p->sums, dz);
}

/* dw += what `rows` rows of outputs of `images` images give; x and dz begin at the first of them.
 */
static void add_dw(const backward_pass *p, const float *x, const float *dz, size_t images,
                   size_t rows, float *dw) {
  const mcnn_conv_geometry *g = p->g;
  const size_t pitch = framed_pitch(g), channels = g->in_channels, outputs = g->out_channels;
  const grid elements = {
      .count = {g->kernel_height, g->kernel_width, channels},
      .x_step = {g->dilation_height * pitch, g->dilation_width * channels, 1},
      .c_step = {g->kernel_width * channels * outputs, channels * outputs, outputs}};
  mcnn_indirect tile = {.tap_rows = images,
                        .tap_columns = rows,
                        .run = g->out_width,
                        .x_tap_row = (ptrdiff_t)framed_floats(g),
                        .x_tap_column = (ptrdiff_t)(g->stride_height * pitch),
                        .x_step = (ptrdiff_t)(g->stride_width * channels),
                        .b_tap_row = p->frame.floats,
                        .b_tap_column = p->frame.pitch,
                        .b_step = p->frame.channels,
                        .least = -INFINITY};
  for (panel columns = {0}; next_panel(p->kernels, outputs, &columns);) {
    tile.b = dz + columns.first;
    run_rows(p->kernels, &elements, &columns, &tile, x, dw);
  }
}

/* In blocks of small images, or of rows of a large one: image after image either way. */
static void all_dw(const backward_pass *p, const float *x, size_t images, float *dw) {
  const mcnn_conv_geometry *g = p->g;
  assert(mcnn_conv_positions(g) > 0 && g->out_width > 0);
  const size_t some = mcnn_max(BLOCK_POSITIONS / mcnn_conv_positions(g), 1);
  const size_t rows = mcnn_min(mcnn_max(BLOCK_POSITIONS / g->out_width, 1), g->out_height);
  for (size_t image = 0; image < images; image += some) {
    for (size_t row = 0; row < g->out_height; row += rows) {
      add_dw(p, x + image * framed_floats(g) + row * g->stride_height * framed_pitch(g),
             p->dz + image * p->frame.floats + p->frame.inside + row * p->frame.pitch,
             mcnn_min(images - image, some), mcnn_min(g->out_height - row, rows), dw);
    }
  }
}

/* The pixels of one phase, of `images` images; returns where the next phase's weights begin. */
static const float *dx_phase(const backward_pass *p, const axis *rows, const axis *columns,
                             const float *packed, size_t images, float *dx) {
  const mcnn_conv_geometry *g = p->g;
  const dz_frame *f = &p->frame;
  const size_t pitch = (size_t)g->in_width * g->in_channels;
  const grid pixels = {.count = {images, rows->pixels, columns->pixels},
                       .x_step = {f->floats, f->pitch, f->channels},
                       .c_step = {mcnn_conv_in_size(g), g->stride_height * pitch,
                                  (size_t)g->stride_width * g->in_channels}};
  const mcnn_indirect tile = {.tap_rows = columns->taps > 0 ? rows->taps : 0,
                              .tap_columns = columns->taps,
                              .run = g->out_channels,
                              .x_tap_row = -rows->down * (ptrdiff_t)f->pitch,
                              .x_tap_column = -columns->down * (ptrdiff_t)f->channels,
                              .x_step = 1,
                              .least = -INFINITY};
  const ptrdiff_t row = (ptrdiff_t)f->top + rows->shift;
  const ptrdiff_t column = (ptrdiff_t)f->left + columns->shift;
  /* Without taps nothing is read. */
  const ptrdiff_t corner = rows->taps > 0 && columns->taps > 0
                               ? row * (ptrdiff_t)f->pitch + column * (ptrdiff_t)f->channels
                               : 0;
  run_blocks(p->kernels, &pixels, tile, g->in_channels, p->dz + corner, packed, NULL, dx);
  return packed +
         rows->taps * columns->taps * g->out_channels * whole_vectors(p->kernels, g->in_channels);
}

static void all_dx(const backward_pass *p, const float *packed, size_t images, float *dx) {
  const mcnn_conv_geometry *g = p->g;
  for (size_t i = 0; i < g->stride_height; i++) {
    for (size_t j = 0; j < g->stride_width; j++) {
      const axis rows = row_axis(g, i), columns = column_axis(g, j);
      float *const first = dx + (i * g->in_width + j) * g->in_channels;
      packed = dx_phase(p, &rows, &columns, packed, images, first);
    }
  }
}

void mcnn_indirect_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *x, const float *y,
                            const uint8_t *argmax, const float *dy, size_t images, float *grad,
                            float *dx, float *scratch) {
  backward_pass p = {.kernels = kernels, .g = g, .frame = dz_frame_of(kernels, g), .dz = scratch};
  const size_t group = backward_group(g, &p.frame), in_size = mcnn_conv_in_size(g);
  p.sums = p.dz + mcnn_round_up_cache_line(group * p.frame.floats);
  p.windows = p.sums + sums_floats(g);
  p.bias = p.windows + windows_floats(g);
  float *const padded = p.bias + mcnn_round_up_cache_line(g->out_channels);
  float *const db = grad ? grad + mcnn_conv_weight_size(g) : NULL;
  memset(p.dz, 0, mcnn_min(images, group) * p.frame.floats * sizeof *p.dz);
  for (size_t image = 0; image < images; image += group) {
    const size_t count = mcnn_min(images - image, group);
    for (size_t i = 0; i < count; i++) {
      const size_t at = (image + i) * mcnn_conv_pooled_size(g);
      frame_image(&p, y + at, argmax ? argmax + at : NULL, dy + at, p.dz + i * p.frame.floats, db);
    }
    if (grad)
      all_dw(&p, mcnn_conv_pad(g, x + image * in_size, count, padded), count, grad);
    if (dx)
      all_dx(&p, packed, count, dx + image * in_size);
  }
}
