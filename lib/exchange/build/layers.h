/* Layers of other frameworks for the builder. Each reads *tensor and makes it its output. Sizes of
 * kernels and windows are in the order of the framework's two spatial dimensions. */
#ifndef MCNN_EXCHANGE_BUILD_LAYERS_H
#define MCNN_EXCHANGE_BUILD_LAYERS_H

#include "exchange/build/builder.h"

typedef struct mcnn_window {
  uint32_t size[2], stride[2], dilation[2];
  int same;           /* padding as in Keras; else none */
  int channels_first; /* which of the three dimensions are the spatial ones */
} mcnn_window;

typedef struct mcnn_conv {
  mcnn_window window;
  uint32_t filters, groups, multiplier;
  const float *kernel;    /* [size 0][size 1][inputs of a group][filters] */
  const float *depthwise; /* [size 0][size 1][channels][multiplier] */
  const float *bias;      /* NULL: none */
} mcnn_conv;

/* The channels that a convolution will read; 0 with the message set where it cannot read this. */
uint32_t mcnn_conv_channels(mcnn_builder *builder, const mcnn_tensor *tensor, int channels_first);

mnistcnn_status mcnn_build_conv(mcnn_builder *builder, mcnn_tensor *tensor, const mcnn_conv *conv);
mnistcnn_status mcnn_build_depthwise(mcnn_builder *builder, mcnn_tensor *tensor,
                                     const mcnn_conv *conv);
/* depthwise, then kernel as [1][1][channels * multiplier][filters]. */
mnistcnn_status mcnn_build_separable(mcnn_builder *builder, mcnn_tensor *tensor,
                                     const mcnn_conv *conv);

/* word: "maxpool" or "avgpool". */
mnistcnn_status mcnn_build_pool(mcnn_builder *builder, mcnn_tensor *tensor, const char *word,
                                const mcnn_window *window);
/* word: "globalavgpool" or "globalmaxpool". */
mnistcnn_status mcnn_build_global_pool(mcnn_builder *builder, mcnn_tensor *tensor, const char *word,
                                       int channels_first, int keep_dims);
/* sides: before and behind in the first spatial dimension, then in the second. */
mnistcnn_status mcnn_build_zero_pad(mcnn_builder *builder, mcnn_tensor *tensor,
                                    const uint32_t sides[4], int channels_first);

/* The same sides are cut off. */
mnistcnn_status mcnn_build_crop(mcnn_builder *builder, mcnn_tensor *tensor, const uint32_t sides[4],
                                int channels_first);

/* On the last dimension. kernel: [inputs][units]; bias NULL: none. */
mnistcnn_status mcnn_build_dense(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t units,
                                 const float *kernel, const float *bias);

typedef struct mcnn_batch_norm {
  uint32_t axis; /* of the tensor */
  double epsilon, momentum;
  int unbiased;
  const float *gamma, *beta; /* NULL: none */
  const float *mean, *variance;
} mcnn_batch_norm;
mnistcnn_status mcnn_build_batch_norm(mcnn_builder *builder, mcnn_tensor *tensor,
                                      const mcnn_batch_norm *norm);

/* x scale[i] + offset[i] along `axis`; count 1: one of each for all. */
mnistcnn_status mcnn_build_affine(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t axis,
                                  const double *scale, const double *offset, size_t count);

/* max(0, x) + slopes[i] min(0, x) along `axis`; count 1: one for all. */
mnistcnn_status mcnn_build_slopes(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t axis,
                                  const float *slopes, size_t count);

/* An activation by its text, such as "relu" or "leaky_relu 0.3". */
mnistcnn_status mcnn_build_activation(mcnn_builder *builder, mcnn_tensor *tensor, const char *text);
/* The vector that a network ends in. */
mnistcnn_status mcnn_build_classes(mcnn_builder *builder, mcnn_tensor *tensor);
/* Along the last dimension. */
mnistcnn_status mcnn_build_softmax(mcnn_builder *builder, mcnn_tensor *tensor);
mnistcnn_status mcnn_build_dropout(mcnn_builder *builder, mcnn_tensor *tensor, const char *word,
                                   double rate);
mnistcnn_status mcnn_build_sum(mcnn_builder *builder, mcnn_tensor *tensor,
                               const mcnn_tensor *other);

/* To a vector, in the order of the dimensions; channels_last: channels first are moved to the end
 * before, as Keras does. */
mnistcnn_status mcnn_build_flatten(mcnn_builder *builder, mcnn_tensor *tensor, int channels_first);
/* To these dimensions, of which one may be -1. */
mnistcnn_status mcnn_build_reshape(mcnn_builder *builder, mcnn_tensor *tensor, const int64_t *dims,
                                   size_t rank);
/* order: for each new dimension the old one, from 1. */
mnistcnn_status mcnn_build_permute(mcnn_builder *builder, mcnn_tensor *tensor, const int64_t *order,
                                   size_t rank);

#endif
