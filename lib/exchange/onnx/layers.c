/* Operations with weights, poolings, and what else becomes a layer. */
#include "exchange/build/image.h"
#include "exchange/graph/shape.h"
#include "exchange/graph/slice.h"
#include "exchange/onnx/context.h"

#include <math.h>
#include <string.h>

/* --- windows ---------------------------------------------------------------------------------- */

static mnistcnn_status read_pair(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                 const char *name, uint32_t pair[2]) {
  enum { LARGEST = 4096 };
  int64_t list[2];
  size_t count = 0;
  if (!mcnn_onnx_integers(node, name, list, 2, &count) || count == 1)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "its \"%s\" are not those of an image of two dimensions", name);
  for (size_t i = 0; i < count; i++) {
    if (list[i] < 1 || list[i] > LARGEST)
      return mcnn_onnx_fail_attribute(context, name);
    pair[i] = (uint32_t)list[i];
  }
  return MNISTCNN_OK;
}

/* All that begin come first: top, left, bottom, right. */
static mnistcnn_status read_pads(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                 mcnn_flow_window *window) {
  enum { LARGEST = 4096 };
  int64_t pads[4];
  size_t count = 0;
  if (!mcnn_onnx_integers(node, "pads", pads, 4, &count) || (count > 0 && count != 4))
    return mcnn_onnx_fail_attribute(context, "pads");
  for (size_t i = 0; i < count; i++) {
    if (pads[i] < 0 || pads[i] > LARGEST)
      return mcnn_onnx_fail_attribute(context, "pads");
    window->pads[i % 2 * 2 + i / 2] = (uint32_t)pads[i];
  }
  window->same = mcnn_onnx_text_is(node, "auto_pad", "SAME_UPPER")   ? 1
                 : mcnn_onnx_text_is(node, "auto_pad", "SAME_LOWER") ? 2
                                                                     : 0;
  if (window->same && (window->pads[0] || window->pads[1] || window->pads[2] || window->pads[3]))
    return mcnn_onnx_fail_attribute(context, "auto_pad");
  return MNISTCNN_OK;
}

static mnistcnn_status read_window(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                   mcnn_flow_window *window) {
  mnistcnn_status status = read_pair(context, node, "kernel_shape", window->size);
  window->stride[0] = window->stride[1] = window->dilation[0] = window->dilation[1] = 1;
  if (status == MNISTCNN_OK)
    status = read_pair(context, node, "strides", window->stride);
  if (status == MNISTCNN_OK)
    status = read_pair(context, node, "dilations", window->dilation);
  if (status == MNISTCNN_OK)
    status = read_pads(context, node, window);
  window->ceil = mcnn_onnx_integer(node, "ceil_mode", 0) != 0;
  if (status == MNISTCNN_OK && (window->size[0] == 0 || window->size[1] == 0))
    status = mcnn_onnx_fail_attribute(context, "kernel_shape");
  return status;
}

/* --- convolution ------------------------------------------------------------------------------ */

/* The numbers that a layer has for each of its `count` outputs; NULL where the input is left out.
 */
static mnistcnn_status read_vector(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                   uint32_t index, int optional, size_t count,
                                   const float **floats) {
  const mcnn_array *array = NULL;
  *floats = NULL;
  const mnistcnn_status status = mcnn_onnx_array(context, node, index, optional, &array);
  if (status != MNISTCNN_OK || !array)
    return status;
  if (array->count != count)
    return mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                             "input %u has %zu numbers where %zu are needed", index + 1,
                             array->count, count);
  return mcnn_array_floats(context->builder, array, floats);
}

/* [filters][inputs of a group][height][width] to [height][width][inputs][filters] */
static mnistcnn_status read_kernel(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                   mcnn_array *kernel, const float **floats) {
  static const uint32_t order[] = {2, 3, 1, 0};
  const mcnn_array *array = NULL;
  mnistcnn_status status = mcnn_onnx_array(context, node, 1, 0, &array);
  if (status != MNISTCNN_OK)
    return status;
  *kernel = *array;
  if (kernel->rank != 4)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "is not a convolution of images of two dimensions");
  if (kernel->count == 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "its weights are empty");
  status = mcnn_array_transpose(context->builder, kernel, order);
  return status == MNISTCNN_OK ? mcnn_array_floats(context->builder, kernel, floats) : status;
}

