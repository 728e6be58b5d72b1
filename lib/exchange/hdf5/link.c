#include "exchange/hdf5/link.h"

#include "exchange/hdf5/btree1.h"
#include "exchange/hdf5/btree2.h"
#include "exchange/hdf5/fractal.h"
#include "exchange/hdf5/heap.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8 };

typedef struct link_reader {
  const mcnn_h5_place *place;
  mcnn_h5_links *links;
  mcnn_h5_cursor names; /* of the old form */
} link_reader;

static mnistcnn_status add_link(link_reader *reader, const mcnn_h5_link *link,
                                const unsigned char *name, size_t length) {
  mcnn_h5_links *const links = reader->links;
  mnistcnn_status status;

  if (links->count == links->capacity) {
    const size_t larger = links->capacity ? 2 * links->capacity : FIRST_CAPACITY;
    mcnn_h5_link *const copy = mcnn_h5_remember(reader->place, larger, sizeof *copy);
    if (!copy)
      return mcnn_h5_no_memory(reader->place);
    if (links->count > 0)
      memcpy(copy, links->links, links->count * sizeof *copy);
    links->links = copy;
    links->capacity = larger;
  }
  if (memchr(name, '/', length))
    return mcnn_h5_damaged(reader->place, "the name of a link contains a slash");
  links->links[links->count] = *link;
  links->links[links->count].name = mcnn_h5_remember_name(reader->place, name, length, &status);
  links->count++;
  return status;
}

/* --- the old form ----------------------------------------------------------------------------- */

static mnistcnn_status read_symbol(link_reader *reader, mcnn_h5_cursor *cursor) {
  enum { CACHED_SOFT_LINK = 2, SCRATCH_BYTES = 16 };
  const mcnn_h5 *const file = reader->place->file;
  mcnn_h5_cursor name = reader->names;

  const uint64_t at = mcnn_h5_number(cursor, file->offset_bytes);
  const uint64_t address = mcnn_h5_address(file, cursor);
  const uint64_t cached = mcnn_h5_number(cursor, 4);
  mcnn_h5_take(cursor, 4 + SCRATCH_BYTES);
  if (at >= mcnn_h5_left(&name))
    return mcnn_h5_damaged(reader->place, "a name lies outside of the names of its group");
  name.at += at;
  const unsigned char *const nul = memchr(name.at, '\0', mcnn_h5_left(&name));
  if (!nul)
    return mcnn_h5_damaged(reader->place, "a name has no end");
  const mcnn_h5_link link = {.kind = cached == CACHED_SOFT_LINK ? MCNN_H5_SOFT : MCNN_H5_HARD,
                             .address = address};
  return add_link(reader, &link, name.at, (size_t)(nul - name.at));
}

static mnistcnn_status read_symbols(void *context, mcnn_h5_cursor key, uint64_t address) {
  enum { PREFIX = 8, FIXED = 24 };
  link_reader *const reader = context;
  const mcnn_h5_place *const place = reader->place;
  mcnn_h5_cursor cursor;

  (void)key;
  mnistcnn_status status = mcnn_h5_at(place, address, PREFIX, "the links of a group", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_h5_signature(&cursor, "SNOD") || mcnn_h5_number(&cursor, 1) != 1)
    return mcnn_h5_damaged(place, "there are no links where those of a group should be");
  mcnn_h5_take(&cursor, 1); /* reserved */
  const unsigned count = (unsigned)mcnn_h5_number(&cursor, 2);
  status =
      mcnn_h5_at(place, address + PREFIX, (uint64_t)count * (2 * place->file->offset_bytes + FIXED),
                 "the links of a group", &cursor);
  for (unsigned i = 0; i < count && status == MNISTCNN_OK; i++)
    status = read_symbol(reader, &cursor);
  return status;
}

