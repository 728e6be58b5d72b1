#include "exchange/hdf5/attribute.h"

#include "exchange/hdf5/btree2.h"
#include "exchange/hdf5/fractal.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8 };

typedef struct attribute_reader {
  const mcnn_h5_place *place;
  mcnn_h5_attributes *attributes;
} attribute_reader;

static mnistcnn_status add_attribute(attribute_reader *reader, const mcnn_h5_raw_attribute *raw,
                                     const unsigned char *name, size_t length) {
  mcnn_h5_attributes *const attributes = reader->attributes;
  mnistcnn_status status;

  if (attributes->count == attributes->capacity) {
    const size_t larger = attributes->capacity ? 2 * attributes->capacity : FIRST_CAPACITY;
    mcnn_h5_raw_attribute *const copy = mcnn_h5_remember(reader->place, larger, sizeof *copy);
    if (!copy)
      return mcnn_h5_no_memory(reader->place);
    if (attributes->count > 0)
      memcpy(copy, attributes->list, attributes->count * sizeof *copy);
    attributes->list = copy;
    attributes->capacity = larger;
  }
  mcnn_h5_raw_attribute *const added = &attributes->list[attributes->count++];
  *added = *raw;
  added->name = mcnn_h5_remember_name(reader->place, name, length, &status);
  return status;
}

/* In version 1 each part is padded to 8 bytes. */
static mcnn_h5_cursor take_part(mcnn_h5_cursor *cursor, uint64_t size, unsigned version) {
  const unsigned char *const bytes = mcnn_h5_take(cursor, size);

  if (version == 1)
    mcnn_h5_take(cursor, (8 - size % 8) % 8);
  return bytes ? mcnn_h5_cursor_over(bytes, (size_t)size) : *cursor;
}

static mnistcnn_status read_attribute(void *context, mcnn_h5_cursor cursor) {
  attribute_reader *const reader = context;
  mcnn_h5_raw_attribute raw = {0};
  const unsigned version = (unsigned)mcnn_h5_number(&cursor, 1);
  const unsigned flags = (unsigned)mcnn_h5_number(&cursor, 1);
  const uint64_t name_bytes = mcnn_h5_number(&cursor, 2);
  const uint64_t type_bytes = mcnn_h5_number(&cursor, 2);
  const uint64_t space_bytes = mcnn_h5_number(&cursor, 2);

  if (version < 1 || version > 3)
    return mcnn_h5_unsupported(reader->place, "an attribute of an unknown version");
  if (version == 3)
    mcnn_h5_take(&cursor, 1); /* the encoding of the name */
  raw.is_shared = version > 1 && (flags & 3u) != 0;
  const mcnn_h5_cursor name = take_part(&cursor, name_bytes, version);
  raw.type = take_part(&cursor, type_bytes, version);
  raw.space = take_part(&cursor, space_bytes, version);
  raw.data = cursor;
  if (cursor.overrun)
    return mcnn_h5_damaged(reader->place, "an attribute is too short");
  const unsigned char *const nul = memchr(name.at, '\0', mcnn_h5_left(&name));
  if (!nul)
    return mcnn_h5_damaged(reader->place, "the name of an attribute has no end");
  return add_attribute(reader, &raw, name.at, (size_t)(nul - name.at));
}

static mnistcnn_status read_dense(attribute_reader *reader, mcnn_h5_cursor cursor) {
  enum { WITH_ORDER = 1, RECORD_BYTES = 17, ID_AT = 0 };
  const mcnn_h5_place *const place = reader->place;
  mcnn_h5_index index = {
      .type = MCNN_H5_RECORDS_ATTRIBUTES, .record_bytes = RECORD_BYTES, .id_at = ID_AT};

  if (mcnn_h5_number(&cursor, 1) != 0)
    return mcnn_h5_unsupported(place, "attributes of an unknown version");
  mcnn_h5_take(&cursor, mcnn_h5_number(&cursor, 1) & WITH_ORDER ? 2u : 0u);
  index.heap = mcnn_h5_address(place->file, &cursor);
  index.records = mcnn_h5_address(place->file, &cursor);
  if (cursor.overrun)
    return mcnn_h5_damaged(place, "the description of the attributes is too short");
  return index.heap == UINT64_MAX ? MNISTCNN_OK
                                  : mcnn_h5_walk_heap(place, &index, read_attribute, reader);
}

static int compare_attributes(const void *a, const void *b) {
  const mcnn_h5_raw_attribute *const x = a, *const y = b;

  return strcmp(x->name, y->name);
}

static mnistcnn_status sort_attributes(const attribute_reader *reader) {
  const mcnn_h5_attributes *const attributes = reader->attributes;

  if (attributes->count > 1)
    qsort(attributes->list, attributes->count, sizeof *attributes->list, compare_attributes);
  for (size_t i = 1; i < attributes->count; i++) {
    if (strcmp(attributes->list[i - 1].name, attributes->list[i].name) == 0)
      return mcnn_h5_fail(reader->place, MNISTCNN_FORMAT,
                          "the HDF5 file is damaged: attribute %s is there twice",
                          attributes->list[i].name);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_read_attributes(const mcnn_h5_place *place, const mcnn_h5_header *header,
                                        mcnn_h5_attributes *attributes) {
  attribute_reader reader = {place, attributes};
  mnistcnn_status status = MNISTCNN_OK;

  *attributes = (mcnn_h5_attributes){0};
  for (size_t i = 0; i < header->count && status == MNISTCNN_OK; i++) {
    const mcnn_h5_message *const message = &header->messages[i];
    const mcnn_h5_cursor cursor = mcnn_h5_cursor_over(message->data, message->size);
    if (message->type != MCNN_H5_ATTRIBUTE && message->type != MCNN_H5_ATTRIBUTE_INFO)
      continue;
    if (message->is_shared)
      status = mcnn_h5_unsupported(place, "a shared attribute");
    else if (message->type == MCNN_H5_ATTRIBUTE)
      status = read_attribute(&reader, cursor);
    else
      status = read_dense(&reader, cursor);
  }
  return status == MNISTCNN_OK ? sort_attributes(&reader) : status;
}
