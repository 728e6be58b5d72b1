#include "exchange/onnx/context.h"

#include <string.h>

uint32_t mcnn_onnx_input(const mcnn_onnx_node *node, uint32_t index) {
  return index < node->num_inputs ? node->inputs[index] : MCNN_ONNX_NONE;
}

int mcnn_onnx_is_array(const mcnn_onnx_context *context, const mcnn_onnx_node *node,
                       uint32_t index) {
  const uint32_t id = mcnn_onnx_input(node, index);
  return id != MCNN_ONNX_NONE && context->flow.values[id].kind == MCNN_FLOW_ARRAY;
}

mnistcnn_status mcnn_onnx_array(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                uint32_t index, int optional, const mcnn_array **array) {
  const uint32_t id = mcnn_onnx_input(node, index);
  *array = NULL;
  if (id == MCNN_ONNX_NONE) {
    return optional ? MNISTCNN_OK
                    : mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "input %u is missing",
                                        index + 1);
  }
  if (context->flow.values[id].kind != MCNN_FLOW_ARRAY)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "input %u depends on the image; this library needs a constant there",
                             index + 1);
  *array = &context->flow.values[id].array;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_onnx_fail_attribute(mcnn_onnx_context *context, const char *name) {
  return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "its \"%s\" is not valid", name);
}

mnistcnn_status mcnn_onnx_list(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                               const char *name, uint32_t index, int64_t *list, size_t capacity,
                               size_t *count) {
  const mcnn_array *array = NULL;
  if (!mcnn_onnx_integers(node, name, list, capacity, count))
    return mcnn_onnx_fail_attribute(context, name);
  if (*count > 0)
    return MNISTCNN_OK;
  const mnistcnn_status status = mcnn_onnx_array(context, node, index, 1, &array);
  if (status != MNISTCNN_OK || !array)
    return status;
  if (array->count > capacity || array->rank > 1)
    return mcnn_onnx_fail_attribute(context, name);
  for (size_t i = 0; i < array->count; i++)
    list[i] = mcnn_array_integer(array, i);
  *count = array->count;
  return MNISTCNN_OK;
}

void mcnn_onnx_set_array(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                         const mcnn_array *array) {
  mcnn_flow_set_array(&context->flow, node->outputs[0], array);
}

void mcnn_onnx_set_tensor(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                          const mcnn_tensor *tensor) {
  mcnn_flow_set_tensor(&context->flow, node->outputs[0], tensor);
}

mnistcnn_status mcnn_onnx_pass(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  return mcnn_flow_pass(&context->flow, node->inputs[0], node->outputs[0]);
}

mnistcnn_status mcnn_onnx_tensor(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                 mcnn_tensor *tensor) {
  const uint32_t id = node->inputs[0];
  const mnistcnn_status status = mcnn_flow_settle(&context->flow, id);
  if (status == MNISTCNN_OK)
    *tensor = context->flow.values[id].tensor;
  return status;
}
