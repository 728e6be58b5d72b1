#include "exchange/hdf5/type.h"

#include <string.h>

/* Classes in the file. */
enum {
  FIXED_POINT,
  FLOATING_POINT,
  TIME,
  STRING,
  BIT_FIELD,
  OPAQUE,
  COMPOUND,
  REFERENCE,
  ENUMERATION,
  VARIABLE_LENGTH,
  ARRAY
};

static const char *const class_names[] = {
    "integers",    "floats",          "times",      "strings", "bit fields",
    "opaque data", "a compound type", "references", "enums",   "lists of variable length",
    "arrays"};

/* Can be described, but not read. */
static mnistcnn_status other_type(mcnn_h5_type *type, const char *name) {
  type->class = MCNN_H5_OTHER;
  type->name = name;
  return MNISTCNN_OK;
}

static mnistcnn_status read_integer(mcnn_h5_cursor *cursor, unsigned bits, mcnn_h5_type *type) {
  enum { BIG_ENDIAN = 1, SIGNED = 8 };
  const uint64_t offset = mcnn_h5_number(cursor, 2), precision = mcnn_h5_number(cursor, 2);
  const uint32_t bytes = type->stored_bytes;

  type->class = MCNN_H5_INTEGER;
  type->big_endian = (bits & BIG_ENDIAN) != 0;
  type->is_signed = (bits & SIGNED) != 0;
  if (offset != 0 || precision != 8 * (uint64_t)bytes ||
      (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8))
    return other_type(type, "integers of an unusual width");
  return MNISTCNN_OK;
}

/* What the properties of the formats are that can be read. */
static const struct float_layout {
  uint32_t bytes;
  enum mcnn_h5_float format;
  unsigned char precision, exponent_at, exponent_bits, mantissa_at, mantissa_bits;
  uint32_t bias;
} float_layouts[] = {
    {2, MCNN_H5_IEEE, 16, 10, 5, 0, 10, 15},
    {4, MCNN_H5_IEEE, 32, 23, 8, 0, 23, 127},
    {8, MCNN_H5_IEEE, 64, 52, 11, 0, 52, 1023},
    {2, MCNN_H5_BFLOAT16, 16, 7, 8, 0, 7, 127},
};

static int is_layout(const struct float_layout *layout, const unsigned char *properties,
                     uint32_t bytes) {
  const unsigned char expected[] = {0,
                                    0,
                                    layout->precision,
                                    0,
                                    layout->exponent_at,
                                    layout->exponent_bits,
                                    layout->mantissa_at,
                                    layout->mantissa_bits,
                                    (unsigned char)(layout->bias & 0xFFu),
                                    (unsigned char)(layout->bias >> 8),
                                    0,
                                    0};

  return layout->bytes == bytes && memcmp(properties, expected, sizeof expected) == 0;
}

static mnistcnn_status read_float(mcnn_h5_cursor *cursor, unsigned bits, mcnn_h5_type *type) {
  enum { PROPERTY_BYTES = 12, BIG_ENDIAN = 0x01, VAX = 0x40, NORMALISATION = 0x30, IMPLIED = 0x20 };
  enum { SIGN_AT = 8 };
  const unsigned char *const properties = mcnn_h5_take(cursor, PROPERTY_BYTES);
  const unsigned sign_at = bits >> SIGN_AT & 0xFFu;

  type->class = MCNN_H5_FLOAT;
  type->big_endian = (bits & BIG_ENDIAN) != 0;
  for (size_t i = 0; properties && i < sizeof float_layouts / sizeof *float_layouts; i++) {
    if (is_layout(&float_layouts[i], properties, type->stored_bytes) && !(bits & VAX) &&
        (bits & NORMALISATION) == IMPLIED && sign_at == 8 * type->stored_bytes - 1) {
      type->format = float_layouts[i].format;
      return MNISTCNN_OK;
    }
  }
  return other_type(type, "floats of an unusual format");
}

static mnistcnn_status read_string(unsigned bits, mcnn_h5_type *type) {
  const unsigned padding = bits & 0xFu;

  type->class = MCNN_H5_STRING;
  type->padding = (enum mcnn_h5_padding)padding;
  return padding > MCNN_H5_SPACE_PADDED ? other_type(type, "strings of an unknown padding")
                                        : MNISTCNN_OK;
}

/* The first properties of an enum are the type of its integers. */
static mnistcnn_status read_enum(const mcnn_h5_place *place, mcnn_h5_cursor cursor,
                                 mcnn_h5_type *type) {
  const uint32_t bytes = type->stored_bytes;
  const uint64_t first = mcnn_h5_number(&cursor, 1), bits = mcnn_h5_number(&cursor, 3);
  const uint64_t base_bytes = mcnn_h5_number(&cursor, 4);

  if ((first & 0xFu) != FIXED_POINT || base_bytes != bytes)
    return other_type(type, class_names[ENUMERATION]);
  (void)read_integer(&cursor, (unsigned)bits, type);
  if (type->class == MCNN_H5_INTEGER)
    type->class = MCNN_H5_ENUM;
  return cursor.overrun ? mcnn_h5_damaged(place, "a datatype is too short") : MNISTCNN_OK;
}

