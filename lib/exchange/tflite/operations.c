#include "exchange/tflite/operations.h"

#include "exchange/graph/functions.h"

#include <math.h>
#include <stdio.h>

typedef struct operation {
  int32_t code;
  const char *name;
  mcnn_tflite_fn fn;
} operation;

static const operation operations[] = {
    {MCNN_TFLITE_ADD, "ADD", mcnn_tflite_binary},
    {MCNN_TFLITE_SUB, "SUB", mcnn_tflite_binary},
    {MCNN_TFLITE_MUL, "MUL", mcnn_tflite_binary},
    {MCNN_TFLITE_DIV, "DIV", mcnn_tflite_binary},
    {MCNN_TFLITE_MINIMUM, "MINIMUM", mcnn_tflite_binary},
    {MCNN_TFLITE_MAXIMUM, "MAXIMUM", mcnn_tflite_binary},
    {MCNN_TFLITE_AVERAGE_POOL_2D, "AVERAGE_POOL_2D", mcnn_tflite_average_pool},
    {MCNN_TFLITE_MAX_POOL_2D, "MAX_POOL_2D", mcnn_tflite_max_pool},
    {MCNN_TFLITE_CONV_2D, "CONV_2D", mcnn_tflite_conv},
    {MCNN_TFLITE_DEPTHWISE_CONV_2D, "DEPTHWISE_CONV_2D", mcnn_tflite_depthwise},
    {MCNN_TFLITE_FULLY_CONNECTED, "FULLY_CONNECTED", mcnn_tflite_dense},
    {MCNN_TFLITE_MEAN, "MEAN", mcnn_tflite_mean},
    {MCNN_TFLITE_REDUCE_MAX, "REDUCE_MAX", mcnn_tflite_reduce_max},
    {MCNN_TFLITE_SOFTMAX, "SOFTMAX", mcnn_tflite_softmax},
    {MCNN_TFLITE_LOG_SOFTMAX, "LOG_SOFTMAX", mcnn_tflite_softmax},
    {MCNN_TFLITE_LOGISTIC, "LOGISTIC", mcnn_tflite_unary},
    {MCNN_TFLITE_RELU, "RELU", mcnn_tflite_unary},
    {MCNN_TFLITE_RELU_N1_TO_1, "RELU_N1_TO_1", mcnn_tflite_unary},
    {MCNN_TFLITE_RELU_0_TO_1, "RELU_0_TO_1", mcnn_tflite_unary},
    {MCNN_TFLITE_RELU6, "RELU6", mcnn_tflite_unary},
    {MCNN_TFLITE_TANH, "TANH", mcnn_tflite_unary},
    {MCNN_TFLITE_EXP, "EXP", mcnn_tflite_unary},
    {MCNN_TFLITE_NEG, "NEG", mcnn_tflite_unary},
    {MCNN_TFLITE_ABS, "ABS", mcnn_tflite_unary},
    {MCNN_TFLITE_SQRT, "SQRT", mcnn_tflite_unary},
    {MCNN_TFLITE_LEAKY_RELU, "LEAKY_RELU", mcnn_tflite_unary},
    {MCNN_TFLITE_ELU, "ELU", mcnn_tflite_unary},
    {MCNN_TFLITE_HARD_SWISH, "HARD_SWISH", mcnn_tflite_unary},
    {MCNN_TFLITE_GELU, "GELU", mcnn_tflite_unary},
    {MCNN_TFLITE_PRELU, "PRELU", mcnn_tflite_prelu},
    {MCNN_TFLITE_DEQUANTIZE, "DEQUANTIZE", mcnn_tflite_pass},
    {MCNN_TFLITE_QUANTIZE, "QUANTIZE", mcnn_tflite_pass},
    {MCNN_TFLITE_CAST, "CAST", mcnn_tflite_pass},
    {MCNN_TFLITE_PAD, "PAD", mcnn_tflite_pad},
    {MCNN_TFLITE_PADV2, "PADV2", mcnn_tflite_pad},
    {MCNN_TFLITE_RESHAPE, "RESHAPE", mcnn_tflite_reshape},
    {MCNN_TFLITE_TRANSPOSE, "TRANSPOSE", mcnn_tflite_transpose},
    {MCNN_TFLITE_SQUEEZE, "SQUEEZE", mcnn_tflite_squeeze},
    {MCNN_TFLITE_EXPAND_DIMS, "EXPAND_DIMS", mcnn_tflite_expand_dims},
    {MCNN_TFLITE_SHAPE, "SHAPE", mcnn_tflite_shape},
    {MCNN_TFLITE_STRIDED_SLICE, "STRIDED_SLICE", mcnn_tflite_strided_slice},
    {MCNN_TFLITE_PACK, "PACK", mcnn_tflite_pack},
    {MCNN_TFLITE_CONCATENATION, "CONCATENATION", NULL},
    {MCNN_TFLITE_ARG_MAX, "ARG_MAX", NULL},
    {MCNN_TFLITE_CUSTOM, "CUSTOM", NULL},
};

static const operation *find(int32_t code) {
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
    if (operations[i].code == code)
      return &operations[i];
  return NULL;
}

void mcnn_tflite_name(int32_t code, char *name, size_t capacity) {
  const operation *const found = find(code);
  if (found)
    (void)snprintf(name, capacity, "%s", found->name);
  else
    (void)snprintf(name, capacity, "operation %d", (int)code);
}

