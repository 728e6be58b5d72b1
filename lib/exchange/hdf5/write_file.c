/* The bytes of the file. Everything runs twice: first to find where each part comes to lie, then to
 * write it. */
#include "exchange/hdf5/hdf5_write.h"

#include "exchange/hdf5/checksum.h"
#include "exchange/hdf5/write_tree.h"

#include "base/status.h"

#include <assert.h>
#include <string.h>

enum {
  UTF8 = 1,
  STRINGS_OF_COLLECTION = 1000,
  MIN_COLLECTION_BYTES = 4096, /* libhdf5 refuses smaller ones */
  STRING_PREFIX = 16,
  SUPERBLOCK_BYTES = 48
};
/* Types of header messages. */
enum {
  SPACE = 1,
  LINK_INFO = 2,
  TYPE = 3,
  FILL = 5,
  LINK = 6,
  LAYOUT = 8,
  GROUP_INFO = 10,
  ATTRIBUTE = 12
};

typedef struct output {
  unsigned char *target; /* NULL while measuring */
  size_t length;
} output;

static void put(output *out, uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes && out->target; i++)
    out->target[out->length + i] = (unsigned char)(value >> (8 * i) & 0xFFu);
  out->length += bytes;
}

static void put_bytes(output *out, const void *bytes, size_t size) {
  if (out->target && size > 0)
    memcpy(out->target + out->length, bytes, size);
  out->length += size;
}

static void put_zeros(output *out, size_t count) {
  if (out->target)
    memset(out->target + out->length, 0, count);
  out->length += count;
}

static void align(output *out) {
  put_zeros(out, (8 - out->length % 8) % 8);
}

/* The checksum of what has been written from `start` on. */
static void put_checksum(output *out, size_t start) {
  const uint32_t sum = out->target ? mcnn_h5_lookup3(out->target + start, out->length - start) : 0;

  put(out, sum, 4);
}

/* --- types and spaces ------------------------------------------------------------------------- */

/* Class and version, the bits of the class, the size in bytes. */
static void put_type(output *out, unsigned class, uint32_t bits, size_t size) {
  put(out, 0x10u | class, 1);
  put(out, bits, 3);
  put(out, size, 4);
}

static void put_integer_type(output *out, unsigned bytes, int is_signed) {
  put_type(out, 0, is_signed ? 0x08 : 0, bytes);
  put(out, 0, 2);
  put(out, 8 * (uint64_t)bytes, 2);
}

/* IEEE 754, little-endian. */
static void put_float_type(output *out, unsigned bytes) {
  const unsigned exponent_bits = bytes == 4 ? 8 : 11, bits = 8 * bytes;
  const unsigned mantissa_bits = bits - 1 - exponent_bits;

  put_type(out, 1, 0x20u | (bits - 1) << 8, bytes);
  put(out, 0, 2);
  put(out, bits, 2);
  put(out, mantissa_bits, 1);
  put(out, exponent_bits, 1);
  put(out, 0, 1);
  put(out, mantissa_bits, 1);
  put(out, (1u << (exponent_bits - 1)) - 1, 4);
}

/* Strings of variable length are ASCII where they can be: before version 3, h5py makes bytes of
 * those, which Keras 2 expects. */
static void put_attribute_type(output *out, const mcnn_h5_new_attribute *attribute) {
  enum { STRING_CLASS = 3, VARIABLE_CLASS = 9, NUL_PADDED = 1, IS_STRING = 1, UTF8_BIT = 1 << 8 };

  switch (attribute->content) {
  case MCNN_H5_FIXED_STRINGS:
    put_type(out, STRING_CLASS, NUL_PADDED, attribute->cell_bytes);
    break;
  case MCNN_H5_VARIABLE_STRINGS:
    put_type(out, VARIABLE_CLASS, attribute->is_utf8 ? IS_STRING | UTF8_BIT : IS_STRING,
             STRING_PREFIX);
    put_integer_type(out, 1, 0);
    break;
  case MCNN_H5_INT64:
    put_integer_type(out, sizeof attribute->number, 1);
    break;
  case MCNN_H5_NO_FLOATS:
    put_float_type(out, sizeof(double));
    break;
  }
}

static void put_space(output *out, uint32_t rank, const uint64_t *shape) {
  put(out, 2, 1); /* version */
  put(out, rank, 1);
  put(out, 0, 1);
  put(out, rank > 0, 1); /* simple, or a scalar */
  for (uint32_t i = 0; i < rank; i++)
    put(out, shape[i], 8);
}

/* --- header messages -------------------------------------------------------------------------- */

static void put_message(output *out, unsigned type, size_t size) {
  put(out, type, 1);
  put(out, size, 2);
  put(out, 0, 1);
}

