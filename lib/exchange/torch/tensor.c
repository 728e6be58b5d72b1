#include "exchange/torch/tensor.h"

#include "base/status.h"
#include "base/utf8.h"
#include "exchange/floats.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Elements of one tensor, also of one whose strides are 0. */
static const uint64_t max_elements = (uint64_t)1 << 28;

/* --- the list --------------------------------------------------------------------------------- */

void mcnn_torch_list_free(mcnn_torch_list *list) {
  for (size_t i = 0; i < list->count; i++)
    mcnn_free(list->alloc, list->tensors[i].name);
  mcnn_free(list->alloc, list->tensors);
  list->tensors = NULL;
  list->count = list->capacity = 0;
}

static mnistcnn_status grow_list(mcnn_torch_list *list) {
  if (list->count < list->capacity)
    return MNISTCNN_OK;
  if (list->count == MCNN_TORCH_MAX_TENSORS)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d tensors", list->label,
                     MCNN_TORCH_MAX_TENSORS);
  const size_t capacity = list->capacity * 2 + 16;
  mcnn_torch_tensor *const tensors = mcnn_alloc_array(list->alloc, capacity, sizeof *tensors);
  if (!tensors)
    return MNISTCNN_OUT_OF_MEMORY;
  if (list->count > 0)
    memcpy(tensors, list->tensors, list->count * sizeof *tensors);
  mcnn_free(list->alloc, list->tensors);
  list->tensors = tensors;
  list->capacity = capacity;
  return MNISTCNN_OK;
}

static int has_name(const mcnn_torch_list *list, const char *name, size_t length) {
  for (size_t i = 0; i < list->count; i++)
    if (strncmp(list->tensors[i].name, name, length) == 0 && list->tensors[i].name[length] == '\0')
      return 1;
  return 0;
}

mnistcnn_status mcnn_torch_list_add(mcnn_torch_list *list, const char *name, size_t name_length,
                                    const mcnn_torch_tensor *tensor) {
  if (name_length >= MCNN_TORCH_MAX_NAME || !mcnn_utf8_is_text(name, name_length))
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the name of a tensor is too long or no text",
                     list->label);
  if (has_name(list, name, name_length))
    return mcnn_fail(MNISTCNN_FORMAT, "%s: two tensors are called \"%.*s\"", list->label,
                     (int)name_length, name);
  const mnistcnn_status status = grow_list(list);
  if (status != MNISTCNN_OK)
    return status;
  char *const copy = mcnn_alloc_array(list->alloc, name_length + 1, 1);
  if (!copy)
    return MNISTCNN_OUT_OF_MEMORY;
  memcpy(copy, name, name_length);
  copy[name_length] = '\0';
  list->tensors[list->count] = *tensor;
  list->tensors[list->count++].name = copy;
  return MNISTCNN_OK;
}

static int is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Digits of a number without its leading zeros. */
static size_t digits_at(const char **text) {
  size_t count = 0;
  while (**text == '0' && is_digit((*text)[1]))
    ++*text;
  while (is_digit((*text)[count]))
    count++;
  return count;
}

static int compare_names(const char *a, const char *b) {
  while (*a && *b) {
    if (is_digit(*a) && is_digit(*b)) {
      const size_t digits = digits_at(&a), other = digits_at(&b);
      const int order = digits != other ? (digits < other ? -1 : 1) : memcmp(a, b, digits);
      if (order != 0)
        return order;
      a += digits;
      b += digits;
    } else if (*a != *b)
      return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    else {
      a++;
      b++;
    }
  }
  return *a ? 1 : *b ? -1 : 0;
}

void mcnn_torch_list_sort(mcnn_torch_list *list) {
  for (size_t i = 1; i < list->count; i++) {
    const mcnn_torch_tensor moving = list->tensors[i];
    size_t at = i;
    for (; at > 0 && compare_names(moving.name, list->tensors[at - 1].name) < 0; at--)
      list->tensors[at] = list->tensors[at - 1];
    list->tensors[at] = moving;
  }
  list->is_sorted = 1;
}

/* --- types ------------------------------------------------------------------------------------ */

