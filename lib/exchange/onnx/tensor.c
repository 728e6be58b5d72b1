#include "exchange/onnx/tensor.h"

#include "base/limits.h"
#include "base/platform.h"
#include "exchange/floats.h"
#include "exchange/protobuf/wire.h"

#include <stdio.h>
#include <string.h>

enum tensor_field {
  TENSOR_DIMS = 1,
  TENSOR_TYPE = 2,
  TENSOR_FLOATS = 4,
  TENSOR_INT32S = 5,
  TENSOR_INT64S = 7,
  TENSOR_RAW = 9,
  TENSOR_DOUBLES = 10,
  TENSOR_UINT64S = 11,
  TENSOR_EXTERNAL = 13,
  TENSOR_LOCATION = 14
};
enum element_type {
  TYPE_FLOAT = 1,
  TYPE_UINT8 = 2,
  TYPE_INT8 = 3,
  TYPE_UINT16 = 4,
  TYPE_INT16 = 5,
  TYPE_INT32 = 6,
  TYPE_INT64 = 7,
  TYPE_BOOL = 9,
  TYPE_FLOAT16 = 10,
  TYPE_DOUBLE = 11,
  TYPE_UINT32 = 12,
  TYPE_UINT64 = 13,
  TYPE_BFLOAT16 = 16
};

/* How elements of a type are stored: in raw bytes, and in which list otherwise. */
typedef struct storage {
  uint32_t bytes;
  uint32_t list; /* number of the field */
  enum mcnn_pb_wire wire;
  int is_float;
} storage;

static int find_storage(uint64_t type, storage *s) {
  switch (type) {
  case TYPE_FLOAT:
    *s = (storage){4, TENSOR_FLOATS, MCNN_PB_FIXED32, 1};
    return 1;
  case TYPE_DOUBLE:
    *s = (storage){8, TENSOR_DOUBLES, MCNN_PB_FIXED64, 1};
    return 1;
  case TYPE_FLOAT16:
  case TYPE_BFLOAT16:
    *s = (storage){2, TENSOR_INT32S, MCNN_PB_VARINT, 1};
    return 1;
  case TYPE_INT64:
    *s = (storage){8, TENSOR_INT64S, MCNN_PB_VARINT, 0};
    return 1;
  case TYPE_UINT64:
    *s = (storage){8, TENSOR_UINT64S, MCNN_PB_VARINT, 0};
    return 1;
  case TYPE_INT32:
    *s = (storage){4, TENSOR_INT32S, MCNN_PB_VARINT, 0};
    return 1;
  case TYPE_UINT32:
    *s = (storage){4, TENSOR_UINT64S, MCNN_PB_VARINT, 0};
    return 1;
  case TYPE_UINT16:
  case TYPE_INT16:
    *s = (storage){2, TENSOR_INT32S, MCNN_PB_VARINT, 0};
    return 1;
  case TYPE_UINT8:
  case TYPE_INT8:
  case TYPE_BOOL:
    *s = (storage){1, TENSOR_INT32S, MCNN_PB_VARINT, 0};
    return 1;
  default:
    return 0;
  }
}

/* --- single numbers --------------------------------------------------------------------------- */

static float float_of(uint64_t type, uint64_t bits) {
  switch (type) {
  case TYPE_DOUBLE:
    return (float)mcnn_pb_double(bits);
  case TYPE_FLOAT16:
    return mcnn_float_of_half((uint32_t)(bits & 0xffff));
  case TYPE_BFLOAT16:
    return mcnn_float_of_bfloat16((uint32_t)bits);
  default:
    return mcnn_pb_float(bits);
  }
}

static int64_t integer_of(uint64_t type, uint64_t bits) {
  switch (type) {
  case TYPE_INT8:
    return (int8_t)(uint8_t)bits;
  case TYPE_UINT8:
    return (uint8_t)bits;
  case TYPE_INT16:
    return (int16_t)(uint16_t)bits;
  case TYPE_UINT16:
    return (uint16_t)bits;
  case TYPE_INT32:
    return (int32_t)(uint32_t)bits;
  case TYPE_UINT32:
    return (uint32_t)bits;
  case TYPE_BOOL:
    return bits ? 1 : 0;
  default:
    return (int64_t)bits;
  }
}

/* --- a second file ---------------------------------------------------------------------------- */

void mcnn_onnx_external_free(mcnn_onnx_external *external, const mcnn_alloc *alloc) {
  mcnn_free(alloc, external->data);
  external->data = NULL;
  external->name[0] = '\0';
}

typedef struct location {
  char name[128];
  uint64_t offset, length;
  int has_length;
} location;