static void put_references(output *out, const mcnn_h5_writer *writer,
                           const mcnn_h5_new_attribute *attribute) {
  for (size_t i = 0; i < attribute->count; i++) {
    const size_t number = attribute->first_string + i, length = strlen(attribute->texts[i]);
    put(out, length, 4);
    put(out, length > 0 ? writer->collections[number / STRINGS_OF_COLLECTION] : 0, 8);
    put(out, length > 0 ? number % STRINGS_OF_COLLECTION + 1 : 0, 4);
  }
}

static void put_cells(output *out, const mcnn_h5_new_attribute *attribute) {
  for (size_t i = 0; i < attribute->count; i++) {
    const size_t length = strlen(attribute->texts[i]);
    put_bytes(out, attribute->texts[i], length);
    put_zeros(out, attribute->cell_bytes - length);
  }
}

static void put_attribute(output *out, const mcnn_h5_writer *writer,
                          const mcnn_h5_new_attribute *attribute) {
  const uint64_t count = attribute->count;
  output type = {0}, space = {0};

  put_attribute_type(&type, attribute);
  put_space(&space, attribute->is_list ? 1 : 0, &count);
  put_message(out, ATTRIBUTE, mcnn_h5_attribute_bytes(attribute));
  const size_t start = out->length;
  put(out, 3, 1); /* version */
  put(out, 0, 1);
  put(out, strlen(attribute->name) + 1, 2);
  put(out, type.length, 2);
  put(out, space.length, 2);
  put(out, UTF8, 1);
  put_bytes(out, attribute->name, strlen(attribute->name) + 1);
  put_attribute_type(out, attribute);
  put_space(out, attribute->is_list ? 1 : 0, &count);
  if (attribute->content == MCNN_H5_FIXED_STRINGS)
    put_cells(out, attribute);
  else if (attribute->content == MCNN_H5_VARIABLE_STRINGS)
    put_references(out, writer, attribute);
  else if (attribute->content == MCNN_H5_INT64)
    put(out, (uint64_t)attribute->number, 8);
  assert(out->length - start == mcnn_h5_attribute_bytes(attribute));
  (void)start;
}

static void put_links(output *out, const mcnn_h5_writer *writer, mcnn_h5_id group) {
  enum { TWO_BYTE_LENGTH = 0x01, WITH_CHARSET = 0x10, PREFIX = 5 };

  put_message(out, LINK_INFO, 18);
  put(out, 0, 2);
  put(out, UINT64_MAX, 8); /* no heap, no index: the links are here */
  put(out, UINT64_MAX, 8);
  put_message(out, GROUP_INFO, 2);
  put(out, 0, 2);
  for (size_t i = 1; i < writer->count; i++) {
    const mcnn_h5_new_object *const object = &writer->objects[i];
    if (object->parent != group)
      continue;
    const size_t length = strlen(object->name);
    put_message(out, LINK, PREFIX + length + 8);
    put(out, 1, 1); /* version */
    put(out, TWO_BYTE_LENGTH | WITH_CHARSET, 1);
    put(out, UTF8, 1);
    put(out, length, 2);
    put_bytes(out, object->name, length);
    put(out, object->header, 8);
  }
}

static void put_dataset(output *out, const mcnn_h5_new_object *object) {
  enum { LATE_AND_IF_SET = 0x0A, CONTIGUOUS = 1 };

  put_message(out, SPACE, 4 + 8 * (size_t)object->rank);
  put_space(out, object->rank, object->shape);
  put_message(out, TYPE, 20);
  put_float_type(out, sizeof(float));
  put_message(out, FILL, 2);
  put(out, 3, 1); /* version */
  put(out, LATE_AND_IF_SET, 1);
  put_message(out, LAYOUT, 18);
  put(out, 3, 1); /* version */
  put(out, CONTIGUOUS, 1);
  put(out, object->count > 0 ? object->data : UINT64_MAX, 8);
  put(out, object->count * sizeof(float), 8);
}

static void put_messages(output *out, const mcnn_h5_writer *writer, mcnn_h5_id id) {
  const mcnn_h5_new_object *const object = &writer->objects[id];

  if (object->is_group)
    put_links(out, writer, id);
  else
    put_dataset(out, object);
  for (const mcnn_h5_new_attribute *a = object->attributes; a; a = a->next)
    put_attribute(out, writer, a);
}

static void put_header(output *out, const mcnn_h5_writer *writer, mcnn_h5_id id) {
  enum { FOUR_BYTE_SIZE = 2 };
  const size_t start = out->length;
  output messages = {0};

  put_messages(&messages, writer, id);
  put_bytes(out, "OHDR", 4);
  put(out, 2, 1); /* version */
  put(out, FOUR_BYTE_SIZE, 1);
  put(out, messages.length, 4);
  put_messages(out, writer, id);
  put_checksum(out, start);
}

