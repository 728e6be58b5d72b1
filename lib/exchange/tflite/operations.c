#include "exchange/tflite/operations.h"

#include "exchange/graph/functions.h"

#include <math.h>

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
  case MCNN_TFLITE_GREATER:
    return mcnn_flow_greater;
  case MCNN_TFLITE_GREATER_EQUAL:
    return mcnn_flow_greater_or_equal;
  case MCNN_TFLITE_LESS:
    return mcnn_flow_less;
  case MCNN_TFLITE_LESS_EQUAL:
    return mcnn_flow_less_or_equal;
  default:
    return mcnn_flow_add;
  }
}

mnistcnn_status mcnn_tflite_binary(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  if (op->num_inputs != 2 || op->inputs[1] == MCNN_TFLITE_NONE)
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "has not two inputs");
  const mnistcnn_status status = mcnn_flow_binary(&context->flow, op->inputs[0], op->inputs[1],
                                                  op->before_activation, binary_function(op->code));
  /* MINIMUM, MAXIMUM and comparisons have no options. */
  return status == MNISTCNN_OK
             ? mcnn_tflite_activation(context, op, mcnn_fb_signed(&op->options, 0, 1, 0))
             : status;
}

mnistcnn_status mcnn_tflite_select(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  if (op->num_inputs != 3 || op->inputs[1] == MCNN_TFLITE_NONE || op->inputs[2] == MCNN_TFLITE_NONE)
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "has not three inputs");
  return mcnn_flow_where(&context->flow, op->inputs[0], op->inputs[1], op->inputs[2], op->output);
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
  case MCNN_TFLITE_LOG:
    return mcnn_flow_unary(flow, in, out, mcnn_function_logarithm, p);
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
