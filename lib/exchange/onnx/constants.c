/* Operations on constants: weights that are rearranged, and shapes that are computed. */
#include "exchange/graph/shape.h"
#include "exchange/onnx/context.h"

enum { TYPE_FLOAT = 1, TYPE_FLOAT16 = 10, TYPE_DOUBLE = 11, TYPE_BFLOAT16 = 16, MAX_LIST = 64 };

static mnistcnn_status constant_list(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                     mcnn_array *array) {
  int64_t integers[MAX_LIST];
  double numbers[MAX_LIST];
  size_t count = 0;
  if (!mcnn_onnx_integers(node, "value_ints", integers, MAX_LIST, &count))
    return mcnn_onnx_fail_attribute(context, "value_ints");
  if (count > 0)
    return mcnn_array_of_integers(context->builder, integers, count, array);
  if (!mcnn_onnx_numbers(node, "value_floats", numbers, MAX_LIST, &count) || count == 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a constant of a kind that is not read");
  float *const floats = mcnn_builder_floats(context->builder, count);
  if (!floats)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    floats[i] = (float)numbers[i];
  *array = (mcnn_array){.rank = 1, .dims = {count}, .count = count, .floats = floats};
  return MNISTCNN_OK;
}

static mnistcnn_status constant_number(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                       mcnn_array *array) {
  mcnn_onnx_attribute a;
  if (mcnn_onnx_find(node, "value_int", &a) && a.has_integer) {
    const mnistcnn_status status = mcnn_array_of_integers(context->builder, &a.integer, 1, array);
    array->rank = 0;
    return status;
  }
  if (!mcnn_onnx_find(node, "value_float", &a) || !a.has_number)
    return constant_list(context, node, array);
  float *const number = mcnn_builder_floats(context->builder, 1);
  if (!number)
    return MNISTCNN_OUT_OF_MEMORY;
  *number = (float)a.number;
  *array = (mcnn_array){.count = 1, .floats = number};
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_onnx_constant(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_onnx_attribute a;
  mcnn_array array = {0};
  const mnistcnn_status status =
      mcnn_onnx_find(node, "value", &a) && a.tensor.data
          ? mcnn_onnx_tensor_read(context->builder, &context->external, &a.tensor, &array)
          : constant_number(context, node, &array);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_array(context, node, &array);
  return status;
}

/* --- shapes ----------------------------------------------------------------------------------- */

/* Where elements begin or end: between `low` and `high`. */
static int64_t bound(int64_t at, int64_t size, int64_t low, int64_t high) {
  const int64_t from_start = at < 0 ? at + size : at;
  return from_start < low ? low : from_start > high ? high : from_start;
}

mnistcnn_status mcnn_onnx_shape(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_dims dims = {.rank = 0};
  mcnn_array array = {0};
  mnistcnn_status status = mcnn_flow_dims(&context->flow, node->inputs[0], &dims);
  if (status != MNISTCNN_OK)
    return status;
  const int64_t start = bound(mcnn_onnx_integer(node, "start", 0), dims.rank, 0, dims.rank);
  const int64_t end = bound(mcnn_onnx_integer(node, "end", dims.rank), dims.rank, 0, dims.rank);
  status = mcnn_array_of_integers(context->builder, dims.size + start,
                                  end > start ? (size_t)(end - start) : 0, &array);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_array(context, node, &array);
  return status;
}

/* An axis of a constant; 0 where it is none. */
static int find_axis(int64_t given, const mcnn_array *array, uint32_t *axis) {
  const int64_t resolved = given < 0 ? given + (int64_t)array->rank : given;
  *axis = (uint32_t)resolved;
  return resolved >= 0 && resolved < (int64_t)array->rank;
}

static mnistcnn_status first_array(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                   mcnn_array *array) {
  const mcnn_flow_value *const value = &context->flow.values[node->inputs[0]];
  if (value->kind != MCNN_FLOW_ARRAY)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "takes or joins parts of an image, which this library cannot");
  *array = value->array;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_onnx_gather(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  const mcnn_array *indices = NULL;
  mcnn_array array = {0};
  uint32_t axis;
  mnistcnn_status status = first_array(context, node, &array);
  if (status == MNISTCNN_OK)
    status = mcnn_onnx_array(context, node, 1, 0, &indices);
  if (status != MNISTCNN_OK)
    return status;
  if (indices->rank > 1 || !find_axis(mcnn_onnx_integer(node, "axis", 0), &array, &axis))
    return mcnn_onnx_fail_attribute(context, "axis");
  status = mcnn_array_take(context->builder, &array, axis, indices);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_array(context, node, &array);
  return status;
}

/* All numbers of a constant that a file describes by its dimensions alone: no more than a
 * computation of a shape needs, as the file may be short. */
enum { MAX_FILLED = 4096 };

static int64_t *fill_integers(mcnn_builder *builder, size_t count, int64_t value) {
  int64_t *const integers = mcnn_array_integers(builder, count);
  for (size_t i = 0; integers && i < count; i++)
    integers[i] = value;
  return integers;
}

static float *fill_floats(mcnn_builder *builder, size_t count, float value) {
  float *const floats = mcnn_builder_floats(builder, count);
  for (size_t i = 0; floats && i < count; i++)
    floats[i] = value;
  return floats;
}

/* The product of the dimensions in a vector; 0 where that is more than may be filled. */
static int read_dims(const mcnn_array *shape, mcnn_array *array) {
  array->rank = (uint32_t)shape->count;
  array->count = 1;
  for (size_t i = 0; i < shape->count; i++) {
    const int64_t size = mcnn_array_integer(shape, i);
    if (size < 0 || size > MAX_FILLED)
      return 0;
    array->dims[i] = (size_t)size;
    array->count *= (size_t)size;
    if (array->count > MAX_FILLED)
      return 0;
  }
  return 1;
}

mnistcnn_status mcnn_onnx_constant_of_shape(mcnn_onnx_context *context,
                                            const mcnn_onnx_node *node) {
  mcnn_onnx_attribute a;
  const mcnn_array *shape = NULL;
  mcnn_array value = {0}, array = {0};
  mnistcnn_status status = mcnn_onnx_array(context, node, 0, 0, &shape);
  if (status != MNISTCNN_OK)
    return status;
  if (shape->rank != 1 || shape->count > MCNN_ARRAY_MAX_RANK || !read_dims(shape, &array))
    return mcnn_builder_fail(context->builder, MNISTCNN_LIMIT,
                             "a constant of another shape than up to %d numbers", MAX_FILLED);
  if (mcnn_onnx_find(node, "value", &a) && a.tensor.data)
    status = mcnn_onnx_tensor_read(context->builder, &context->external, &a.tensor, &value);
  if (status == MNISTCNN_OK && value.integers && value.count == 1)
    array.integers = fill_integers(context->builder, array.count, value.integers[0]);
  else if (status == MNISTCNN_OK)
    array.floats = fill_floats(context->builder, array.count,
                               value.count == 1 && value.floats ? value.floats[0] : 0);
  if (status != MNISTCNN_OK)
    return status;
  if (!array.integers && !array.floats)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_onnx_set_array(context, node, &array);
  return MNISTCNN_OK;
}

/* --- joined -------------------------------------------------------------------------------------
 */

mnistcnn_status mcnn_onnx_concat(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_array array = {0};
  mnistcnn_status status = first_array(context, node, &array);
  for (uint32_t i = 1; i < node->num_inputs && status == MNISTCNN_OK; i++) {
    const mcnn_array *next = NULL;
    status = mcnn_onnx_array(context, node, i, 0, &next);
    if (status == MNISTCNN_OK)
      status = mcnn_array_join(context->builder, &array, next);
  }
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_array(context, node, &array);
  return status;
}

/* --- types ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_onnx_cast(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  const int64_t to = mcnn_onnx_integer(node, "to", TYPE_FLOAT);
  const int is_float =
      to == TYPE_FLOAT || to == TYPE_FLOAT16 || to == TYPE_DOUBLE || to == TYPE_BFLOAT16;
  if (!mcnn_onnx_is_array(context, node, 0)) {
    return is_float ? mcnn_onnx_pass(context, node)
                    : mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                                        "turns numbers of the image into integers");
  }
  mcnn_array array = context->flow.values[node->inputs[0]].array;
  const mnistcnn_status status = mcnn_array_cast(context->builder, &array, !is_float);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_array(context, node, &array);
  return status;
}

/* Weights of 8 bits: (q - zero) scale, for all or along an axis. */
mnistcnn_status mcnn_onnx_dequantize(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  const mcnn_array *q = NULL, *given_scale = NULL, *given_zero = NULL;
  mnistcnn_status status = MNISTCNN_OK;
  if (!mcnn_onnx_is_array(context, node, 0))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a quantised network: it computes in 8 bits; export it in float32");
  status = mcnn_onnx_array(context, node, 0, 0, &q);
  if (status == MNISTCNN_OK)
    status = mcnn_onnx_array(context, node, 1, 0, &given_scale);
  if (status == MNISTCNN_OK)
    status = mcnn_onnx_array(context, node, 2, 1, &given_zero);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_array result = *q, scale = *given_scale, zero = given_zero ? *given_zero : scale;
  uint32_t axis = 0;
  size_t dims[MCNN_ARRAY_MAX_RANK];
  if (scale.count > 1) {
    if (!find_axis(mcnn_onnx_integer(node, "axis", 1), q, &axis) || scale.count != q->dims[axis])
      return mcnn_onnx_fail_attribute(context, "axis");
    for (uint32_t i = 0; i < q->rank; i++)
      dims[i] = i == axis ? q->dims[axis] : 1;
    if (!mcnn_array_reshape(&scale, dims, q->rank) || !mcnn_array_reshape(&zero, dims, q->rank))
      return mcnn_onnx_fail_attribute(context, "axis");
  }
  if (given_zero)
    status = mcnn_array_combine(context->builder, q, &zero, mcnn_flow_subtract, &result);
  if (status == MNISTCNN_OK)
    status = mcnn_array_combine(context->builder, &result, &scale, mcnn_flow_multiply, &result);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_array(context, node, &result);
  return status;
}