static mnistcnn_status check_groups(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                    const mcnn_array *kernel, int64_t groups) {
  mcnn_tensor tensor = {.op = 0};
  const mcnn_flow_value *const value = &context->flow.values[node->inputs[0]];
  mnistcnn_status status = MNISTCNN_OK;
  if (value->kind != MCNN_FLOW_TENSOR)
    status = mcnn_onnx_tensor(context, node, &tensor);
  if (status != MNISTCNN_OK)
    return status;
  const uint32_t channels = mcnn_conv_channels(context->builder, &value->tensor, 1);
  if (channels == 0)
    return MNISTCNN_UNSUPPORTED;
  if (groups < 1 || groups > (int64_t)channels || kernel->dims[2] * (size_t)groups != channels ||
      kernel->dims[3] % (size_t)groups != 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                             "its weights are not those of an input of %u channels", channels);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_onnx_conv(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_flow_window window = {.size = {0, 0}};
  mcnn_array kernel = {0};
  const float *values = NULL, *bias = NULL;
  const int64_t groups = mcnn_onnx_integer(node, "group", 1);
  mnistcnn_status status = read_kernel(context, node, &kernel, &values);
  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < 2; i++)
    window.size[i] = kernel.dims[i] <= UINT16_MAX ? (uint32_t)kernel.dims[i] : 0;
  status = read_window(context, node, &window);
  if (status == MNISTCNN_OK &&
      (window.size[0] != kernel.dims[0] || window.size[1] != kernel.dims[1]))
    status = mcnn_onnx_fail_attribute(context, "kernel_shape");
  if (status == MNISTCNN_OK)
    status = check_groups(context, node, &kernel, groups);
  if (status == MNISTCNN_OK)
    status = read_vector(context, node, 2, 1, kernel.dims[3], &bias);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_flow_conv(&context->flow, node->inputs[0], node->outputs[0], &window,
                        (uint32_t)groups, (uint32_t)kernel.dims[3], values, bias);
}

/* --- poolings --------------------------------------------------------------------------------- */

static mnistcnn_status read_pool(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                 mcnn_flow_window *window) {
  const mnistcnn_status status = read_window(context, node, window);
  if (status == MNISTCNN_OK && (window->dilation[0] != 1 || window->dilation[1] != 1))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a pooling with dilation, which this library has not");
  return status;
}

mnistcnn_status mcnn_onnx_max_pool(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_flow_window window = {.size = {0, 0}};
  const mnistcnn_status status = read_pool(context, node, &window);
  return status == MNISTCNN_OK
             ? mcnn_flow_max_pool(&context->flow, node->inputs[0], node->outputs[0], &window)
             : status;
}

mnistcnn_status mcnn_onnx_average_pool(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_flow_window window = {.size = {0, 0}};
  const mnistcnn_status status = read_pool(context, node, &window);
  const int count_pads = mcnn_onnx_integer(node, "count_include_pad", 0) != 0;
  return status == MNISTCNN_OK ? mcnn_flow_average_pool(&context->flow, node->inputs[0],
                                                        node->outputs[0], &window, count_pads)
                               : status;
}

mnistcnn_status mcnn_onnx_global_pool(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  return mcnn_flow_global_pool(&context->flow, node->inputs[0], node->outputs[0],
                               strcmp(node->op, "GlobalMaxPool") == 0, 1, 1);
}

/* The mean or maximum over both dimensions of an image of three. */
mnistcnn_status mcnn_onnx_reduce(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  int64_t axes[MCNN_ARRAY_MAX_RANK];
  size_t count = 0;
  uint32_t mask = 0;
  const mnistcnn_status status =
      mcnn_onnx_list(context, node, "axes", 1, axes, MCNN_ARRAY_MAX_RANK, &count);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_axes_mask(axes, count, 4, &mask))
    return mcnn_onnx_fail_attribute(context, "axes");
  if (mask != 0xc && mask != 0x6)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "works on other dimensions than height and width");
  return mcnn_flow_global_pool(&context->flow, node->inputs[0], node->outputs[0],
                               strcmp(node->op, "ReduceMax") == 0, mask == 0xc,
                               mcnn_onnx_integer(node, "keepdims", 1) != 0);
}

/* --- zeros ------------------------------------------------------------------------------------ */

