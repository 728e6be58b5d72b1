/* Operations on single numbers. */
#include "exchange/graph/functions.h"
#include "exchange/onnx/context.h"

#include <math.h>
#include <string.h>

/* --- of two ----------------------------------------------------------------------------------- */

static double power(double a, double b) {
  return pow(a, b);
}

static double equal(double a, double b) {
  return a == b;
}

static double logical_and(double a, double b) {
  return a != 0 && b != 0;
}

static double logical_or(double a, double b) {
  return a != 0 || b != 0;
}

static double logical_not(double x, const double p[2]) {
  (void)p;
  return x == 0;
}

static const struct {
  const char *op;
  mcnn_binary_fn fn;
} binary_operations[] = {
    {"Add", mcnn_flow_add},
    {"Sub", mcnn_flow_subtract},
    {"Mul", mcnn_flow_multiply},
    {"Div", mcnn_flow_divide},
    {"Min", mcnn_flow_minimum},
    {"Max", mcnn_flow_maximum},
    {"Sum", mcnn_flow_add},
    {"Pow", power},
    {"Greater", mcnn_flow_greater},
    {"GreaterOrEqual", mcnn_flow_greater_or_equal},
    {"Less", mcnn_flow_less},
    {"LessOrEqual", mcnn_flow_less_or_equal},
    {"Equal", equal},
    {"And", logical_and},
    {"Or", logical_or},
};

static mcnn_binary_fn find_binary(const char *op) {
  for (size_t i = 0; i < sizeof binary_operations / sizeof binary_operations[0]; i++)
    if (strcmp(op, binary_operations[i].op) == 0)
      return binary_operations[i].fn;
  return NULL;
}

/* Before version 7 an axis said where the second input belongs. */
static mnistcnn_status place_second(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  mcnn_onnx_attribute a;
  mcnn_flow_value *const second = &context->flow.values[node->inputs[1]];
  mcnn_array *const array = &second->array;
  size_t dims[MCNN_ARRAY_MAX_RANK];
  if (context->graph->opset >= 7 || !mcnn_onnx_find(node, "axis", &a) ||
      second->kind != MCNN_FLOW_ARRAY || array->rank != 1 || a.integer != 1 ||
      !context->flow.channels_first)
    return MNISTCNN_OK;
  dims[0] = array->count;
  dims[1] = dims[2] = 1;
  return mcnn_array_reshape(array, dims, 3) ? MNISTCNN_OK
                                            : mcnn_onnx_fail_attribute(context, "axis");
}

mnistcnn_status mcnn_onnx_binary(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  const uint32_t second = mcnn_onnx_input(node, 1);
  if (node->num_inputs == 1)
    return mcnn_onnx_pass(context, node);
  if (node->num_inputs != 2 || second == MCNN_ONNX_NONE)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "combines other than two inputs");
  const mnistcnn_status status = place_second(context, node);
  return status == MNISTCNN_OK ? mcnn_flow_binary(&context->flow, node->inputs[0], second,
                                                  node->outputs[0], find_binary(node->op))
                               : status;
}

mnistcnn_status mcnn_onnx_where(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  const uint32_t a = mcnn_onnx_input(node, 1), b = mcnn_onnx_input(node, 2);
  if (node->num_inputs != 3 || a == MCNN_ONNX_NONE || b == MCNN_ONNX_NONE)
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "has not three inputs");
  return mcnn_flow_where(&context->flow, node->inputs[0], a, b, node->outputs[0]);
}

/* --- of one ----------------------------------------------------------------------------------- */

