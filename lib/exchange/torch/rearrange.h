/* Weights of PyTorch in the order of this library: which fit, and where each number goes. */
#ifndef MCNN_EXCHANGE_TORCH_REARRANGE_H
#define MCNN_EXCHANGE_TORCH_REARRANGE_H

#include "exchange/torch/layers.h"

/* What a layer reads. Behind a flatten it is the image whose numbers, channel by channel, PyTorch
 * has in its vector. */
typedef struct mcnn_torch_image {
  uint32_t height, width, channels;
} mcnn_torch_image;

uint64_t mcnn_torch_image_size(const mcnn_torch_image *image);

/* transposed: the rows of PyTorch's images are the columns of ours. */
int mcnn_torch_fits_conv(const mcnn_torch_layer *layer, const mnistcnn_layer_info *info,
                         int transposed);
int mcnn_torch_fits_depthwise(const mcnn_torch_layer *layer, const mnistcnn_layer_info *info,
                              int transposed);
int mcnn_torch_fits_pointwise(const mcnn_torch_layer *layer, const mnistcnn_layer_info *info);
/* Also a convolution as large as its input; and one output for a network of two classes. */
int mcnn_torch_fits_dense(const mcnn_torch_layer *layer, const mnistcnn_layer_info *info,
                          const mcnn_torch_image *image);

typedef struct mcnn_torch_move {
  const mcnn_torch_tensor *tensor; /* for its shape */
  const float *source;
  float *target; /* zeros before */
  int transposed;
} mcnn_torch_move;

/* O,I,H,W to H,W,I,O; groups become one kernel with zeros between them. */
void mcnn_torch_move_conv(const mcnn_torch_move *move, const mnistcnn_layer_info *info);
/* C*M,1,H,W to H,W,C,M. */
void mcnn_torch_move_depthwise(const mcnn_torch_move *move, const mnistcnn_layer_info *info);
/* O,I,1,1 to 1,1,I,O. */
void mcnn_torch_move_pointwise(const mcnn_torch_move *move);
/* O,(C,H,W) to (H,W,C),O. */
void mcnn_torch_move_dense(const mcnn_torch_move *move, const mnistcnn_layer_info *info,
                           const mcnn_torch_image *image);
/* (C,H,W) to (H,W,C). */
void mcnn_torch_order_vector(const float *source, float *target, const mcnn_torch_image *image,
                             int transposed);

#endif
