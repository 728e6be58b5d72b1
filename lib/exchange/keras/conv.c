/* Convolutions, poolings and padding of Keras. */
#include "exchange/keras/config.h"
#include "exchange/keras/context.h"

#include <string.h>

static mnistcnn_status read_padding(mcnn_keras_context *context, const mcnn_json_value *config,
                                    int *same) {
  const mcnn_json_value *const padding = mcnn_keras_setting(config, "padding", "border_mode");
  *same = mcnn_json_equals(padding, "same");
  if (!padding || *same || mcnn_json_equals(padding, "valid"))
    return MNISTCNN_OK;
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "its padding is neither \"valid\" nor \"same\"");
}

/* Nor larger than any image. */
static int are_positive(const mcnn_window *window) {
  enum { LARGEST = 4096 };
  for (int i = 0; i < 2; i++)
    if (window->size[i] == 0 || window->stride[i] == 0 || window->dilation[i] == 0 ||
        window->size[i] > LARGEST || window->stride[i] > LARGEST || window->dilation[i] > LARGEST)
      return 0;
  return 1;
}

/* Keras 1 has nb_row and nb_col. */
static int read_kernel_size(const mcnn_json_value *config, uint32_t size[2]) {
  if (mcnn_json_member(config, "kernel_size"))
    return mcnn_keras_pair(config, "kernel_size", NULL, 0, size);
  return mcnn_keras_count(config, "nb_row", NULL, 0, &size[0]) &&
         mcnn_keras_count(config, "nb_col", NULL, 0, &size[1]);
}

static mnistcnn_status read_window(mcnn_keras_context *context, const mcnn_json_value *config,
                                   mcnn_window *window) {
  if (!read_kernel_size(config, window->size) ||
      !mcnn_keras_pair(config, "strides", "subsample", 1, window->stride) ||
      !mcnn_keras_pair(config, "dilation_rate", "atrous_rate", 1, window->dilation) ||
      !are_positive(window))
    return mcnn_keras_fail_setting(context, "kernel size, strides or dilation rate");
  window->channels_first = mcnn_keras_channels_first(config);
  return read_padding(context, config, &window->same);
}

/* Kernels of Theano are turned by 180 degrees: a copy that is not; NULL with the message set. */
static const float *flip_kernel(mcnn_builder *builder, const float *kernel, size_t taps,
                                size_t each) {
  float *const flipped = mcnn_builder_floats(builder, taps * each);
  for (size_t i = 0; flipped && i < taps; i++)
    memcpy(flipped + i * each, kernel + (taps - 1 - i) * each, each * sizeof *kernel);
  return flipped;
}

/* [filters][inputs][rows][columns] as [rows][columns][inputs][filters]. */
static const float *reorder_kernel(mcnn_builder *builder, const float *kernel,
                                   const mcnn_window *window, size_t inputs, size_t filters) {
  const size_t taps = (size_t)window->size[0] * window->size[1];
  float *const ordered = mcnn_builder_floats(builder, taps * inputs * filters);
  if (!ordered)
    return NULL;
  for (size_t f = 0; f < filters; f++)
    for (size_t c = 0; c < inputs; c++)
      for (size_t t = 0; t < taps; t++)
        ordered[(t * inputs + c) * filters + f] = kernel[(f * inputs + c) * taps + t];
  return ordered;
}

/* Reads kernel and bias. Keras 1 with "th" keeps kernels as [filters][inputs][rows][columns]. */
static mnistcnn_status read_kernel(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                   mcnn_conv *conv, uint32_t inputs, int use_bias) {
  const uint32_t *const size = conv->window.size;
  const int is_old = context->version == 1 && conv->window.channels_first;
  const mcnn_keras_role roles[] = {
      {{"kernel", "W"}, 4, {size[0], size[1], inputs, conv->filters}, &conv->kernel},
      {{"bias", "b"}, 1, {conv->filters}, &conv->bias},
  };
  mcnn_keras_role old[] = {roles[0], roles[1]};
  const uint64_t old_shape[] = {conv->filters, inputs, size[0], size[1]};
  memcpy(old[0].shape, old_shape, sizeof old_shape);
  const mnistcnn_status status =
      mcnn_keras_read_arrays(context, layer, is_old ? old : roles, use_bias ? 2 : 1);
  if (status != MNISTCNN_OK || !is_old)
    return status;
  conv->kernel =
      reorder_kernel(context->builder, conv->kernel, &conv->window, inputs, conv->filters);
  return conv->kernel ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

/* Once: Keras 1 does not say who wrote a file, and a turned kernel looks like any other. */
static mnistcnn_status tell_backend(mcnn_keras_context *context) {
  if (context->knows_backend)
    return MNISTCNN_OK;
  context->knows_backend = 1;
  return mcnn_builder_note(context->builder,
                           "its kernels are taken as TensorFlow has them; Keras 1 does not say "
                           "whether Theano wrote them, turned: for those add +flipped to the "
                           "encoding");
}

static mnistcnn_status finish(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                              mcnn_tensor *tensor, mnistcnn_status status) {
  return status == MNISTCNN_OK
             ? mcnn_keras_activation(context, mcnn_json_member(layer->config, "activation"), tensor)
             : status;
}

/* What all convolutions have; *inputs are the channels that it reads. */
static mnistcnn_status read_conv(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                 const mcnn_tensor *tensor, mcnn_conv *conv, uint32_t *inputs,
                                 int *use_bias) {
  mnistcnn_status status = read_window(context, layer->config, &conv->window);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_keras_flag(layer->config, "use_bias", "bias", 1, use_bias) ||
      !mcnn_keras_count(layer->config, "filters", "nb_filter", 0, &conv->filters) ||
      !mcnn_keras_count(layer->config, "groups", NULL, 1, &conv->groups) ||
      !mcnn_keras_count(layer->config, "depth_multiplier", NULL, 1, &conv->multiplier))
    return mcnn_keras_fail_setting(context, "filters, groups, depth_multiplier or use_bias");
  *inputs = mcnn_conv_channels(context->builder, tensor, conv->window.channels_first);
  return *inputs > 0 ? MNISTCNN_OK : MNISTCNN_UNSUPPORTED;
}

