/* Operations that give the same numbers another shape. */
#include "exchange/graph/shape.h"
#include "exchange/onnx/context.h"

static uint32_t in_of(const mcnn_onnx_node *node) {
  return node->inputs[0];
}

static uint32_t out_of(const mcnn_onnx_node *node) {
  return node->outputs[0];
}

mnistcnn_status mcnn_onnx_reshape(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  const mcnn_onnx_graph *const graph = context->graph;
  mcnn_dims target = {.rank = 0};
  size_t rank = 0;
  const mnistcnn_status status =
      mcnn_onnx_list(context, node, "shape", 1, target.size, MCNN_ARRAY_MAX_RANK, &rank);
  target.rank = (uint32_t)rank;
  return status == MNISTCNN_OK
             ? mcnn_flow_reshape(&context->flow, in_of(node), out_of(node), &target,
                                 !mcnn_onnx_integer(node, "allowzero", 0),
                                 graph->rank > 1 ? graph->dims[0] : 0)
             : status;
}

mnistcnn_status mcnn_onnx_flatten(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_dims from = {.rank = 0};
  const mnistcnn_status status = mcnn_flow_dims(&context->flow, in_of(node), &from);
  if (status != MNISTCNN_OK)
    return status;
  const int64_t given = mcnn_onnx_integer(node, "axis", 1);
  const int64_t axis = given < 0 ? given + (int64_t)from.rank : given;
  if (axis < 0 || axis > (int64_t)from.rank)
    return mcnn_onnx_fail_attribute(context, "axis");
  return mcnn_flow_flatten(&context->flow, in_of(node), out_of(node), (uint32_t)axis);
}

/* more: dimensions that the result has beside those of the input. */
static mnistcnn_status read_axes(mcnn_onnx_context *context, const mcnn_onnx_node *node, int more,
                                 uint32_t *mask) {
  int64_t axes[MCNN_ARRAY_MAX_RANK];
  size_t count = 0;
  mcnn_dims from = {.rank = 0};
  mnistcnn_status status = mcnn_flow_dims(&context->flow, in_of(node), &from);
  if (status == MNISTCNN_OK)
    status = mcnn_onnx_list(context, node, "axes", 1, axes, MCNN_ARRAY_MAX_RANK, &count);
  if (status != MNISTCNN_OK)
    return status;
  const uint32_t rank = from.rank + (more ? (uint32_t)count : 0);
  return mcnn_axes_mask(axes, count, rank, mask) ? MNISTCNN_OK
                                                 : mcnn_onnx_fail_attribute(context, "axes");
}

mnistcnn_status mcnn_onnx_squeeze(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  uint32_t mask = 0;
  const mnistcnn_status status = read_axes(context, node, 0, &mask);
  return status == MNISTCNN_OK ? mcnn_flow_squeeze(&context->flow, in_of(node), out_of(node), mask)
                               : status;
}

mnistcnn_status mcnn_onnx_unsqueeze(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  uint32_t mask = 0;
  const mnistcnn_status status = read_axes(context, node, 1, &mask);
  return status == MNISTCNN_OK
             ? mcnn_flow_unsqueeze(&context->flow, in_of(node), out_of(node), mask)
             : status;
}

mnistcnn_status mcnn_onnx_transpose(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  int64_t axes[MCNN_ARRAY_MAX_RANK + 1];
  uint32_t order[MCNN_ARRAY_MAX_RANK + 1];
  size_t count = 0;
  mcnn_dims from = {.rank = 0};
  const mnistcnn_status status = mcnn_flow_dims(&context->flow, in_of(node), &from);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_onnx_integers(node, "perm", axes, MCNN_ARRAY_MAX_RANK, &count) ||
      (count > 0 && count != from.rank))
    return mcnn_onnx_fail_attribute(context, "perm");
  for (uint32_t i = 0; count == 0 && i < from.rank; i++)
    axes[i] = from.rank - 1 - i;
  if (!mcnn_axes_order(axes, from.rank, order))
    return mcnn_onnx_fail_attribute(context, "perm");
  return mcnn_flow_transpose(&context->flow, in_of(node), out_of(node), order, from.rank);
}
