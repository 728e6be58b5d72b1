/* Dense layers, which work on the last dimension of whatever they read. */
#include "exchange/build/image.h"
#include "exchange/build/layers.h"

static void set_arrays(mcnn_builder *builder, const float *kernel, size_t inputs, uint32_t units,
                       const float *bias) {
  mcnn_builder_array(builder, MNISTCNN_WEIGHTS_KERNEL, kernel, inputs * units);
  if (bias)
    mcnn_builder_array(builder, MNISTCNN_WEIGHTS_BIAS, bias, units);
}

/* As a convolution whose kernel is as large as the image: a vector that is an image of 1 x 1. */
static mnistcnn_status image_vector(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t units,
                                    const char *options) {
  return mcnn_builder_layer(builder, tensor, "conv %u %ux%u%s", units,
                            tensor->size[MCNN_AXIS_HEIGHT], tensor->size[MCNN_AXIS_WIDTH], options);
}

static mnistcnn_status dense_vector(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t units,
                                    const float *kernel, const float *bias) {
  const char *const options = bias ? "" : " nobias";
  const size_t inputs = (size_t)mcnn_tensor_count(tensor);
  mnistcnn_status status = mcnn_vector_rows(builder, tensor, kernel, units, &kernel);
  const int as_image = mcnn_builder_has_image_vectors(builder) && !tensor->is_flat;
  if (status == MNISTCNN_OK && as_image)
    status = image_vector(builder, tensor, units, options);
  if (status == MNISTCNN_OK && !as_image)
    status = mcnn_vector_flatten(builder, tensor);
  if (status == MNISTCNN_OK && !as_image)
    status = mcnn_builder_layer(builder, tensor, "dense %u%s", units, options);
  if (status != MNISTCNN_OK)
    return status;
  set_arrays(builder, kernel, inputs, units, bias);
  mcnn_vector_set(tensor, units);
  return MNISTCNN_OK;
}

/* On the channels of each position: a convolution of 1 x 1. On the rows or columns of an image of
 * one channel: one as long as they are, whose outputs become the channels. */
static mnistcnn_status dense_image(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t units,
                                   const float *kernel, const float *bias) {
  const enum mcnn_axis axis = tensor->axes[tensor->rank - 1];
  const uint32_t inputs = mcnn_tensor_dim(tensor, tensor->rank - 1);
  const uint32_t height = axis == MCNN_AXIS_HEIGHT ? inputs : 1;
  const uint32_t width = axis == MCNN_AXIS_WIDTH ? inputs : 1;
  const int on_channels = axis == MCNN_AXIS_CHANNELS || axis == MCNN_AXIS_ONE;
  if (tensor->size[MCNN_AXIS_CHANNELS] != (on_channels ? inputs : 1))
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "works on another dimension of an image than its channels");
  const mnistcnn_status status = mcnn_builder_layer(builder, tensor, "conv %u %ux%u%s", units,
                                                    height, width, bias ? "" : " nobias");
  if (status != MNISTCNN_OK)
    return status;
  set_arrays(builder, kernel, inputs, units, bias);
  tensor->size[MCNN_AXIS_CHANNELS] = units;
  if (!on_channels)
    tensor->size[axis] = 1;
  tensor->axes[tensor->rank - 1] = MCNN_AXIS_CHANNELS;
  return MNISTCNN_OK;
}

/* A vector with dimensions of 1 around it. */
static mnistcnn_status dense_flat(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t units,
                                  const float *kernel, const float *bias) {
  const size_t inputs = tensor->size[MCNN_AXIS_CHANNELS];
  if (mcnn_tensor_dim(tensor, tensor->rank - 1) != inputs)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED, "works on a dimension of 1");
  const mnistcnn_status status =
      mcnn_builder_layer(builder, tensor, "dense %u%s", units, bias ? "" : " nobias");
  if (status != MNISTCNN_OK)
    return status;
  set_arrays(builder, kernel, inputs, units, bias);
  tensor->size[MCNN_AXIS_CHANNELS] = units;
  tensor->axes[tensor->rank - 1] = MCNN_AXIS_CHANNELS;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_build_dense(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t units,
                                 const float *kernel, const float *bias) {
  if (tensor->is_vector)
    return dense_vector(builder, tensor, units, kernel, bias);
  return tensor->is_flat ? dense_flat(builder, tensor, units, kernel, bias)
                         : dense_image(builder, tensor, units, kernel, bias);
}
