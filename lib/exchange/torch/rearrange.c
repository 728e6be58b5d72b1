#include "exchange/torch/rearrange.h"

uint64_t mcnn_torch_image_size(const mcnn_torch_image *image) {
  return (uint64_t)image->height * image->width * image->channels;
}

/* --- what fits -------------------------------------------------------------------------------- */

static int has_window(const mcnn_torch_layer *layer, const mnistcnn_layer_info *info,
                      int transposed) {
  const uint64_t *const shape = layer->weight->shape;
  return layer->kind == MCNN_TORCH_CONV && shape[2] == info->kernel_shape[transposed ? 1 : 0] &&
         shape[3] == info->kernel_shape[transposed ? 0 : 1];
}

int mcnn_torch_fits_conv(const mcnn_torch_layer *layer, const mnistcnn_layer_info *info,
                         int transposed) {
  const uint32_t inputs = info->kernel_shape[2], outputs = info->kernel_shape[3];
  if (!has_window(layer, info, transposed) || mcnn_torch_outputs(layer) != outputs ||
      mcnn_torch_inputs(layer) > inputs || inputs % mcnn_torch_inputs(layer) != 0)
    return 0;
  return outputs % (inputs / mcnn_torch_inputs(layer)) == 0;
}

int mcnn_torch_fits_depthwise(const mcnn_torch_layer *layer, const mnistcnn_layer_info *info,
                              int transposed) {
  return has_window(layer, info, transposed) && mcnn_torch_inputs(layer) == 1 &&
         mcnn_torch_outputs(layer) == (uint64_t)info->kernel_shape[2] * info->kernel_shape[3];
}

int mcnn_torch_fits_pointwise(const mcnn_torch_layer *layer, const mnistcnn_layer_info *info) {
  return layer->kind == MCNN_TORCH_CONV && layer->weight->shape[2] == 1 &&
         layer->weight->shape[3] == 1 && mcnn_torch_outputs(layer) == info->output_channels &&
         mcnn_torch_inputs(layer) == (uint64_t)info->kernel_shape[2] * info->kernel_shape[3];
}

int mcnn_torch_fits_dense(const mcnn_torch_layer *layer, const mnistcnn_layer_info *info,
                          const mcnn_torch_image *image) {
  const uint64_t outputs = mcnn_torch_outputs(layer);
  if (outputs != info->kernel_shape[1] && !(outputs == 1 && info->kernel_shape[1] == 2))
    return 0;
  if (layer->kind == MCNN_TORCH_LINEAR)
    return mcnn_torch_inputs(layer) == info->kernel_shape[0];
  return layer->kind == MCNN_TORCH_CONV && mcnn_torch_inputs(layer) == image->channels &&
         layer->weight->shape[2] == image->height && layer->weight->shape[3] == image->width;
}

/* --- where each number goes ------------------------------------------------------------------- */

void mcnn_torch_move_conv(const mcnn_torch_move *move, const mnistcnn_layer_info *info) {
  const uint64_t *const shape = move->tensor->shape;
  const size_t outputs = (size_t)shape[0], each = (size_t)shape[1];
  const size_t height = (size_t)shape[2], width = (size_t)shape[3];
  const size_t inputs = info->kernel_shape[2], per_group = outputs / (inputs / each);
  size_t at = 0;
  for (size_t o = 0; o < outputs; o++)
    for (size_t i = 0; i < each; i++)
      for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
          const size_t tap = move->transposed ? x * height + y : y * width + x;
          const size_t input = o / per_group * each + i;
          move->target[(tap * inputs + input) * outputs + o] = move->source[at++];
        }
}

void mcnn_torch_move_depthwise(const mcnn_torch_move *move, const mnistcnn_layer_info *info) {
  const uint64_t *const shape = move->tensor->shape;
  const size_t outputs = (size_t)info->kernel_shape[2] * info->kernel_shape[3];
  const size_t height = (size_t)shape[2], width = (size_t)shape[3];
  size_t at = 0;
  for (size_t o = 0; o < outputs; o++)
    for (size_t y = 0; y < height; y++)
      for (size_t x = 0; x < width; x++) {
        const size_t tap = move->transposed ? x * height + y : y * width + x;
        move->target[tap * outputs + o] = move->source[at++];
      }
}

void mcnn_torch_move_pointwise(const mcnn_torch_move *move) {
  const size_t outputs = (size_t)move->tensor->shape[0], inputs = (size_t)move->tensor->shape[1];
  for (size_t o = 0; o < outputs; o++)
    for (size_t i = 0; i < inputs; i++)
      move->target[i * outputs + o] = move->source[o * inputs + i];
}

/* The number of PyTorch's vector that comes at y, x, c of ours. */
static size_t position(const mcnn_torch_image *image, size_t y, size_t x, size_t c,
                       int transposed) {
  const size_t pixel = transposed ? x * image->height + y : y * image->width + x;
  return c * image->height * image->width + pixel;
}

void mcnn_torch_move_dense(const mcnn_torch_move *move, const mnistcnn_layer_info *info,
                           const mcnn_torch_image *image) {
  const size_t inputs = info->kernel_shape[0], outputs = info->kernel_shape[1];
  const size_t held = (size_t)move->tensor->shape[0], first = outputs - held;
  size_t row = 0;
  for (size_t y = 0; y < image->height; y++)
    for (size_t x = 0; x < image->width; x++)
      for (size_t c = 0; c < image->channels; c++, row++) {
        const size_t from = position(image, y, x, c, move->transposed);
        for (size_t o = 0; o < held; o++)
          move->target[row * outputs + first + o] = move->source[o * inputs + from];
      }
}

void mcnn_torch_order_vector(const float *source, float *target, const mcnn_torch_image *image,
                             int transposed) {
  size_t at = 0;
  for (size_t y = 0; y < image->height; y++)
    for (size_t x = 0; x < image->width; x++)
      for (size_t c = 0; c < image->channels; c++)
        target[at++] = source[position(image, y, x, c, transposed)];
}
