/* Slices: of constants, with which shapes are computed, and of images. */
#include "exchange/graph/slice.h"
#include "exchange/onnx/context.h"

/* Where elements begin or end: between `low` and `high`. */
static int64_t bound(int64_t at, int64_t size, int64_t low, int64_t high) {
  const int64_t from_start = at < 0 ? at + size : at;
  return from_start < low ? low : from_start > high ? high : from_start;
}

/* How many elements there are from `first` on, before `last`. */
static int64_t count_steps(int64_t first, int64_t last, int64_t step) {
  const int64_t distance = step > 0 ? last - first : first - last;
  const int64_t length = step > 0 ? step : -step;
  return distance > 0 ? (distance + length - 1) / length : 0;
}

static mcnn_slice resolve(int64_t start, int64_t end, int64_t given_step, int64_t size) {
  /* A longer step takes one element, too. */
  const int64_t step = given_step > size ? size : given_step < -size ? -size : given_step;
  const int64_t first = bound(start, size, 0, step > 0 ? size : size - 1);
  const int64_t last = bound(end, size, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
  return (mcnn_slice){first, count_steps(first, last, step), step};
}

static mnistcnn_status take(mcnn_onnx_context *context, mcnn_array *array, uint32_t axis,
                            const mcnn_slice *slice) {
  const size_t count = (size_t)slice->count;
  int64_t *const list = mcnn_array_integers(context->builder, count);
  if (!list)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    list[i] = slice->first + (int64_t)i * slice->step;
  const mcnn_array indices = {.rank = 1, .dims = {count}, .count = count, .integers = list};
  return mcnn_array_take(context->builder, array, axis, &indices);
}

typedef struct slices {
  int64_t starts[MCNN_ARRAY_MAX_RANK], ends[MCNN_ARRAY_MAX_RANK];
  int64_t axes[MCNN_ARRAY_MAX_RANK], steps[MCNN_ARRAY_MAX_RANK];
  size_t count, num_axes, num_steps;
} slices;

static mnistcnn_status read_slices(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                   slices *s) {
  size_t ends = 0;
  mnistcnn_status status =
      mcnn_onnx_list(context, node, "starts", 1, s->starts, MCNN_ARRAY_MAX_RANK, &s->count);
  if (status == MNISTCNN_OK)
    status = mcnn_onnx_list(context, node, "ends", 2, s->ends, MCNN_ARRAY_MAX_RANK, &ends);
  if (status == MNISTCNN_OK)
    status = mcnn_onnx_list(context, node, "axes", 3, s->axes, MCNN_ARRAY_MAX_RANK, &s->num_axes);
  if (status == MNISTCNN_OK)
    status =
        mcnn_onnx_list(context, node, "steps", 4, s->steps, MCNN_ARRAY_MAX_RANK, &s->num_steps);
  if (status == MNISTCNN_OK && (ends != s->count || (s->num_axes > 0 && s->num_axes != s->count) ||
                                (s->num_steps > 0 && s->num_steps != s->count)))
    status = mcnn_onnx_fail_attribute(context, "ends");
  return status;
}

/* One slice for each dimension, those that the node does not name included. */
static mnistcnn_status resolve_all(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                   const mcnn_dims *dims, mcnn_slice *resolved) {
  slices s = {.count = 0};
  const mnistcnn_status status = read_slices(context, node, &s);
  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < dims->rank; i++)
    resolved[i] = (mcnn_slice){0, dims->size[i], 1};
  for (size_t i = 0; i < s.count; i++) {
    const int64_t given = s.num_axes > 0 ? s.axes[i] : (int64_t)i;
    const int64_t axis = given < 0 ? given + (int64_t)dims->rank : given;
    const int64_t step = s.num_steps > 0 ? s.steps[i] : 1;
    if (axis < 0 || axis >= (int64_t)dims->rank)
      return mcnn_onnx_fail_attribute(context, "axes");
    if (step == 0)
      return mcnn_onnx_fail_attribute(context, "steps");
    if (dims->size[axis] > 0)
      resolved[axis] = resolve(s.starts[i], s.ends[i], step, dims->size[axis]);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status slice_array(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                   const mcnn_dims *dims, const mcnn_slice *resolved) {
  mcnn_array array = context->flow.values[node->inputs[0]].array;
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i < dims->rank && status == MNISTCNN_OK; i++)
    if (resolved[i].count != dims->size[i] || resolved[i].step != 1)
      status = take(context, &array, i, &resolved[i]);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_array(context, node, &array);
  return status;
}

mnistcnn_status mcnn_onnx_slice(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_slice resolved[MCNN_ARRAY_MAX_RANK + 1];
  mcnn_dims dims = {.rank = 0};
  mnistcnn_status status = mcnn_flow_padded_dims(&context->flow, node->inputs[0], &dims);
  if (status == MNISTCNN_OK)
    status = resolve_all(context, node, &dims, resolved);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_onnx_is_array(context, node, 0)
             ? slice_array(context, node, &dims, resolved)
             : mcnn_flow_slice(&context->flow, node->inputs[0], node->outputs[0], &dims, resolved);
}
