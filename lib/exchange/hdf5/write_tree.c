#include "exchange/hdf5/write_tree.h"

#include "base/status.h"

#include <string.h>

enum {
  FIRST_CAPACITY = 16,
  MAX_OBJECTS = 1 << 16,
  MAX_NAME_BYTES = 1024,
  MAX_MESSAGE_BYTES = 0xFFFF, /* a header message counts its bytes in 16 bits */
  REFERENCE_BYTES = 16        /* to a string of variable length */
};

typedef struct mcnn_h5_kept {
  struct mcnn_h5_kept *next;
} mcnn_h5_kept;

void *mcnn_h5_keep(mcnn_h5_writer *writer, size_t count, size_t size) {
  size_t bytes;

  if (!mcnn_checked_mul(count, size, &bytes) || !mcnn_checked_add(bytes, MCNN_ALIGNMENT, &bytes)) {
    mcnn_fail_memory(SIZE_MAX);
    return NULL;
  }
  unsigned char *const block = mcnn_alloc_zeroed(&writer->alloc, bytes, 1);
  if (!block)
    return NULL;
  ((mcnn_h5_kept *)(void *)block)->next = writer->kept;
  writer->kept = (mcnn_h5_kept *)(void *)block;
  return block + MCNN_ALIGNMENT;
}

static char *keep_text(mcnn_h5_writer *writer, const char *text) {
  const size_t size = strlen(text) + 1;
  char *const copy = mcnn_h5_keep(writer, size, 1);

  if (copy)
    memcpy(copy, text, size);
  return copy;
}

void mcnn_h5_writer_free(mcnn_h5_writer *writer) {
  if (!writer)
    return;
  const mcnn_alloc alloc = writer->alloc;
  while (writer->kept) {
    mcnn_h5_kept *const next = writer->kept->next;
    mcnn_free(&alloc, writer->kept);
    writer->kept = next;
  }
  mcnn_free(&alloc, writer->objects);
  mcnn_free(&alloc, writer);
}

/* --- objects ---------------------------------------------------------------------------------- */

static mnistcnn_status check_name(const char *name) {
  const size_t length = strlen(name);

  if (length == 0 || length > MAX_NAME_BYTES)
    return mcnn_fail(MNISTCNN_LIMIT, "a name in an HDF5 file has 1 to %d bytes, not %zu",
                     MAX_NAME_BYTES, length);
  return MNISTCNN_OK;
}

