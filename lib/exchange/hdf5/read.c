/* The elements of values, converted to what the caller works with. */
#include "exchange/hdf5/heap.h"
#include "exchange/hdf5/object.h"

#include "base/status.h"
#include "exchange/floats.h"

#include <string.h>

/* The bytes of all elements, and what of them is the caller's to free. */
static mnistcnn_status get_bytes(const mcnn_h5_stored *stored, const unsigned char **bytes,
                                 unsigned char **owned) {
  *owned = NULL;
  *bytes = stored->data;
  return stored->storage ? mcnn_h5_read_data(&stored->place, stored->storage, bytes, owned)
                         : MNISTCNN_OK;
}

static mnistcnn_status wrong_class(const mcnn_h5_stored *stored, const char *wanted) {
  static const char *const names[] = {"integers", "floats", "strings", "enums"};
  const enum mcnn_h5_class class = stored->value.class;

  return mcnn_h5_fail(&stored->place, MNISTCNN_UNSUPPORTED, "holds %s where %s are expected",
                      class == MCNN_H5_OTHER ? stored->type->name : names[class], wanted);
}

/* An element as a number of `bytes` bytes. */
static uint64_t load(const unsigned char *element, unsigned bytes, int big_endian) {
  uint64_t number = 0;

  for (unsigned i = 0; i < bytes; i++)
    number = number << 8 | element[big_endian ? i : bytes - 1 - i];
  return number;
}

/* The sign of a shorter number is extended. */
static int64_t to_integer(const mcnn_h5_type *type, uint64_t bits) {
  const unsigned width = 8 * type->stored_bytes;
  const uint64_t sign = type->is_signed && width > 0 ? (uint64_t)1 << (width - 1) : 0;

  return (int64_t)((bits ^ sign) - sign);
}

/* --- floats ----------------------------------------------------------------------------------- */

static float to_float(const mcnn_h5_type *type, uint64_t bits) {
  if (type->class != MCNN_H5_FLOAT)
    return type->is_signed ? (float)to_integer(type, bits) : (float)bits;
  if (type->format == MCNN_H5_BFLOAT16)
    return mcnn_float_of_bfloat16((uint32_t)bits);
  if (type->stored_bytes == 2)
    return mcnn_float_of_half((uint32_t)bits);
  return type->stored_bytes == 4 ? mcnn_float_of_bits((uint32_t)bits)
                                 : (float)mcnn_double_of_bits(bits);
}

typedef float convert_fn(const mcnn_h5_type *type, uint64_t bits);

static mnistcnn_status convert(const mcnn_h5_stored *stored, convert_fn *to, float *floats,
                               size_t count) {
  const mcnn_h5_type *const type = stored->type;
  const unsigned char *bytes;
  unsigned char *owned;

  if (count != stored->value.count)
    return mcnn_h5_fail(&stored->place, MNISTCNN_SHAPE_MISMATCH,
                        "has %zu numbers where %zu are expected", stored->value.count, count);
  const mnistcnn_status status = get_bytes(stored, &bytes, &owned);
  for (size_t i = 0; i < count && status == MNISTCNN_OK; i++)
    floats[i] =
        to(type, load(bytes + i * type->stored_bytes, type->stored_bytes, type->big_endian));
  mcnn_free(&stored->place.file->alloc, owned);
  return status;
}

mnistcnn_status mcnn_h5_read_floats(const mcnn_h5_value *value, float *floats, size_t count) {
  const mcnn_h5_stored *const stored = (const mcnn_h5_stored *)(const void *)value;

  if (value->class == MCNN_H5_STRING || value->class == MCNN_H5_OTHER)
    return wrong_class(stored, "numbers");
  return convert(stored, to_float, floats, count);
}

static float upper_half(const mcnn_h5_type *type, uint64_t bits) {
  (void)type;
  return mcnn_float_of_bfloat16((uint32_t)bits);
}

mnistcnn_status mcnn_h5_read_bfloat16(const mcnn_h5_value *value, float *floats, size_t count) {
  const mcnn_h5_stored *const stored = (const mcnn_h5_stored *)(const void *)value;

  if (!stored->type->is_opaque || stored->type->stored_bytes != 2)
    return wrong_class(stored, "bfloat16");
  return convert(stored, upper_half, floats, count);
}

/* --- integers --------------------------------------------------------------------------------- */

mnistcnn_status mcnn_h5_read_integers(const mcnn_h5_value *value, int64_t *integers, size_t count) {
  const mcnn_h5_stored *const stored = (const mcnn_h5_stored *)(const void *)value;
  const mcnn_h5_type *const type = stored->type;
  const unsigned char *bytes;
  unsigned char *owned;

  if (value->class != MCNN_H5_INTEGER && value->class != MCNN_H5_ENUM)
    return wrong_class(stored, "integers");
  if (count != value->count)
    return mcnn_h5_fail(&stored->place, MNISTCNN_SHAPE_MISMATCH,
                        "has %zu numbers where %zu are expected", value->count, count);
  mnistcnn_status status = get_bytes(stored, &bytes, &owned);
  for (size_t i = 0; i < count && status == MNISTCNN_OK; i++) {
    const uint64_t bits =
        load(bytes + i * type->stored_bytes, type->stored_bytes, type->big_endian);
    integers[i] = to_integer(type, bits);
    if (!type->is_signed && bits > INT64_MAX)
      status = mcnn_h5_unsupported(&stored->place, "an integer above 2^63");
  }
  mcnn_free(&stored->place.file->alloc, owned);
  return status;
}

