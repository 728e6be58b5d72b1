/* Dense layers, batch normalisation, scales and offsets of Keras. */
#include "exchange/keras/config.h"
#include "exchange/keras/context.h"

#include <math.h>
#include <string.h>

static uint32_t rank_of(const mcnn_tensor *tensor) {
  return tensor->is_vector ? 1 : tensor->rank;
}

mnistcnn_status mcnn_keras_dense(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                 mcnn_tensor *tensor) {
  const uint32_t inputs = mcnn_tensor_dim(tensor, rank_of(tensor) - 1);
  const float *kernel = NULL, *bias = NULL;
  uint32_t units;
  int use_bias;
  if (!mcnn_keras_count(layer->config, "units", "output_dim", 0, &units) || units == 0 ||
      !mcnn_keras_flag(layer->config, "use_bias", "bias", 1, &use_bias))
    return mcnn_keras_fail_setting(context, "units or use_bias");
  const mcnn_keras_role roles[] = {
      {{"kernel", "W"}, 2, {inputs, units}, &kernel},
      {{"bias", "b"}, 1, {units}, &bias},
  };
  mnistcnn_status status = mcnn_keras_read_arrays(context, layer, roles, use_bias ? 2 : 1);
  if (status == MNISTCNN_OK)
    status = mcnn_build_dense(context->builder, tensor, units, kernel, bias);
  return status == MNISTCNN_OK
             ? mcnn_keras_activation(context, mcnn_json_member(layer->config, "activation"), tensor)
             : status;
}

/* An axis counts the batch as 0, and from the end with -1. */
static int read_axis(const mcnn_json_value *value, const mcnn_tensor *tensor, uint32_t *axis) {
  const int64_t rank = rank_of(tensor);
  int64_t number = -1;
  if (mcnn_json_is(value, MCNN_JSON_ARRAY) && value->count == 1)
    value = value->first;
  if (value && !mcnn_keras_integer(value, &number))
    return 0;
  if (number < 0)
    number += rank + 1;
  *axis = (uint32_t)(number - 1);
  return number >= 1 && number <= rank;
}

/* --- batch normalisation ---------------------------------------------------------------------- */

static int is_set(const mcnn_json_value *config, const char *key) {
  const mcnn_json_value *const value = mcnn_keras_setting(config, key, NULL);
  return value && (value->kind != MCNN_JSON_BOOL || value->number != 0) &&
         (value->kind != MCNN_JSON_NUMBER || value->number != 0);
}

