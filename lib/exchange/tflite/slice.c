/* Slices: a number of a shape, and rows and columns of images. */
#include "exchange/graph/slice.h"
#include "exchange/tflite/operations.h"

enum mask { MASK_BEGIN = 0, MASK_END = 1, MASK_ELLIPSIS = 2, MASK_NEW_AXIS = 3, MASK_SHRINK = 4 };
enum { OFFSET = 5 };

static int64_t mask_of(const mcnn_tflite_operator *op, uint32_t field) {
  return mcnn_fb_signed(&op->options, field, 4, 0);
}

/* --- of a shape ------------------------------------------------------------------------------- */

/* One number of a vector, as converters take the batch of a shape. */
static mnistcnn_status take_number(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  int64_t begin[MCNN_TFLITE_MAX_RANK];
  uint32_t count = 0;
  mcnn_array index = {0}, result = context->flow.values[op->inputs[0]].array;
  mnistcnn_status status = mcnn_tflite_integers(context, op, 1, begin, &count);
  if (status == MNISTCNN_OK && (count != 1 || result.rank != 1 || mask_of(op, MASK_SHRINK) != 1))
    status = mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                               "takes more than a single number of a shape");
  if (status == MNISTCNN_OK && mask_of(op, MASK_BEGIN) == 1)
    begin[0] = 0;
  if (status == MNISTCNN_OK)
    status = mcnn_array_of_integers(context->builder, begin, 1, &index);
  if (status != MNISTCNN_OK)
    return status;
  index.rank = 0;
  status = mcnn_array_take(context->builder, &result, 0, &index);
  if (status == MNISTCNN_OK)
    mcnn_flow_set_array(&context->flow, op->output, &result);
  return status;
}

/* --- of an image ------------------------------------------------------------------------------ */

/* Where elements begin or end, of which negative ones count from the end. */
static int64_t bound(int64_t at, int64_t size) {
  const int64_t from_start = at < 0 ? at + size : at;
  return from_start < 0 ? 0 : from_start > size ? size : from_start;
}

static mnistcnn_status fail_slice(mcnn_tflite_context *context) {
  return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                           "its beginnings, ends or steps are not valid");
}

/* The lists of inputs 1 and on, one number for each dimension. */
static mnistcnn_status read_lists(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                  const mcnn_dims *dims, uint32_t num_lists,
                                  int64_t lists[3][MCNN_TFLITE_MAX_RANK]) {
  for (uint32_t i = 0; i < num_lists; i++) {
    uint32_t count = 0;
    const mnistcnn_status status = mcnn_tflite_integers(context, op, i + 1, lists[i], &count);
    if (status != MNISTCNN_OK)
      return status;
    if (count != dims->rank)
      return fail_slice(context);
  }
  return MNISTCNN_OK;
}

/* The batch is one image here; what is taken of it must be all of it in the file. */
static int takes_batch(const mcnn_tflite_context *context, int64_t first, int64_t end, int whole) {
  return whole || (first == 0 && (end < 0 || end >= (context->batch > 0 ? context->batch : 1)));
}

mnistcnn_status mcnn_tflite_strided_slice(mcnn_tflite_context *context,
                                          const mcnn_tflite_operator *op) {
  int64_t lists[3][MCNN_TFLITE_MAX_RANK];
  mcnn_slice slices[MCNN_ARRAY_MAX_RANK + 1];
  mcnn_dims dims = {.rank = 0};
  if (context->flow.values[op->inputs[0]].kind == MCNN_FLOW_ARRAY)
    return take_number(context, op);
  mnistcnn_status status = mcnn_flow_padded_dims(&context->flow, op->inputs[0], &dims);
  if (status == MNISTCNN_OK &&
      (mask_of(op, MASK_ELLIPSIS) | mask_of(op, MASK_NEW_AXIS) | mask_of(op, MASK_SHRINK) |
       (int64_t)mcnn_fb_unsigned(&op->options, OFFSET, 1, 0)) != 0)
    status = mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                               "takes parts of an image and changes its dimensions");
  if (status == MNISTCNN_OK)
    status = read_lists(context, op, &dims, 3, lists);
  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < dims.rank; i++) {
    const int64_t size = dims.size[i], step = lists[2][i];
    const int from_start = (int)(mask_of(op, MASK_BEGIN) >> i & 1);
    const int to_end = (int)(mask_of(op, MASK_END) >> i & 1);
    if (step == 0)
      return fail_slice(context);
    const int64_t first = from_start ? 0 : bound(lists[0][i], size);
    const int64_t end = to_end ? size : bound(lists[1][i], size);
    const int64_t count = step > 0 && end > first ? (end - first - 1) / step + 1 : 0;
    slices[i] = (mcnn_slice){first, count, step};
    if (i == 0 && step == 1 && takes_batch(context, first, lists[1][i], to_end))
      slices[i].count = size;
  }
  return mcnn_flow_slice(&context->flow, op->inputs[0], op->output, &dims, slices);
}

/* A size of -1 is all that is left. */
mnistcnn_status mcnn_tflite_slice(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  int64_t lists[3][MCNN_TFLITE_MAX_RANK];
  mcnn_slice slices[MCNN_ARRAY_MAX_RANK + 1];
  mcnn_dims dims = {.rank = 0};
  mnistcnn_status status = mcnn_flow_padded_dims(&context->flow, op->inputs[0], &dims);
  if (status == MNISTCNN_OK)
    status = read_lists(context, op, &dims, 2, lists);
  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < dims.rank; i++) {
    const int64_t size = dims.size[i], first = lists[0][i];
    const int64_t left = size - first, given = lists[1][i];
    if (first < 0 || first > size || given < -1 || (i > 0 && given > left))
      return fail_slice(context);
    slices[i] = (mcnn_slice){first, given < 0 || given > left ? left : given, 1};
    if (i == 0 && takes_batch(context, first, given, given < 0))
      slices[i].count = size;
  }
  return mcnn_flow_slice(&context->flow, op->inputs[0], op->output, &dims, slices);
}
