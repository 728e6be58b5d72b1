/* The gradient of the weights of a convolution with few input channels under 2x2 pooling, such as
 * the first of a network. Its patches are too short to be vectors, so the lanes are the output
 * channels: each lane picks its pixels from where its channel's window was chosen. Windows over
 * nothing but zeros are left out. */
#include "kernels/conv_ways.h"

#include <string.h>

#define MOST_CHANNELS ((uint32_t)3)

int mcnn_picked_serves(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g) {
  return ops->list_picked != NULL && g->in_channels <= MOST_CHANNELS && g->pool_height == 2 &&
         g->pool_width == 2 && (g->kernel_width == 3 || g->kernel_width == 5) &&
         g->kernel_height < MCNN_PICK_WIDTH;
}

/* Output channels rounded up to whole vectors. */
static size_t rounded_channels(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g) {
  return mcnn_conv_tiles(g->out_channels, ops->lanes) * ops->lanes;
}

/* Gradient layout: [tap][output channels, rounded up], then the biases. */
size_t mcnn_picked_grad_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g) {
  return (mcnn_conv_patch_size(g) + 1) * rounded_channels(ops, g);
}

static size_t plane_floats(const mcnn_conv_geometry *g) {
  return mcnn_align_floats(g->in_height * mcnn_picked_pitch(g));
}

size_t mcnn_picked_scratch_floats(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g) {
  const size_t windows = mcnn_conv_windows(g);
  return 2 * mcnn_direct_filled_floats(g) + g->in_channels * plane_floats(g) +
         mcnn_align_floats(windows) + 2 * windows * rounded_channels(ops, g);
}

static void split_planes(const mcnn_conv_geometry *g, const float *x, float *planes) {
  const size_t channels = g->in_channels;
  memset(planes, 0, channels * plane_floats(g) * sizeof *planes);
  for (size_t row = 0; row < g->in_height; ++row) {
    float *const to = planes + row * mcnn_picked_pitch(g);
    if (channels == 1) {
      memcpy(to, x, g->in_width * sizeof *x);
    }
    for (size_t i = 0; channels > 1 && i < g->in_width * channels; ++i) {
      to[i % channels * plane_floats(g) + i / channels] = x[i];
    }
    x += g->in_width * channels;
  }
}

/* windows[i]: whether window i sees anything but zeros, from that of the segments it is made of. */
static void find_filled_windows(const mcnn_conv_geometry *g, const uint8_t *restrict segments,
                                uint8_t *restrict windows) {
  const size_t width = mcnn_conv_pooled_width(g);
  for (size_t row = 0; row < mcnn_conv_pooled_height(g); ++row, windows += width) {
    memcpy(windows, segments + 2 * row * width, width);
    for (size_t r = 1; r <= g->kernel_height; ++r) {
      const uint8_t *const from = segments + (2 * row + r) * width;
      for (size_t column = 0; column < width; ++column) {
        windows[column] |= from[column];
      }
    }
  }
}

static void list_corners(const mcnn_conv_geometry *g, const uint8_t *filled,
                         mcnn_picked_windows *list) {
  const size_t width = mcnn_conv_pooled_width(g);
  list->count = 0;
  for (size_t row = 0; row < mcnn_conv_pooled_height(g); ++row) {
    for (size_t column = 0; column < width; ++column) {
      list->corners[list->count] = (uint32_t)(2 * (row * mcnn_picked_pitch(g) + column));
      list->count += *filled++;
    }
  }
}

/* grad += over the listed windows. */
static void accumulate(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g,
                       const mcnn_picked_windows *list, const float *planes, float *grad) {
  const size_t rows = ops->picked_rows(g);
  for (size_t ic = 0; ic < g->in_channels; ++ic) {
    for (size_t row = 0; row < g->kernel_height; row += rows) {
      const size_t tap = row * g->kernel_width * g->in_channels + ic;
      const float *const plane = planes + ic * plane_floats(g) + row * mcnn_picked_pitch(g);
      for (size_t c = 0; c < g->out_channels; c += ops->lanes) {
        ops->accumulate_picked(g, list, c, plane, grad + tap * list->channels + c);
      }
    }
  }
}

void mcnn_picked_dw(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *x,
                    mcnn_window_units units, float *grad, float *scratch) {
  const size_t windows = mcnn_conv_windows(g);
  const size_t channels = rounded_channels(ops, g);
  void *const segments = scratch;
  void *const filled = scratch + mcnn_direct_filled_floats(g);
  float *const planes = scratch + 2 * mcnn_direct_filled_floats(g);
  void *const corners = planes + g->in_channels * plane_floats(g);
  float *const gradients = (float *)corners + mcnn_align_floats(windows);
  void *const choices = gradients + windows * channels;
  mcnn_picked_windows list = {
      .channels = channels, .corners = corners, .gradients = gradients, .choices = choices};
  ops->find_filled(g, mcnn_conv_pooled_width(g), 2, x, segments);
  find_filled_windows(g, segments, filled);
  list_corners(g, filled, &list);
  split_planes(g, x, planes);
  for (size_t c = 0; c < g->out_channels; c += ops->lanes) {
    ops->list_picked(g, filled, &units, c, &list, grad + mcnn_conv_patch_size(g) * channels);
  }
  accumulate(ops, g, &list, planes, grad);
}

void mcnn_picked_finish(const mcnn_conv_ops *ops, const mcnn_conv_geometry *g, const float *grads,
                        size_t parts, size_t stride, float *dw, float *db) {
  const mcnn_kernels *kernels = mcnn_kernels_for(ops->isa);
  const size_t channels = rounded_channels(ops, g);
  const size_t taps = mcnn_conv_patch_size(g);
  for (size_t tap = 0; tap < taps; ++tap) {
    mcnn_add_parts(kernels, g->out_channels, grads + tap * channels, parts, stride,
                   dw + tap * g->out_channels);
  }
  mcnn_add_parts(kernels, g->out_channels, grads + taps * channels, parts, stride, db);
}
