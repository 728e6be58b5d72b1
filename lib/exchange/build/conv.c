/* Convolutions of all kinds. Kernels whose spatial dimensions are our width and height in this
 * order are transposed. */
#include "exchange/build/image.h"
#include "exchange/build/layers.h"
#include "exchange/build/window.h"

#include <stdio.h>
#include <string.h>

/* Weights of groups that are joined, of which the file has only a part. */
enum { MAX_JOINED = 1 << 24 };

uint32_t mcnn_conv_channels(mcnn_builder *builder, const mcnn_tensor *tensor, int channels_first) {
  enum mcnn_axis spatial[2];
  return mcnn_image_axes(builder, tensor, channels_first, spatial) == MNISTCNN_OK
             ? tensor->size[MCNN_AXIS_CHANNELS]
             : 0;
}

/* The taps of a kernel that stay, [first dimension][second][each], in our order. */
static mnistcnn_status place_kernel(mcnn_builder *builder, const mcnn_placed_window *placed,
                                    const float *kernel, size_t each, const float **result) {
  const uint32_t *const size = placed->size, *const first = placed->first_tap;
  const uint32_t columns = placed->full[1];
  if (!placed->swapped && !placed->is_cropped) {
    *result = kernel;
    return MNISTCNN_OK;
  }
  float *const values = mcnn_builder_floats(builder, (size_t)size[0] * size[1] * each);
  if (!values)
    return MNISTCNN_OUT_OF_MEMORY;
  *result = values;
  for (uint32_t a = 0; a < size[0]; a++) {
    for (uint32_t b = 0; b < size[1]; b++) {
      const size_t from = (size_t)(first[0] + a) * columns + first[1] + b;
      const size_t to = placed->swapped ? (size_t)b * size[0] + a : (size_t)a * size[1] + b;
      memcpy(values + to * each, kernel + from * each, each * sizeof *values);
    }
  }
  return MNISTCNN_OK;
}

static void write_options(const mcnn_placed_window *placed, const mcnn_conv *conv, char *text,
                          size_t size) {
  char multiplier[32] = "";
  char window[96];
  mcnn_window_options(placed, 1, window, sizeof window);
  if (conv->multiplier > 1)
    (void)snprintf(multiplier, sizeof multiplier, " multiplier %u", conv->multiplier);
  (void)snprintf(text, size, "%s%s%s", window, multiplier, conv->bias ? "" : " nobias");
}

/* Groups as one kernel for all inputs, with zeros where a filter does not look. */
static mnistcnn_status join_groups(mcnn_builder *builder, const mcnn_conv *conv, uint32_t channels,
                                   const float **kernel) {
  const size_t taps = (size_t)conv->window.size[0] * conv->window.size[1];
  const uint32_t inputs = channels / conv->groups, filters = conv->filters / conv->groups;
  if ((uint64_t)taps * channels * conv->filters > MAX_JOINED)
    return mcnn_builder_fail(builder, MNISTCNN_LIMIT,
                             "its groups would take more than %d weights as one convolution",
                             MAX_JOINED);
  float *const joined = mcnn_builder_floats(builder, taps * channels * conv->filters);
  if (!joined)
    return MNISTCNN_OUT_OF_MEMORY;
  memset(joined, 0, taps * channels * conv->filters * sizeof *joined);
  for (size_t tap = 0; tap < taps; tap++) {
    for (uint32_t c = 0; c < channels; c++) {
      const uint32_t first = c / inputs * filters;
      memcpy(joined + (tap * channels + c) * conv->filters + first,
             conv->kernel + (tap * inputs + c % inputs) * conv->filters + first,
             filters * sizeof *joined);
    }
  }
  *kernel = joined;
  return mcnn_builder_note(builder,
                           "its %u groups are computed as one convolution of all channels, "
                           "with zeros between them",
                           conv->groups);
}

static void finish_conv(mcnn_builder *builder, mcnn_tensor *tensor, const mcnn_conv *conv,
                        const mcnn_placed_window *placed, uint32_t outputs) {
  if (conv->bias)
    mcnn_builder_array(builder, MNISTCNN_WEIGHTS_BIAS, conv->bias, outputs);
  mcnn_window_output(tensor, placed);
  tensor->size[MCNN_AXIS_CHANNELS] = outputs;
}

/* What a vector or an image of 1 x 1 leaves of a convolution: its one tap, a dense layer. */
static mnistcnn_status conv_of_vector(mcnn_builder *builder, mcnn_tensor *tensor,
                                      const mcnn_conv *conv, const mcnn_placed_window *placed,
                                      const float *kernel) {
  const uint32_t inputs = tensor->size[MCNN_AXIS_CHANNELS];
  if (placed->size[0] != 1 || placed->size[1] != 1)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED, "its kernel is larger than its input");
  const mnistcnn_status status =
      mcnn_builder_layer(builder, tensor, "dense %u%s", conv->filters, conv->bias ? "" : " nobias");
  if (status != MNISTCNN_OK)
    return status;
  mcnn_builder_array(builder, MNISTCNN_WEIGHTS_KERNEL, kernel, (size_t)inputs * conv->filters);
  finish_conv(builder, tensor, conv, placed, conv->filters);
  return MNISTCNN_OK;
}

