/* The gradient of the input from active outputs, without adding into memory. Each adds gradient
 * times its channel's filter to the patch under it; here a band of pool_height rows of dx is swept
 * from left to right with kernel_width columns of sums in registers, so that each element of dx is
 * written once. They are listed by their column, windows from top to bottom, which makes those
 * that reach a band a contiguous block of each list. */
#include "kernels/conv/algorithms.h"
#include "kernels/elementwise/transpose.h"

#include <string.h>

/* Bands above the one a window lies in do not see it; of those below it this many do. */
static size_t bands_below(const mcnn_conv_geometry *g) {
  return (g->kernel_height + g->pool_height - 2) / g->pool_height;
}

/* Floats of one row of one filter: a vector of input channels at each column. */
static size_t row_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return g->kernel_width * kernels->lanes;
}

/* Filters are framed with rows of zeros, so that an output reaches all rows of a band alike. */
static size_t filter_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return (g->pool_height * bands_below(g) + 2 * (size_t)g->pool_height - 1) *
         row_floats(kernels, g);
}

/* Filters as [vector of input channels][output channel][row][column][lanes]. */
size_t mcnn_dx_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return mcnn_ceil_div(g->in_channels, kernels->lanes) * g->out_channels *
         filter_floats(kernels, g);
}

/* The rows of zeros around a filter. */
static void clear_frame(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, float *packed) {
  const size_t before = (g->pool_height - 1) * row_floats(kernels, g);
  const size_t end = before + g->kernel_height * row_floats(kernels, g);
  memset(packed, 0, before * sizeof *packed);
  memset(packed + end, 0, (filter_floats(kernels, g) - end) * sizeof *packed);
}

/* Position after position, at each all filters. Lanes without a channel are zeros. */
void mcnn_dx_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                  float *packed) {
  const size_t filter = filter_floats(kernels, g), outputs = g->out_channels;
  for (size_t ic = 0; ic < g->in_channels; ic += kernels->lanes, packed += outputs * filter) {
    const size_t left = g->in_channels - ic,
                 channels = left < kernels->lanes ? left : kernels->lanes;
    if (channels < kernels->lanes)
      memset(packed, 0, outputs * filter * sizeof *packed);
    for (size_t oc = 0; oc < outputs; ++oc)
      clear_frame(kernels, g, packed + oc * filter);
    float *to = packed + (g->pool_height - 1) * row_floats(kernels, g);
    const float *from = w + ic * outputs;
    for (size_t tap = 0; tap < (size_t)g->kernel_height * g->kernel_width; ++tap) {
      mcnn_transpose(channels, outputs, from, outputs, to, filter);
      to += kernels->lanes;
      from += g->in_channels * outputs;
    }
  }
}

static size_t column_capacity(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_height(g) * g->out_channels;
}

/* Scratch: the entries, then how many there are, then where each row of windows begins. */
static size_t entries_floats(const mcnn_conv_geometry *g) {
  const size_t entries = mcnn_conv_used_columns(g) * column_capacity(g);
  return mcnn_round_up_cache_line(entries * sizeof(mcnn_sparse_grad) / sizeof(float));
}

size_t mcnn_dx_scratch_floats(const mcnn_conv_geometry *g) {
  return entries_floats(g) +
         mcnn_round_up_cache_line(mcnn_conv_used_columns(g) * (mcnn_conv_pooled_height(g) + 2));
}

/* One image's dx (overwritten), from the lists. */
static void dx_from_lists(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                          const float *packed, const mcnn_column_lists *lists, float *dx) {
  const size_t height = g->pool_height;
  const size_t windows = mcnn_conv_pooled_height(g);
  const size_t below = bands_below(g);
  for (size_t c = 0; c < g->in_channels; c += kernels->lanes) {
    const size_t left = g->in_channels - c;
    mcnn_dx_band b = {.g = g, .lists = lists, .n = left < kernels->lanes ? left : kernels->lanes};
    for (size_t row = 0; row < g->in_height; row += height) {
      const size_t band = row / height;
      const size_t first = band > below ? band - below : 0;
      b.filters = packed + (row + height - 1) * lists->filter_row;
      b.first = first < windows ? first : windows;
      b.last = band < windows ? band : windows - 1;
      b.rows = g->in_height - row < height ? g->in_height - row : height;
      b.dx = dx + row * g->in_width * g->in_channels + c;
      kernels->conv.sweep(&b);
    }
    packed += g->out_channels * lists->filter;
  }
}

void mcnn_sparse_dx(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *packed,
                    mcnn_grad_source source, float *dx, float *scratch) {
  const size_t columns = mcnn_conv_used_columns(g);
  void *const listed = scratch;
  void *const counts = scratch + entries_floats(g);
  const mcnn_column_lists lists = {.entries = listed,
                                   .counts = counts,
                                   .starts = (uint32_t *)counts + columns,
                                   .columns = columns,
                                   .capacity = column_capacity(g),
                                   .filter_row = row_floats(kernels, g),
                                   .filter = filter_floats(kernels, g)};
  kernels->conv.list_columns(g, source, &lists);
  dx_from_lists(kernels, g, packed, &lists, dx);
}
