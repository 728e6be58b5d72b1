/* Layers and operations that change the shape alone. */
#include "exchange/keras/config.h"
#include "exchange/keras/context.h"

/* Of a list of numbers those from `first` on, or one number. */
static int read_dims(const mcnn_json_value *list, size_t first, int64_t dims[MCNN_TENSOR_MAX_RANK],
                     size_t *rank) {
  size_t at = 0;
  *rank = 0;
  list = mcnn_keras_unwrap(list);
  if (mcnn_json_is(list, MCNN_JSON_NUMBER) && first == 0 && mcnn_keras_integer(list, &dims[0])) {
    *rank = 1;
    return 1;
  }
  if (!mcnn_json_is(list, MCNN_JSON_ARRAY) || list->count > first + MCNN_TENSOR_MAX_RANK)
    return 0;
  for (const mcnn_json_value *item = list->first; item; item = item->next, at++)
    if (at >= first && !mcnn_keras_integer(item, &dims[(*rank)++]))
      return 0;
  return 1;
}

mnistcnn_status mcnn_keras_flatten(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                   mcnn_tensor *tensor) {
  return mcnn_build_flatten(context->builder, tensor, mcnn_keras_channels_first(layer->config));
}

/* Keras 3 calls an operation so too, whose shape has the batch in front. */
mnistcnn_status mcnn_keras_reshape(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                   mcnn_tensor *tensor) {
  const mcnn_json_value *const shape = mcnn_keras_setting(layer->config, "target_shape", NULL);
  const mcnn_json_value *const with_batch = mcnn_keras_setting(layer->config, "newshape", NULL);
  int64_t dims[MCNN_TENSOR_MAX_RANK];
  size_t rank;
  if (!shape && with_batch)
    return mcnn_keras_reshape_batch(context, with_batch, tensor);
  return read_dims(shape, 0, dims, &rank) ? mcnn_build_reshape(context->builder, tensor, dims, rank)
                                          : mcnn_keras_fail_setting(context, "target_shape");
}

mnistcnn_status mcnn_keras_permute(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                   mcnn_tensor *tensor) {
  int64_t order[MCNN_TENSOR_MAX_RANK];
  size_t rank;
  return read_dims(mcnn_keras_setting(layer->config, "dims", NULL), 0, order, &rank)
             ? mcnn_build_permute(context->builder, tensor, order, rank)
             : mcnn_keras_fail_setting(context, "dims");
}

/* --- operations, whose axes count the batch --------------------------------------------------- */

static int64_t rank_of(const mcnn_tensor *tensor) {
  return tensor->is_vector ? 1 : (int64_t)tensor->rank;
}

mnistcnn_status mcnn_keras_reshape_batch(mcnn_keras_context *context, const mcnn_json_value *shape,
                                         mcnn_tensor *tensor) {
  int64_t dims[MCNN_TENSOR_MAX_RANK];
  size_t rank;
  return read_dims(shape, 1, dims, &rank) && rank > 0
             ? mcnn_build_reshape(context->builder, tensor, dims, rank)
             : mcnn_keras_fail_setting(context, "shape");
}

mnistcnn_status mcnn_keras_transpose(mcnn_keras_context *context, const mcnn_json_value *axes,
                                     mcnn_tensor *tensor) {
  int64_t order[MCNN_TENSOR_MAX_RANK], batch = -1;
  size_t rank;
  return mcnn_keras_integer(mcnn_json_element(axes, 0), &batch) && batch == 0 &&
                 read_dims(axes, 1, order, &rank)
             ? mcnn_build_permute(context->builder, tensor, order, rank)
             : mcnn_keras_fail_setting(context, "order of axes");
}

/* A dimension of 1 at this place, which may not be in front of the batch. */
mnistcnn_status mcnn_keras_expand_dims(mcnn_keras_context *context, const mcnn_json_value *axis,
                                       mcnn_tensor *tensor) {
  const int64_t rank = rank_of(tensor);
  int64_t dims[MCNN_TENSOR_MAX_RANK], place;
  if (!mcnn_keras_integer(mcnn_keras_unwrap(axis), &place) || rank + 1 > MCNN_TENSOR_MAX_RANK)
    return mcnn_keras_fail_setting(context, "axis");
  if (place < 0)
    place += rank + 2;
  if (place < 1 || place > rank + 1)
    return mcnn_keras_fail_setting(context, "axis");
  for (int64_t i = 1, from = 0; i <= rank + 1; i++)
    dims[i - 1] = i == place ? 1 : (int64_t)mcnn_tensor_dim(tensor, (uint32_t)from++);
  return mcnn_build_reshape(context->builder, tensor, dims, (size_t)rank + 1);
}

/* Without the dimension of 1 at this place; without a place, without any. */
mnistcnn_status mcnn_keras_squeeze(mcnn_keras_context *context, const mcnn_json_value *axis,
                                   mcnn_tensor *tensor) {
  const int64_t rank = rank_of(tensor);
  int64_t dims[MCNN_TENSOR_MAX_RANK], place = 0;
  size_t left = 0;
  axis = mcnn_keras_unwrap(axis);
  if (mcnn_json_is(axis, MCNN_JSON_ARRAY) && axis->count == 1)
    axis = axis->first;
  if (axis && !mcnn_keras_integer(axis, &place))
    return mcnn_keras_fail_setting(context, "axis");
  if (place < 0)
    place += rank + 1;
  for (int64_t i = 1; i <= rank; i++) {
    const uint32_t dim = mcnn_tensor_dim(tensor, (uint32_t)(i - 1));
    if (axis ? i != place : dim != 1)
      dims[left++] = dim;
    else if (dim != 1)
      return mcnn_keras_fail_setting(context, "axis");
  }
  return left > 0 ? mcnn_build_reshape(context->builder, tensor, dims, left)
                  : mcnn_keras_fail_setting(context, "axis");
}

/* Over both spatial dimensions. */
mnistcnn_status mcnn_keras_reduce(mcnn_keras_context *context, const char *word,
                                  const mcnn_json_value *axes, int keep_dims, mcnn_tensor *tensor) {
  int64_t pair[MCNN_TENSOR_MAX_RANK];
  size_t count;
  if (!read_dims(axes, 0, pair, &count) || count != 2 || rank_of(tensor) != 3)
    return mcnn_keras_fail_setting(context, "axis");
  for (size_t i = 0; i < 2; i++)
    pair[i] += pair[i] < 0 ? 4 : 0;
  const int64_t first = pair[0] < pair[1] ? pair[0] : pair[1];
  if (pair[0] + pair[1] != 2 * first + 1 || first < 1 || first > 2)
    return mcnn_keras_fail_setting(context, "axis");
  return mcnn_build_global_pool(context->builder, tensor, word, first == 2, keep_dims);
}
