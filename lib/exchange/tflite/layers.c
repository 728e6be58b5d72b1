/* Operations with weights, and poolings. */
#include "exchange/graph/shape.h"
#include "exchange/tflite/operations.h"
#include "exchange/tflite/split.h"

enum conv_field { CONV_PADDING, CONV_STRIDE_W, CONV_STRIDE_H, CONV_ACTIVATION, CONV_DILATION_W };
enum depthwise_field {
  DEPTHWISE_PADDING,
  DEPTHWISE_STRIDE_W,
  DEPTHWISE_STRIDE_H,
  DEPTHWISE_MULTIPLIER,
  DEPTHWISE_ACTIVATION,
  DEPTHWISE_DILATION_W
};
enum pool_field { POOL_PADDING, POOL_STRIDE_W, POOL_STRIDE_H, POOL_W, POOL_H, POOL_ACTIVATION };
enum { DENSE_ACTIVATION = 0, DENSE_FORMAT = 1, DENSE_KEEPS_DIMS = 2, LARGEST = 4096 };

static uint32_t pair_number(const mcnn_fb_table *options, uint32_t field, int64_t otherwise) {
  const int64_t number = mcnn_fb_signed(options, field, 4, otherwise);
  return number >= 1 && number <= LARGEST ? (uint32_t)number : 0;
}

/* padding 0: as Keras pads; 1: none. The width's numbers stand before the height's. */
static mnistcnn_status read_window(mcnn_tflite_context *context, const mcnn_fb_table *options,
                                   uint32_t dilation, mcnn_flow_window *window) {
  window->same = mcnn_fb_signed(options, CONV_PADDING, 1, 0) == 0;
  for (uint32_t i = 0; i < 2; i++) {
    window->stride[1 - i] = pair_number(options, CONV_STRIDE_W + i, 0);
    window->dilation[1 - i] = dilation > 0 ? pair_number(options, dilation + i, 1) : 1;
  }
  for (uint32_t i = 0; i < 2; i++)
    if (window->stride[i] == 0 || window->dilation[i] == 0 || window->size[i] == 0)
      return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                               "its window, stride or dilation is not valid");
  return MNISTCNN_OK;
}

static mnistcnn_status read_bias(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                 size_t count, const float **bias) {
  const mcnn_array *array = NULL;
  const mnistcnn_status status = mcnn_tflite_array(context, op, 2, 1, &array);
  *bias = NULL;
  if (status != MNISTCNN_OK || !array)
    return status;
  if (array->count != count)
    return mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                             "its bias has %zu numbers for %zu outputs", array->count, count);
  return mcnn_array_floats(context->builder, array, bias);
}

/* --- convolutions ----------------------------------------------------------------------------- */

/* Weights of four dimensions in another order, as floats. */
static mnistcnn_status read_kernel(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                   const uint32_t *order, mcnn_array *kernel,
                                   const float **floats) {
  const mcnn_array *array = NULL;
  mnistcnn_status status = mcnn_tflite_array(context, op, 1, 0, &array);
  if (status != MNISTCNN_OK)
    return status;
  *kernel = *array;
  if (kernel->rank != 4 || kernel->count == 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                             "its weights have not four dimensions");
  status = mcnn_array_transpose(context->builder, kernel, order);
  return status == MNISTCNN_OK ? mcnn_array_floats(context->builder, kernel, floats) : status;
}

static mnistcnn_status find_channels(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                     uint32_t *channels) {
  const mcnn_flow_value *const value = &context->flow.values[op->inputs[0]];
  const mnistcnn_status status = value->kind == MCNN_FLOW_TENSOR
                                     ? MNISTCNN_OK
                                     : mcnn_flow_settle(&context->flow, op->inputs[0]);
  if (status != MNISTCNN_OK)
    return status;
  *channels = mcnn_conv_channels(context->builder, &value->tensor, 0);
  return *channels > 0 ? MNISTCNN_OK : MNISTCNN_UNSUPPORTED;
}

