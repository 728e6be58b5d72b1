/* The backward pass of indirect convolution (indirect.c). */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"
#include "kernels/conv/indirect_tiles.h"
#include "kernels/elementwise/transpose.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Outputs whose gradients stay in a cache for all elements of the patch. */
#define BLOCK_POSITIONS ((size_t)256)

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
                .channels = mcnn_whole_vectors(kernels, g->out_channels)};
  f.pitch = (columns.before + g->out_width + columns.behind) * f.channels;
  f.floats = (rows.before + g->out_height + rows.behind) * f.pitch;
  f.inside = f.top * f.pitch + f.left * f.channels;
  return f;
}

/* --- packed weights --------------------------------------------------------------------------- */

size_t mcnn_indirect_dx_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return (size_t)g->kernel_height * g->kernel_width * g->out_channels *
         mcnn_whole_vectors(kernels, g->in_channels);
}

/* to[output channel][whole vectors] = one panel of input channels of one tap. */
static void pack_tap(const mcnn_conv_geometry *g, const float *w, const mcnn_panel *p, size_t step,
                     float *to) {
  if (p->columns < step)
    memset(to, 0, g->out_channels * step * sizeof *to);
  mcnn_transpose(p->columns, g->out_channels, w + p->first * g->out_channels, g->out_channels, to,
                 step);
}

/* As [panel of input channels][tap of the phase][output channel][whole vectors]. */
static float *pack_phase(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const axis *rows,
                         const axis *columns, const float *w, float *packed) {
  for (mcnn_panel p = {0}; mcnn_next_panel(kernels, g->in_channels, &p);) {
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

/* With pooling, what is passed back to the windows of one image. */
static size_t windows_floats(const mcnn_conv_geometry *g) {
  return mcnn_conv_is_pooled(g) ? mcnn_round_up_cache_line(mcnn_conv_pooled_size(g)) : 0;
}

static size_t backward_group(const mcnn_conv_geometry *g, const dz_frame *f) {
  return mcnn_group_images(mcnn_max(mcnn_framed_floats(g), f->floats));
}

size_t mcnn_indirect_backward_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const dz_frame f = dz_frame_of(kernels, g);
  const size_t group = backward_group(g, &f);
  return mcnn_round_up_cache_line(group * f.floats) + mcnn_sums_floats(g) + windows_floats(g) +
         mcnn_conv_padded_floats(g, group) + mcnn_round_up_cache_line(g->out_channels);
}

/* --- both gradients
 * --------------------------------------------------------------------------------- */

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
  const mcnn_pool_geometry pool = mcnn_sums_pool(g);
  mask_rows(p, 1, mcnn_conv_windows(g), 0, g->out_channels, y, dy, p->windows, db);
  p->kernels->maxpool_backward(&pool, argmax, p->windows, 1, p->sums);
  copy_to_frame(p, p->sums, dz);
}

/* dw += what `rows` rows of outputs of `images` images give; x and dz begin at the first of them.
 */
static void add_dw(const backward_pass *p, const float *x, const float *dz, size_t images,
                   size_t rows, float *dw) {
  const mcnn_conv_geometry *g = p->g;
  const size_t pitch = mcnn_framed_pitch(g), channels = g->in_channels, outputs = g->out_channels;
  const mcnn_grid elements = {
      .count = {g->kernel_height, g->kernel_width, channels},
      .x_step = {g->dilation_height * pitch, g->dilation_width * channels, 1},
      .c_step = {g->kernel_width * channels * outputs, channels * outputs, outputs}};
  mcnn_indirect tile = {.tap_rows = images,
                        .tap_columns = rows,
                        .run = g->out_width,
                        .x_tap_row = (ptrdiff_t)mcnn_framed_floats(g),
                        .x_tap_column = (ptrdiff_t)(g->stride_height * pitch),
                        .x_step = (ptrdiff_t)(g->stride_width * channels),
                        .b_tap_row = p->frame.floats,
                        .b_tap_column = p->frame.pitch,
                        .b_step = p->frame.channels,
                        .least = -INFINITY};
  for (mcnn_panel columns = {0}; mcnn_next_panel(p->kernels, outputs, &columns);) {
    tile.b = dz + columns.first;
    mcnn_indirect_rows(p->kernels, &elements, &columns, &tile, x, dw);
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
      add_dw(p, x + image * mcnn_framed_floats(g) + row * g->stride_height * mcnn_framed_pitch(g),
             p->dz + image * p->frame.floats + p->frame.inside + row * p->frame.pitch,
             mcnn_min(images - image, some), mcnn_min(g->out_height - row, rows), dw);
    }
  }
}

/* The pixels of one phase that has taps, of `images` images; returns where the next phase's weights
 * begin. */
static const float *dx_phase(const backward_pass *p, const axis *rows, const axis *columns,
                             const float *packed, size_t images, float *dx) {
  const mcnn_conv_geometry *g = p->g;
  const dz_frame *f = &p->frame;
  const size_t pitch = (size_t)g->in_width * g->in_channels;
  const mcnn_grid pixels = {.count = {images, rows->pixels, columns->pixels},
                            .x_step = {f->floats, f->pitch, f->channels},
                            .c_step = {mcnn_conv_in_size(g), g->stride_height * pitch,
                                       (size_t)g->stride_width * g->in_channels}};
  const mcnn_indirect tile = {.tap_rows = rows->taps,
                              .tap_columns = columns->taps,
                              .run = g->out_channels,
                              .x_tap_row = -rows->down * (ptrdiff_t)f->pitch,
                              .x_tap_column = -columns->down * (ptrdiff_t)f->channels,
                              .x_step = 1,
                              .least = -INFINITY};
  const ptrdiff_t row = (ptrdiff_t)f->top + rows->shift;
  const ptrdiff_t column = (ptrdiff_t)f->left + columns->shift;
  const ptrdiff_t corner = row * (ptrdiff_t)f->pitch + column * (ptrdiff_t)f->channels;
  mcnn_indirect_blocks(p->kernels, &pixels, tile, g->in_channels, p->dz + corner, packed, NULL, dx);
  return packed + rows->taps * columns->taps * g->out_channels *
                      mcnn_whole_vectors(p->kernels, g->in_channels);
}

/* With strides there may be pixels that no tap reaches: they are cleared with all others, which is
 * faster than one by one. */
static void all_dx(const backward_pass *p, const float *packed, size_t images, float *dx) {
  const mcnn_conv_geometry *g = p->g;
  if (g->stride_height * g->stride_width > 1)
    memset(dx, 0, images * mcnn_conv_in_size(g) * sizeof *dx);
  for (size_t i = 0; i < g->stride_height; i++) {
    for (size_t j = 0; j < g->stride_width; j++) {
      const axis rows = row_axis(g, i), columns = column_axis(g, j);
      float *const first = dx + (i * g->in_width + j) * g->in_channels;
      if (rows.taps > 0 && columns.taps > 0)
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
  p.windows = p.sums + mcnn_sums_floats(g);
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
