/* Convolution of any shape as im2col and a matrix product, one image at a time so that the patches
 * stay in the cache. Serves whatever has no faster way, and is what the faster ways are measured
 * against. Included once per instruction set. */
#include "kernels/conv_shape.h"
#include "kernels/gemm.h"
#include "kernels/im2col.h"

/* Scratch: one image's patches, then one image's sums before pooling. */
static size_t conv_gemm_cols_floats(const mcnn_conv_geometry *g) {
  return mcnn_align_floats(mcnn_conv_positions(g) * mcnn_conv_patch_size(g));
}

static size_t conv_gemm_scratch_floats(const mcnn_conv_geometry *g) {
  return conv_gemm_cols_floats(g) + mcnn_align_floats(mcnn_conv_out_size(g));
}

/* The pooling of the convolution's sums. */
static mcnn_pool_geometry conv_pool_geometry(const mcnn_conv_geometry *g) {
  const mcnn_pool_geometry pool = {.in_height = g->out_height,
                                   .in_width = g->out_width,
                                   .channels = g->out_channels,
                                   .pool_height = g->pool_height,
                                   .pool_width = g->pool_width};
  return pool;
}

static void conv_gemm_pack(const mcnn_conv_geometry *g, const float *w, float *packed, size_t begin,
                           size_t end) {
  for (size_t at = begin; at < mcnn_conv_weight_size(g); at += g->out_channels) {
    memcpy(packed + at, w + at, (end - begin) * sizeof *w);
  }
}

static void conv_gemm_forward(const mcnn_conv_geometry *g, const float *w, const float *bias,
                              const float *x, size_t images, float *y, uint8_t *chosen,
                              float *scratch) {
  const mcnn_kernels *kernels = mcnn_kernels_for(CONV_ISA);
  const mcnn_pool_geometry pool = conv_pool_geometry(g);
  const pool_finish finish = {.bias = bias, .relu = g->relu != 0};
  float *const cols = scratch;
  float *const sums = scratch + conv_gemm_cols_floats(g);
  for (size_t image = 0; image < images; ++image) {
    mcnn_im2col(g, x + image * mcnn_conv_in_size(g), cols);
    mcnn_gemm(kernels, 0, 0, mcnn_conv_positions(g), g->out_channels, mcnn_conv_patch_size(g), cols,
              mcnn_conv_patch_size(g), w, g->out_channels, 0, sums, g->out_channels);
    const size_t at = image * mcnn_conv_pooled_size(g);
    pool_images(&pool, &finish, sums, 1, y + at, chosen == NULL ? NULL : chosen + at);
  }
}

/* db += the sum of dz over the positions. */
static void add_bias_gradient(size_t positions, size_t channels, const float *dz, float *db) {
  for (size_t position = 0; position < positions; ++position) {
    for (size_t c = 0; c < channels; c += VF_LANES) {
      const size_t n = lanes_left(channels, c);
      const vf sum = vf_add(vf_load_some(db + c, n), vf_load_some(dz + position * channels + c, n));
      vf_store_some(db + c, sum, n);
    }
  }
}

/* grad: dw as HWIO, then db. */
static void conv_gemm_backward(const mcnn_conv_geometry *g, const float *w, const float *x,
                               const float *y, const uint8_t *chosen, const float *dy,
                               size_t images, float *grad, float *dx, float *scratch) {
  const mcnn_kernels *kernels = mcnn_kernels_for(CONV_ISA);
  const mcnn_pool_geometry pool = conv_pool_geometry(g);
  const size_t positions = mcnn_conv_positions(g);
  const size_t patch = mcnn_conv_patch_size(g);
  const size_t channels = g->out_channels;
  float *const cols = scratch;
  float *const dz = scratch + conv_gemm_cols_floats(g);
  for (size_t image = 0; image < images; ++image) {
    const size_t at = image * mcnn_conv_pooled_size(g);
    unpool_images(&pool, g->relu ? y + at : NULL, mcnn_conv_is_pooled(g) ? chosen + at : NULL,
                  dy + at, 1, dz);
    add_bias_gradient(positions, channels, dz, grad + mcnn_conv_weight_size(g));
    mcnn_im2col(g, x + image * mcnn_conv_in_size(g), cols);
    mcnn_gemm(kernels, 1, 0, patch, channels, positions, cols, patch, dz, channels, 1, grad,
              channels);
    if (dx != NULL) {
      mcnn_gemm(kernels, 0, 1, positions, patch, channels, dz, channels, w, channels, 0, cols,
                patch);
      mcnn_col2im(g, cols, dx + image * mcnn_conv_in_size(g));
    }
  }
}

static size_t conv_gemm_grad_floats(const mcnn_conv_geometry *g) {
  return mcnn_conv_weight_size(g) + g->out_channels;
}

/* sum = the parts added in their order. */
static void add_parts(size_t n, const float *parts, size_t count, size_t stride, float *sum) {
  for (size_t i = 0; i < n; i += VF_LANES) {
    const size_t lanes = lanes_left(n, i);
    vf total = vf_load_some(parts + i, lanes);
    for (size_t part = 1; part < count; ++part) {
      total = vf_add(total, vf_load_some(parts + part * stride + i, lanes));
    }
    vf_store_some(sum + i, total, lanes);
  }
}

static void conv_gemm_grad_finish(const mcnn_conv_geometry *g, const float *grads, size_t parts,
                                  size_t stride, float *dw, size_t begin, size_t end) {
  const size_t at = begin * g->out_channels;
  add_parts((end - begin) * g->out_channels, grads + at, parts, stride, dw + at);
}
