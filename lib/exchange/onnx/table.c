/* The operations of ONNX that this library has, and what to say of some that it has not. */
#include "exchange/onnx/context.h"

#include <string.h>

static const struct {
  const char *op;
  mcnn_onnx_fn fn;
} operations[] = {
    {"Constant", mcnn_onnx_constant},
    {"ConstantOfShape", mcnn_onnx_constant_of_shape},
    {"Shape", mcnn_onnx_shape},
    {"Gather", mcnn_onnx_gather},
    {"Slice", mcnn_onnx_slice},
    {"Concat", mcnn_onnx_concat},
    {"Cast", mcnn_onnx_cast},
    {"DequantizeLinear", mcnn_onnx_dequantize},
    {"Reshape", mcnn_onnx_reshape},
    {"Flatten", mcnn_onnx_flatten},
    {"Transpose", mcnn_onnx_transpose},
    {"Squeeze", mcnn_onnx_squeeze},
    {"Unsqueeze", mcnn_onnx_unsqueeze},
    {"Add", mcnn_onnx_binary},
    {"Sub", mcnn_onnx_binary},
    {"Mul", mcnn_onnx_binary},
    {"Div", mcnn_onnx_binary},
    {"Min", mcnn_onnx_binary},
    {"Max", mcnn_onnx_binary},
    {"Sum", mcnn_onnx_binary},
    {"Pow", mcnn_onnx_binary},
    {"Greater", mcnn_onnx_binary},
    {"GreaterOrEqual", mcnn_onnx_binary},
    {"Less", mcnn_onnx_binary},
    {"LessOrEqual", mcnn_onnx_binary},
    {"Equal", mcnn_onnx_binary},
    {"And", mcnn_onnx_binary},
    {"Or", mcnn_onnx_binary},
    {"Not", mcnn_onnx_unary},
    {"Where", mcnn_onnx_where},
    {"Relu", mcnn_onnx_unary},
    {"LeakyRelu", mcnn_onnx_unary},
    {"Elu", mcnn_onnx_unary},
    {"Celu", mcnn_onnx_unary},
    {"Selu", mcnn_onnx_unary},
    {"Sigmoid", mcnn_onnx_unary},
    {"Tanh", mcnn_onnx_unary},
    {"Softplus", mcnn_onnx_unary},
    {"Softsign", mcnn_onnx_unary},
    {"HardSigmoid", mcnn_onnx_unary},
    {"HardSwish", mcnn_onnx_unary},
    {"ThresholdedRelu", mcnn_onnx_unary},
    {"Erf", mcnn_onnx_unary},
    {"Exp", mcnn_onnx_unary},
    {"Log", mcnn_onnx_unary},
    {"Sqrt", mcnn_onnx_unary},
    {"Neg", mcnn_onnx_unary},
    {"Abs", mcnn_onnx_unary},
    {"Reciprocal", mcnn_onnx_unary},
    {"Swish", mcnn_onnx_unary},
    {"Mish", mcnn_onnx_unary},
    {"Gelu", mcnn_onnx_gelu},
    {"Clip", mcnn_onnx_clip},
    {"PRelu", mcnn_onnx_prelu},
    {"Conv", mcnn_onnx_conv},
    {"MaxPool", mcnn_onnx_max_pool},
    {"AveragePool", mcnn_onnx_average_pool},
    {"GlobalAveragePool", mcnn_onnx_global_pool},
    {"GlobalMaxPool", mcnn_onnx_global_pool},
    {"ReduceMean", mcnn_onnx_reduce},
    {"ReduceMax", mcnn_onnx_reduce},
    {"Pad", mcnn_onnx_pad},
    {"Gemm", mcnn_onnx_gemm},
    {"MatMul", mcnn_onnx_matmul},
    {"BatchNormalization", mcnn_onnx_batch_norm},
    {"Softmax", mcnn_onnx_softmax},
    {"LogSoftmax", mcnn_onnx_softmax},
    {"Dropout", mcnn_onnx_dropout},
    {"Identity", mcnn_onnx_pass},
};

mcnn_onnx_fn mcnn_onnx_operation(const char *op) {
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
    if (strcmp(op, operations[i].op) == 0)
      return operations[i].fn;
  return NULL;
}

static const struct {
  const char *part, *advice;
} advices[] = {
    {"Quantize", ": a quantised network, which computes in 8 bits; export it in float32"},
    {"QLinear", ": a quantised network, which computes in 8 bits; export it in float32"},
    {"Integer", ": a quantised network, which computes in 8 bits; export it in float32"},
    {"ConvTranspose", ": this library has convolutions that make images smaller only"},
    {"Resize", ": this library has no layer that enlarges images"},
    {"Upsample", ": this library has no layer that enlarges images"},
    {"LSTM", ": this library has networks without recurrence only"},
    {"GRU", ": this library has networks without recurrence only"},
    {"RNN", ": this library has networks without recurrence only"},
    {"If", ": the graph has branches; export the model for prediction (eval mode)"},
    {"Loop", ": the graph has loops; export the model for prediction (eval mode)"},
    {"Normalization", ": of the normalisations this library has BatchNormalization"},
    {"LRN", ": of the normalisations this library has BatchNormalization"},
};

const char *mcnn_onnx_advice(const char *op) {
  for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
    if (strstr(op, advices[i].part))
      return advices[i].advice;
  return "";
}

const char *mcnn_onnx_domain_advice(const char *domain) {
  return strncmp(domain, "com.microsoft", sizeof "com.microsoft" - 1) == 0
             ? "; ONNX Runtime makes these of others when it optimises a model: import the model "
               "as it was before"
             : "";
}