/* --- strings ---------------------------------------------------------------------------------- */

/* What is left of a string without its padding. */
static size_t unpadded(const mcnn_h5_type *type, const char *text, size_t size) {
  size_t length = size;

  if (type->padding == MCNN_H5_NUL_TERMINATED && !type->variable)
    return mcnn_strnlen(text, size);
  while (length > 0 && (text[length - 1] == '\0' ||
                        (type->padding == MCNN_H5_SPACE_PADDED && text[length - 1] == ' ')))
    length--;
  return length;
}

static mnistcnn_status find_string(const mcnn_h5_stored *stored, const unsigned char *element,
                                   mcnn_h5_cursor *text) {
  const mcnn_h5_type *const type = stored->type;
  mcnn_h5_cursor cursor = mcnn_h5_cursor_over(element, type->stored_bytes);

  *text = cursor;
  if (!type->variable)
    return MNISTCNN_OK;
  const uint64_t length = mcnn_h5_number(&cursor, 4);
  const uint64_t address = mcnn_h5_address(stored->place.file, &cursor);
  text->end = text->at;
  if (length == 0)
    return MNISTCNN_OK;
  const mnistcnn_status status =
      mcnn_h5_global_heap(&stored->place, address, mcnn_h5_number(&cursor, 4), text);
  if (status == MNISTCNN_OK && mcnn_h5_left(text) < length)
    return mcnn_h5_damaged(&stored->place, "a string is shorter than its length");
  if (status == MNISTCNN_OK)
    text->end = text->at + length;
  return status;
}

/* Adds one string. `*left` bounds what all of them may take: they lie in the file, none twice. */
static mnistcnn_status add_string(const mcnn_h5_stored *stored, const unsigned char *element,
                                  uint64_t *left, const mcnn_alloc *alloc, mcnn_strings *strings) {
  mcnn_h5_cursor text;

  mnistcnn_status status = find_string(stored, element, &text);
  if (status != MNISTCNN_OK)
    return status;
  const size_t size = mcnn_h5_left(&text);
  const size_t length = size == 0 ? 0 : unpadded(stored->type, (const char *)text.at, size);
  if (length > *left)
    return mcnn_h5_damaged(&stored->place, "its strings refer to the same bytes too often");
  *left -= length;
  if (length > 0 && memchr(text.at, '\0', length))
    return mcnn_h5_unsupported(&stored->place, "a string with a NUL in it");
  char *const copy = mcnn_alloc_zeroed(alloc, length + 1, 1);
  if (!copy)
    return MNISTCNN_OUT_OF_MEMORY;
  if (length > 0)
    memcpy(copy, text.at, length);
  status = mcnn_strings_add(strings, alloc, "", copy);
  mcnn_free(alloc, copy);
  return status;
}

mnistcnn_status mcnn_h5_read_strings(const mcnn_h5_value *value, const mcnn_alloc *alloc,
                                     mcnn_strings *strings) {
  const mcnn_h5_stored *const stored = (const mcnn_h5_stored *)(const void *)value;
  const unsigned char *bytes;
  unsigned char *owned;

  if (value->count == 0)
    return MNISTCNN_OK;
  if (value->class != MCNN_H5_STRING)
    return wrong_class(stored, "strings");
  uint64_t left = stored->storage && !stored->type->variable ? stored->storage->bytes
                                                             : (uint64_t)stored->place.file->size;
  mnistcnn_status status = get_bytes(stored, &bytes, &owned);
  for (size_t i = 0; i < value->count && status == MNISTCNN_OK; i++)
    status = add_string(stored, bytes + i * stored->type->stored_bytes, &left, alloc, strings);
  mcnn_free(&stored->place.file->alloc, owned);
  return status;
}

mnistcnn_status mcnn_h5_read_string(const mcnn_h5_value *value, const mcnn_alloc *alloc,
                                    char **text) {
  const mcnn_h5_stored *const stored = (const mcnn_h5_stored *)(const void *)value;
  mcnn_strings strings = {0};

  *text = NULL;
  if (value->count != 1)
    return mcnn_h5_fail(&stored->place, MNISTCNN_SHAPE_MISMATCH,
                        "has %zu elements where one string is expected", value->count);
  const mnistcnn_status status = mcnn_h5_read_strings(value, alloc, &strings);
  if (status == MNISTCNN_OK)
    *text = mcnn_alloc_string(alloc, mcnn_strings_at(&strings, 0));
  mcnn_strings_free(&strings, alloc);
  return status == MNISTCNN_OK && !*text ? MNISTCNN_OUT_OF_MEMORY : status;
}