/* kernel: [height][width][inputs of a group][filters] */
static mnistcnn_status build_conv(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                  const mcnn_array *kernel, const float *values, uint32_t dilation,
                                  int64_t activation) {
  mcnn_flow_window window = {.size = {0, 0}};
  const float *bias = NULL;
  uint32_t channels = 0, in = op->inputs[0];
  for (uint32_t i = 0; i < 2; i++)
    window.size[i] = kernel->dims[i] <= LARGEST ? (uint32_t)kernel->dims[i] : 0;
  mnistcnn_status status = read_window(context, &op->options, dilation, &window);
  if (status == MNISTCNN_OK)
    status = find_channels(context, op, &channels);
  if (status == MNISTCNN_OK && (channels % kernel->dims[2] != 0 || kernel->dims[3] > LARGEST ||
                                kernel->dims[3] % (channels / kernel->dims[2]) != 0))
    status = mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                               "its weights are not those of an input of %u channels", channels);
  if (status == MNISTCNN_OK)
    status = read_bias(context, op, kernel->dims[3], &bias);
  if (status == MNISTCNN_OK)
    status = mcnn_tflite_whole_window(context, op, &window, &in);
  if (status == MNISTCNN_OK)
    status = mcnn_flow_conv(&context->flow, in, op->before_activation, &window,
                            (uint32_t)(channels / kernel->dims[2]), (uint32_t)kernel->dims[3],
                            values, bias);
  return status == MNISTCNN_OK ? mcnn_tflite_activation(context, op, activation) : status;
}

mnistcnn_status mcnn_tflite_conv(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  static const uint32_t order[] = {1, 2, 3, 0};
  mcnn_array kernel = {0};
  const float *values = NULL;
  const mnistcnn_status status = read_kernel(context, op, order, &kernel, &values);
  return status == MNISTCNN_OK ? build_conv(context, op, &kernel, values, CONV_DILATION_W,
                                            mcnn_fb_signed(&op->options, CONV_ACTIVATION, 1, 0))
                               : status;
}

/* [1][height][width][channels * multiplier]: also what converters make of a first convolution on
 * one channel. */
mnistcnn_status mcnn_tflite_depthwise(mcnn_tflite_context *context,
                                      const mcnn_tflite_operator *op) {
  static const uint32_t order[] = {1, 2, 0, 3};
  mcnn_array kernel = {0};
  const float *values = NULL;
  const mnistcnn_status status = read_kernel(context, op, order, &kernel, &values);
  if (status == MNISTCNN_OK && kernel.dims[2] != 1)
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                             "its weights are not those of a depthwise convolution");
  return status == MNISTCNN_OK
             ? build_conv(context, op, &kernel, values, DEPTHWISE_DILATION_W,
                          mcnn_fb_signed(&op->options, DEPTHWISE_ACTIVATION, 1, 0))
             : status;
}

/* --- dense ------------------------------------------------------------------------------------ */

