/* Sizes that follow from a geometry, named once. */
#ifndef MCNN_KERNELS_CONV_SHAPE_H
#define MCNN_KERNELS_CONV_SHAPE_H

#include "base/sizes.h"
#include "kernels/geometry.h"

/* Floats of one input image. */
static inline size_t mcnn_conv_in_size(const mcnn_conv_geometry *g) {
  return (size_t)g->in_height * g->in_width * g->in_channels;
}

/* Floats of one patch, which is also the number of weights of one output channel. */
static inline size_t mcnn_conv_patch_size(const mcnn_conv_geometry *g) {
  return (size_t)g->kernel_height * g->kernel_width * g->in_channels;
}

static inline size_t mcnn_conv_weight_size(const mcnn_conv_geometry *g) {
  return mcnn_conv_patch_size(g) * g->out_channels;
}

/* Positions and floats of one image of the convolution, before pooling. */
static inline size_t mcnn_conv_positions(const mcnn_conv_geometry *g) {
  return (size_t)g->out_height * g->out_width;
}

static inline size_t mcnn_conv_out_size(const mcnn_conv_geometry *g) {
  return mcnn_conv_positions(g) * g->out_channels;
}

/* The block's output, after pooling. */
static inline size_t mcnn_conv_pooled_height(const mcnn_conv_geometry *g) {
  return g->out_height / g->pool_height;
}

static inline size_t mcnn_conv_pooled_width(const mcnn_conv_geometry *g) {
  return g->out_width / g->pool_width;
}

static inline size_t mcnn_conv_windows(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_height(g) * mcnn_conv_pooled_width(g);
}

static inline size_t mcnn_conv_pooled_size(const mcnn_conv_geometry *g) {
  return mcnn_conv_windows(g) * g->out_channels;
}

static inline int mcnn_conv_is_pooled(const mcnn_conv_geometry *g) {
  return g->pool_height > 1 || g->pool_width > 1;
}

static inline int mcnn_conv_is_padded(const mcnn_conv_geometry *g) {
  return g->pad_top != 0 || g->pad_left != 0 || g->pad_bottom != 0 || g->pad_right != 0;
}

/* Rows and columns that a kernel reaches over, with the gaps that dilation leaves. */
static inline size_t mcnn_conv_span_height(const mcnn_conv_geometry *g) {
  return (size_t)(g->kernel_height - 1) * g->dilation_height + 1;
}

static inline size_t mcnn_conv_span_width(const mcnn_conv_geometry *g) {
  return (size_t)(g->kernel_width - 1) * g->dilation_width + 1;
}

/* Neither strides nor dilation: neighbouring positions see neighbouring pixels. */
static inline int mcnn_conv_is_plain(const mcnn_conv_geometry *g) {
  return g->stride_height == 1 && g->stride_width == 1 && g->dilation_height == 1 &&
         g->dilation_width == 1;
}

/* Rows and columns of the convolution that end up in the output: only these are computed. */
static inline size_t mcnn_conv_used_rows(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_height(g) * g->pool_height;
}

static inline size_t mcnn_conv_used_columns(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_width(g) * g->pool_width;
}

/* Whether `floats` of memory are in proportion to what a convolution reads and writes. For unusual
 * shapes (tall windows, one filter for thousands of channels) an algorithm may need hundreds of
 * times that; then the matrix product, which needs little, takes the shape. What is small anyway is
 * never in the way. */
static inline int mcnn_conv_is_in_proportion(const mcnn_conv_geometry *g, size_t floats) {
  const size_t data = mcnn_conv_in_size(g) + mcnn_conv_pooled_size(g) + mcnn_conv_weight_size(g);
  return floats <= (size_t)64 * 1024 + 8 * data;
}

/* What the kernels take for granted. */
static inline int mcnn_conv_is_supported(const mcnn_conv_geometry *g) {
  const size_t height = (size_t)g->in_height + g->pad_top + g->pad_bottom;
  const size_t width = (size_t)g->in_width + g->pad_left + g->pad_right;
  return g->stride_height > 0 && g->stride_width > 0 && g->dilation_height > 0 &&
         g->dilation_width > 0 && g->pool_stride_height == g->pool_height &&
         g->pool_stride_width == g->pool_width && g->pool_height * g->pool_width <= 256 &&
         g->in_channels > 0 && g->out_channels > 0 && height >= mcnn_conv_span_height(g) &&
         width >= mcnn_conv_span_width(g) &&
         g->out_height == (height - mcnn_conv_span_height(g)) / g->stride_height + 1 &&
         g->out_width == (width - mcnn_conv_span_width(g)) / g->stride_width + 1;
}

/* As scratch and packed weights are: on cache lines of their own. */
static inline int mcnn_is_aligned(const float *p) {
  return (uintptr_t)p % 64 == 0;
}

#endif