mnistcnn_status mcnn_keras_conv2d(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                  mcnn_tensor *tensor) {
  mcnn_conv conv = {.kernel = NULL};
  uint32_t inputs = 0;
  int use_bias = 1;
  mnistcnn_status status = read_conv(context, layer, tensor, &conv, &inputs, &use_bias);
  if (status != MNISTCNN_OK)
    return status;
  conv.multiplier = 1;
  if (conv.filters == 0 || conv.groups == 0 || inputs % conv.groups != 0 ||
      conv.filters % conv.groups != 0)
    return mcnn_keras_fail_setting(context, "number of filters or groups");
  const size_t taps = (size_t)conv.window.size[0] * conv.window.size[1];
  status = read_kernel(context, layer, &conv, inputs / conv.groups, use_bias);
  if (status == MNISTCNN_OK && context->flips_kernels)
    conv.kernel = flip_kernel(context->builder, conv.kernel, taps,
                              (size_t)inputs / conv.groups * conv.filters);
  if (!conv.kernel && status == MNISTCNN_OK)
    return MNISTCNN_OUT_OF_MEMORY;
  if (status == MNISTCNN_OK)
    status = tell_backend(context);
  if (status == MNISTCNN_OK)
    status = mcnn_build_conv(context->builder, tensor, &conv);
  return finish(context, layer, tensor, status);
}