static mnistcnn_status read_value(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                  double *value) {
  const mcnn_array *array = NULL;
  const mnistcnn_status status = mcnn_onnx_array(context, node, 2, 1, &array);
  *value = mcnn_onnx_number(node, "value", 0);
  if (array && array->count == 1)
    *value = mcnn_array_number(array, 0);
  return status;
}

/* sides: before and behind of the first spatial dimension, then of the second. Where they are
 * below 0, rows or columns are cut off. */
static mnistcnn_status pad_sides(mcnn_onnx_context *context, const int64_t *pads, size_t rank,
                                 uint32_t first, uint32_t sides[4], uint32_t cut[4]) {
  enum { LARGEST = 1024 };
  for (size_t i = 0; i < 2 * rank; i++) {
    const size_t axis = i % rank;
    const int is_spatial = axis == first || axis == first + 1;
    if (pads[i] < -LARGEST || pads[i] > LARGEST || (pads[i] != 0 && !is_spatial))
      return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                               "pads other dimensions than height and width");
    if (!is_spatial)
      continue;
    sides[2 * (axis - first) + i / rank] = pads[i] > 0 ? (uint32_t)pads[i] : 0;
    cut[2 * (axis - first) + i / rank] = pads[i] < 0 ? (uint32_t)-pads[i] : 0;
  }
  return MNISTCNN_OK;
}

static int has_channels_last(const mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  const mcnn_flow_value *const value = &context->flow.values[node->inputs[0]];
  const mcnn_tensor *const tensor = &value->tensor;
  return value->kind == MCNN_FLOW_TENSOR && tensor->rank == 3 && !tensor->is_vector &&
         tensor->axes[2] == MCNN_AXIS_CHANNELS;
}

static mnistcnn_status pad_or_cut(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                  const uint32_t sides[4], const uint32_t cut[4]) {
  mcnn_flow *const flow = &context->flow;
  const uint32_t in = node->inputs[0], out = node->outputs[0];
  if (cut[0] + cut[1] + cut[2] + cut[3] == 0)
    return mcnn_flow_pad(flow, in, out, sides);
  const mnistcnn_status status = mcnn_flow_crop(flow, in, out, cut);
  return status == MNISTCNN_OK ? mcnn_flow_pad(flow, out, out, sides) : status;
}

mnistcnn_status mcnn_onnx_pad(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  int64_t pads[8];
  size_t count = 0;
  double value = 0;
  uint32_t sides[4] = {0, 0, 0, 0}, cut[4] = {0, 0, 0, 0};
  mcnn_onnx_attribute a;
  const int last = has_channels_last(context, node);
  mnistcnn_status status = mcnn_onnx_list(context, node, "pads", 1, pads, 8, &count);
  if (status == MNISTCNN_OK && count == 0)
    status = mcnn_onnx_list(context, node, "paddings", 1, pads, 8, &count);
  if (status == MNISTCNN_OK)
    status = read_value(context, node, &value);
  if (status != MNISTCNN_OK)
    return status;
  if (count != 8 || mcnn_onnx_input(node, 3) != MCNN_ONNX_NONE)
    return mcnn_onnx_fail_attribute(context, "pads");
  if ((mcnn_onnx_find(node, "mode", &a) && !mcnn_span_is(&a.text, "constant")) || value != 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "pads with something else than zeros");
  status = pad_sides(context, pads, 4, last ? 1 : 2, sides, cut);
  if (status != MNISTCNN_OK || !last)
    return status == MNISTCNN_OK ? pad_or_cut(context, node, sides, cut) : status;
  mcnn_tensor tensor = {.op = 0};
  status = mcnn_onnx_tensor(context, node, &tensor);
  if (status == MNISTCNN_OK)
    status = mcnn_build_crop(context->builder, &tensor, cut, 0);
  if (status == MNISTCNN_OK)
    status = mcnn_build_zero_pad(context->builder, &tensor, sides, 0);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_tensor(context, node, &tensor);
  return status;
}

/* --- products --------------------------------------------------------------------------------- */