static mnistcnn_status read_norm(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                 const mcnn_tensor *tensor, mcnn_batch_norm *norm, int *scale,
                                 int *center) {
  const mcnn_json_value *const config = layer->config;
  if (is_set(config, "renorm") || is_set(config, "virtual_batch_size") || is_set(config, "mode"))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a batch normalisation with renorm, virtual batches or another mode");
  if (!mcnn_keras_number(config, "epsilon", NULL, 1e-3, &norm->epsilon) ||
      !mcnn_keras_number(config, "momentum", NULL, 0.99, &norm->momentum) ||
      !mcnn_keras_flag(config, "scale", NULL, 1, scale) ||
      !mcnn_keras_flag(config, "center", NULL, 1, center) || !(norm->epsilon >= 0))
    return mcnn_keras_fail_setting(context, "epsilon, momentum, scale or center");
  if (!read_axis(mcnn_keras_setting(config, "axis", NULL), tensor, &norm->axis))
    return mcnn_keras_fail_setting(context, "axis");
  /* TensorFlow's kernel for images measures the variance with n - 1; Keras 3 does not. */
  norm->unbiased = context->version == 2 && rank_of(tensor) == 3;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_keras_batch_norm(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                      mcnn_tensor *tensor) {
  mcnn_batch_norm norm = {.gamma = NULL};
  mcnn_keras_role roles[4];
  size_t count = 0;
  int scale = 1, center = 1;
  mnistcnn_status status = read_norm(context, layer, tensor, &norm, &scale, &center);
  if (status != MNISTCNN_OK)
    return status;
  const uint64_t channels = mcnn_tensor_dim(tensor, norm.axis);
  if (scale)
    roles[count++] = (mcnn_keras_role){{"gamma"}, 1, {channels}, &norm.gamma};
  if (center)
    roles[count++] = (mcnn_keras_role){{"beta"}, 1, {channels}, &norm.beta};
  roles[count++] = (mcnn_keras_role){{"moving_mean", "running_mean"}, 1, {channels}, &norm.mean};
  /* What Keras 1 calls the standard deviation is the variance. */
  roles[count++] = (mcnn_keras_role){
      {"moving_variance", "running_variance", "running_std"}, 1, {channels}, &norm.variance};
  status = mcnn_keras_read_arrays(context, layer, roles, count);
  return status == MNISTCNN_OK ? mcnn_build_batch_norm(context->builder, tensor, &norm) : status;
}

/* --- slopes ----------------------------------------------------------------------------------- */

/* Which dimension has the channels; the last one of a vector. */
static uint32_t channel_axis(const mcnn_tensor *tensor) {
  for (uint32_t i = 0; i < tensor->rank && !tensor->is_vector; i++)
    if (tensor->axes[i] == MCNN_AXIS_CHANNELS)
      return i;
  return rank_of(tensor) - 1;
}

static int is_shared(const mcnn_json_value *axes, uint32_t dimension) {
  int64_t axis;
  for (const mcnn_json_value *item = mcnn_json_is(axes, MCNN_JSON_ARRAY) ? axes->first : NULL; item;
       item = item->next)
    if (mcnn_keras_integer(item, &axis) && axis == (int64_t)dimension + 1)
      return 1;
  return 0;
}

/* PReLU: a slope below 0 for each channel, if it is shared along the other dimensions. */
mnistcnn_status mcnn_keras_prelu(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                 mcnn_tensor *tensor) {
  const mcnn_json_value *const shared = mcnn_keras_setting(layer->config, "shared_axes", NULL);
  const uint32_t rank = rank_of(tensor), axis = channel_axis(tensor);
  const float *slopes = NULL;
  mcnn_keras_role role = {{"alpha", "alphas"}, rank, {0}, &slopes};
  if (rank > sizeof role.shape / sizeof role.shape[0])
    return mcnn_keras_fail_setting(context, "number of dimensions");
  for (uint32_t i = 0; i < rank; i++) {
    role.shape[i] = is_shared(shared, i) ? 1 : mcnn_tensor_dim(tensor, i);
    if (i != axis && role.shape[i] > 1)
      return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                               "a slope for each pixel; with shared_axes of height and width it "
                               "is read, and so is LeakyReLU");
  }
  const mnistcnn_status status = mcnn_keras_read_arrays(context, layer, &role, 1);
  return status == MNISTCNN_OK
             ? mcnn_build_slopes(context->builder, tensor, axis, slopes, (size_t)role.shape[axis])
             : status;
}

/* --- scales and offsets ----------------------------------------------------------------------- */

enum { MAX_CHANNELS = 4096 };

/* Numbers for each channel; one for all is repeated. Returns 0 for anything else. */
static int read_numbers(const mcnn_json_value *value, double otherwise, size_t count,
                        double *numbers) {
  const mcnn_json_value *item = value;
  /* Shapes such as [1, 1, 1, 3] have the numbers innermost. */
  while (mcnn_json_is(item, MCNN_JSON_ARRAY) && item->count == 1)
    item = item->first;
  const int is_list = mcnn_json_is(item, MCNN_JSON_ARRAY);
  if (is_list && item->count != count)
    return 0;
  if (is_list)
    item = item->first;
  for (size_t i = 0; i < count; i++) {
    if (item && (item->kind != MCNN_JSON_NUMBER || !isfinite(item->number)))
      return 0;
    numbers[i] = item ? item->number : otherwise;
    if (is_list && item)
      item = item->next;
  }
  return 1;
}

static mnistcnn_status affine(mcnn_keras_context *context, mcnn_tensor *tensor, uint32_t axis,
                              const double *scale, const double *offset) {
  return mcnn_build_affine(context->builder, tensor, axis, scale, offset,
                           mcnn_tensor_dim(tensor, axis));
}

/* Two lists of one number each for the last dimension; NULL with the message set. */
static double *two_lists(mcnn_keras_context *context, size_t count) {
  if (count > (size_t)16 * MAX_CHANNELS) {
    (void)mcnn_builder_fail(context->builder, MNISTCNN_LIMIT, "has more than %d numbers",
                            16 * MAX_CHANNELS);
    return NULL;
  }
  return (double *)(void *)mcnn_builder_floats(context->builder, 4 * count);
}