static mnistcnn_status read_variable(const mcnn_h5_place *place, unsigned bits,
                                     mcnn_h5_type *type) {
  enum { STRING_KIND = 1 };
  const uint32_t bytes = 8 + place->file->offset_bytes;

  if ((bits & 0xFu) != STRING_KIND)
    return other_type(type, class_names[VARIABLE_LENGTH]);
  if (type->stored_bytes != bytes)
    return mcnn_h5_damaged(place, "the size of a string type is wrong");
  type->class = MCNN_H5_STRING;
  type->variable = 1;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_read_type(const mcnn_h5_place *place, mcnn_h5_cursor cursor,
                                  mcnn_h5_type *type) {
  mnistcnn_status status;
  const unsigned first = (unsigned)mcnn_h5_number(&cursor, 1);
  const unsigned class = first & 0xFu, version = first >> 4;
  const unsigned bits = (unsigned)mcnn_h5_number(&cursor, 3);

  *type = (mcnn_h5_type){.stored_bytes = (uint32_t)mcnn_h5_number(&cursor, 4)};
  if (cursor.overrun)
    return mcnn_h5_damaged(place, "a datatype is too short");
  if (version < 1 || version > 4)
    return mcnn_h5_unsupported(place, "a datatype of an unknown version");
  if (type->stored_bytes == 0)
    return mcnn_h5_damaged(place, "a datatype has no bytes");
  if (class == FIXED_POINT)
    status = read_integer(&cursor, bits, type);
  else if (class == FLOATING_POINT)
    status = read_float(&cursor, bits, type);
  else if (class == STRING)
    status = read_string(bits, type);
  else if (class == ENUMERATION)
    status = read_enum(place, cursor, type);
  else if (class == VARIABLE_LENGTH)
    status = read_variable(place, bits, type);
  else
    status = other_type(type, class <= ARRAY ? class_names[class] : "data of an unknown type");
  type->is_opaque = class == OPAQUE;
  if (status == MNISTCNN_OK && cursor.overrun)
    return mcnn_h5_damaged(place, "a datatype is too short");
  return status;
}

/* --- dataspaces ------------------------------------------------------------------------------- */

static mnistcnn_status read_dimensions(const mcnn_h5_place *place, mcnn_h5_cursor *cursor,
                                       int with_largest, mcnn_h5_space *space) {
  const mcnn_h5 *const file = place->file;
  const uint64_t unlimited = UINT64_MAX >> (64 - 8 * file->length_bytes);

  for (uint32_t i = 0; i < space->rank; i++)
    space->largest[i] = space->shape[i] = mcnn_h5_length(file, cursor);
  for (uint32_t i = 0; with_largest && i < space->rank; i++) {
    const uint64_t largest = mcnn_h5_length(file, cursor);
    space->largest[i] = largest == unlimited ? UINT64_MAX : largest;
    if (largest < space->shape[i])
      return mcnn_h5_damaged(place, "a dimension is larger than it may be");
  }
  return cursor->overrun ? mcnn_h5_damaged(place, "a dataspace is too short") : MNISTCNN_OK;
}

static mnistcnn_status count_elements(const mcnn_h5_place *place, mcnn_h5_space *space) {
  space->count = space->is_null ? 0 : 1;
  for (uint32_t i = 0; i < space->rank; i++)
    if (space->shape[i] == 0)
      space->count = 0;
  for (uint32_t i = 0; i < space->rank && space->count > 0; i++)
    if (space->shape[i] > SIZE_MAX ||
        !mcnn_checked_mul(space->count, (size_t)space->shape[i], &space->count))
      return mcnn_h5_damaged(place, "its shape has more elements than can be counted");
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_read_space(const mcnn_h5_place *place, mcnn_h5_cursor cursor,
                                   mcnn_h5_space *space) {
  enum { WITH_LARGEST = 1, NULL_SPACE = 2 };
  const unsigned version = (unsigned)mcnn_h5_number(&cursor, 1);

  *space = (mcnn_h5_space){.rank = (uint32_t)mcnn_h5_number(&cursor, 1)};
  const unsigned flags = (unsigned)mcnn_h5_number(&cursor, 1);
  if (version == 1)
    mcnn_h5_take(&cursor, 5); /* reserved */
  else if (version == 2)
    space->is_null = mcnn_h5_number(&cursor, 1) == NULL_SPACE;
  else
    return mcnn_h5_unsupported(place, "a dataspace of an unknown version");
  if (space->rank > MCNN_H5_MAX_RANK || (space->is_null && space->rank > 0))
    return mcnn_h5_damaged(place, "its number of dimensions is wrong");
  const mnistcnn_status status =
      read_dimensions(place, &cursor, (flags & WITH_LARGEST) != 0, space);
  return status == MNISTCNN_OK ? count_elements(place, space) : status;
}
