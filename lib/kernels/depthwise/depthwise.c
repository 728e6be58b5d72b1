/* Depthwise convolution around its inner loops. What touches the padding is worked on in copies, in
 * which padding is zeros, and all the rest as it lies in the image. With several outputs a channel
 * all of it is copied, each channel as often as it has outputs, so that the loops know one output a
 * channel. */
#include "kernels/depthwise/depthwise.h"

#include "base/sizes.h"
#include "kernels/conv/algorithms.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* 0: no instruction set's loops know edges, and what is around such loops is left out. */
#ifndef MCNN_DEPTHWISE_EDGES
#define MCNN_DEPTHWISE_EDGES 1
#endif

/* --- sizes ------------------------------------------------------------------------------------ */

static size_t in_floats(const mcnn_depthwise_geometry *g) {
  return (size_t)g->in_height * g->in_width * g->channels;
}

static size_t out_floats(const mcnn_depthwise_geometry *g) {
  return (size_t)g->out_height * g->out_width * mcnn_depthwise_channels(g);
}

/* Rows, or columns, of the padded input under so many outputs. */
static size_t under(size_t outputs, size_t kernel, size_t dilation, size_t stride) {
  return (outputs - 1) * stride + (kernel - 1) * dilation + 1;
}

static size_t rows_under(const mcnn_depthwise_geometry *g, size_t outputs) {
  return under(outputs, g->kernel_height, g->dilation_height, g->stride_height);
}

static size_t columns_under(const mcnn_depthwise_geometry *g, size_t outputs) {
  return under(outputs, g->kernel_width, g->dilation_width, g->stride_width);
}

/* --- regions of the output -------------------------------------------------------------------- */

typedef struct region {
  size_t row, rows, column, columns;
  int is_copied; /* its inputs are: it touches the padding, or has several outputs a channel */
  int has_edges; /* it is the whole output, and the loops see to the padding */
} region;

/* The outputs are cut into those that touch the padding above, below, left and right, and those
 * that do not. */
enum { MAX_REGIONS = 5 };
typedef struct partition {
  region regions[MAX_REGIONS];
  size_t count;
} partition;

/* Outputs along one axis that do not touch the padding: [begin, end). */
typedef struct interior {
  size_t begin, end;
} interior;

static interior interior_of(size_t in, size_t padding, size_t reach, size_t stride, size_t out) {
  const size_t last = padding + in >= reach ? (padding + in - reach) / stride + 1 : 0;
  const interior i = {mcnn_ceil_div(padding, stride), mcnn_min(last, out)};
  return i.begin < i.end ? i : (interior){0, 0};
}

static void add_region(partition *p, size_t row, size_t end_row, size_t column, size_t end_column,
                       int is_copied) {
  if (row < end_row && column < end_column) {
    p->regions[p->count++] = (region){.row = row,
                                      .rows = end_row - row,
                                      .column = column,
                                      .columns = end_column - column,
                                      .is_copied = is_copied};
  }
}

/* Whether to copy all inputs. Without strides each is used so often that copying all of them costs
 * less than what regions of a few columns do; so it does where they are few, of so many floats. */
#define FEW_FLOATS ((size_t)4 * 1024)

static int copies_all(const mcnn_depthwise_geometry *g) {
  const size_t positions = rows_under(g, g->out_height) * columns_under(g, g->out_width);
  const int is_strided = g->stride_height > 1 || g->stride_width > 1;
  return !is_strided || positions * g->channels <= FEW_FLOATS;
}