static mnistcnn_status check_new(const mcnn_h5_writer *writer, mcnn_h5_id parent,
                                 const char *name) {
  const mnistcnn_status status = check_name(name);

  if (status != MNISTCNN_OK)
    return status;
  if (writer->is_finished)
    return mcnn_fail(MNISTCNN_STATE, "the HDF5 file has been finished");
  if (parent >= writer->count || !writer->objects[parent].is_group)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s: its parent is not a group", name);
  if (strchr(name, '/') || strcmp(name, ".") == 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s: is no name of a group or dataset", name);
  if (writer->count == MAX_OBJECTS)
    return mcnn_fail(MNISTCNN_LIMIT, "more than %d groups and datasets", MAX_OBJECTS);
  for (size_t i = 1; i < writer->count; i++)
    if (writer->objects[i].parent == parent && strcmp(writer->objects[i].name, name) == 0)
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s: there is one already", name);
  return MNISTCNN_OK;
}

static mnistcnn_status add_object(mcnn_h5_writer *writer, mcnn_h5_id parent, const char *name,
                                  mcnn_h5_id *id) {
  char *const copy = keep_text(writer, name);

  if (!copy)
    return MNISTCNN_OUT_OF_MEMORY;
  if (writer->count == writer->capacity) {
    const size_t larger = writer->capacity ? 2 * writer->capacity : FIRST_CAPACITY;
    mcnn_h5_new_object *const objects =
        mcnn_alloc_zeroed(&writer->alloc, larger, sizeof *writer->objects);
    if (!objects)
      return MNISTCNN_OUT_OF_MEMORY;
    if (writer->count > 0)
      memcpy(objects, writer->objects, writer->count * sizeof *objects);
    mcnn_free(&writer->alloc, writer->objects);
    writer->objects = objects;
    writer->capacity = larger;
  }
  *id = writer->count++;
  writer->objects[*id].parent = parent;
  writer->objects[*id].name = copy;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_writer_create(const mcnn_alloc *alloc, mcnn_h5_writer **out) {
  mcnn_h5_writer *const writer = mcnn_alloc_zeroed(alloc, 1, sizeof *writer);
  mcnn_h5_id root;

  *out = NULL;
  if (!writer)
    return MNISTCNN_OUT_OF_MEMORY;
  writer->alloc = *alloc;
  const mnistcnn_status status = add_object(writer, MCNN_H5_ROOT, "/", &root);
  if (status != MNISTCNN_OK) {
    mcnn_h5_writer_free(writer);
    return status;
  }
  writer->objects[root].is_group = 1;
  *out = writer;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_write_group(mcnn_h5_writer *writer, mcnn_h5_id parent, const char *name,
                                    mcnn_h5_id *id) {
  mnistcnn_status status = check_new(writer, parent, name);

  if (status == MNISTCNN_OK)
    status = add_object(writer, parent, name, id);
  if (status == MNISTCNN_OK)
    writer->objects[*id].is_group = 1;
  return status;
}

mnistcnn_status mcnn_h5_write_floats(mcnn_h5_writer *writer, mcnn_h5_id parent, const char *name,
                                     const float *values, const uint64_t *shape, uint32_t rank,
                                     mcnn_h5_id *id) {
  mnistcnn_status status = check_new(writer, parent, name);
  size_t bytes = sizeof *values;

  if (status == MNISTCNN_OK && rank > MCNN_H5_MAX_RANK)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: has %u dimensions", name, (unsigned)rank);
  for (uint32_t i = 0; i < rank && status == MNISTCNN_OK; i++)
    if (shape[i] > SIZE_MAX || !mcnn_checked_mul(bytes, (size_t)shape[i], &bytes))
      return mcnn_fail(MNISTCNN_LIMIT, "%s: has too many elements", name);
  if (status == MNISTCNN_OK)
    status = add_object(writer, parent, name, id);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_h5_new_object *const object = &writer->objects[*id];
  object->values = values;
  object->rank = rank;
  object->count = bytes / sizeof *values;
  for (uint32_t i = 0; i < rank; i++)
    object->shape[i] = shape[i];
  return MNISTCNN_OK;
}

/* --- attributes ------------------------------------------------------------------------------- */

size_t mcnn_h5_attribute_bytes(const mcnn_h5_new_attribute *attribute) {
  enum { PREFIX = 9, SPACE = 4, LIST = 8 };
  static const unsigned char type_bytes[] = {8, 20, 12, 20};
  const size_t cell = attribute->content == MCNN_H5_FIXED_STRINGS      ? attribute->cell_bytes
                      : attribute->content == MCNN_H5_VARIABLE_STRINGS ? REFERENCE_BYTES
                                                                       : sizeof attribute->number;

  return PREFIX + strlen(attribute->name) + 1 + type_bytes[attribute->content] + SPACE +
         (attribute->is_list ? LIST : 0) + attribute->count * cell;
}

/* An attribute of its own memory, which has no values yet. */
static mnistcnn_status new_attribute(mcnn_h5_writer *writer, mcnn_h5_id object, const char *name,
                                     mcnn_h5_new_attribute **out) {
  const mnistcnn_status status = check_name(name);

  *out = NULL;
  if (status != MNISTCNN_OK)
    return status;
  if (writer->is_finished)
    return mcnn_fail(MNISTCNN_STATE, "the HDF5 file has been finished");
  if (object >= writer->count)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "attribute %s: there is no such object", name);
  for (const mcnn_h5_new_attribute *a = writer->objects[object].attributes; a; a = a->next)
    if (strcmp(a->name, name) == 0)
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "attribute %s: there is one already", name);
  mcnn_h5_new_attribute *const attribute = mcnn_h5_keep(writer, 1, sizeof *attribute);
  if (!attribute)
    return MNISTCNN_OUT_OF_MEMORY;
  attribute->name = keep_text(writer, name);
  if (!attribute->name)
    return MNISTCNN_OUT_OF_MEMORY;
  *out = attribute;
  return MNISTCNN_OK;
}

/* Adds it, now that it is complete. */
static mnistcnn_status add_attribute(mcnn_h5_writer *writer, mcnn_h5_id object,
                                     mcnn_h5_new_attribute *attribute) {
  mcnn_h5_new_object *const owner = &writer->objects[object];
  const size_t bytes = mcnn_h5_attribute_bytes(attribute);

  if (bytes > MAX_MESSAGE_BYTES)
    return mcnn_fail(MNISTCNN_LIMIT, "attribute %s: takes %zu bytes, more than the %d of HDF5",
                     attribute->name, bytes, MAX_MESSAGE_BYTES);
  if (attribute->content == MCNN_H5_VARIABLE_STRINGS) {
    attribute->first_string = writer->num_strings;
    writer->num_strings += attribute->count;
  }
  if (owner->last_attribute)
    owner->last_attribute->next = attribute;
  else
    owner->attributes = attribute;
  owner->last_attribute = attribute;
  return MNISTCNN_OK;
}

static int is_ascii(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text >= 0x80)
      return 0;
  return 1;
}

