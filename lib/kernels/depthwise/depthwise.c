/* Depthwise convolution around its inner loops. Everything is done image by image on framed copies,
 * in which padding is zeros; with several outputs a channel the copies repeat each channel, so that
 * the loops know one output a channel. */
#include "kernels/depthwise/depthwise.h"

#include "base/sizes.h"
#include "kernels/conv/algorithms.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* --- frames ----------------------------------------------------------------------------------- */

/* An image with zeros around it; channels as those of the output. */
typedef struct frame {
  size_t top, left;
  size_t height, width; /* with the zeros */
  size_t channels;
} frame;

static size_t frame_floats(const frame *f) {
  return f->height * f->width * f->channels;
}

static float *inside(const frame *f, float *image, size_t row) {
  return image + ((f->top + row) * f->width + f->left) * f->channels;
}

/* The zeros around an image of height x width. */
static void clear_around(const frame *f, size_t height, size_t width, float *image) {
  const size_t row_floats = width * f->channels;
  float *at = image;
  for (size_t row = 0; row < height; ++row) {
    float *const next = inside(f, image, row);
    memset(at, 0, (size_t)(next - at) * sizeof *at);
    at = next + row_floats;
  }
  memset(at, 0, (size_t)(image + frame_floats(f) - at) * sizeof *at);
}

static frame input_frame(const mcnn_depthwise_geometry *g) {
  return (frame){.top = g->pad_top,
                 .left = g->pad_left,
                 .height = (size_t)g->pad_top + g->in_height + g->pad_bottom,
                 .width = (size_t)g->pad_left + g->in_width + g->pad_right,
                 .channels = mcnn_depthwise_channels(g)};
}

/* What of an input reaches beyond the outputs when the window is walked backwards from it. */
static size_t zeros_before(size_t kernel, size_t dilation, size_t padding, size_t stride) {
  const size_t reach = (kernel - 1) * dilation;
  return reach > padding ? mcnn_ceil_div(reach - padding, stride) : 0;
}

static size_t size_with_behind(size_t in, size_t padding, size_t stride, size_t out) {
  return mcnn_max((in - 1 + padding) / stride + 1, out);
}

static frame gradient_frame(const mcnn_depthwise_geometry *g) {
  frame f = {.channels = mcnn_depthwise_channels(g)};
  f.top = zeros_before(g->kernel_height, g->dilation_height, g->pad_top, g->stride_height);
  f.left = zeros_before(g->kernel_width, g->dilation_width, g->pad_left, g->stride_width);
  f.height = f.top + size_with_behind(g->in_height, g->pad_top, g->stride_height, g->out_height);
  f.width = f.left + size_with_behind(g->in_width, g->pad_left, g->stride_width, g->out_width);
  return f;
}

static int is_framed(const mcnn_depthwise_geometry *g) {
  return g->multiplier > 1 || g->pad_top || g->pad_left || g->pad_bottom || g->pad_right;
}

static size_t in_floats(const mcnn_depthwise_geometry *g) {
  return (size_t)g->in_height * g->in_width * g->channels;
}

static size_t out_floats(const mcnn_depthwise_geometry *g) {
  return (size_t)g->out_height * g->out_width * mcnn_depthwise_channels(g);
}

static void repeat(const float *from, size_t count, size_t times, float *to) {
  for (size_t i = 0; i < count; ++i)
    for (size_t copy = 0; copy < times; ++copy)
      *to++ = from[i];
}

static void add_repeated(const float *from, size_t count, size_t times, float *to) {
  for (size_t i = 0; i < count; ++i) {
    to[i] = *from++;
    for (size_t copy = 1; copy < times; ++copy)
      to[i] += *from++;
  }
}

/* The image in its frame, whose zeros are there; x itself where there is nothing to do. */
static const float *framed_image(const mcnn_depthwise_geometry *g, const float *x, float *target) {
  const frame f = input_frame(g);
  const size_t row_floats = (size_t)g->in_width * g->channels;
  if (!is_framed(g))
    return x;
  for (size_t row = 0; row < g->in_height; ++row, x += row_floats)
    if (g->multiplier == 1)
      memcpy(inside(&f, target, row), x, row_floats * sizeof *x);
    else
      repeat(x, row_floats, g->multiplier, inside(&f, target, row));
  return target;
}