static const struct {
  const char *op;
  mcnn_unary_fn fn;
  const char *names[2];
  double defaults[2];
} unary_operations[] = {
    {"Relu", mcnn_function_relu, {NULL, NULL}, {0, 0}},
    {"LeakyRelu", mcnn_function_leaky_relu, {"alpha", NULL}, {0.01, 0}},
    {"Elu", mcnn_function_elu, {"alpha", NULL}, {1, 0}},
    {"Celu", mcnn_function_celu, {"alpha", NULL}, {1, 0}},
    {"Selu", mcnn_function_selu, {"alpha", "gamma"}, {1.6732632423543772, 1.0507009873554805}},
    {"Sigmoid", mcnn_function_sigmoid, {NULL, NULL}, {0, 0}},
    {"Tanh", mcnn_function_hyperbolic_tangent, {NULL, NULL}, {0, 0}},
    {"Softplus", mcnn_function_softplus, {NULL, NULL}, {0, 0}},
    {"Softsign", mcnn_function_softsign, {NULL, NULL}, {0, 0}},
    {"HardSigmoid", mcnn_function_hard_sigmoid, {"alpha", "beta"}, {0.2, 0.5}},
    {"HardSwish", mcnn_function_hard_swish, {NULL, NULL}, {0, 0}},
    {"ThresholdedRelu", mcnn_function_thresholded, {"alpha", NULL}, {1, 0}},
    {"Erf", mcnn_function_error_function, {NULL, NULL}, {0, 0}},
    {"Exp", mcnn_function_exponential, {NULL, NULL}, {0, 0}},
    {"Log", mcnn_function_logarithm, {NULL, NULL}, {0, 0}},
    {"Sqrt", mcnn_function_square_root, {NULL, NULL}, {0, 0}},
    {"Neg", mcnn_function_negative, {NULL, NULL}, {0, 0}},
    {"Abs", mcnn_function_absolute, {NULL, NULL}, {0, 0}},
    {"Reciprocal", mcnn_function_reciprocal, {NULL, NULL}, {0, 0}},
    {"Swish", mcnn_function_swish, {"alpha", NULL}, {1, 0}},
    {"Mish", mcnn_function_mish, {NULL, NULL}, {0, 0}},
    {"Not", logical_not, {NULL, NULL}, {0, 0}},
};

/* To every number of a constant, or of what depends on the image. */
static mnistcnn_status apply(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                             mcnn_unary_fn fn, const double parameters[2]) {
  if (!mcnn_onnx_is_array(context, node, 0))
    return mcnn_flow_unary(&context->flow, node->inputs[0], node->outputs[0], fn, parameters);
  mcnn_array array = context->flow.values[node->inputs[0]].array;
  float *const floats = mcnn_builder_floats(context->builder, array.count);
  if (!floats)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < array.count; i++)
    floats[i] = (float)fn(mcnn_array_number(&array, i), parameters);
  array.floats = floats;
  array.integers = NULL;
  mcnn_onnx_set_array(context, node, &array);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_onnx_unary(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  size_t i = 0;
  double parameters[2];
  while (strcmp(node->op, unary_operations[i].op) != 0)
    i++;
  for (size_t k = 0; k < 2; k++) {
    const char *const name = unary_operations[i].names[k];
    parameters[k] = name ? mcnn_onnx_number(node, name, unary_operations[i].defaults[k])
                         : unary_operations[i].defaults[k];
  }
  return apply(context, node, unary_operations[i].fn, parameters);
}

mnistcnn_status mcnn_onnx_gelu(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  static const double none[2] = {0, 0};
  return apply(context, node,
               mcnn_onnx_text_is(node, "approximate", "tanh") ? mcnn_function_gelu_tanh
                                                              : mcnn_function_gelu,
               none);
}

/* A bound: an attribute up to version 10, an input from 11 on. */
static mnistcnn_status read_bound(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                  const char *name, uint32_t index, double *bound) {
  const mcnn_array *array = NULL;
  *bound = mcnn_onnx_number(node, name, *bound);
  const mnistcnn_status status = mcnn_onnx_array(context, node, index, 1, &array);
  if (status != MNISTCNN_OK || !array)
    return status;
  if (array->count != 1)
    return mcnn_onnx_fail_attribute(context, name);
  *bound = mcnn_array_number(array, 0);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_onnx_clip(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  double bounds[2] = {-HUGE_VAL, HUGE_VAL};
  mnistcnn_status status = read_bound(context, node, "min", 1, &bounds[0]);
  if (status == MNISTCNN_OK)
    status = read_bound(context, node, "max", 2, &bounds[1]);
  return status == MNISTCNN_OK ? apply(context, node, mcnn_function_clip, bounds) : status;
}

mnistcnn_status mcnn_onnx_prelu(mcnn_onnx_context *context, const mcnn_onnx_node *node) {
  const mcnn_array *given = NULL;
  mnistcnn_status status = mcnn_onnx_array(context, node, 1, 0, &given);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_array slopes = *given;
  const size_t by_channel[3] = {slopes.count, 1, 1};
  /* Before version 7 they belonged to the channels. */
  if (context->graph->opset < 7 && slopes.rank == 1 && slopes.count > 1 &&
      context->flow.channels_first && !mcnn_array_reshape(&slopes, by_channel, 3))
    status = mcnn_onnx_fail_attribute(context, "slope");
  return status == MNISTCNN_OK
             ? mcnn_flow_prelu(&context->flow, node->inputs[0], node->outputs[0], &slopes)
             : status;
}