static mnistcnn_status add_strings(mcnn_h5_writer *writer, mcnn_h5_id object, const char *name,
                                   const char *const *texts, size_t count, int is_list,
                                   enum mcnn_h5_strings kind) {
  mcnn_h5_new_attribute *attribute;
  const mnistcnn_status status = new_attribute(writer, object, name, &attribute);

  if (status != MNISTCNN_OK || !attribute)
    return status;
  attribute->content = kind == MCNN_H5_FIXED ? MCNN_H5_FIXED_STRINGS : MCNN_H5_VARIABLE_STRINGS;
  if (count == 0)
    attribute->content = MCNN_H5_NO_FLOATS;
  attribute->is_list = is_list;
  attribute->count = count;
  attribute->cell_bytes = 1; /* a type has no size 0 */
  attribute->texts = mcnn_h5_keep(writer, count, sizeof *attribute->texts);
  if (!attribute->texts)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++) {
    const size_t length = strlen(texts[i]);
    attribute->texts[i] = keep_text(writer, texts[i]);
    if (!attribute->texts[i])
      return MNISTCNN_OUT_OF_MEMORY;
    if (length > attribute->cell_bytes)
      attribute->cell_bytes = length;
    if (!is_ascii(texts[i]))
      attribute->is_utf8 = 1;
  }
  return add_attribute(writer, object, attribute);
}

mnistcnn_status mcnn_h5_write_string_attribute(mcnn_h5_writer *writer, mcnn_h5_id object,
                                               const char *name, const char *text,
                                               enum mcnn_h5_strings kind) {
  return add_strings(writer, object, name, &text, 1, 0, kind);
}

mnistcnn_status mcnn_h5_write_strings_attribute(mcnn_h5_writer *writer, mcnn_h5_id object,
                                                const char *name, const char *const *texts,
                                                size_t count, enum mcnn_h5_strings kind) {
  return add_strings(writer, object, name, texts, count, 1, kind);
}

mnistcnn_status mcnn_h5_write_integer_attribute(mcnn_h5_writer *writer, mcnn_h5_id object,
                                                const char *name, int64_t number) {
  mcnn_h5_new_attribute *attribute;
  const mnistcnn_status status = new_attribute(writer, object, name, &attribute);

  if (status != MNISTCNN_OK || !attribute)
    return status;
  attribute->content = MCNN_H5_INT64;
  attribute->count = 1;
  attribute->number = number;
  return add_attribute(writer, object, attribute);
}