/* --- scratch ---------------------------------------------------------------------------------- */

typedef struct workspace {
  float *x;  /* in its frame */
  float *dz; /* in its frame: the gradient before the activation */
  float *dx; /* with several outputs a channel: one of each */
} workspace;

static size_t framed_x_floats(const mcnn_depthwise_geometry *g) {
  const frame f = input_frame(g);
  return is_framed(g) ? mcnn_round_up_cache_line(frame_floats(&f)) : 0;
}

static size_t framed_dz_floats(const mcnn_depthwise_geometry *g) {
  const frame f = gradient_frame(g);
  return mcnn_round_up_cache_line(frame_floats(&f));
}

static size_t repeated_dx_floats(const mcnn_depthwise_geometry *g) {
  return g->multiplier > 1 ? in_floats(g) * g->multiplier : 0;
}

size_t mcnn_depthwise_scratch_floats(const mcnn_depthwise_geometry *g, int training) {
  const size_t backward = training ? framed_dz_floats(g) + repeated_dx_floats(g) : 0;
  return framed_x_floats(g) + backward;
}

/* With the zeros of the frames. */
static workspace workspace_in(const mcnn_depthwise_geometry *g, int training, float *scratch) {
  const frame in = input_frame(g), out = gradient_frame(g);
  workspace work = {.x = scratch, .dz = scratch + framed_x_floats(g)};
  work.dx = work.dz + framed_dz_floats(g);
  if (is_framed(g))
    clear_around(&in, g->in_height, g->in_width, work.x);
  if (training)
    clear_around(&out, g->out_height, g->out_width, work.dz);
  return work;
}

/* --- packed kernels: [vector of channels][position][lane] --------------------------------------
 */

static size_t positions(const mcnn_depthwise_geometry *g) {
  return (size_t)g->kernel_height * g->kernel_width;
}

static size_t block_floats(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g) {
  return positions(g) * kernels->lanes;
}

size_t mcnn_depthwise_packed_floats(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g) {
  const size_t blocks = mcnn_ceil_div(mcnn_depthwise_channels(g), kernels->lanes);
  return mcnn_round_up_cache_line(blocks * block_floats(kernels, g));
}

/* Where a vector holds several positions, its channels are repeated. */
void mcnn_depthwise_pack(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                         const float *w, float *packed) {
  const size_t channels = mcnn_depthwise_channels(g);
  for (size_t first = 0; first < channels; first += kernels->lanes) {
    const size_t count = mcnn_min(kernels->lanes, channels - first);
    for (size_t position = 0; position < positions(g); ++position)
      for (size_t lane = 0; lane < kernels->lanes; ++lane)
        *packed++ = w[position * channels + first + lane % count];
  }
}

/* --- forward ---------------------------------------------------------------------------------- */

static mcnn_depthwise_sums forward_sums(const mcnn_kernels *kernels,
                                        const mcnn_depthwise_geometry *g) {
  const frame f = input_frame(g);
  const size_t row = f.width * f.channels;
  return (mcnn_depthwise_sums){.channels = f.channels,
                               .rows = g->out_height,
                               .columns = g->out_width,
                               .kernel_rows = g->kernel_height,
                               .kernel_width = g->kernel_width,
                               .x_kernel_row = (ptrdiff_t)(g->dilation_height * row),
                               .x_kernel_column = (ptrdiff_t)(g->dilation_width * f.channels),
                               .w_kernel_row = (ptrdiff_t)(g->kernel_width * kernels->lanes),
                               .w_kernel_column = (ptrdiff_t)kernels->lanes,
                               .w_block = block_floats(kernels, g),
                               .x_row = g->stride_height * row,
                               .x_column = g->stride_width * f.channels,
                               .y_row = g->out_width * f.channels,
                               .y_column = f.channels,
                               .least = g->activation == MCNN_ACTIVATION_RELU ? 0.0f : -INFINITY};
}

