/* The operations that this library has, and the names of some that it has not. */
#include "exchange/tflite/operations.h"

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
    {MCNN_TFLITE_GREATER, "GREATER", mcnn_tflite_binary},
    {MCNN_TFLITE_GREATER_EQUAL, "GREATER_EQUAL", mcnn_tflite_binary},
    {MCNN_TFLITE_LESS, "LESS", mcnn_tflite_binary},
    {MCNN_TFLITE_LESS_EQUAL, "LESS_EQUAL", mcnn_tflite_binary},
    {MCNN_TFLITE_SELECT, "SELECT", mcnn_tflite_select},
    {MCNN_TFLITE_SELECT_V2, "SELECT_V2", mcnn_tflite_select},
    {MCNN_TFLITE_AVERAGE_POOL_2D, "AVERAGE_POOL_2D", mcnn_tflite_average_pool},
    {MCNN_TFLITE_MAX_POOL_2D, "MAX_POOL_2D", mcnn_tflite_max_pool},
    {MCNN_TFLITE_CONV_2D, "CONV_2D", mcnn_tflite_conv},
    {MCNN_TFLITE_DEPTHWISE_CONV_2D, "DEPTHWISE_CONV_2D", mcnn_tflite_depthwise},
    {MCNN_TFLITE_SPACE_TO_BATCH_ND, "SPACE_TO_BATCH_ND", mcnn_tflite_cut},
    {MCNN_TFLITE_BATCH_TO_SPACE_ND, "BATCH_TO_SPACE_ND", mcnn_tflite_join},
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
    {MCNN_TFLITE_LOG, "LOG", mcnn_tflite_unary},
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
    {MCNN_TFLITE_SLICE, "SLICE", mcnn_tflite_slice},
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
