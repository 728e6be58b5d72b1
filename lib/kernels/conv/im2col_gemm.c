/* Convolution of any shape as im2col and a matrix product, one image at a time so that the patches
 * stay in the cache. Serves whatever no faster algorithm supports, and is what those are measured
 * against. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/im2col.h"
#include "kernels/gemm/gemm.h"

#include <string.h>

/* Scratch: one image's patches, its sums before pooling, and its gradients before unpooling. */
static size_t cols_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line(mcnn_conv_positions(g) * mcnn_conv_patch_size(g));
}

static size_t sums_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line(mcnn_conv_out_size(g));
}

size_t mcnn_conv_gemm_scratch_floats(const mcnn_conv_geometry *g) {
  return cols_floats(g) + sums_floats(g) + mcnn_round_up_cache_line(mcnn_conv_pooled_size(g));
}

/* The pooling of the convolution's sums. */
static mcnn_pool_geometry pool_geometry(const mcnn_conv_geometry *g) {
  const mcnn_pool_geometry pool = {.in_height = g->out_height,
                                   .in_width = g->out_width,
                                   .channels = g->out_channels,
                                   .pool_height = g->pool_height,
                                   .stride_height = g->pool_stride_height,
                                   .stride_width = g->pool_stride_width,
                                   .pool_width = g->pool_width};
  return pool;
}

/* Bias and ReLU, after pooling. */
static void finish_image(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                         const float *bias, float *y) {
  const size_t size = mcnn_conv_pooled_size(g);
  for (size_t at = 0; at < size; at += g->out_channels)
    kernels->add(g->out_channels, bias, y + at);
  if (g->activation == MCNN_ACTIVATION_RELU)
    kernels->relu_forward(size, y, y);
}

void mcnn_conv_gemm_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *w, const float *bias, const float *x, size_t images,
                            float *y, uint8_t *argmax, float *scratch) {
  const mcnn_pool_geometry pool = pool_geometry(g);
  const size_t patch = mcnn_conv_patch_size(g);
  float *const cols = scratch;
  float *const sums = scratch + cols_floats(g);
  for (size_t image = 0; image < images; ++image) {
    const size_t at = image * mcnn_conv_pooled_size(g);
    mcnn_im2col(g, x + image * mcnn_conv_in_size(g), cols);
    mcnn_gemm(kernels, 0, 0, mcnn_conv_positions(g), g->out_channels, patch, cols, patch, w,
              g->out_channels, 0, sums, g->out_channels);
    kernels->maxpool_forward(&pool, sums, 1, y + at, !argmax ? NULL : argmax + at);
    finish_image(kernels, g, bias, y + at);
  }
}

/* dz of one image: dy where the output is active, at the position of the window's maximum. */
static void unfinish_image(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *y,
                           const uint8_t *argmax, const float *dy, float *masked, float *dz) {
  const mcnn_pool_geometry pool = pool_geometry(g);
  const int pooled = mcnn_conv_is_pooled(g);
  if (g->activation == MCNN_ACTIVATION_RELU) {
    float *const to = pooled ? masked : dz;
    kernels->relu_backward(mcnn_conv_pooled_size(g), y, dy, to);
    dy = to;
  } else if (!pooled) {
    memcpy(dz, dy, mcnn_conv_out_size(g) * sizeof *dz);
  }
  if (pooled)
    kernels->maxpool_backward(&pool, argmax, dy, 1, dz);
}

/* grad: dw as HWIO, then db. */
void mcnn_conv_gemm_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             const float *w, const float *x, const float *y, const uint8_t *argmax,
                             const float *dy, size_t images, float *grad, float *dx,
                             float *scratch) {
  const size_t positions = mcnn_conv_positions(g);
  const size_t patch = mcnn_conv_patch_size(g);
  const size_t channels = g->out_channels;
  float *const cols = scratch;
  float *const dz = cols + cols_floats(g);
  float *const masked = dz + sums_floats(g);
  for (size_t image = 0; image < images; ++image) {
    const size_t at = image * mcnn_conv_pooled_size(g);
    unfinish_image(kernels, g, y + at, !argmax ? NULL : argmax + at, dy + at, masked, dz);
    if (grad) {
      for (size_t position = 0; position < positions; ++position)
        kernels->add(channels, dz + position * channels, grad + mcnn_conv_weight_size(g));
      mcnn_im2col(g, x + image * mcnn_conv_in_size(g), cols);
      mcnn_gemm(kernels, 1, 0, patch, channels, positions, cols, patch, dz, channels, 1, grad,
                channels);
    }
    if (dx) {
      mcnn_gemm(kernels, 0, 1, positions, patch, channels, dz, channels, w, channels, 0, cols,
                patch);
      mcnn_col2im(g, cols, dx + image * mcnn_conv_in_size(g));
    }
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
