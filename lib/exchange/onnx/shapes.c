/* Operations that give the same numbers another shape. Dimensions here have the batch in front,
 * which is 1: one image at a time. */
#include "exchange/onnx/context.h"

#include <string.h>

enum { MAX_RANK = MCNN_ARRAY_MAX_RANK };

typedef struct dims {
  int64_t size[MAX_RANK + 1];
  uint32_t rank;
} dims;

static void dims_of_tensor(const mcnn_tensor *tensor, dims *d) {
  const uint32_t own = tensor->is_vector ? 1 : tensor->rank;
  d->rank = 0;
  d->size[d->rank++] = 1;
  for (uint32_t i = 0; i < own; i++)
    d->size[d->rank++] = mcnn_tensor_dim(tensor, i);
}

static void dims_of_array(const mcnn_array *array, dims *d) {
  d->rank = array->rank;
  for (uint32_t i = 0; i < d->rank; i++)
    d->size[i] = (int64_t)array->dims[i];
}

static mnistcnn_status fail_shape(mcnn_onnx_context *context) {
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "gives the batch or the image a shape that this library cannot");
}

/* Gives the value these dimensions, all of which are known. */
static mnistcnn_status set_array_dims(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                      const dims *d) {
  mcnn_array array = context->flow.values[node->inputs[0]].array;
  size_t size[MAX_RANK];
  for (uint32_t i = 0; i < d->rank && i < MAX_RANK; i++)
    size[i] = d->size[i] < 0 ? SIZE_MAX : (size_t)d->size[i];
  if (d->rank > MAX_RANK || !mcnn_array_reshape(&array, size, d->rank))
    return mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                             "gives a constant a shape of another size");
  mcnn_onnx_set_array(context, node, &array);
  return MNISTCNN_OK;
}

static mnistcnn_status set_tensor_dims(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                       const dims *d) {
  mcnn_tensor tensor;
  const int has_batch = d->rank > 0 && d->size[0] == 1;
  mnistcnn_status status = mcnn_onnx_tensor(context, node, &tensor);
  if (status != MNISTCNN_OK)
    return status;
  if (!has_batch && d->rank != 1)
    return fail_shape(context);
  if (d->rank <= 2)
    status = (uint64_t)d->size[d->rank - 1] == mcnn_tensor_count(&tensor)
                 ? mcnn_build_flatten(context->builder, &tensor, 0)
                 : fail_shape(context);
  else
    status = mcnn_build_reshape(context->builder, &tensor, d->size + 1, d->rank - 1);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_tensor(context, node, &tensor);
  return status;
}

static mnistcnn_status set_dims(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                const dims *d) {
  return mcnn_onnx_is_array(context, node, 0) ? set_array_dims(context, node, d)
                                              : set_tensor_dims(context, node, d);
}

static mnistcnn_status get_dims(mcnn_onnx_context *context, const mcnn_onnx_node *node, dims *d) {
  mcnn_tensor tensor;
  if (mcnn_onnx_is_array(context, node, 0)) {
    dims_of_array(&context->flow.values[node->inputs[0]].array, d);
    return MNISTCNN_OK;
  }
  const mnistcnn_status status = mcnn_onnx_tensor(context, node, &tensor);
  if (status == MNISTCNN_OK)
    dims_of_tensor(&tensor, d);
  return status;
}

/* -1 where it is too large for any array. */
static int64_t product(const dims *d, uint32_t first, uint32_t end) {
  int64_t result = 1;
  for (uint32_t i = first; i < end; i++) {
    if (d->size[i] < 0 || (d->size[i] > 0 && result > INT64_MAX / d->size[i]))
      return -1;
    result *= d->size[i];
  }
  return result;
}

/* --- reshape ---------------------------------------------------------------------------------- */

/* A batch that the file fixes is one image too. */
static void fix_batch(const mcnn_onnx_context *context, dims *target) {
  const int64_t batch = context->graph->dims[0];
  if (context->graph->rank > 1 && batch > 1 && target->rank > 1 && target->size[0] == batch)
    target->size[0] = 1;
}

/* 0 copies a dimension, -1 is what is left. */
static int resolve(const dims *from, int copies, dims *target) {
  const int64_t count = product(from, 0, from->rank);
  uint32_t open = target->rank;
  for (uint32_t i = 0; i < target->rank; i++) {
    if (target->size[i] == 0 && copies && i < from->rank)
      target->size[i] = from->size[i];
    if (target->size[i] != -1)
      continue;
    if (open != target->rank)
      return 0;
    open = i;
  }
  if (open == target->rank)
    return product(target, 0, target->rank) == count;
  target->size[open] = 1;
  const int64_t known = product(target, 0, target->rank);
  if (known <= 0 || count % known != 0)
    return 0;
  target->size[open] = count / known;
  return 1;
}

mnistcnn_status mcnn_onnx_reshape(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  dims from, target;
  size_t rank = 0;
  mnistcnn_status status = get_dims(context, node, &from);
  if (status == MNISTCNN_OK)
    status = mcnn_onnx_list(context, node, "shape", 1, target.size, MAX_RANK, &rank);
  if (status != MNISTCNN_OK)
    return status;
  target.rank = (uint32_t)rank;
  if (!mcnn_onnx_is_array(context, node, 0))
    fix_batch(context, &target);
  if (!resolve(&from, !mcnn_onnx_integer(node, "allowzero", 0), &target))
    return mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                             "its shape has another number of elements than its input");
  return set_dims(context, node, &target);
}