static mnistcnn_status plain_conv(mcnn_builder *builder, mcnn_tensor *tensor, const mcnn_conv *conv,
                                  const mcnn_placed_window *placed, const float *kernel) {
  const size_t each = (size_t)tensor->size[MCNN_AXIS_CHANNELS] * conv->filters;
  const size_t count = each * placed->size[0] * placed->size[1];
  char size[32], options[144];
  mnistcnn_status status = place_kernel(builder, placed, kernel, each, &kernel);
  if (status == MNISTCNN_OK && tensor->is_flat)
    return conv_of_vector(builder, tensor, conv, placed, kernel);
  mcnn_window_size(placed, size, sizeof size);
  write_options(placed, conv, options, sizeof options);
  if (status == MNISTCNN_OK)
    status = mcnn_builder_layer(builder, tensor, "conv %u %s%s", conv->filters, size, options);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_builder_array(builder, MNISTCNN_WEIGHTS_KERNEL, kernel, count);
  finish_conv(builder, tensor, conv, placed, conv->filters);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_build_conv(mcnn_builder *builder, mcnn_tensor *tensor, const mcnn_conv *conv) {
  const uint32_t channels = tensor->size[MCNN_AXIS_CHANNELS];
  const float *kernel = conv->kernel;
  mcnn_placed_window placed;
  if (conv->groups > 1 && conv->groups == channels && !tensor->is_flat) {
    mcnn_conv each = *conv;
    each.depthwise = conv->kernel;
    each.multiplier = conv->filters / channels;
    return mcnn_build_depthwise(builder, tensor, &each);
  }
  mnistcnn_status status = mcnn_window_place(builder, tensor, &conv->window, 1, &placed);
  if (status == MNISTCNN_OK && conv->groups > 1)
    status = join_groups(builder, conv, channels, &kernel);
  return status == MNISTCNN_OK ? plain_conv(builder, tensor, conv, &placed, kernel) : status;
}

static mnistcnn_status refuse_vector(mcnn_builder *builder, const mcnn_tensor *tensor) {
  if (!tensor->is_flat)
    return MNISTCNN_OK;
  return mcnn_builder_fail(
      builder, MNISTCNN_UNSUPPORTED,
      "behind a flatten, a dense layer or a global pooling, which this library "
      "cannot turn back into an image");
}

/* The layer with its depthwise kernel; `before` is its text up to the size. */
static mnistcnn_status depthwise_layer(mcnn_builder *builder, mcnn_tensor *tensor,
                                       const mcnn_conv *conv, const char *before, int32_t which,
                                       mcnn_placed_window *placed) {
  const size_t each = (size_t)tensor->size[MCNN_AXIS_CHANNELS] * conv->multiplier;
  const float *kernel = NULL;
  char size[32], options[144];
  mnistcnn_status status = refuse_vector(builder, tensor);
  if (status == MNISTCNN_OK)
    status = mcnn_window_place(builder, tensor, &conv->window, 1, placed);
  if (status == MNISTCNN_OK)
    status = place_kernel(builder, placed, conv->depthwise, each, &kernel);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_window_size(placed, size, sizeof size);
  write_options(placed, conv, options, sizeof options);
  status = mcnn_builder_layer(builder, tensor, "%s%s%s", before, size, options);
  if (status == MNISTCNN_OK)
    mcnn_builder_array(builder, which, kernel, each * placed->size[0] * placed->size[1]);
  return status;
}

mnistcnn_status mcnn_build_depthwise(mcnn_builder *builder, mcnn_tensor *tensor,
                                     const mcnn_conv *conv) {
  const uint32_t outputs = tensor->size[MCNN_AXIS_CHANNELS] * conv->multiplier;
  mcnn_placed_window placed;
  const mnistcnn_status status =
      depthwise_layer(builder, tensor, conv, "depthwise ", MNISTCNN_WEIGHTS_KERNEL, &placed);
  if (status == MNISTCNN_OK)
    finish_conv(builder, tensor, conv, &placed, outputs);
  return status;
}

mnistcnn_status mcnn_build_separable(mcnn_builder *builder, mcnn_tensor *tensor,
                                     const mcnn_conv *conv) {
  const size_t inputs = (size_t)tensor->size[MCNN_AXIS_CHANNELS] * conv->multiplier;
  mcnn_placed_window placed;
  char before[32];
  (void)snprintf(before, sizeof before, "separable %u ", conv->filters);
  const mnistcnn_status status =
      depthwise_layer(builder, tensor, conv, before, MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL, &placed);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_builder_array(builder, MNISTCNN_WEIGHTS_POINTWISE_KERNEL, conv->kernel,
                     inputs * conv->filters);
  finish_conv(builder, tensor, conv, &placed, conv->filters);
  return MNISTCNN_OK;
}