mnistcnn_status mcnn_keras_rescaling(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor) {
  const mcnn_json_value *const scale = mcnn_keras_setting(layer->config, "scale", NULL);
  const mcnn_json_value *const offset = mcnn_keras_setting(layer->config, "offset", NULL);
  const uint32_t axis = rank_of(tensor) - 1;
  double one_scale, one_offset;
  if (read_numbers(scale, 1, 1, &one_scale) && read_numbers(offset, 0, 1, &one_offset))
    return mcnn_build_affine(context->builder, tensor, axis, &one_scale, &one_offset, 1);
  const size_t count = mcnn_tensor_dim(tensor, axis);
  double *const numbers = two_lists(context, count);
  if (!numbers)
    return MNISTCNN_OUT_OF_MEMORY;
  if (!read_numbers(scale, 1, count, numbers) || !read_numbers(offset, 0, count, numbers + count))
    return mcnn_keras_fail_setting(context, "scale or offset");
  return affine(context, tensor, axis, numbers, numbers + count);
}

/* (x - mean) / max(deviation, 1e-7), or back. */
static mnistcnn_status normalize(mcnn_keras_context *context, mcnn_tensor *tensor, uint32_t axis,
                                 double *mean, double *variance, int invert) {
  static const double smallest = 1e-7;
  const size_t count = mcnn_tensor_dim(tensor, axis);
  for (size_t i = 0; i < count; i++) {
    const double deviation = fmax(sqrt(fmax(variance[i], 0)), smallest);
    variance[i] = invert ? deviation : 1 / deviation;
    mean[i] = invert ? mean[i] : -mean[i] / deviation;
  }
  return affine(context, tensor, axis, variance, mean);
}

/* Its numbers are arrays of the file, with the number of images they were measured on, or were
 * given in the configuration. */
static mnistcnn_status read_moments(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                    size_t count, int for_all, double *mean, double *variance) {
  const mcnn_keras_array *arrays[MCNN_KERAS_MAX_ARRAYS];
  float *const values = mcnn_builder_floats(context->builder, count);
  size_t found = 0;
  if (!values)
    return MNISTCNN_OUT_OF_MEMORY;
  mnistcnn_status status =
      mcnn_keras_weights_find(context->weights, context->graph, layer, arrays, &found);
  for (size_t i = 0; i < 2 && found >= 2 && status == MNISTCNN_OK; i++) {
    const size_t stored = for_all ? 1 : count;
    if (arrays[i]->value->count != stored)
      return mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                               "its array %.80s has %zu numbers for %zu channels", arrays[i]->path,
                               arrays[i]->value->count, stored);
    status = mcnn_h5_read_floats(arrays[i]->value, values, stored);
    for (size_t j = 0; j < count; j++)
      (i == 0 ? mean : variance)[j] = (double)values[for_all ? 0 : j];
  }
  if (status != MNISTCNN_OK || found >= 2)
    return status;
  if (!mcnn_keras_setting(layer->config, "mean", NULL) ||
      !mcnn_keras_setting(layer->config, "variance", NULL) ||
      !read_numbers(mcnn_keras_setting(layer->config, "mean", NULL), 0, count, mean) ||
      !read_numbers(mcnn_keras_setting(layer->config, "variance", NULL), 1, count, variance))
    return mcnn_keras_fail_setting(context, "mean or variance");
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_keras_normalization(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                         mcnn_tensor *tensor) {
  const mcnn_json_value *const axes = mcnn_json_member(layer->config, "axis");
  uint32_t axis = rank_of(tensor) - 1;
  int invert;
  const int for_all = mcnn_json_is(axes, MCNN_JSON_ARRAY) ? axes->count == 0 : !axes;
  if (!mcnn_keras_flag(layer->config, "invert", NULL, 0, &invert))
    return mcnn_keras_fail_setting(context, "invert");
  if (!for_all && !read_axis(axes, tensor, &axis))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a mean for each pixel; give it the axis of the channels alone");
  const size_t count = mcnn_tensor_dim(tensor, axis);
  double *const numbers = two_lists(context, count);
  if (!numbers)
    return MNISTCNN_OUT_OF_MEMORY;
  const mnistcnn_status status =
      read_moments(context, layer, count, for_all, numbers, numbers + count);
  return status == MNISTCNN_OK ? normalize(context, tensor, axis, numbers, numbers + count, invert)
                               : status;
}
