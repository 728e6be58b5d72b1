/* The shapes that kernels work on. */
#ifndef MCNN_KERNELS_GEOMETRY_H
#define MCNN_KERNELS_GEOMETRY_H

#include "kernels/activation.h"

#include <stddef.h>
#include <stdint.h>

/* Convolution plus bias, then an activation, then (optionally) max-pooling; rows and columns that
 * do not fill a window are dropped, as Keras' "valid". A pooling that is fused moves by the size of
 * its window. */
typedef struct mcnn_conv_geometry {
  uint32_t in_height, in_width, in_channels;
  uint32_t kernel_height, kernel_width;
  uint32_t pad_top, pad_left, pad_bottom, pad_right; /* zeros around the input */
  uint32_t out_height, out_width, out_channels;      /* of the convolution, before pooling */
  uint32_t stride_height, stride_width;              /* of the convolution */
  uint32_t dilation_height, dilation_width;          /* from tap to tap of the kernel; 1, 1: none */
  mcnn_activation activation;
  uint32_t pool_height, pool_width;               /* 1, 1: no pooling */
  uint32_t pool_stride_height, pool_stride_width; /* as the window */
} mcnn_conv_geometry;

/* Depthwise convolution plus bias, then LINEAR or RELU. Output channel c * multiplier + m is one of
 * `multiplier` outputs of channel c. */
typedef struct mcnn_depthwise_geometry {
  uint32_t in_height, in_width, channels;
  uint32_t kernel_height, kernel_width;
  uint32_t stride_height, stride_width;
  uint32_t dilation_height, dilation_width;          /* from one element of a window to the next */
  uint32_t pad_top, pad_left, pad_bottom, pad_right; /* zeros around the input */
  uint32_t multiplier;
  uint32_t out_height, out_width;
  mcnn_activation activation;
} mcnn_depthwise_geometry;

typedef struct mcnn_pool_geometry {
  uint32_t in_height, in_width, channels;
  uint32_t pool_height, pool_width;
  uint32_t stride_height, stride_width;
  /* Not looked at where stride = window and nothing is padded. Every window meets the image. */
  uint32_t pad_top, pad_left;
  uint32_t out_height, out_width;
} mcnn_pool_geometry;

/* Some inputs and some outputs of a layer are a layer of their own: with the same steps but, if
 * need be, of dz, and weights that lie together. */
typedef struct mcnn_dense_geometry {
  uint32_t inputs, outputs;
  uint32_t x_step, y_step; /* floats from row to row of x and dx, and of y and dy ... */
  uint32_t dz_step;        /* ... and of dz */
  mcnn_activation activation;
  uint32_t input_is_relu; /* 1: x is the output of a ReLU, so that dx is of no use where x is 0 */
} mcnn_dense_geometry;

/* Vectors of channels whose sums norm_sums() adds up together. */
#define MCNN_NORM_VECTORS ((size_t)4)

/* Normalisation by channel. Each array is `period` floats long: the channels, or whole repetitions
 * of them. */
typedef struct mcnn_norm {
  size_t period;
  const float *mean, *scale, *shift;
  const float *constant, *slope; /* of norm_backward() */
  uint32_t relu;                 /* 1: of what results the ReLU */
} mcnn_norm;

/* A block of a layer's outputs in the backward pass. dz is dy with the ReLU mask already applied by
 * dense_mask(). */
typedef struct mcnn_dense_block {
  const float *w, *dz;
  float *dw;
  size_t outputs, dz_step; /* floats from row to row of dz */
} mcnn_dense_block;

#endif