mcnn_tflite_fn mcnn_tflite_operation(int32_t code) {
  const operation *const found = find(code);
  return found ? found->fn : NULL;
}

/* --- activations within operations ------------------------------------------------------------ */

mnistcnn_status mcnn_tflite_activation(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                       int64_t activation) {
  enum { NONE, RELU, RELU_N1_TO_1, RELU6, TANH };
  static const double bounds[][2] = {{0, 0}, {0, HUGE_VAL}, {-1, 1}, {0, 6}, {0, 0}};
  mcnn_flow *const flow = &context->flow;
  const uint32_t in = op->before_activation;
  switch (activation) {
  case NONE:
    return mcnn_flow_pass(flow, in, op->output);
  case RELU:
  case RELU_N1_TO_1:
  case RELU6:
    return mcnn_flow_unary(flow, in, op->output, mcnn_function_clip, bounds[activation]);
  case TANH:
    return mcnn_flow_unary(flow, in, op->output, mcnn_function_hyperbolic_tangent, bounds[NONE]);
  default:
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "has an activation within it that this library has not");
  }
}

/* --- single numbers --------------------------------------------------------------------------- */

static mcnn_binary_fn binary_function(int32_t code) {
  switch (code) {
  case MCNN_TFLITE_SUB:
    return mcnn_flow_subtract;
  case MCNN_TFLITE_MUL:
    return mcnn_flow_multiply;
  case MCNN_TFLITE_DIV:
    return mcnn_flow_divide;
  case MCNN_TFLITE_MINIMUM:
    return mcnn_flow_minimum;
  case MCNN_TFLITE_MAXIMUM:
    return mcnn_flow_maximum;
  default:
    return mcnn_flow_add;
  }
}

mnistcnn_status mcnn_tflite_binary(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  if (op->num_inputs != 2 || op->inputs[1] == MCNN_TFLITE_NONE)
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "has not two inputs");
  const mnistcnn_status status = mcnn_flow_binary(&context->flow, op->inputs[0], op->inputs[1],
                                                  op->before_activation, binary_function(op->code));
  /* MINIMUM and MAXIMUM have no options. */
  return status == MNISTCNN_OK
             ? mcnn_tflite_activation(context, op, mcnn_fb_signed(&op->options, 0, 1, 0))
             : status;
}

mnistcnn_status mcnn_tflite_unary(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  static const double clips[][2] = {{0, HUGE_VAL}, {-1, 1}, {0, 6}, {0, 1}};
  double p[2] = {0, 0};
  mcnn_flow *const flow = &context->flow;
  const uint32_t in = op->inputs[0], out = op->output;
  switch (op->code) {
  case MCNN_TFLITE_RELU:
    return mcnn_flow_unary(flow, in, out, mcnn_function_clip, clips[0]);
  case MCNN_TFLITE_RELU_N1_TO_1:
    return mcnn_flow_unary(flow, in, out, mcnn_function_clip, clips[1]);
  case MCNN_TFLITE_RELU6:
    return mcnn_flow_unary(flow, in, out, mcnn_function_clip, clips[2]);
  case MCNN_TFLITE_RELU_0_TO_1:
    return mcnn_flow_unary(flow, in, out, mcnn_function_clip, clips[3]);
  case MCNN_TFLITE_LOGISTIC:
    return mcnn_flow_unary(flow, in, out, mcnn_function_sigmoid, p);
  case MCNN_TFLITE_TANH:
    return mcnn_flow_unary(flow, in, out, mcnn_function_hyperbolic_tangent, p);
  case MCNN_TFLITE_EXP:
    return mcnn_flow_unary(flow, in, out, mcnn_function_exponential, p);
  case MCNN_TFLITE_NEG:
    return mcnn_flow_unary(flow, in, out, mcnn_function_negative, p);
  case MCNN_TFLITE_ABS:
    return mcnn_flow_unary(flow, in, out, mcnn_function_absolute, p);
  case MCNN_TFLITE_SQRT:
    return mcnn_flow_unary(flow, in, out, mcnn_function_square_root, p);
  case MCNN_TFLITE_HARD_SWISH:
    return mcnn_flow_unary(flow, in, out, mcnn_function_hard_swish, p);
  case MCNN_TFLITE_LEAKY_RELU:
    p[0] = (double)mcnn_fb_float(&op->options, 0, 0);
    return mcnn_flow_unary(flow, in, out, mcnn_function_leaky_relu, p);
  case MCNN_TFLITE_ELU:
    p[0] = 1;
    return mcnn_flow_unary(flow, in, out, mcnn_function_elu, p);
  default:
    return mcnn_flow_unary(
        flow, in, out,
        mcnn_fb_unsigned(&op->options, 0, 1, 0) ? mcnn_function_gelu_tanh : mcnn_function_gelu, p);
  }
}

mnistcnn_status mcnn_tflite_prelu(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  const mcnn_array *slopes = NULL;
  const mnistcnn_status status = mcnn_tflite_array(context, op, 1, 0, &slopes);
  return status == MNISTCNN_OK ? mcnn_flow_prelu(&context->flow, op->inputs[0], op->output, slopes)
                               : status;
}

mnistcnn_status mcnn_tflite_pass(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  return mcnn_flow_pass(&context->flow, op->inputs[0], op->output);
}