static int read_number(const mcnn_span *text, uint64_t *number) {
  const char *const digits = text->data;
  *number = 0;
  for (size_t i = 0; i < text->size_bytes; i++) {
    if (digits[i] < '0' || digits[i] > '9' || *number > UINT64_MAX / 10 - 9)
      return 0;
    *number = *number * 10 + (uint64_t)(digits[i] - '0');
  }
  return text->size_bytes > 0;
}

/* One "key: value". */
static int read_entry(const mcnn_span *message, location *l) {
  mcnn_pb pb = mcnn_pb_message(message);
  mcnn_pb_field field;
  mcnn_span key = {NULL, 0}, value = {NULL, 0};
  while (mcnn_pb_next(&pb, &field))
    if (field.number == 1)
      key = field.bytes;
    else if (field.number == 2)
      value = field.bytes;
  if (mcnn_span_is(&key, "offset"))
    return read_number(&value, &l->offset);
  if (mcnn_span_is(&key, "length"))
    return l->has_length = read_number(&value, &l->length);
  if (!mcnn_span_is(&key, "location"))
    return 1;
  mcnn_span_text(&value, l->name, sizeof l->name);
  return value.size_bytes > 0 && value.size_bytes < sizeof l->name;
}

static int read_location(const mcnn_span *tensor, location *l) {
  mcnn_pb pb = mcnn_pb_message(tensor);
  mcnn_pb_field field;
  while (mcnn_pb_next(&pb, &field))
    if (field.number == TENSOR_EXTERNAL && field.wire == MCNN_PB_BYTES &&
        !read_entry(&field.bytes, l))
      return 0;
  if (l->name[0] == '.' && l->name[1] == '/')
    memmove(l->name, l->name + 2, strlen(l->name + 2) + 1);
  return l->name[0] != '\0' && l->name[0] != '.' && !strpbrk(l->name, "/\\:");
}

/* The file of this name in the model's folder itself: no link may lead to another place. */
static mnistcnn_status find_file(mcnn_builder *builder, const char *model_path, const char *name,
                                 char path[MCNN_MAX_PATH_BYTES]) {
  char followed[MCNN_MAX_PATH_BYTES];
  const size_t folder = mcnn_path_folder_bytes(model_path);
  if (folder + strlen(name) + 1 > MCNN_MAX_PATH_BYTES)
    return mcnn_builder_fail(builder, MNISTCNN_LIMIT, "the path of its weights is too long");
  (void)snprintf(path, MCNN_MAX_PATH_BYTES, "%.*s%s", (int)folder, model_path, name);
  memcpy(followed, path, MCNN_MAX_PATH_BYTES);
  if (mcnn_path_follow_links(followed) != 0 || strcmp(followed, path) != 0)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "its weights are in %s, which is a symbolic link", path);
  return MNISTCNN_OK;
}

static mnistcnn_status load_file(mcnn_builder *builder, mcnn_onnx_external *external,
                                 const char *name) {
  enum { MAX_BYTES = 1 << 30 };
  const mcnn_alloc *const alloc = mcnn_builder_alloc(builder);
  char path[MCNN_MAX_PATH_BYTES];
  if (strcmp(external->name, name) == 0)
    return MNISTCNN_OK;
  if (!external->model_path)
    return mcnn_builder_fail(
        builder, MNISTCNN_UNSUPPORTED,
        "its weights are in a second file, \"%s\": give the path of the model, "
        "not its bytes",
        name);
  mcnn_onnx_external_free(external, alloc);
  mnistcnn_status status = find_file(builder, external->model_path, name, path);
  if (status == MNISTCNN_OK)
    status = mcnn_read_file(path, MAX_BYTES, alloc, &external->data, &external->size_bytes);
  if (status == MNISTCNN_OK)
    memcpy(external->name, name, strlen(name) + 1);
  return status;
}

static mnistcnn_status external_bytes(mcnn_builder *builder, mcnn_onnx_external *external,
                                      const mcnn_span *message, size_t needed, mcnn_span *bytes) {
  location l = {.offset = 0};
  if (!read_location(message, &l))
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "its weights are in a second file whose name is none of a file in the "
                             "same folder");
  const mnistcnn_status status = load_file(builder, external, l.name);
  if (status != MNISTCNN_OK)
    return status;
  if (l.offset > external->size_bytes || needed > external->size_bytes - l.offset ||
      (l.has_length && l.length != needed))
    return mcnn_builder_fail(builder, MNISTCNN_FORMAT,
                             "its weights are not in \"%s\": the file is too short, or of another "
                             "model",
                             l.name);
  *bytes = (mcnn_span){external->data + l.offset, needed};
  return MNISTCNN_OK;
}

/* --- arrays ----------------------------------------------------------------------------------- */

typedef struct description {
  uint64_t type;
  mcnn_span raw;
  int has_raw, is_external;
} description;

