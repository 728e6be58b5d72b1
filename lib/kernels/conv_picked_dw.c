/* The gradient of the weights of a convolution with few input channels under 2x2 pooling, such as
 * the first of a network. Its patches are too short to be vectors. Where an instruction permutes by
 * a vector of indices, the lanes are the output channels: each picks its pixels from where its
 * channel's window was chosen; elsewhere they are the pixels of a row, some of them for nothing.
 * Windows over nothing but zeros are left out. */
#include "kernels/conv_ways.h"

#include <string.h>

#define MOST_CHANNELS ((uint32_t)3)

int mcnn_picked_serves(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g) {
  return ops->list_picked && g->pool_height == 2 && g->pool_width == 2 &&
         (g->kernel_width == 3 || g->kernel_width == 5) &&
         (ops->lanes_pick ? g->in_channels <= MOST_CHANNELS && g->kernel_height < MCNN_STRIP
                          : g->in_channels == 1 && g->kernel_height == g->kernel_width);
}

/* Output channels rounded up to whole vectors. */
static size_t rounded_channels(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g) {
  return mcnn_conv_tiles(g->out_channels, ops->lanes) * ops->lanes;
}

/* Gradient layout: the weights (accumulate_picked()), then the biases. */
static size_t weight_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g) {
  const size_t taps = mcnn_conv_patch_size(g);
  return (ops->lanes_pick ? taps : mcnn_round_up_cache_line(taps)) * rounded_channels(ops, g);
}

size_t mcnn_picked_grad_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g) {
  return weight_floats(ops, g) + rounded_channels(ops, g);
}

/* One input channel of the image, and what cutting it reads too many. */
static size_t plane_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line((size_t)g->in_height * g->in_width + MCNN_STRIP);
}

static size_t strip_rows(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_width(g) * g->in_height;
}

/* One input channel's strips, and what accumulating reads too many of the last row. */
static size_t strips_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line((strip_rows(g) + 2) * MCNN_STRIP);
}

/* A flag for each row of the strips, and what reading a window's flags reads too many. */
static size_t flags_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line(strip_rows(g) / sizeof(float) + 3);
}

size_t mcnn_picked_scratch_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g) {
  const size_t windows = mcnn_conv_windows(g);
  return plane_floats(g) + g->in_channels * strips_floats(g) + flags_floats(g) +
         2 * mcnn_round_up_cache_line(windows) + 2 * windows * rounded_channels(ops, g);
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

/* Lists the windows that see anything but zeros; filled[i]: whether window i does. */
static void list_windows(const mcnn_conv_geometry *g, const uint8_t *any, uint8_t *filled,
                         mcnn_picked_windows *list) {
  const uint64_t reached = UINT64_MAX >> (8 * (7 - g->kernel_height)); /* rows of a window */
  for (size_t row = 0; row < mcnn_conv_used_rows(g); row += 2) {
    for (size_t column = 0; column < mcnn_conv_pooled_width(g); ++column) {
      const size_t at = column * g->in_height + row;
      uint64_t rows;
      memcpy(&rows, any + at, sizeof rows);
      list->corners[list->count] = (uint32_t)(at * MCNN_STRIP);
      *filled = (rows & reached) != 0;
      list->count += *filled++;
    }
  }
}

void mcnn_picked_dw(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *x,
                    mcnn_window_units units, float *grad, float *scratch) {
  const size_t windows = mcnn_conv_windows(g);
  const size_t channels = rounded_channels(ops, g);
  float *const strips = scratch + plane_floats(g);
  float *const flags = strips + g->in_channels * strips_floats(g);
  void *const any = flags;
  void *const filled = flags + flags_floats(g);
  void *const corners = (float *)filled + mcnn_round_up_cache_line(windows);
  float *const gradients = (float *)corners + mcnn_round_up_cache_line(windows);
  void *const offsets = gradients + windows * channels;
  mcnn_picked_windows list = {
      .channels = channels, .corners = corners, .gradients = gradients, .offsets = offsets};
  memset(any, 0, flags_floats(g) * sizeof *flags);
  for (size_t ic = 0; ic < g->in_channels; ++ic) {
    copy_channel(g, x + ic, scratch);
    ops->cut_strips(g, scratch, strips + ic * strips_floats(g), any);
  }
  list_windows(g, any, filled, &list);
  for (size_t c = 0; c < g->out_channels; c += ops->lanes) {
    ops->list_picked(g, filled, &units, c, &list, grad + weight_floats(ops, g));
    for (size_t ic = 0; ic < g->in_channels; ++ic)
      ops->accumulate_picked(g, &list, c, strips + ic * strips_floats(g), grad + ic * channels);
  }
}

size_t mcnn_picked_finish(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *grads,
                          size_t parts, size_t stride, float *dw, size_t begin, size_t end) {
  const mcnn_kernels *kernels = mcnn_kernels_for(ops->isa);
  if (!ops->lanes_pick) {
    ops->sparse_finish(g, mcnn_round_up_cache_line(mcnn_conv_patch_size(g)), grads, parts, stride,
                       dw, begin, end);
    begin = end;
  }
  for (size_t tap = begin; tap < end; ++tap) {
    mcnn_add_parts(kernels, g->out_channels, grads + tap * rounded_channels(ops, g), parts, stride,
                   dw + tap * g->out_channels);
  }
  return weight_floats(ops, g);
}