/* What a depthwise kernel is of; *kernel becomes its role. */
static mnistcnn_status read_depthwise(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                      const mcnn_tensor *tensor, mcnn_conv *conv,
                                      mcnn_keras_role *kernel, uint64_t *outputs, int *use_bias) {
  uint32_t inputs = 0;
  const mnistcnn_status status = read_conv(context, layer, tensor, conv, &inputs, use_bias);
  if (status != MNISTCNN_OK)
    return status;
  if (conv->multiplier == 0)
    return mcnn_keras_fail_setting(context, "depth_multiplier");
  *kernel =
      (mcnn_keras_role){{"depthwise_kernel", "kernel"},
                        4,
                        {conv->window.size[0], conv->window.size[1], inputs, conv->multiplier},
                        &conv->depthwise};
  *outputs = (uint64_t)inputs * conv->multiplier;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_keras_depthwise(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor) {
  mcnn_conv conv = {.kernel = NULL};
  mcnn_keras_role roles[2];
  uint64_t outputs = 0;
  int use_bias = 1;
  mnistcnn_status status =
      read_depthwise(context, layer, tensor, &conv, &roles[0], &outputs, &use_bias);
  if (status != MNISTCNN_OK)
    return status;
  roles[1] = (mcnn_keras_role){{"bias"}, 1, {outputs}, &conv.bias};
  status = mcnn_keras_read_arrays(context, layer, roles, use_bias ? 2 : 1);
  if (status == MNISTCNN_OK)
    status = mcnn_build_depthwise(context->builder, tensor, &conv);
  return finish(context, layer, tensor, status);
}

mnistcnn_status mcnn_keras_separable(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor) {
  mcnn_conv conv = {.kernel = NULL};
  mcnn_keras_role roles[3];
  uint64_t middle = 0;
  int use_bias = 1;
  mnistcnn_status status =
      read_depthwise(context, layer, tensor, &conv, &roles[0], &middle, &use_bias);
  if (status != MNISTCNN_OK)
    return status;
  if (conv.filters == 0)
    return mcnn_keras_fail_setting(context, "number of filters");
  roles[0].names[1] = NULL;
  roles[1] = (mcnn_keras_role){{"pointwise_kernel"}, 4, {1, 1, middle, conv.filters}, &conv.kernel};
  roles[2] = (mcnn_keras_role){{"bias", "b"}, 1, {conv.filters}, &conv.bias};
  status = mcnn_keras_read_arrays(context, layer, roles, use_bias ? 3 : 2);
  if (status == MNISTCNN_OK)
    status = mcnn_build_separable(context->builder, tensor, &conv);
  return finish(context, layer, tensor, status);
}

/* --- poolings --------------------------------------------------------------------------------- */

static mnistcnn_status pool(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                            mcnn_tensor *tensor, const char *word) {
  mcnn_window window = {.dilation = {1, 1}};
  int fine = mcnn_keras_pair(layer->config, "pool_size", NULL, 2, window.size);
  if (mcnn_keras_setting(layer->config, "strides", NULL))
    fine = fine && mcnn_keras_pair(layer->config, "strides", NULL, 1, window.stride);
  else
    memcpy(window.stride, window.size, sizeof window.stride);
  if (!fine || !are_positive(&window))
    return mcnn_keras_fail_setting(context, "pool size or strides");
  window.channels_first = mcnn_keras_channels_first(layer->config);
  const mnistcnn_status status = read_padding(context, layer->config, &window.same);
  return status == MNISTCNN_OK ? mcnn_build_pool(context->builder, tensor, word, &window) : status;
}

mnistcnn_status mcnn_keras_max_pool(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                    mcnn_tensor *tensor) {
  return pool(context, layer, tensor, "maxpool");
}

mnistcnn_status mcnn_keras_average_pool(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                        mcnn_tensor *tensor) {
  return pool(context, layer, tensor, "avgpool");
}

static mnistcnn_status global_pool(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                   mcnn_tensor *tensor, const char *word) {
  int keep_dims;
  if (!mcnn_keras_flag(layer->config, "keepdims", NULL, 0, &keep_dims))
    return mcnn_keras_fail_setting(context, "keepdims");
  return mcnn_build_global_pool(context->builder, tensor, word,
                                mcnn_keras_channels_first(layer->config), keep_dims);
}

mnistcnn_status mcnn_keras_global_average(mcnn_keras_context *context,
                                          const mcnn_keras_layer *layer, mcnn_tensor *tensor) {
  return global_pool(context, layer, tensor, "globalavgpool");
}

mnistcnn_status mcnn_keras_global_max(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                      mcnn_tensor *tensor) {
  return global_pool(context, layer, tensor, "globalmaxpool");
}

/* n, [h, w] or [[top, bottom], [left, right]]; in Keras 1 also
 * {"top_pad": 1, ...} and [top, bottom, left, right] */
static int read_sides(const mcnn_json_value *config, const char *key, uint32_t otherwise,
                      uint32_t sides[4]) {
  static const char *const names[] = {"top_pad", "bottom_pad", "left_pad", "right_pad"};
  const mcnn_json_value *const padding = mcnn_keras_setting(config, key, NULL);
  const mcnn_json_value *item = mcnn_json_is(padding, MCNN_JSON_ARRAY) ? padding->first : NULL;
  if (mcnn_json_is(padding, MCNN_JSON_OBJECT)) {
    for (int i = 0; i < 4; i++)
      if (!mcnn_keras_count(padding, names[i], NULL, 0, &sides[i]))
        return 0;
    return 1;
  }
  uint32_t pair[2];
  if (item && padding->count == 2 && mcnn_json_is(mcnn_keras_unwrap(item), MCNN_JSON_ARRAY)) {
    for (int i = 0; i < 2; i++, item = item->next) {
      const mcnn_json_value *const side = mcnn_keras_unwrap(item);
      if (!mcnn_json_is(side, MCNN_JSON_ARRAY) || side->count != 2)
        return 0;
      const mcnn_json_value *value = side->first;
      for (int j = 0; j < 2; j++, value = value->next) {
        int64_t number;
        if (!mcnn_keras_integer(value, &number) || number < 0 || number > 4096)
          return 0;
        sides[2 * i + j] = (uint32_t)number;
      }
    }
    return 1;
  }
  if (!mcnn_keras_pair(config, key, NULL, otherwise, pair))
    return 0;
  sides[0] = sides[1] = pair[0];
  sides[2] = sides[3] = pair[1];
  return pair[0] <= 4096 && pair[1] <= 4096;
}

static int is_first(const mcnn_keras_context *context, const mcnn_keras_layer *layer) {
  if (context->version == 1 && !mcnn_json_member(layer->config, "dim_ordering"))
    return context->channels_first;
  return mcnn_keras_channels_first(layer->config);
}

mnistcnn_status mcnn_keras_zero_padding(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                        mcnn_tensor *tensor) {
  uint32_t sides[4];
  if (!read_sides(layer->config, "padding", 1, sides))
    return mcnn_keras_fail_setting(context, "padding");
  return mcnn_build_zero_pad(context->builder, tensor, sides, is_first(context, layer));
}

mnistcnn_status mcnn_keras_cropping(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                    mcnn_tensor *tensor) {
  uint32_t sides[4];
  if (!read_sides(layer->config, "cropping", 0, sides))
    return mcnn_keras_fail_setting(context, "cropping");
  return mcnn_build_crop(context->builder, tensor, sides, is_first(context, layer));
}
