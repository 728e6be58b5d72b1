/* The gradient of the weights of a convolution with few input channels under 2x2 pooling, such as
 * the first of a network. Its patches are too short to be vectors. Where an instruction permutes by
 * a vector of indices, the lanes are the output channels: each gathers its pixels from where its
 * channel's window has its maximum; elsewhere they are the pixels of a row, some of them for
 * nothing. Windows over nothing but zeros are left out. */
#include "kernels/conv/algorithms.h"

#include <string.h>

#define MAX_CHANNELS ((uint32_t)3)

int mcnn_gather_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return kernels->conv.list_gather && g->pool_height == 2 && g->pool_width == 2 &&
         (g->kernel_width == 3 || g->kernel_width == 5) &&
         (kernels->conv.lanes_are_channels
              ? g->in_channels <= MAX_CHANNELS && g->kernel_height < MCNN_GATHER_WIDTH
              : g->in_channels == 1 && g->kernel_height == g->kernel_width);
}

/* Output channels rounded up to whole vectors. */
static size_t rounded_channels(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return mcnn_ceil_div(g->out_channels, kernels->lanes) * kernels->lanes;
}

/* Gradient layout: the weights (accumulate_gather()), then the biases. */
static size_t weight_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const size_t taps = mcnn_conv_patch_size(g);
  return (kernels->conv.lanes_are_channels ? taps : mcnn_round_up_cache_line(taps)) *
         rounded_channels(kernels, g);
}

size_t mcnn_gather_grad_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return weight_floats(kernels, g) + rounded_channels(kernels, g);
}

/* One input channel of the image, and what packing it reads too many. */
static size_t plane_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line((size_t)g->in_height * g->in_width + MCNN_GATHER_WIDTH);
}

static size_t panel_rows(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_width(g) * g->in_height;
}

/* One input channel's panels, and what accumulating reads too many of the last row. */
static size_t panels_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line((panel_rows(g) + 2) * MCNN_GATHER_WIDTH);
}

/* A flag for each row of the panels, and what reading a window's flags reads too many. */
static size_t flags_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line(panel_rows(g) / sizeof(float) + 3);
}

size_t mcnn_gather_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const size_t windows = mcnn_conv_windows(g);
  return plane_floats(g) + g->in_channels * panels_floats(g) + flags_floats(g) +
         2 * mcnn_round_up_cache_line(windows) + 2 * windows * rounded_channels(kernels, g);
}

static void copy_channel(const mcnn_conv_geometry *g, const float *x, float *plane) {
  const size_t pixels = (size_t)g->in_height * g->in_width;
  if (g->in_channels == 1) {
    memcpy(plane, x, pixels * sizeof *x);
    return;
  }
  for (size_t i = 0; i < pixels; ++i)
    plane[i] = x[i * g->in_channels];
}

/* Lists the windows that see anything but zeros; nonzero[i]: whether window i is. */
static void list_windows(const mcnn_conv_geometry *g, const uint8_t *any, uint8_t *nonzero,
                         mcnn_gather_windows *list) {
  const uint64_t reached = UINT64_MAX >> (8 * (7 - g->kernel_height)); /* rows of a window */
  for (size_t row = 0; row < mcnn_conv_used_rows(g); row += 2) {
    for (size_t column = 0; column < mcnn_conv_pooled_width(g); ++column) {
      const size_t at = column * g->in_height + row;
      uint64_t rows;
      memcpy(&rows, any + at, sizeof rows);
      list->corners[list->count] = (uint32_t)(at * MCNN_GATHER_WIDTH);
      *nonzero = (rows & reached) != 0;
      list->count += *nonzero++;
    }
  }
}

void mcnn_gather_dw(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *x,
                    mcnn_grad_source source, float *grad, float *scratch) {
  const size_t windows = mcnn_conv_windows(g);
  const size_t channels = rounded_channels(kernels, g);
  float *const panels = scratch + plane_floats(g);
  float *const flags = panels + g->in_channels * panels_floats(g);
  void *const any = flags;
  void *const nonzero = flags + flags_floats(g);
  void *const corners = (float *)nonzero + mcnn_round_up_cache_line(windows);
  float *const gradients = (float *)corners + mcnn_round_up_cache_line(windows);
  void *const offsets = gradients + windows * channels;
  mcnn_gather_windows list = {
      .channels = channels, .corners = corners, .gradients = gradients, .offsets = offsets};
  memset(any, 0, flags_floats(g) * sizeof *flags);
  for (size_t ic = 0; ic < g->in_channels; ++ic) {
    copy_channel(g, x + ic, scratch);
    kernels->conv.pack_columns(g, scratch, panels + ic * panels_floats(g), any);
  }
  list_windows(g, any, nonzero, &list);
  for (size_t c = 0; c < g->out_channels; c += kernels->lanes) {
    kernels->conv.list_gather(g, nonzero, &source, c, &list, grad + weight_floats(kernels, g));
    for (size_t ic = 0; ic < g->in_channels; ++ic)
      kernels->conv.accumulate_gather(g, &list, c, panels + ic * panels_floats(g),
                                      grad + ic * channels);
  }
}

size_t mcnn_gather_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                          const float *grads, size_t count, size_t stride, float *dw, size_t begin,
                          size_t end) {
  if (!kernels->conv.lanes_are_channels) {
    kernels->conv.sparse_finish(g, mcnn_round_up_cache_line(mcnn_conv_patch_size(g)), grads, count,
                                stride, dw, begin, end);
    begin = end;
  }
  for (size_t tap = begin; tap < end; ++tap) {
    mcnn_add_partials(kernels, g->out_channels, grads + tap * rounded_channels(kernels, g), count,
                      stride, dw + tap * g->out_channels);
  }
  return weight_floats(kernels, g);
}