mnistcnn_status mcnn_onnx_flatten(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  dims from, target = {.rank = 2};
  const mnistcnn_status status = get_dims(context, node, &from);
  if (status != MNISTCNN_OK)
    return status;
  int64_t axis = mcnn_onnx_integer(node, "axis", 1);
  axis = axis < 0 ? axis + (int64_t)from.rank : axis;
  if (axis < 0 || axis > (int64_t)from.rank)
    return mcnn_onnx_fail_attribute(context, "axis");
  target.size[0] = product(&from, 0, (uint32_t)axis);
  target.size[1] = product(&from, (uint32_t)axis, from.rank);
  return set_dims(context, node, &target);
}

/* --- dimensions of 1 -------------------------------------------------------------------------- */

static mnistcnn_status read_axes(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                 uint32_t rank, uint32_t *mask, size_t *count) {
  int64_t axes[MAX_RANK];
  const mnistcnn_status status = mcnn_onnx_list(context, node, "axes", 1, axes, MAX_RANK, count);
  *mask = 0;
  for (size_t i = 0; i < *count && status == MNISTCNN_OK; i++) {
    const int64_t axis = axes[i] < 0 ? axes[i] + (int64_t)rank : axes[i];
    if (axis < 0 || axis >= (int64_t)rank || (*mask >> axis & 1))
      return mcnn_onnx_fail_attribute(context, "axes");
    *mask |= 1u << axis;
  }
  return status;
}

mnistcnn_status mcnn_onnx_squeeze(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  dims from, target = {.rank = 0};
  uint32_t mask = 0;
  size_t count = 0;
  mnistcnn_status status = get_dims(context, node, &from);
  if (status == MNISTCNN_OK)
    status = read_axes(context, node, from.rank, &mask, &count);
  if (status != MNISTCNN_OK)
    return status;
  const int is_array = mcnn_onnx_is_array(context, node, 0);
  for (uint32_t i = 0; i < from.rank; i++) {
    /* Without axes all dimensions of 1, but the batch is more than one at other times. */
    const int goes = count > 0 ? (int)(mask >> i & 1) : from.size[i] == 1 && (is_array || i > 0);
    if (goes && from.size[i] != 1)
      return mcnn_onnx_fail_attribute(context, "axes");
    if (!goes)
      target.size[target.rank++] = from.size[i];
  }
  return set_dims(context, node, &target);
}

mnistcnn_status mcnn_onnx_unsqueeze(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  dims from, target;
  uint32_t mask = 0, at = 0;
  size_t count = 0;
  int64_t axes[MAX_RANK];
  mnistcnn_status status = get_dims(context, node, &from);
  if (status == MNISTCNN_OK)
    status = mcnn_onnx_list(context, node, "axes", 1, axes, MAX_RANK, &count);
  if (status != MNISTCNN_OK)
    return status;
  target.rank = from.rank + (uint32_t)count;
  if (target.rank > MAX_RANK)
    return mcnn_onnx_fail_attribute(context, "axes");
  status = read_axes(context, node, target.rank, &mask, &count);
  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < target.rank; i++)
    target.size[i] = mask >> i & 1 ? 1 : from.size[at++];
  return set_dims(context, node, &target);
}

/* --- order ------------------------------------------------------------------------------------ */

static mnistcnn_status read_order(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                  uint32_t rank, uint32_t *order) {
  int64_t given[MAX_RANK];
  size_t count = 0;
  uint32_t seen = 0;
  if (!mcnn_onnx_integers(node, "perm", given, MAX_RANK, &count) || (count > 0 && count != rank))
    return mcnn_onnx_fail_attribute(context, "perm");
  for (uint32_t i = 0; i < rank; i++) {
    const int64_t at = count > 0 ? given[i] : (int64_t)(rank - 1 - i);
    if (at < 0 || at >= (int64_t)rank || (seen >> at & 1))
      return mcnn_onnx_fail_attribute(context, "perm");
    seen |= 1u << at;
    order[i] = (uint32_t)at;
  }
  return MNISTCNN_OK;
}

static mnistcnn_status transpose_tensor(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                        const uint32_t *order, uint32_t rank) {
  mcnn_tensor tensor;
  int64_t own[MAX_RANK + 1];
  mnistcnn_status status = mcnn_onnx_tensor(context, node, &tensor);
  if (status != MNISTCNN_OK)
    return status;
  if (rank == 0 || order[0] != 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "moves the batch to another dimension");
  for (uint32_t i = 1; i < rank; i++)
    own[i - 1] = order[i];
  if (!tensor.is_vector)
    status = mcnn_build_permute(context->builder, &tensor, own, rank - 1);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_tensor(context, node, &tensor);
  return status;
}

mnistcnn_status mcnn_onnx_transpose(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  dims from;
  uint32_t order[MAX_RANK + 1];
  mnistcnn_status status = get_dims(context, node, &from);
  if (status == MNISTCNN_OK)
    status = read_order(context, node, from.rank, order);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_onnx_is_array(context, node, 0))
    return transpose_tensor(context, node, order, from.rank);
  mcnn_array array = context->flow.values[node->inputs[0]].array;
  status = mcnn_array_transpose(context->builder, &array, order);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_array(context, node, &array);
  return status;
}