static mnistcnn_status read_symbol_table(link_reader *reader, const mcnn_h5_header *header) {
  const mcnn_h5_place *const place = reader->place;
  const mcnn_h5 *const file = place->file;
  mcnn_h5_cursor cursor;

  mnistcnn_status status =
      mcnn_h5_the_message(place, header, MCNN_H5_SYMBOL_TABLE, "the table of a group", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  const uint64_t tree = mcnn_h5_address(file, &cursor);
  const uint64_t heap = mcnn_h5_address(file, &cursor);
  if (cursor.overrun)
    return mcnn_h5_damaged(place, "the table of a group is too short");
  status = mcnn_h5_local_heap(place, heap, &reader->names);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_h5_walk_btree1(place, tree, MCNN_H5_BTREE_GROUP, file->length_bytes, read_symbols,
                             NULL, reader);
}

/* --- the new form ----------------------------------------------------------------------------- */

static mnistcnn_status read_link(void *context, mcnn_h5_cursor cursor) {
  enum { WITH_TYPE = 0x08, WITH_ORDER = 0x04, WITH_CHARSET = 0x10, EXTERNAL = 64 };
  link_reader *const reader = context;
  mcnn_h5_link link = {.kind = MCNN_H5_HARD};

  if (mcnn_h5_number(&cursor, 1) != 1)
    return mcnn_h5_unsupported(reader->place, "a link of an unknown version");
  const unsigned flags = (unsigned)mcnn_h5_number(&cursor, 1);
  const unsigned type = flags & WITH_TYPE ? (unsigned)mcnn_h5_number(&cursor, 1) : 0;
  mcnn_h5_take(&cursor, (flags & WITH_ORDER ? 8u : 0u) + (flags & WITH_CHARSET ? 1u : 0u));
  const uint64_t length = mcnn_h5_number(&cursor, 1u << (flags & 3u));
  const unsigned char *const name = mcnn_h5_take(&cursor, length);
  if (type == 0)
    link.address = mcnn_h5_address(reader->place->file, &cursor);
  else if (type == 1)
    link.kind = MCNN_H5_SOFT;
  else
    link.kind = type == EXTERNAL ? MCNN_H5_EXTERNAL : MCNN_H5_USER_DEFINED;
  if (!name || cursor.overrun)
    return mcnn_h5_damaged(reader->place, "a link is too short");
  return add_link(reader, &link, name, (size_t)length);
}

static mnistcnn_status read_link_messages(link_reader *reader, const mcnn_h5_header *header) {
  mnistcnn_status status = MNISTCNN_OK;

  for (size_t i = 0; i < header->count && status == MNISTCNN_OK; i++) {
    const mcnn_h5_message *const message = &header->messages[i];
    if (message->type == MCNN_H5_LINK && message->is_shared)
      return mcnn_h5_unsupported(reader->place, "a shared link");
    if (message->type == MCNN_H5_LINK)
      status = read_link(reader, mcnn_h5_cursor_over(message->data, message->size));
  }
  return status;
}

static mnistcnn_status read_link_info(link_reader *reader, const mcnn_h5_header *header) {
  enum { WITH_ORDER = 1, RECORD_BYTES = 11, ID_AT = 4 };
  const mcnn_h5_place *const place = reader->place;
  mcnn_h5_index index = {
      .type = MCNN_H5_RECORDS_LINKS, .record_bytes = RECORD_BYTES, .id_at = ID_AT};
  mcnn_h5_cursor cursor;

  const mnistcnn_status status =
      mcnn_h5_the_message(place, header, MCNN_H5_LINK_INFO, "a description of links", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  if (mcnn_h5_number(&cursor, 1) != 0)
    return mcnn_h5_unsupported(place, "a group of an unknown version");
  mcnn_h5_take(&cursor, mcnn_h5_number(&cursor, 1) & WITH_ORDER ? 8u : 0u);
  index.heap = mcnn_h5_address(place->file, &cursor);
  index.records = mcnn_h5_address(place->file, &cursor);
  if (cursor.overrun)
    return mcnn_h5_damaged(place, "the description of a group's links is too short");
  if (index.heap == UINT64_MAX)
    return read_link_messages(reader, header);
  return mcnn_h5_walk_heap(place, &index, read_link, reader);
}

/* --- both ------------------------------------------------------------------------------------- */

static int compare_links(const void *a, const void *b) {
  const mcnn_h5_link *const x = a, *const y = b;

  return strcmp(x->name, y->name);
}

static mnistcnn_status sort_links(const link_reader *reader) {
  const mcnn_h5_links *const links = reader->links;

  if (links->count > 1)
    qsort(links->links, links->count, sizeof *links->links, compare_links);
  for (size_t i = 1; i < links->count; i++) {
    if (strcmp(links->links[i - 1].name, links->links[i].name) == 0)
      return mcnn_h5_fail(reader->place, MNISTCNN_FORMAT,
                          "the HDF5 file is damaged: %s is there twice", links->links[i].name);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_read_links(const mcnn_h5_place *place, const mcnn_h5_header *header,
                                   mcnn_h5_links *links) {
  link_reader reader = {.place = place, .links = links};
  mnistcnn_status status = MNISTCNN_OK;

  *links = (mcnn_h5_links){0};
  if (mcnn_h5_message_of(header, MCNN_H5_SYMBOL_TABLE))
    status = read_symbol_table(&reader, header);
  else if (mcnn_h5_message_of(header, MCNN_H5_LINK_INFO))
    status = read_link_info(&reader, header);
  return status == MNISTCNN_OK ? sort_links(&reader) : status;
}
