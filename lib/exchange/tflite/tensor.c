/* The tensors of LiteRT: their shapes, types, and numbers. */
#include "exchange/floats.h"
#include "exchange/tflite/context.h"

enum tensor_field { TENSOR_SHAPE = 0, TENSOR_TYPE = 1, TENSOR_BUFFER = 2, TENSOR_QUANTISATION = 4 };
enum quantisation_field { QUANTISATION_SCALE = 2, QUANTISATION_ZERO = 3, QUANTISATION_AXIS = 6 };
enum buffer_field { BUFFER_DATA = 0, BUFFER_OFFSET = 1, BUFFER_SIZE = 2 };

mcnn_fb_table mcnn_tflite_tensor(mcnn_tflite_context *context, uint32_t id) {
  static const mcnn_fb_table none = {NULL, 0, 0, 0};
  return id < context->tensors.count ? mcnn_fb_table_at(&context->tensors, id) : none;
}

enum mcnn_tflite_type mcnn_tflite_type_of(mcnn_tflite_context *context, uint32_t id) {
  const mcnn_fb_table tensor = mcnn_tflite_tensor(context, id);
  return (enum mcnn_tflite_type)mcnn_fb_unsigned(&tensor, TENSOR_TYPE, 1, MCNN_TFLITE_FLOAT32);
}

mnistcnn_status mcnn_tflite_dims(mcnn_tflite_context *context, uint32_t id, int64_t *dims,
                                 uint32_t *rank) {
  const mcnn_fb_table tensor = mcnn_tflite_tensor(context, id);
  const mcnn_fb_vector shape = mcnn_fb_list(&tensor, TENSOR_SHAPE, 4);
  if (shape.count > MCNN_TFLITE_MAX_RANK)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a tensor has more than %d dimensions", MCNN_TFLITE_MAX_RANK);
  *rank = shape.count;
  for (uint32_t i = 0; i < shape.count; i++)
    dims[i] = mcnn_fb_int32_at(&shape, i);
  return MNISTCNN_OK;
}

int mcnn_tflite_quantisation(mcnn_tflite_context *context, uint32_t id, double *scale,
                             int64_t *zero) {
  const mcnn_fb_table tensor = mcnn_tflite_tensor(context, id);
  const mcnn_fb_table q = mcnn_fb_sub(&tensor, TENSOR_QUANTISATION);
  const mcnn_fb_vector scales = mcnn_fb_list(&q, QUANTISATION_SCALE, 4);
  const mcnn_fb_vector zeros = mcnn_fb_list(&q, QUANTISATION_ZERO, 8);
  if (scales.count != 1)
    return 0;
  *scale = (double)mcnn_fb_float_at(&scales, 0);
  *zero = zeros.count > 0 ? mcnn_fb_int64_at(&zeros, 0) : 0;
  return *scale > 0;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static uint32_t bytes_of(enum mcnn_tflite_type type) {
  switch (type) {
  case MCNN_TFLITE_FLOAT32:
  case MCNN_TFLITE_INT32:
    return 4;
  case MCNN_TFLITE_FLOAT16:
  case MCNN_TFLITE_INT16:
    return 2;
  case MCNN_TFLITE_INT64:
    return 8;
  case MCNN_TFLITE_UINT8:
  case MCNN_TFLITE_INT8:
  case MCNN_TFLITE_BOOL:
    return 1;
  default:
    return 0;
  }
}

static uint64_t read_bits(const unsigned char *at, uint32_t bytes) {
  uint64_t bits = 0;
  for (uint32_t i = 0; i < bytes; i++)
    bits |= (uint64_t)at[i] << (8 * i);
  return bits;
}

static int64_t integer_of(enum mcnn_tflite_type type, uint64_t bits) {
  switch (type) {
  case MCNN_TFLITE_INT8:
    return (int8_t)(uint8_t)bits;
  case MCNN_TFLITE_INT16:
    return (int16_t)(uint16_t)bits;
  case MCNN_TFLITE_INT32:
    return (int32_t)(uint32_t)bits;
  default:
    return (int64_t)bits;
  }
}

static int is_float(enum mcnn_tflite_type type) {
  return type == MCNN_TFLITE_FLOAT32 || type == MCNN_TFLITE_FLOAT16;
}

static float float_of(enum mcnn_tflite_type type, uint64_t bits) {
  return type == MCNN_TFLITE_FLOAT16 ? mcnn_float_of_half((uint32_t)bits)
                                     : mcnn_float_of_bits((uint32_t)bits);
}

static mnistcnn_status fill(mcnn_tflite_context *context, enum mcnn_tflite_type type,
                            const mcnn_span *bytes, mcnn_array *array) {
  const uint32_t each = bytes_of(type);
  const unsigned char *const data = bytes->data;
  float *const floats = is_float(type) ? mcnn_builder_floats(context->builder, array->count) : NULL;
  int64_t *const integers =
      is_float(type) ? NULL : mcnn_array_integers(context->builder, array->count);
  if (!floats && !integers)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < array->count; i++) {
    const uint64_t bits = read_bits(data + i * each, each);
    if (floats)
      floats[i] = float_of(type, bits);
    else
      integers[i] = integer_of(type, bits);
  }
  array->floats = floats;
  array->integers = integers;
  return MNISTCNN_OK;
}