/* What the kernels take for granted. */
static int is_supported(const mcnn_depthwise_geometry *g) {
  const size_t reach_down = (size_t)(g->kernel_height - 1) * g->dilation_height + 1;
  const size_t reach_right = (size_t)(g->kernel_width - 1) * g->dilation_width + 1;
  const frame f = input_frame(g);
  return g->activation <= MCNN_ACTIVATION_RELU && g->multiplier > 0 && f.channels > 0 &&
         g->out_height == (f.height - reach_down) / g->stride_height + 1 &&
         g->out_width == (f.width - reach_right) / g->stride_width + 1 && reach_down <= f.height &&
         reach_right <= f.width;
}

void mcnn_depthwise_forward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                            const float *packed, const float *bias, const float *x, size_t images,
                            float *y, float *scratch) {
  const mcnn_depthwise_sums sums = forward_sums(kernels, g);
  const workspace work = workspace_in(g, 0, scratch);
  assert(is_supported(g) && images > 0);
  for (size_t image = 0; image < images; ++image) {
    kernels->depthwise.sums(&sums, framed_image(g, x + image * in_floats(g), work.x), packed, bias,
                            y + image * out_floats(g));
  }
}

/* --- backward: the input ---------------------------------------------------------------------- */

/* Every stride-th row (or column) of the input from `first` on: which positions of the kernel it
 * lies under, and where the first of them has its output. From one of these positions to the next,
 * the output moves back. */
typedef struct phase {
  size_t first, count; /* rows of the input */
  size_t kernel_first, kernel_step, kernel_count;
  size_t output;      /* in the framed gradient, under kernel_first */
  size_t output_step; /* back, a kernel_step */
} phase;