static partition partition_of(const mcnn_depthwise_geometry *g) {
  const size_t height = g->out_height, width = g->out_width;
  const interior rows =
      interior_of(g->in_height, g->pad_top, rows_under(g, 1), g->stride_height, height);
  const interior columns =
      interior_of(g->in_width, g->pad_left, columns_under(g, 1), g->stride_width, width);
  const int has_padding = rows.end - rows.begin < height || columns.end - columns.begin < width;
  partition p = {.count = 0};
  if (g->multiplier > 1 || rows.end == 0 || columns.end == 0 || (has_padding && copies_all(g))) {
    add_region(&p, 0, height, 0, width, 1);
    return p;
  }
  add_region(&p, 0, rows.begin, 0, width, 1);
  add_region(&p, rows.begin, rows.end, 0, columns.begin, 1);
  add_region(&p, rows.begin, rows.end, columns.begin, columns.end, 0);
  add_region(&p, rows.begin, rows.end, columns.end, width, 1);
  add_region(&p, rows.end, height, 0, width, 1);
  return p;
}

/* --- copies of inputs ------------------------------------------------------------------------- */

/* Floats of the copy that is worked on at once: 128 KiB. */
#define COPY_FLOATS ((size_t)32 * 1024)

/* Rows of a region that are worked on at once. */
static size_t band_rows(const mcnn_depthwise_geometry *g, const region *r) {
  const size_t row_floats = columns_under(g, r->columns) * mcnn_depthwise_channels(g);
  const size_t fit = COPY_FLOATS / row_floats, least = rows_under(g, 1);
  if (!r->is_copied)
    return r->rows;
  return mcnn_min(fit > least ? (fit - least) / g->stride_height + 1 : 1, r->rows);
}

static size_t copy_floats(const mcnn_depthwise_geometry *g) {
  const partition p = partition_of(g);
  size_t most = 0;
  for (size_t i = 0; i < p.count; ++i) {
    const region *r = &p.regions[i];
    const size_t floats = rows_under(g, band_rows(g, r)) * columns_under(g, r->columns);
    most = mcnn_max(most, r->is_copied ? floats * mcnn_depthwise_channels(g) : 0);
  }
  return mcnn_round_up_cache_line(most);
}