/* The numbers of a buffer, in it or, in large files, behind all of them. */
static mcnn_span find_bytes(mcnn_tflite_context *context, const mcnn_fb_table *tensor) {
  const uint64_t index = mcnn_fb_unsigned(tensor, TENSOR_BUFFER, 4, 0);
  static const mcnn_span none = {NULL, 0};
  if (index == 0 || index >= context->buffers.count)
    return none;
  const mcnn_fb_table buffer = mcnn_fb_table_at(&context->buffers, (uint32_t)index);
  const mcnn_span data = mcnn_fb_bytes(&buffer, BUFFER_DATA);
  const uint64_t offset = mcnn_fb_unsigned(&buffer, BUFFER_OFFSET, 8, 0);
  const uint64_t size = mcnn_fb_unsigned(&buffer, BUFFER_SIZE, 8, 0);
  if (data.data || offset <= 1)
    return data;
  if (offset > context->fb.size || size > context->fb.size - offset) {
    context->fb.is_malformed = 1;
    return none;
  }
  return (mcnn_span){context->fb.data + offset, (size_t)size};
}

static int set_shape(mcnn_array *array, const int64_t *dims, uint32_t rank) {
  *array = (mcnn_array){.rank = rank, .count = 1};
  for (uint32_t i = 0; i < rank; i++) {
    if (dims[i] < 0 || !mcnn_checked_mul(array->count, (size_t)dims[i], &array->count))
      return 0;
    array->dims[i] = (size_t)dims[i];
  }
  return 1;
}

/* --- quantisation ----------------------------------------------------------------------------- */

typedef struct quantisation {
  mcnn_fb_vector scales, zeros;
  size_t inner; /* how many numbers follow one another with the same scale */
} quantisation;

static int find_quantisation(const mcnn_fb_table *tensor, const mcnn_array *array,
                             quantisation *q) {
  const mcnn_fb_table table = mcnn_fb_sub(tensor, TENSOR_QUANTISATION);
  q->scales = mcnn_fb_list(&table, QUANTISATION_SCALE, 4);
  q->zeros = mcnn_fb_list(&table, QUANTISATION_ZERO, 8);
  const int64_t axis = mcnn_fb_signed(&table, QUANTISATION_AXIS, 4, 0);
  if (q->scales.count == 0)
    return 0;
  q->inner = 1;
  if (q->scales.count == 1)
    return 1;
  if (axis < 0 || axis >= (int64_t)array->rank || array->dims[axis] != q->scales.count)
    return 0;
  for (uint32_t i = (uint32_t)axis + 1; i < array->rank; i++)
    q->inner *= array->dims[i];
  return 1;
}

static mnistcnn_status dequantise(mcnn_tflite_context *context, const quantisation *q,
                                  mcnn_array *array) {
  float *const floats = mcnn_builder_floats(context->builder, array->count);
  if (!floats)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < array->count; i++) {
    const uint32_t at = (uint32_t)(i / q->inner % q->scales.count);
    const int64_t zero = q->zeros.count == q->scales.count ? mcnn_fb_int64_at(&q->zeros, at) : 0;
    const double scale = (double)mcnn_fb_float_at(&q->scales, at);
    floats[i] = (float)((double)(array->integers[i] - zero) * scale);
  }
  array->floats = floats;
  array->integers = NULL;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_tflite_read(mcnn_tflite_context *context, uint32_t id) {
  const mcnn_fb_table tensor = mcnn_tflite_tensor(context, id);
  const mcnn_span bytes = find_bytes(context, &tensor);
  const enum mcnn_tflite_type type = mcnn_tflite_type_of(context, id);
  int64_t dims[MCNN_TFLITE_MAX_RANK];
  uint32_t rank = 0;
  size_t needed = 0;
  mcnn_array array = {0};
  quantisation q;
  if (!bytes.data)
    return MNISTCNN_OK;
  mnistcnn_status status = mcnn_tflite_dims(context, id, dims, &rank);
  if (status != MNISTCNN_OK)
    return status;
  if (!set_shape(&array, dims, rank) || bytes_of(type) == 0 ||
      !mcnn_checked_mul(array.count, bytes_of(type), &needed) || needed != bytes.size_bytes)
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                             "constant %u has not the numbers that its shape and type say", id);
  status = fill(context, type, &bytes, &array);
  if (status == MNISTCNN_OK && array.integers && find_quantisation(&tensor, &array, &q)) {
    context->has_small_weights = 1;
    status = dequantise(context, &q, &array);
  }
  if (status == MNISTCNN_OK)
    mcnn_flow_set_array(&context->flow, id, &array);
  return status;
}

mnistcnn_status mcnn_tflite_array(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                  uint32_t index, int optional, const mcnn_array **array) {
  *array = NULL;
  if (index >= op->num_inputs || op->inputs[index] == MCNN_TFLITE_NONE) {
    return optional ? MNISTCNN_OK
                    : mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "input %u is missing",
                                        index + 1);
  }
  if (context->flow.values[op->inputs[index]].kind != MCNN_FLOW_ARRAY)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "input %u depends on the image; this library needs a constant there",
                             index + 1);
  *array = &context->flow.values[op->inputs[index]].array;
  return MNISTCNN_OK;
}