/* A constant of two dimensions as [inputs][units]. */
static mnistcnn_status read_matrix(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                   int transposed, mcnn_array *matrix) {
  static const uint32_t swap[] = {1, 0};
  const mcnn_array *array = NULL;
  const mnistcnn_status status = mcnn_onnx_array(context, node, 1, 0, &array);
  if (status != MNISTCNN_OK)
    return status;
  *matrix = *array;
  while (matrix->rank > 2 && matrix->dims[0] == 1)
    (void)mcnn_array_reshape(matrix, matrix->dims + 1, matrix->rank - 1);
  if (matrix->rank != 2 || matrix->count == 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "its weights are no matrix of two dimensions");
  return transposed ? mcnn_array_transpose(context->builder, matrix, swap) : MNISTCNN_OK;
}

static mnistcnn_status check_inputs(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                    const mcnn_array *matrix) {
  mcnn_tensor tensor = {.op = 0};
  const mnistcnn_status status = mcnn_onnx_tensor(context, node, &tensor);
  if (status != MNISTCNN_OK)
    return status;
  const size_t inputs = mcnn_tensor_dim(&tensor, tensor.is_vector ? 0 : tensor.rank - 1);
  if (inputs != matrix->dims[0] || matrix->dims[1] > UINT32_MAX / 2)
    return mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                             "its weights are for %zu inputs, but there are %zu", matrix->dims[0],
                             inputs);
  return MNISTCNN_OK;
}

static mnistcnn_status scaled(mcnn_onnx_context *context, const float *values, size_t count,
                              double scale, const float **result) {
  *result = values;
  if (!values || scale == 1)
    return MNISTCNN_OK;
  float *const floats = mcnn_builder_floats(context->builder, count);
  if (!floats)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    floats[i] = (float)((double)values[i] * scale);
  *result = floats;
  return MNISTCNN_OK;
}

static mnistcnn_status build_dense(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                   const mcnn_array *matrix, double alpha, const float *bias,
                                   double beta) {
  const float *kernel = NULL;
  mnistcnn_status status = check_inputs(context, node, matrix);
  if (status == MNISTCNN_OK)
    status = mcnn_array_floats(context->builder, matrix, &kernel);
  if (status == MNISTCNN_OK)
    status = scaled(context, kernel, matrix->count, alpha, &kernel);
  if (status == MNISTCNN_OK)
    status = scaled(context, bias, matrix->dims[1], beta, &bias);
  return status == MNISTCNN_OK ? mcnn_flow_dense(&context->flow, node->inputs[0], node->outputs[0],
                                                 (uint32_t)matrix->dims[1], kernel, bias)
                               : status;
}

/* One number for all outputs, or one for each. */
static mnistcnn_status read_bias(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                 size_t units, const float **bias) {
  const mcnn_array *array = NULL;
  const mnistcnn_status status = mcnn_onnx_array(context, node, 2, 1, &array);
  *bias = NULL;
  if (status != MNISTCNN_OK || !array)
    return status;
  if (array->count != 1)
    return read_vector(context, node, 2, 1, units, bias);
  float *const floats = mcnn_builder_floats(context->builder, units);
  if (!floats)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < units; i++)
    floats[i] = (float)mcnn_array_number(array, 0);
  *bias = floats;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_onnx_gemm(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_array matrix = {0};
  const float *bias = NULL;
  mnistcnn_status status = MNISTCNN_OK;
  if (mcnn_onnx_integer(node, "transA", 0) != 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED, "transposes its input");
  status = read_matrix(context, node, mcnn_onnx_integer(node, "transB", 0) != 0, &matrix);
  if (status == MNISTCNN_OK)
    status = read_bias(context, node, matrix.dims[1], &bias);
  return status == MNISTCNN_OK
             ? build_dense(context, node, &matrix, mcnn_onnx_number(node, "alpha", 1), bias,
                           mcnn_onnx_number(node, "beta", 1))
             : status;
}

/* Of two constants, where weights are put together in the graph. */
static mnistcnn_status constant_product(mcnn_onnx_context *context) {
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "multiplies two constants; simplify the graph first (onnxsim)");
}

mnistcnn_status mcnn_onnx_matmul(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_array matrix = {0};
  if (mcnn_onnx_is_array(context, node, 0))
    return mcnn_onnx_is_array(context, node, 1)
               ? constant_product(context)
               : mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                                   "has its weights first, which no layer of this library does");
  const mnistcnn_status status = read_matrix(context, node, 0, &matrix);
  return status == MNISTCNN_OK ? build_dense(context, node, &matrix, 1, NULL, 1) : status;
}