static int read_dims(const mcnn_pb_field *field, mcnn_array *array) {
  mcnn_pb_list dims = mcnn_pb_elements(field, MCNN_PB_VARINT);
  uint64_t dim;
  while (mcnn_pb_next_element(&dims, &dim)) {
    if (array->rank == MCNN_ARRAY_MAX_RANK || dim > UINT32_MAX ||
        !mcnn_checked_mul(array->count, (size_t)dim, &array->count))
      return 0;
    array->dims[array->rank++] = (size_t)dim;
  }
  return !dims.rest.is_malformed;
}

static int describe(const mcnn_span *message, description *d, mcnn_array *array) {
  mcnn_pb pb = mcnn_pb_message(message);
  mcnn_pb_field field;
  *array = (mcnn_array){.count = 1};
  while (mcnn_pb_next(&pb, &field)) {
    if (field.number == TENSOR_DIMS && !read_dims(&field, array))
      return 0;
    if (field.number == TENSOR_TYPE)
      d->type = field.value;
    if (field.number == TENSOR_LOCATION)
      d->is_external = field.value == 1;
    if (field.number == TENSOR_RAW && field.wire == MCNN_PB_BYTES) {
      d->raw = field.bytes;
      d->has_raw = 1;
    }
  }
  return !pb.is_malformed;
}

/* Where the numbers go. */
typedef struct target {
  float *floats;
  int64_t *integers;
} target;

static void put(const target *to, size_t at, uint64_t type, uint64_t bits) {
  if (to->floats)
    to->floats[at] = float_of(type, bits);
  else
    to->integers[at] = integer_of(type, bits);
}

static void put_raw(const target *to, const storage *s, uint64_t type, const mcnn_span *raw,
                    size_t count) {
  const unsigned char *at = raw->data;
  for (size_t i = 0; i < count; i++) {
    uint64_t bits = 0;
    for (uint32_t b = 0; b < s->bytes; b++)
      bits |= (uint64_t)*at++ << (8 * b);
    put(to, i, type, bits);
  }
}

/* The list of numbers, which must have exactly `count`. to NULL: they are counted only. */
static int put_list(const target *to, const storage *s, uint64_t type, const mcnn_span *message,
                    size_t count) {
  mcnn_pb pb = mcnn_pb_message(message);
  mcnn_pb_field field;
  uint64_t value;
  size_t at = 0;
  while (mcnn_pb_next(&pb, &field)) {
    if (field.number != s->list)
      continue;
    mcnn_pb_list elements = mcnn_pb_elements(&field, s->wire);
    while (mcnn_pb_next_element(&elements, &value)) {
      if (at == count)
        return 0;
      if (to)
        put(to, at, type, value);
      at++;
    }
    if (elements.rest.is_malformed)
      return 0;
  }
  return at == count;
}

static mnistcnn_status reserve(mcnn_builder *builder, const storage *s, mcnn_array *array,
                               target *to) {
  *to = (target){NULL, NULL};
  if (s->is_float)
    array->floats = to->floats = mcnn_builder_floats(builder, array->count);
  else
    array->integers = to->integers = mcnn_array_integers(builder, array->count);
  return to->floats || to->integers ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static mnistcnn_status fail_count(mcnn_builder *builder, const mcnn_array *array) {
  return mcnn_builder_fail(builder, MNISTCNN_FORMAT,
                           "a constant has not as many numbers as its shape says, %zu",
                           array->count);
}

mnistcnn_status mcnn_onnx_tensor_read(mcnn_builder *builder, mcnn_onnx_external *external,
                                      const mcnn_span *message, mcnn_array *array) {
  description d = {.type = 0};
  storage s;
  size_t bytes;
  target to;
  mnistcnn_status status = MNISTCNN_OK;
  if (!describe(message, &d, array))
    return mcnn_builder_fail(builder, MNISTCNN_FORMAT, "a constant is malformed");
  if (!find_storage(d.type, &s))
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "a constant of a type that is not read, number %llu",
                             (unsigned long long)d.type);
  if (!mcnn_checked_mul(array->count, s.bytes, &bytes))
    return fail_count(builder, array);
  if (d.is_external)
    status = external_bytes(builder, external, message, bytes, &d.raw);
  if (status != MNISTCNN_OK)
    return status;
  const int is_raw = d.is_external || d.has_raw;
  if (is_raw ? d.raw.size_bytes != bytes : !put_list(NULL, &s, d.type, message, array->count))
    return fail_count(builder, array);
  status = reserve(builder, &s, array, &to);
  if (status == MNISTCNN_OK && is_raw)
    put_raw(&to, &s, d.type, &d.raw, array->count);
  else if (status == MNISTCNN_OK)
    (void)put_list(&to, &s, d.type, message, array->count);
  return status;
}