static void clear(float *p, size_t count) {
  memset(p, 0, count * sizeof *p);
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

/* Columns [column, column + width) of a padded row whose pixels are x. */
static void copy_columns(const mcnn_depthwise_geometry *g, const float *x, size_t column,
                         size_t width, float *target) {
  const size_t channels = mcnn_depthwise_channels(g), left = g->pad_left;
  const size_t zeros = column < left ? mcnn_min(left - column, width) : 0;
  const size_t first = column + zeros - left; /* of x, where there is any */
  const size_t behind =
      column + width > left + g->in_width ? column + width - left - g->in_width : 0;
  const size_t count = width - zeros - mcnn_min(behind, width - zeros);
  clear(target, zeros * channels);
  target += zeros * channels;
  if (count > 0 && g->multiplier == 1)
    memcpy(target, x + first * channels, count * channels * sizeof *target);
  else if (count > 0)
    repeat(x + first * g->channels, count * g->channels, g->multiplier, target);
  clear(target + count * channels, (width - zeros - count) * channels);
}

/* The inputs under a region, from its corner on, and how many floats apart their rows lie. */
typedef struct inputs {
  const float *x;
  size_t row_floats;
} inputs;

static inputs inputs_of(const mcnn_depthwise_geometry *g, const region *r, const float *x,
                        float *copy) {
  const size_t top = r->row * g->stride_height, column = r->column * g->stride_width;
  const size_t width = columns_under(g, r->columns), pitch = (size_t)g->in_width * g->channels;
  const size_t copied = width * mcnn_depthwise_channels(g);
  if (r->has_edges)
    return (inputs){x, pitch};
  if (!r->is_copied)
    return (inputs){x + (top - g->pad_top) * pitch + (column - g->pad_left) * g->channels, pitch};
  for (size_t row = 0; row < rows_under(g, r->rows); ++row) {
    const size_t at = top + row - g->pad_top; /* of x, where it is below its height */
    if (at < g->in_height)
      copy_columns(g, x + at * pitch, column, width, copy + row * copied);
    else
      clear(copy + row * copied, copied);
  }
  return (inputs){copy, copied};
}

/* The next band of a region, which has 0 rows at its beginning; returns 0 behind the last. */
static int next_band(const mcnn_depthwise_geometry *g, const region *r, region *band) {
  const size_t done = band->row + band->rows;
  if (done == r->row + r->rows)
    return 0;
  band->row = done;
  band->rows = mcnn_min(band_rows(g, r), r->row + r->rows - done);
  return 1;
}

static region before_bands(const region *r) {
  region band = *r;
  band.rows = 0;
  return band;
}

/* --- the framed gradient ---------------------------------------------------------------------- */

/* An image with zeros around it; channels as those of the output. */
typedef struct frame {
  size_t top, left;
  size_t height, width; /* with the zeros */
  size_t channels;
} frame;

static size_t frame_floats(const frame *f) {
  return f->height * f->width * f->channels;
}

static float *inside(const frame *f, float *image, size_t row, size_t column) {
  return image + ((f->top + row) * f->width + f->left + column) * f->channels;
}

/* The zeros around an image of height x width. */
static void clear_around(const frame *f, size_t height, size_t width, float *image) {
  float *at = image;
  for (size_t row = 0; row < height; ++row) {
    float *const next = inside(f, image, row, 0);
    clear(at, (size_t)(next - at));
    at = next + width * f->channels;
  }
  clear(at, (size_t)(image + frame_floats(f) - at));
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

/* --- scratch ---------------------------------------------------------------------------------- */

typedef struct workspace {
  float *copy; /* of inputs */
  float *dz;   /* in its frame: the gradient before the activation */
  float *dx;   /* with several outputs a channel: one of each */
} workspace;

static size_t framed_dz_floats(const mcnn_depthwise_geometry *g) {
  const frame f = gradient_frame(g);
  return mcnn_round_up_cache_line(frame_floats(&f));
}

static size_t repeated_dx_floats(const mcnn_depthwise_geometry *g) {
  return g->multiplier > 1 ? in_floats(g) * g->multiplier : 0;
}

size_t mcnn_depthwise_scratch_floats(const mcnn_depthwise_geometry *g, int training) {
  const size_t backward = training ? framed_dz_floats(g) + repeated_dx_floats(g) : 0;
  return copy_floats(g) + backward;
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

/* --- vectors ---------------------------------------------------------------------------------- */

/* Where several positions fit in a vector and lie side by side (stride 1), one holds a group of
 * them, and the packed kernel repeats its channels for it. */

enum { MAX_LANES = 16 };

/* Positions in a vector, which lie `step` floats apart in one array and `other` in the other. */
static size_t group_of(const mcnn_kernels *kernels, size_t channels, size_t step, size_t other) {
  return step == channels && other == channels ? mcnn_max(kernels->lanes / channels, 1) : 1;
}

/* Whether the channels are for loops of half the lanes: then nothing is grouped. */
static int are_half(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g) {
  return MCNN_DEPTHWISE_EDGES && kernels->depthwise.half &&
         2 * mcnn_depthwise_channels(g) == kernels->lanes && g->kernel_height == 3 &&
         g->kernel_width == 3 && g->stride_width == 1 && g->dilation_width == 1;
}

/* The bias of a vector, repeated for a group; NULL: zeros. */
static void spread_bias(const float *bias, size_t channels, size_t group, float lanes[MAX_LANES]) {
  for (size_t i = 0; bias && i < group; ++i)
    memcpy(lanes + i * channels, bias, channels * sizeof *bias);
}

/* All vectors of channels. */
static void sum_channels(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                         mcnn_depthwise_sums s, const float *x, const float *w, const float *bias,
                         float *y) {
  const size_t channels = mcnn_depthwise_channels(g);
  const mcnn_depthwise_loops *const loops =
      are_half(kernels, g) ? kernels->depthwise.half : &kernels->depthwise;
  const size_t group =
      are_half(kernels, g) ? 1 : group_of(kernels, channels, s.x_column, s.y_column);
  const size_t left = s.columns % group;
  float lanes[MAX_LANES] = {0};
  s.columns /= group;
  s.x_column *= group;
  s.y_column *= group;
  mcnn_depthwise_sums rest = s;
  rest.columns = 1;
  for (size_t c = 0; c < channels; c += kernels->lanes, w += block_floats(kernels, g)) {
    const size_t count = mcnn_min(kernels->lanes, channels - c);
    spread_bias(bias ? bias + c : NULL, count, group, lanes);
    loops->sums(&s, count * group, lanes, x + c, w, y + c);
    if (left > 0) {
      loops->sums(&rest, count * left, lanes, x + c + s.columns * s.x_column, w,
                  y + c + s.columns * s.y_column);
    }
  }
}

/* --- forward ---------------------------------------------------------------------------------- */

static void sum_region(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                       const region *r, const inputs *in, const float *packed, const float *bias,
                       float *y) {
  const size_t channels = mcnn_depthwise_channels(g), row = in->row_floats;
  const int edges = r->has_edges;
  const mcnn_depthwise_sums sums = {.above = edges ? g->pad_top : 0,
                                    .below = edges ? g->pad_bottom : 0,
                                    .left = edges ? g->pad_left : 0,
                                    .right = edges ? g->pad_right : 0,
                                    .rows = r->rows,
                                    .columns = r->columns,
                                    .kernel_rows = g->kernel_height,
                                    .kernel_width = g->kernel_width,
                                    .x_kernel_row = (ptrdiff_t)(g->dilation_height * row),
                                    .x_kernel_column = (ptrdiff_t)(g->dilation_width * channels),
                                    .w_kernel_row = (ptrdiff_t)(g->kernel_width * kernels->lanes),
                                    .w_kernel_column = (ptrdiff_t)kernels->lanes,
                                    .x_row = g->stride_height * row,
                                    .x_column = g->stride_width * channels,
                                    .y_row = g->out_width * channels,
                                    .y_column = channels,
                                    .least =
                                        g->activation == MCNN_ACTIVATION_RELU ? 0.0f : -INFINITY};
  sum_channels(kernels, g, sums, in->x, packed, bias,
               y + (r->row * g->out_width + r->column) * channels);
}

/* What the kernels take for granted; asked by asserts only. */
static __attribute__((unused)) int is_supported(const mcnn_depthwise_geometry *g) {
  const size_t height = (size_t)g->pad_top + g->in_height + g->pad_bottom;
  const size_t width = (size_t)g->pad_left + g->in_width + g->pad_right;
  return g->activation <= MCNN_ACTIVATION_RELU && mcnn_depthwise_channels(g) > 0 &&
         height >= rows_under(g, 1) && width >= columns_under(g, 1) &&
         g->out_height == (height - rows_under(g, 1)) / g->stride_height + 1 &&
         g->out_width == (width - columns_under(g, 1)) / g->stride_width + 1;
}

/* Whether the loops see to the padding, so that nothing is copied. */
static int loops_know_edges(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g) {
  return MCNN_DEPTHWISE_EDGES && kernels->depthwise.knows_edges && g->multiplier == 1 &&
         g->kernel_height == 3 && g->kernel_width == 3 && g->stride_height == 1 &&
         g->stride_width == 1 && g->dilation_height == 1 && g->dilation_width == 1 &&
         (g->channels % kernels->lanes == 0 || are_half(kernels, g)) &&
         mcnn_max(g->pad_top, g->pad_bottom) <= 1 && mcnn_max(g->pad_left, g->pad_right) <= 1;
}

static void forward_image(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                          const partition *p, const float *packed, const float *bias,
                          const float *x, float *y, float *copy) {
  for (size_t i = 0; i < p->count; ++i) {
    region band = before_bands(&p->regions[i]);
    while (next_band(g, &p->regions[i], &band)) {
      const inputs in = inputs_of(g, &band, x, copy);
      sum_region(kernels, g, &band, &in, packed, bias, y);
    }
  }
}

void mcnn_depthwise_forward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                            const float *packed, const float *bias, const float *x, size_t images,
                            float *y, float *scratch) {
  partition p = partition_of(g);
  assert(is_supported(g) && images > 0);
  if (loops_know_edges(kernels, g)) {
    p.count = 1;
    p.regions[0] = (region){.rows = g->out_height, .columns = g->out_width, .has_edges = 1};
  }
  for (size_t image = 0; image < images; ++image) {
    forward_image(kernels, g, &p, packed, bias, x + image * in_floats(g), y + image * out_floats(g),
                  scratch);
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
      .rows = rows->count,
      .columns = columns->count,
      .kernel_rows = rows->kernel_count,
      .kernel_width = columns->kernel_count,
      .x_kernel_row = -(ptrdiff_t)(rows->output_step * row),
      .x_kernel_column = -(ptrdiff_t)(columns->output_step * f.channels),
      .w_kernel_row = (ptrdiff_t)(rows->kernel_step * g->kernel_width * lanes),
      .w_kernel_column = (ptrdiff_t)(columns->kernel_step * lanes),
      .x_row = row,
      .x_column = f.channels,
      .y_row = g->stride_height * dx_row,
      .y_column = g->stride_width * f.channels,
      .least = -INFINITY};
  sum_channels(kernels, g, sums, dz + rows->output * row + columns->output * f.channels,
               packed + (rows->kernel_first * g->kernel_width + columns->kernel_first) * lanes,
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

/* --- backward: the kernel --------------------------------------------------------------------- */

/* dy where the output is active, in its frame, whose zeros are there. */
static void frame_gradient(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                           const float *y, const float *dy, float *dz) {
  const frame f = gradient_frame(g);
  const size_t floats = g->out_width * f.channels;
  for (size_t row = 0; row < g->out_height; ++row) {
    float *const target = inside(&f, dz, row, 0);
    if (g->activation == MCNN_ACTIVATION_RELU)
      kernels->relu_backward(floats, y + row * floats, dy + row * floats, target);
    else
      memcpy(target, dy + row * floats, floats * sizeof *dz);
  }
}

/* Of the weights [first, first + count) of all, row by row; behind them, the last one again. */
static void find_offsets(const mcnn_depthwise_geometry *g, const inputs *in, size_t first,
                         size_t count, size_t offsets[MCNN_DEPTHWISE_TAPS]) {
  const size_t row = g->dilation_height * in->row_floats;
  const size_t column = g->dilation_width * mcnn_depthwise_channels(g);
  for (size_t i = 0; i < MCNN_DEPTHWISE_TAPS; ++i) {
    const size_t tap = first + mcnn_min(i, count - 1);
    offsets[i] = tap / g->kernel_width * row + tap % g->kernel_width * column;
  }
}

/* Where the gradients of these weights go, and with the first ones that of the bias. */
static void find_targets(const mcnn_depthwise_geometry *g, size_t first, size_t count, float *grad,
                         float *targets[MCNN_DEPTHWISE_TAPS + 1]) {
  const size_t channels = mcnn_depthwise_channels(g);
  for (size_t i = 0; i < MCNN_DEPTHWISE_TAPS; ++i)
    targets[i] = i < count ? grad + (first + i) * channels : NULL;
  targets[MCNN_DEPTHWISE_TAPS] = first == 0 ? grad + mcnn_depthwise_weights(g) : NULL;
}

static void add_lanes(const float *lanes, size_t channels, size_t group, float *target) {
  for (size_t i = 0; i < group; ++i)
    for (size_t c = 0; c < channels; ++c)
      target[c] += *lanes++;
}

/* All channels are in one vector, which holds a group of positions. */
static void group_gradient(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                           mcnn_depthwise_gradient d, size_t group, const float *x, const float *dz,
                           float *const targets[]) {
  const size_t channels = mcnn_depthwise_channels(g), left = d.columns % group;
  float sums[(MCNN_DEPTHWISE_TAPS + 1) * MAX_LANES] = {0};
  float *lanes[MCNN_DEPTHWISE_TAPS + 1];
  for (size_t i = 0; i <= MCNN_DEPTHWISE_TAPS; ++i)
    lanes[i] = targets[i] ? sums + i * MAX_LANES : NULL;
  d.columns /= group;
  d.x_column *= group;
  d.dz_column *= group;
  kernels->depthwise.gradient(&d, group * channels, x, dz, lanes);
  x += d.columns * d.x_column;
  dz += d.columns * d.dz_column;
  d.columns = 1;
  if (left > 0)
    kernels->depthwise.gradient(&d, left * channels, x, dz, lanes);
  for (size_t i = 0; i <= MCNN_DEPTHWISE_TAPS; ++i)
    if (targets[i])
      add_lanes(lanes[i], channels, group, targets[i]);
}

/* Vector by vector of channels. */
static void channel_gradients(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                              const mcnn_depthwise_gradient *d, const float *x, const float *dz,
                              float *targets[]) {
  const size_t channels = mcnn_depthwise_channels(g), lanes = kernels->lanes;
  for (size_t c = 0; c < channels; c += lanes) {
    kernels->depthwise.gradient(d, mcnn_min(lanes, channels - c), x + c, dz + c, targets);
    for (size_t i = 0; i <= MCNN_DEPTHWISE_TAPS && c + lanes < channels; ++i)
      targets[i] = targets[i] ? targets[i] + lanes : NULL;
  }
}

static void region_gradient(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                            const region *r, const inputs *in, float *dz, float *grad) {
  const frame out = gradient_frame(g);
  const size_t channels = out.channels, taps = positions(g);
  const float *const from = inside(&out, dz, r->row, r->column);
  float *targets[MCNN_DEPTHWISE_TAPS + 1];
  mcnn_depthwise_gradient d = {.rows = r->rows,
                               .columns = r->columns,
                               .x_row = g->stride_height * in->row_floats,
                               .x_column = g->stride_width * channels,
                               .dz_row = out.width * channels,
                               .dz_column = channels};
  const size_t group = group_of(kernels, channels, d.x_column, d.dz_column);
  for (size_t first = 0; first < taps; first += MCNN_DEPTHWISE_TAPS) {
    const size_t count = mcnn_min(MCNN_DEPTHWISE_TAPS, taps - first);
    find_offsets(g, in, first, count, d.offsets);
    find_targets(g, first, count, grad, targets);
    if (group > 1)
      group_gradient(kernels, g, d, group, in->x, from, targets);
    else
      channel_gradients(kernels, g, &d, in->x, from, targets);
  }
}

static void kernel_gradient(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                            const partition *p, const float *x, const workspace *work,
                            float *grad) {
  for (size_t i = 0; i < p->count; ++i) {
    region band = before_bands(&p->regions[i]);
    while (next_band(g, &p->regions[i], &band)) {
      const inputs in = inputs_of(g, &band, x, work->copy);
      region_gradient(kernels, g, &band, &in, work->dz, grad);
    }
  }
}

/* --- backward without frames ------------------------------------------------------------------ */

/* Whether the loops see to the padding there, too: the gradient of the input is then a convolution
 * of the same form, with the kernel turned round. */
static int backward_knows_edges(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g) {
  return kernels->depthwise.gradient_3x3 && loops_know_edges(kernels, g) && g->pad_top == 1 &&
         g->pad_bottom == 1 && g->pad_left == 1 && g->pad_right == 1;
}

/* dy where the output is active: dy itself where it is everywhere. */
static const float *active_gradient(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                    const float *y, const float *dy, float *dz) {
  if (g->activation != MCNN_ACTIVATION_RELU)
    return dy;
  kernels->relu_backward(out_floats(g), y, dy, dz);
  return dz;
}

static void input_gradient_with_edges(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                      const float *packed, const float *dz, float *dx) {
  const size_t lanes = kernels->lanes, channels = g->channels, row = g->in_width * channels;
  const mcnn_depthwise_sums sums = {.above = 1,
                                    .below = 1,
                                    .left = 1,
                                    .right = 1,
                                    .rows = g->in_height,
                                    .columns = g->in_width,
                                    .kernel_rows = g->kernel_height,
                                    .kernel_width = g->kernel_width,
                                    .x_kernel_row = (ptrdiff_t)row,
                                    .x_kernel_column = (ptrdiff_t)channels,
                                    .w_kernel_row = -(ptrdiff_t)(g->kernel_width * lanes),
                                    .w_kernel_column = -(ptrdiff_t)lanes,
                                    .x_row = row,
                                    .x_column = channels,
                                    .y_row = row,
                                    .y_column = channels,
                                    .least = -INFINITY};
  sum_channels(kernels, g, sums, dz, packed + (positions(g) - 1) * lanes, NULL, dx);
}

static void kernel_gradient_with_edges(const mcnn_kernels *kernels,
                                       const mcnn_depthwise_geometry *g, const float *x,
                                       const float *dz, float *grad) {
  const int half = are_half(kernels, g);
  const size_t channels = g->channels, lanes = half ? channels : kernels->lanes;
  const mcnn_depthwise_loops *const loops = half ? kernels->depthwise.half : &kernels->depthwise;
  const mcnn_depthwise_gradient d = {.rows = g->in_height,
                                     .columns = g->in_width,
                                     .x_row = g->in_width * channels,
                                     .x_column = channels,
                                     .dz_row = g->in_width * channels,
                                     .dz_column = channels};
  float *targets[MCNN_DEPTHWISE_TAPS + 1];
  find_targets(g, 0, MCNN_DEPTHWISE_TAPS, grad, targets);
  for (size_t c = 0; c < channels; c += lanes) {
    loops->gradient_3x3(&d, x + c, dz + c, targets);
    for (size_t i = 0; i <= MCNN_DEPTHWISE_TAPS && c + lanes < channels; ++i)
      targets[i] += lanes;
  }
}

static void backward_with_edges(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                const float *packed, const float *x, const float *y,
                                const float *dy, size_t images, float *grad, float *dx,
                                float *scratch) {
  for (size_t image = 0; image < images; ++image) {
    const size_t in = image * in_floats(g), out = image * out_floats(g);
    const float *const dz = active_gradient(kernels, g, y + out, dy + out, scratch);
    if (grad)
      kernel_gradient_with_edges(kernels, g, x + in, dz, grad);
    if (dx)
      input_gradient_with_edges(kernels, g, packed, dz, dx + in);
  }
}

/* --- backward --------------------------------------------------------------------------------- */

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

/* With the zeros of the framed gradient. */
static workspace workspace_in(const mcnn_depthwise_geometry *g, float *scratch) {
  const frame f = gradient_frame(g);
  workspace work = {.copy = scratch, .dz = scratch + copy_floats(g)};
  work.dx = work.dz + framed_dz_floats(g);
  clear_around(&f, g->out_height, g->out_width, work.dz);
  return work;
}

void mcnn_depthwise_backward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                             const float *packed, const float *x, const float *y, const float *dy,
                             size_t images, int accumulate, float *grad, float *dx,
                             float *scratch) {
  assert(is_supported(g) && images > 0);
  if (grad && !accumulate)
    clear(grad, mcnn_depthwise_grad_floats(g));
  if (backward_knows_edges(kernels, g)) {
    backward_with_edges(kernels, g, packed, x, y, dy, images, grad, dx, scratch);
    return;
  }
  const workspace work = workspace_in(g, scratch);
  const partition p = partition_of(g);
  for (size_t image = 0; image < images; ++image) {
    const size_t in = image * in_floats(g), out = image * out_floats(g);
    frame_gradient(kernels, g, y + out, dy + out, work.dz);
    if (grad)
      kernel_gradient(kernels, g, &p, x + in, &work, grad);
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
