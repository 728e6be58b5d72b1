/* The operations of LiteRT, by their numbers in the schema. */
#ifndef MCNN_EXCHANGE_TFLITE_OPERATIONS_H
#define MCNN_EXCHANGE_TFLITE_OPERATIONS_H

#include "exchange/tflite/context.h"

enum mcnn_tflite_code {
  MCNN_TFLITE_ADD = 0,
  MCNN_TFLITE_AVERAGE_POOL_2D = 1,
  MCNN_TFLITE_CONCATENATION = 2,
  MCNN_TFLITE_CONV_2D = 3,
  MCNN_TFLITE_DEPTHWISE_CONV_2D = 4,
  MCNN_TFLITE_DEQUANTIZE = 6,
  MCNN_TFLITE_FULLY_CONNECTED = 9,
  MCNN_TFLITE_LOGISTIC = 14,
  MCNN_TFLITE_MAX_POOL_2D = 17,
  MCNN_TFLITE_MUL = 18,
  MCNN_TFLITE_RELU = 19,
  MCNN_TFLITE_RELU_N1_TO_1 = 20,
  MCNN_TFLITE_RELU6 = 21,
  MCNN_TFLITE_RESHAPE = 22,
  MCNN_TFLITE_SOFTMAX = 25,
  MCNN_TFLITE_TANH = 28,
  MCNN_TFLITE_CUSTOM = 32,
  MCNN_TFLITE_PAD = 34,
  MCNN_TFLITE_BATCH_TO_SPACE_ND = 37,
  MCNN_TFLITE_SPACE_TO_BATCH_ND = 38,
  MCNN_TFLITE_TRANSPOSE = 39,
  MCNN_TFLITE_MEAN = 40,
  MCNN_TFLITE_SUB = 41,
  MCNN_TFLITE_DIV = 42,
  MCNN_TFLITE_SQUEEZE = 43,
  MCNN_TFLITE_STRIDED_SLICE = 45,
  MCNN_TFLITE_EXP = 47,
  MCNN_TFLITE_LOG_SOFTMAX = 50,
  MCNN_TFLITE_CAST = 53,
  MCNN_TFLITE_PRELU = 54,
  MCNN_TFLITE_MAXIMUM = 55,
  MCNN_TFLITE_ARG_MAX = 56,
  MCNN_TFLITE_MINIMUM = 57,
  MCNN_TFLITE_LESS = 58,
  MCNN_TFLITE_NEG = 59,
  MCNN_TFLITE_PADV2 = 60,
  MCNN_TFLITE_GREATER = 61,
  MCNN_TFLITE_GREATER_EQUAL = 62,
  MCNN_TFLITE_LESS_EQUAL = 63,
  MCNN_TFLITE_SELECT = 64,
  MCNN_TFLITE_SLICE = 65,
  MCNN_TFLITE_EXPAND_DIMS = 70,
  MCNN_TFLITE_LOG = 73,
  MCNN_TFLITE_SQRT = 75,
  MCNN_TFLITE_SHAPE = 77,
  MCNN_TFLITE_REDUCE_MAX = 82,
  MCNN_TFLITE_PACK = 83,
  MCNN_TFLITE_LEAKY_RELU = 98,
  MCNN_TFLITE_ABS = 101,
  MCNN_TFLITE_ELU = 111,
  MCNN_TFLITE_QUANTIZE = 114,
  MCNN_TFLITE_HARD_SWISH = 117,
  MCNN_TFLITE_SELECT_V2 = 123,
  MCNN_TFLITE_GELU = 150,
  MCNN_TFLITE_RELU_0_TO_1 = 152
};

mnistcnn_status mcnn_tflite_conv(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_depthwise(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_dense(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_max_pool(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_average_pool(mcnn_tflite_context *context,
                                         const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_mean(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_reduce_max(mcnn_tflite_context *context,
                                       const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_softmax(mcnn_tflite_context *context, const mcnn_tflite_operator *op);

mnistcnn_status mcnn_tflite_binary(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_select(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_unary(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_prelu(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_pass(mcnn_tflite_context *context, const mcnn_tflite_operator *op);

mnistcnn_status mcnn_tflite_cut(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_join(mcnn_tflite_context *context, const mcnn_tflite_operator *op);

mnistcnn_status mcnn_tflite_pad(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_reshape(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_transpose(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_squeeze(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_expand_dims(mcnn_tflite_context *context,
                                        const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_shape(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_strided_slice(mcnn_tflite_context *context,
                                          const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_slice(mcnn_tflite_context *context, const mcnn_tflite_operator *op);
mnistcnn_status mcnn_tflite_pack(mcnn_tflite_context *context, const mcnn_tflite_operator *op);

#endif