/* --- strings and data ------------------------------------------------------------------------- */

typedef struct string_collection {
  size_t first, end; /* the numbers of its strings */
} string_collection;

static void put_strings(output *out, const mcnn_h5_writer *writer,
                        const string_collection *collection) {
  for (size_t i = 0; i < writer->count; i++) {
    for (const mcnn_h5_new_attribute *a = writer->objects[i].attributes; a; a = a->next) {
      if (a->content != MCNN_H5_VARIABLE_STRINGS)
        continue;
      for (size_t j = 0; j < a->count; j++) {
        const size_t number = a->first_string + j, length = strlen(a->texts[j]);
        if (number < collection->first || number >= collection->end || length == 0)
          continue;
        put(out, number % STRINGS_OF_COLLECTION + 1, 2);
        put(out, 1, 2); /* references */
        put(out, 0, 4);
        put(out, length, 8);
        put_bytes(out, a->texts[j], length);
        put_zeros(out, (8 - length % 8) % 8);
      }
    }
  }
}

/* A collection is as long as its strings and what is left free, which has a prefix of its own. */
static void put_collection(output *out, const mcnn_h5_writer *writer, size_t index) {
  const string_collection collection = {index * STRINGS_OF_COLLECTION,
                                        (index + 1) * STRINGS_OF_COLLECTION};
  output strings = {0};

  put_strings(&strings, writer, &collection);
  const size_t used = 16 + strings.length;
  const size_t bytes =
      used + STRING_PREFIX > MIN_COLLECTION_BYTES ? used + STRING_PREFIX : MIN_COLLECTION_BYTES;
  put_bytes(out, "GCOL", 4);
  put(out, 1, 4); /* version */
  put(out, bytes, 8);
  put_strings(out, writer, &collection);
  put(out, 0, 8);
  put(out, bytes - used, 8);
  put_zeros(out, bytes - used - STRING_PREFIX);
}

static void put_floats(output *out, const float *values, size_t count) {
  for (size_t i = 0; i < count && out->target; i++) {
    uint32_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    for (unsigned b = 0; b < 4; b++)
      out->target[out->length + 4 * i + b] = (unsigned char)(bits >> (8 * b) & 0xFFu);
  }
  out->length += count * sizeof *values;
}

static void put_superblock(output *out, const mcnn_h5_writer *writer, uint64_t end) {
  put_bytes(out, "\x89HDF\r\n\x1A\n", 8);
  put(out, 2, 1); /* version */
  put(out, 8, 1); /* bytes of an address */
  put(out, 8, 1); /* bytes of a size */
  put(out, 0, 1);
  put(out, 0, 8);          /* where addresses count from */
  put(out, UINT64_MAX, 8); /* no extension */
  put(out, end, 8);
  put(out, writer->objects[MCNN_H5_ROOT].header, 8);
  put_checksum(out, 0);
  assert(out->length == SUPERBLOCK_BYTES);
}

static void put_file(output *out, mcnn_h5_writer *writer, size_t collections, uint64_t end) {
  put_superblock(out, writer, end);
  for (size_t i = 0; i < writer->count; i++) {
    align(out);
    writer->objects[i].header = out->length;
    put_header(out, writer, i);
  }
  for (size_t i = 0; i < collections; i++) {
    align(out);
    writer->collections[i] = out->length;
    put_collection(out, writer, i);
  }
  for (size_t i = 0; i < writer->count; i++) {
    mcnn_h5_new_object *const object = &writer->objects[i];
    align(out);
    object->data = out->length;
    put_floats(out, object->values, object->is_group ? 0 : object->count);
  }
}

mnistcnn_status mcnn_h5_writer_finish(mcnn_h5_writer *writer, mcnn_bytes *bytes) {
  const size_t collections =
      (writer->num_strings + STRINGS_OF_COLLECTION - 1) / STRINGS_OF_COLLECTION;
  output measured = {0}, out = {0};

  *bytes = (mcnn_bytes){0};
  if (writer->is_finished)
    return mcnn_fail(MNISTCNN_STATE, "the HDF5 file has been finished");
  writer->collections = mcnn_h5_keep(writer, collections, sizeof *writer->collections);
  if (!writer->collections)
    return MNISTCNN_OUT_OF_MEMORY;
  put_file(&measured, writer, collections, 0);
  out.target = mcnn_alloc_array(&writer->alloc, measured.length, 1);
  if (!out.target)
    return MNISTCNN_OUT_OF_MEMORY;
  put_file(&out, writer, collections, measured.length);
  assert(out.length == measured.length);
  writer->is_finished = 1;
  bytes->data = out.target;
  bytes->size = bytes->capacity = out.length;
  return MNISTCNN_OK;
}