static size_t greatest_divisor(size_t a, size_t b) {
  while (b > 0) {
    const size_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static phase phase_of(size_t first, size_t in, size_t kernel, size_t dilation, size_t stride,
                      size_t padding, size_t zeros) {
  const size_t step = stride / greatest_divisor(stride, dilation);
  phase p = {.first = first,
             .count = mcnn_ceil_div(in - first, stride),
             .kernel_step = step,
             .output_step = step * dilation / stride};
  /* From the top of the framed gradient, so that nothing is below 0. */
  const size_t start = zeros * stride + padding + first;
  size_t at = 0;
  while (at < kernel && at < step && (start - at * dilation) % stride != 0)
    ++at;
  if (at >= kernel || at >= step)
    return p;
  p.kernel_first = at;
  p.kernel_count = mcnn_ceil_div(kernel - at, step);
  p.output = (start - at * dilation) / stride;
  return p;
}

static void phase_sums(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                       const phase *rows, const phase *columns, const float *packed,
                       const float *dz, float *dx) {
  const frame f = gradient_frame(g);
  const size_t row = f.width * f.channels, dx_row = g->in_width * f.channels;
  const size_t lanes = kernels->lanes;
  const mcnn_depthwise_sums sums = {
      .channels = f.channels,
      .rows = rows->count,
      .columns = columns->count,
      .kernel_rows = rows->kernel_count,
      .kernel_width = columns->kernel_count,
      .x_kernel_row = -(ptrdiff_t)(rows->output_step * row),
      .x_kernel_column = -(ptrdiff_t)(columns->output_step * f.channels),
      .w_kernel_row = (ptrdiff_t)(rows->kernel_step * g->kernel_width * lanes),
      .w_kernel_column = (ptrdiff_t)(columns->kernel_step * lanes),
      .w_block = block_floats(kernels, g),
      .x_row = row,
      .x_column = f.channels,
      .y_row = g->stride_height * dx_row,
      .y_column = g->stride_width * f.channels,
      .least = -INFINITY};
  kernels->depthwise.sums(&sums, dz + rows->output * row + columns->output * f.channels,
                          packed + (rows->kernel_first * g->kernel_width + columns->kernel_first) *
                                       lanes,
                          NULL, dx + rows->first * dx_row + columns->first * f.channels);
}

/* dz in its frame -> dx, with one channel for each of the output. */
static void input_gradient(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                           const float *packed, const float *dz, float *dx) {
  const frame f = gradient_frame(g);
  for (size_t row = 0; row < mcnn_min(g->stride_height, g->in_height); ++row) {
    const phase rows = phase_of(row, g->in_height, g->kernel_height, g->dilation_height,
                                g->stride_height, g->pad_top, f.top);
    for (size_t column = 0; column < mcnn_min(g->stride_width, g->in_width); ++column) {
      const phase columns = phase_of(column, g->in_width, g->kernel_width, g->dilation_width,
                                     g->stride_width, g->pad_left, f.left);
      phase_sums(kernels, g, &rows, &columns, packed, dz, dx);
    }
  }
}

/* --- backward --------------------------------------------------------------------------------- */

/* dy where the output is active, in its frame, whose zeros are there. */
static void frame_gradient(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                           const float *y, const float *dy, float *dz) {
  const frame f = gradient_frame(g);
  const size_t floats = g->out_width * f.channels;
  for (size_t row = 0; row < g->out_height; ++row) {
    float *const target = inside(&f, dz, row);
    if (g->activation == MCNN_ACTIVATION_RELU)
      kernels->relu_backward(floats, y + row * floats, dy + row * floats, target);
    else
      memcpy(target, dy + row * floats, floats * sizeof *dz);
  }
}

static void kernel_gradient(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                            const float *x, float *dz, float *grad) {
  const frame in = input_frame(g), out = gradient_frame(g);
  const size_t row = in.width * in.channels;
  const mcnn_depthwise_gradient gradient = {.channels = in.channels,
                                            .rows = g->out_height,
                                            .columns = g->out_width,
                                            .kernel_rows = g->kernel_height,
                                            .kernel_width = g->kernel_width,
                                            .x_kernel_row = g->dilation_height * row,
                                            .x_kernel_column = g->dilation_width * in.channels,
                                            .x_row = g->stride_height * row,
                                            .x_column = g->stride_width * in.channels,
                                            .dz_row = out.width * out.channels,
                                            .dz_column = out.channels};
  kernels->depthwise.gradient(&gradient, x, inside(&out, dz, 0), grad);
}

static void image_dx(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                     const float *packed, const workspace *work, float *dx) {
  float *const each = g->multiplier > 1 ? work->dx : dx;
  input_gradient(kernels, g, packed, work->dz, each);
  if (g->multiplier > 1)
    add_repeated(each, in_floats(g), g->multiplier, dx);
}

size_t mcnn_depthwise_grad_floats(const mcnn_depthwise_geometry *g) {
  return mcnn_depthwise_weights(g) + mcnn_depthwise_channels(g);
}

void mcnn_depthwise_backward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                             const float *packed, const float *x, const float *y, const float *dy,
                             size_t images, int accumulate, float *grad, float *dx,
                             float *scratch) {
  const workspace work = workspace_in(g, 1, scratch);
  assert(is_supported(g) && images > 0);
  if (grad && !accumulate)
    memset(grad, 0, mcnn_depthwise_grad_floats(g) * sizeof *grad);
  for (size_t image = 0; image < images; ++image) {
    const size_t in = image * in_floats(g), out = image * out_floats(g);
    frame_gradient(kernels, g, y ? y + out : NULL, dy + out, work.dz);
    if (grad)
      kernel_gradient(kernels, g, framed_image(g, x + in, work.x), work.dz, grad);
    if (dx)
      image_dx(kernels, g, packed, &work, dx + in);
  }
}

void mcnn_depthwise_grad_finish(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                const float *grads, size_t count, size_t stride, float *dw,
                                float *db) {
  const size_t weights = mcnn_depthwise_weights(g);
  mcnn_add_partials(kernels, weights, grads, count, stride, dw);
  if (db)
    mcnn_add_partials(kernels, mcnn_depthwise_channels(g), grads + weights, count, stride, db);
}