int mcnn_torch_dtype_named(const char *name, enum mcnn_torch_dtype *dtype, uint32_t *bytes) {
  static const struct {
    const char *names[4]; /* of storages, of dtypes in Python, in safetensors */
    enum mcnn_torch_dtype dtype;
    uint32_t bytes;
  } rows[] = {
      {{"FloatStorage", "float32", "F32", NULL}, MCNN_TORCH_FLOAT32, 4},
      {{"DoubleStorage", "float64", "F64", NULL}, MCNN_TORCH_FLOAT64, 8},
      {{"HalfStorage", "float16", "F16", NULL}, MCNN_TORCH_FLOAT16, 2},
      {{"BFloat16Storage", "bfloat16", "BF16", NULL}, MCNN_TORCH_BFLOAT16, 2},
      {{"LongStorage", "int64", "I64", "U64"}, MCNN_TORCH_INTEGER, 8},
      {{"IntStorage", "int32", "I32", "U32"}, MCNN_TORCH_INTEGER, 4},
      {{"ShortStorage", "int16", "I16", "U16"}, MCNN_TORCH_INTEGER, 2},
      {{"CharStorage", "int8", "I8", NULL}, MCNN_TORCH_INTEGER, 1},
      {{"ByteStorage", "uint8", "U8", NULL}, MCNN_TORCH_INTEGER, 1},
      {{"BoolStorage", "bool", "BOOL", NULL}, MCNN_TORCH_INTEGER, 1},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (size_t j = 0; j < 4 && rows[i].names[j]; j++)
      if (strcmp(rows[i].names[j], name) == 0) {
        *dtype = rows[i].dtype;
        *bytes = rows[i].bytes;
        return 1;
      }
  return 0;
}

/* --- shapes ----------------------------------------------------------------------------------- */

void mcnn_torch_set_contiguous(mcnn_torch_tensor *tensor) {
  uint64_t stride = 1;
  for (uint32_t i = tensor->rank; i-- > 0;) {
    tensor->stride[i] = stride;
    /* A shape that overflows fails its check whatever the strides are. */
    stride *= tensor->shape[i];
  }
}

/* How far the last element is from the first one; 0 where it is beyond the storage. */
static int find_last(const mcnn_torch_tensor *tensor, uint64_t *last) {
  const uint64_t limit = tensor->storage.count;
  *last = tensor->offset;
  for (uint32_t i = 0; i < tensor->rank; i++) {
    const uint64_t steps = tensor->shape[i] - 1, stride = tensor->stride[i];
    if (*last > limit || (steps > 0 && stride > limit / steps))
      return 0;
    *last += steps * stride;
  }
  return *last < limit;
}

mnistcnn_status mcnn_torch_check_tensor(mcnn_torch_tensor *tensor, const char *label,
                                        const char *name, size_t name_length) {
  const int length = (int)(name_length < 120 ? name_length : 120);
  uint64_t last = 0;
  tensor->count = 1;
  for (uint32_t i = 0; i < tensor->rank; i++) {
    if (tensor->shape[i] > max_elements / tensor->count)
      return mcnn_fail(MNISTCNN_LIMIT, "%s: tensor %.*s has more than %llu elements", label, length,
                       name, (unsigned long long)max_elements);
    if (tensor->shape[i] == 0)
      return mcnn_fail(MNISTCNN_FORMAT, "%s: tensor %.*s is empty", label, length, name);
    tensor->count *= tensor->shape[i];
  }
  if (find_last(tensor, &last))
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_FORMAT, "%s: tensor %.*s reaches beyond its storage of %llu elements",
                   label, length, name, (unsigned long long)tensor->storage.count);
}

void mcnn_torch_shape_text(const mcnn_torch_tensor *tensor, char *text, size_t size) {
  size_t used = 0;
  (void)snprintf(text, size, "one number");
  for (uint32_t i = 0; i < tensor->rank && used + 24 < size; i++)
    used += (size_t)snprintf(text + used, size - used, "%s%llu", i > 0 ? "x" : "",
                             (unsigned long long)tensor->shape[i]);
}

/* --- values ----------------------------------------------------------------------------------- */

static uint64_t bits_at(const unsigned char *bytes, uint32_t count) {
  uint64_t bits = 0;
  for (uint32_t i = count; i > 0; i--)
    bits = bits << 8 | bytes[i - 1];
  return bits;
}

static float element_at(const mcnn_torch_storage *storage, uint64_t index) {
  const uint64_t bits =
      bits_at(storage->data + index * storage->element_bytes, storage->element_bytes);
  switch (storage->dtype) {
  case MCNN_TORCH_FLOAT32:
    return mcnn_float_of_bits((uint32_t)bits);
  case MCNN_TORCH_FLOAT64:
    return (float)mcnn_double_of_bits(bits);
  case MCNN_TORCH_FLOAT16:
    return mcnn_float_of_half((uint32_t)bits);
  case MCNN_TORCH_BFLOAT16:
    return mcnn_float_of_bfloat16((uint32_t)bits);
  default:
    return NAN;
  }
}

mnistcnn_status mcnn_torch_read(const mcnn_torch_tensor *tensor, const char *label, float *values) {
  uint64_t index[MCNN_TORCH_MAX_RANK] = {0}, at = tensor->offset;
  if (tensor->storage.dtype == MCNN_TORCH_INTEGER)
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: tensor %.120s holds integers; a quantised model must be saved in float32",
                     label, tensor->name);
  for (uint64_t i = 0; i < tensor->count; i++) {
    values[i] = element_at(&tensor->storage, at);
    if (!isfinite(values[i]))
      return mcnn_fail(MNISTCNN_FORMAT,
                       "%s: tensor %.120s holds a NaN, an infinity or what float32 cannot hold",
                       label, tensor->name);
    for (uint32_t d = tensor->rank; d-- > 0;) {
      at += tensor->stride[d];
      if (++index[d] < tensor->shape[d])
        break;
      at -= tensor->shape[d] * tensor->stride[d];
      index[d] = 0;
    }
  }
  return MNISTCNN_OK;
}