/* --- the others ------------------------------------------------------------------------------- */

static mnistcnn_status read_norm(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                 size_t channels, mcnn_batch_norm *norm) {
  mnistcnn_status status = read_vector(context, node, 1, 0, channels, &norm->gamma);
  if (status == MNISTCNN_OK)
    status = read_vector(context, node, 2, 0, channels, &norm->beta);
  if (status == MNISTCNN_OK)
    status = read_vector(context, node, 3, 0, channels, &norm->mean);
  if (status == MNISTCNN_OK)
    status = read_vector(context, node, 4, 0, channels, &norm->variance);
  return status;
}

mnistcnn_status mcnn_onnx_batch_norm(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_tensor tensor = {.op = 0};
  mcnn_batch_norm norm = {.epsilon = mcnn_onnx_number(node, "epsilon", 1e-5),
                          .momentum = mcnn_onnx_number(node, "momentum", 0.9)};
  mnistcnn_status status = mcnn_onnx_tensor(context, node, &tensor);
  if (status == MNISTCNN_OK && mcnn_onnx_integer(node, "spatial", 1) == 0)
    status = mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                               "normalises each position of its own");
  if (status == MNISTCNN_OK && mcnn_onnx_integer(node, "training_mode", 0) != 0)
    status = mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                               "takes its statistics from the batch, as in training; export the "
                               "model for prediction (eval mode)");
  if (status == MNISTCNN_OK)
    status = read_norm(context, node, mcnn_tensor_dim(&tensor, 0), &norm);
  if (status == MNISTCNN_OK)
    status = mcnn_build_batch_norm(context->builder, &tensor, &norm);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_tensor(context, node, &tensor);
  return status;
}

/* Up to version 12 everything from the axis on is one vector. */
static mnistcnn_status check_softmax(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                     const mcnn_tensor *tensor) {
  const int old = context->graph->opset < 13;
  const int64_t rank = (tensor->is_vector ? 1 : (int64_t)tensor->rank) + 1;
  int64_t axis = mcnn_onnx_integer(node, "axis", old ? 1 : -1);
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 1 || axis >= rank)
    return mcnn_onnx_fail_attribute(context, "axis");
  if ((old && axis == 1) ||
      mcnn_tensor_dim(tensor, (uint32_t)axis - 1) == mcnn_tensor_count(tensor))
    return MNISTCNN_OK;
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "softmax of each position of an image; this library has it for the "
                           "classes at the end only");
}

mnistcnn_status mcnn_onnx_softmax(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_tensor tensor = {.op = 0};
  mnistcnn_status status = mcnn_onnx_tensor(context, node, &tensor);
  if (status == MNISTCNN_OK)
    status = check_softmax(context, node, &tensor);
  return status == MNISTCNN_OK
             ? mcnn_flow_softmax(&context->flow, node->inputs[0], node->outputs[0],
                                 strcmp(node->op, "LogSoftmax") == 0)
             : status;
}

static int is_true(const mcnn_onnx_context *context, const mcnn_onnx_node *node, uint32_t index) {
  if (!mcnn_onnx_is_array(context, node, index))
    return 0;
  const mcnn_array *const array = &context->flow.values[node->inputs[index]].array;
  return array->count == 1 && mcnn_array_number(array, 0) != 0;
}

/* Nothing at prediction; kept for further training. */
mnistcnn_status mcnn_onnx_dropout(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_tensor tensor = {.op = 0};
  double ratio = mcnn_onnx_number(node, "ratio", 0.5);
  if (mcnn_onnx_is_array(context, node, 1) &&
      context->flow.values[node->inputs[1]].array.count == 1)
    ratio = mcnn_array_number(&context->flow.values[node->inputs[1]].array, 0);
  if (is_true(context, node, 2))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "drops numbers, as in training; export the model for prediction (eval "
                             "mode)");
  if (mcnn_onnx_is_array(context, node, 0) || !(ratio > 0 && ratio < 1))
    return mcnn_onnx_pass(context, node);
  mnistcnn_status status = mcnn_onnx_tensor(context, node, &tensor);
  if (status == MNISTCNN_OK)
    status = mcnn_build_dropout(context->builder, &tensor, "dropout", ratio);
  if (status == MNISTCNN_OK)
    mcnn_onnx_set_tensor(context, node, &tensor);
  return status;
}
