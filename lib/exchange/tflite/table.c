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

/* The others of the schema, for messages. */
static const char *const other_names[] = {[5] = "DEPTH_TO_SPACE",
                                          [7] = "EMBEDDING_LOOKUP",
                                          [8] = "FLOOR",
                                          [10] = "HASHTABLE_LOOKUP",
                                          [11] = "L2_NORMALIZATION",
                                          [12] = "L2_POOL_2D",
                                          [13] = "LOCAL_RESPONSE_NORMALIZATION",
                                          [15] = "LSH_PROJECTION",
                                          [16] = "LSTM",
                                          [23] = "RESIZE_BILINEAR",
                                          [24] = "RNN",
                                          [26] = "SPACE_TO_DEPTH",
                                          [27] = "SVDF",
                                          [29] = "CONCAT_EMBEDDINGS",
                                          [30] = "SKIP_GRAM",
                                          [31] = "CALL",
                                          [33] = "EMBEDDING_LOOKUP_SPARSE",
                                          [35] = "UNIDIRECTIONAL_SEQUENCE_RNN",
                                          [36] = "GATHER",
                                          [44] = "UNIDIRECTIONAL_SEQUENCE_LSTM",
                                          [46] = "BIDIRECTIONAL_SEQUENCE_RNN",
                                          [48] = "TOPK_V2",
                                          [49] = "SPLIT",
                                          [51] = "DELEGATE",
                                          [52] = "BIDIRECTIONAL_SEQUENCE_LSTM",
                                          [66] = "SIN",
                                          [67] = "TRANSPOSE_CONV",
                                          [68] = "SPARSE_TO_DENSE",
                                          [69] = "TILE",
                                          [71] = "EQUAL",
                                          [72] = "NOT_EQUAL",
                                          [74] = "SUM",
                                          [76] = "RSQRT",
                                          [78] = "POW",
                                          [79] = "ARG_MIN",
                                          [80] = "FAKE_QUANT",
                                          [81] = "REDUCE_PROD",
                                          [84] = "LOGICAL_OR",
                                          [85] = "ONE_HOT",
                                          [86] = "LOGICAL_AND",
                                          [87] = "LOGICAL_NOT",
                                          [88] = "UNPACK",
                                          [89] = "REDUCE_MIN",
                                          [90] = "FLOOR_DIV",
                                          [91] = "REDUCE_ANY",
                                          [92] = "SQUARE",
                                          [93] = "ZEROS_LIKE",
                                          [94] = "FILL",
                                          [95] = "FLOOR_MOD",
                                          [96] = "RANGE",
                                          [97] = "RESIZE_NEAREST_NEIGHBOR",
                                          [99] = "SQUARED_DIFFERENCE",
                                          [100] = "MIRROR_PAD",
                                          [102] = "SPLIT_V",
                                          [103] = "UNIQUE",
                                          [104] = "CEIL",
                                          [105] = "REVERSE_V2",
                                          [106] = "ADD_N",
                                          [107] = "GATHER_ND",
                                          [108] = "COS",
                                          [109] = "WHERE",
                                          [110] = "RANK",
                                          [112] = "REVERSE_SEQUENCE",
                                          [113] = "MATRIX_DIAG",
                                          [115] = "MATRIX_SET_DIAG",
                                          [116] = "ROUND",
                                          [118] = "IF",
                                          [119] = "WHILE",
                                          [120] = "NON_MAX_SUPPRESSION_V4",
                                          [121] = "NON_MAX_SUPPRESSION_V5",
                                          [122] = "SCATTER_ND",
                                          [124] = "DENSIFY",
                                          [125] = "SEGMENT_SUM",
                                          [126] = "BATCH_MATMUL",
                                          [128] = "CUMSUM",
                                          [129] = "CALL_ONCE",
                                          [130] = "BROADCAST_TO",
                                          [131] = "RFFT2D",
                                          [132] = "CONV_3D",
                                          [133] = "IMAG",
                                          [134] = "REAL",
                                          [135] = "COMPLEX_ABS",
                                          [136] = "HASHTABLE",
                                          [137] = "HASHTABLE_FIND",
                                          [138] = "HASHTABLE_IMPORT",
                                          [139] = "HASHTABLE_SIZE",
                                          [140] = "REDUCE_ALL",
                                          [141] = "CONV_3D_TRANSPOSE",
                                          [142] = "VAR_HANDLE",
                                          [143] = "READ_VARIABLE",
                                          [144] = "ASSIGN_VARIABLE",
                                          [145] = "BROADCAST_ARGS",
                                          [146] = "RANDOM_STANDARD_NORMAL",
                                          [147] = "BUCKETIZE",
                                          [148] = "RANDOM_UNIFORM",
                                          [149] = "MULTINOMIAL",
                                          [151] = "DYNAMIC_UPDATE_SLICE",
                                          [153] = "UNSORTED_SEGMENT_PROD",
                                          [154] = "UNSORTED_SEGMENT_MAX",
                                          [155] = "UNSORTED_SEGMENT_SUM",
                                          [156] = "ATAN2",
                                          [157] = "UNSORTED_SEGMENT_MIN",
                                          [158] = "SIGN",
                                          [159] = "BITCAST",
                                          [160] = "BITWISE_XOR",
                                          [161] = "RIGHT_SHIFT",
                                          [203] = "DILATE",
                                          [205] = "REDUCE_WINDOW"};

static const operation *find(int32_t code) {
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
    if (operations[i].code == code)
      return &operations[i];
  return NULL;
}

void mcnn_tflite_name(const mcnn_tflite_operator *op, char *name, size_t capacity) {
  const int32_t code = op->code;
  const operation *const found = find(code);
  if (code == MCNN_TFLITE_CUSTOM && op->custom.size_bytes > 0 &&
      op->custom.size_bytes < capacity / 2)
    (void)snprintf(name, capacity, "CUSTOM %.*s", (int)op->custom.size_bytes,
                   (const char *)op->custom.data);
  else if (found)
    (void)snprintf(name, capacity, "%s", found->name);
  else if (code >= 0 && (size_t)code < sizeof other_names / sizeof other_names[0] &&
           other_names[code])
    (void)snprintf(name, capacity, "%s", other_names[code]);
  else
    (void)snprintf(name, capacity, "operation %d", (int)code);
}

mcnn_tflite_fn mcnn_tflite_operation(int32_t code) {
  const operation *const found = find(code);
  return found ? found->fn : NULL;
}