/* What is no vector is flattened, unless the operation works on the last dimension alone. */
static mnistcnn_status dense_input(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                   size_t inputs, uint32_t *in) {
  mcnn_dims dims = {.rank = 0};
  const mnistcnn_status status = mcnn_flow_dims(&context->flow, op->inputs[0], &dims);
  *in = op->inputs[0];
  if (status != MNISTCNN_OK)
    return status;
  uint64_t count = 1;
  for (uint32_t i = 0; i < dims.rank; i++)
    count *= (uint64_t)dims.size[i];
  const int keeps = mcnn_fb_unsigned(&op->options, DENSE_KEEPS_DIMS, 1, 0) != 0;
  if (dims.rank > 2 && count == inputs && !keeps) {
    const mcnn_dims vector = {.size = {1, (int64_t)inputs}, .rank = 2};
    *in = op->output; /* which is set last */
    return mcnn_flow_reshape(&context->flow, op->inputs[0], *in, &vector, 0, 0);
  }
  if (dims.rank < 1 || (uint64_t)dims.size[dims.rank - 1] != inputs)
    return mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                             "its weights are for %zu inputs, but there are %llu", inputs,
                             (unsigned long long)count);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_tflite_dense(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  static const uint32_t swap[] = {1, 0};
  const mcnn_array *array = NULL;
  const float *kernel = NULL, *bias = NULL;
  uint32_t in = 0;
  mcnn_array matrix = {0};
  mnistcnn_status status = mcnn_tflite_array(context, op, 1, 0, &array);
  if (status != MNISTCNN_OK)
    return status;
  matrix = *array;
  if (matrix.rank != 2 || matrix.count == 0 || matrix.dims[0] > UINT16_MAX ||
      mcnn_fb_signed(&op->options, DENSE_FORMAT, 1, 0) != 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "its weights are no matrix, or are shuffled");
  status = mcnn_array_transpose(context->builder, &matrix, swap);
  if (status == MNISTCNN_OK)
    status = mcnn_array_floats(context->builder, &matrix, &kernel);
  if (status == MNISTCNN_OK)
    status = read_bias(context, op, matrix.dims[1], &bias);
  if (status == MNISTCNN_OK)
    status = dense_input(context, op, matrix.dims[0], &in);
  if (status == MNISTCNN_OK)
    status = mcnn_flow_dense(&context->flow, in, op->before_activation, (uint32_t)matrix.dims[1],
                             kernel, bias);
  return status == MNISTCNN_OK
             ? mcnn_tflite_activation(context, op,
                                      mcnn_fb_signed(&op->options, DENSE_ACTIVATION, 1, 0))
             : status;
}

/* --- poolings --------------------------------------------------------------------------------- */

static mnistcnn_status pool(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                            int is_max) {
  mcnn_flow_window window = {
      .size = {pair_number(&op->options, POOL_H, 0), pair_number(&op->options, POOL_W, 0)}};
  mnistcnn_status status = read_window(context, &op->options, 0, &window);
  if (status != MNISTCNN_OK)
    return status;
  status = is_max
               ? mcnn_flow_max_pool(&context->flow, op->inputs[0], op->before_activation, &window)
               : mcnn_flow_average_pool(&context->flow, op->inputs[0], op->before_activation,
                                        &window, 0);
  return status == MNISTCNN_OK
             ? mcnn_tflite_activation(context, op,
                                      mcnn_fb_signed(&op->options, POOL_ACTIVATION, 1, 0))
             : status;
}

mnistcnn_status mcnn_tflite_max_pool(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  return pool(context, op, 1);
}

mnistcnn_status mcnn_tflite_average_pool(mcnn_tflite_context *context,
                                         const mcnn_tflite_operator *op) {
  return pool(context, op, 0);
}

static mnistcnn_status reduce(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                              int is_max) {
  const mcnn_array *array = NULL;
  int64_t axes[MCNN_TFLITE_MAX_RANK];
  uint32_t mask = 0;
  const mnistcnn_status status = mcnn_tflite_array(context, op, 1, 0, &array);
  if (status != MNISTCNN_OK)
    return status;
  for (size_t i = 0; i < array->count && i < MCNN_TFLITE_MAX_RANK; i++)
    axes[i] = mcnn_array_integer(array, i);
  if (array->count > MCNN_TFLITE_MAX_RANK || !mcnn_axes_mask(axes, array->count, 4, &mask) ||
      (mask != 0x6 && mask != 0xc))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "works on other dimensions than height and width");
  return mcnn_flow_global_pool(&context->flow, op->inputs[0], op->output, is_max, mask == 0xc,
                               mcnn_fb_unsigned(&op->options, 0, 1, 0) != 0);
}

mnistcnn_status mcnn_tflite_mean(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  return reduce(context, op, 0);
}

mnistcnn_status mcnn_tflite_reduce_max(mcnn_tflite_context *context,
                                       const mcnn_tflite_operator *op) {
  return reduce(context, op, 1);
}

mnistcnn_status mcnn_tflite_softmax(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  if (op->code == MCNN_TFLITE_SOFTMAX && mcnn_fb_float(&op->options, 0, 0) != 1)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a softmax with another temperature (beta) than 1");
  return mcnn_flow_softmax(&context->flow, op->inputs[0], op->output,
                           op->code == MCNN_TFLITE_LOG_SOFTMAX);
}
