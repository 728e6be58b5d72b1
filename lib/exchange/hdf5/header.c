#include "exchange/hdf5/header.h"

#include "exchange/hdf5/checksum.h"

#include <string.h>

enum {
  MAX_BLOCKS = 1024,
  CHECKSUM_BYTES = 4,
  SIGNATURE_BYTES = 4,
  FIRST_CAPACITY = 16,
  TIMES = 0x20,  /* flags of a header: with times, */
  PHASES = 0x10, /* with limits of compact storage, */
  ORDER = 0x04,  /* with the order of creation in each message */
  SHARED = 0x02, /* flags of a message */
  MUST_KNOW = 0x80
};

/* What reading one header needs. */
typedef struct header_reader {
  const mcnn_h5_place *place;
  mcnn_h5_header *header;
  size_t capacity;
  unsigned version;
  int with_order;
  size_t blocks; /* continuation blocks seen, of which those from `next` on are not yet read */
  size_t next;
  struct {
    uint64_t address, size;
  } continuations[MAX_BLOCKS];
} header_reader;

static mnistcnn_status add_continuation(header_reader *reader, const mcnn_h5_message *message) {
  const mcnn_h5 *const file = reader->place->file;
  mcnn_h5_cursor cursor = mcnn_h5_cursor_over(message->data, message->size);

  if (reader->blocks == MAX_BLOCKS)
    return mcnn_h5_damaged(reader->place, "an object header continues without end");
  const uint64_t address = mcnn_h5_address(file, &cursor);
  const uint64_t size = mcnn_h5_length(file, &cursor);
  if (cursor.overrun)
    return mcnn_h5_damaged(reader->place, "a header message is too short");
  for (size_t i = 0; i < reader->blocks; i++)
    if (reader->continuations[i].address == address)
      return mcnn_h5_damaged(reader->place, "an object header continues in itself");
  reader->continuations[reader->blocks].address = address;
  reader->continuations[reader->blocks].size = size;
  reader->blocks++;
  return MNISTCNN_OK;
}

static mnistcnn_status grow_messages(header_reader *reader) {
  mcnn_h5_header *const header = reader->header;
  const size_t larger = reader->capacity ? 2 * reader->capacity : FIRST_CAPACITY;
  mcnn_h5_message *const messages =
      mcnn_h5_remember(reader->place, larger, sizeof *header->messages);

  if (!messages)
    return mcnn_h5_no_memory(reader->place);
  if (header->count > 0)
    memcpy(messages, header->messages, header->count * sizeof *messages);
  header->messages = messages;
  reader->capacity = larger;
  return MNISTCNN_OK;
}

static mnistcnn_status add_message(header_reader *reader, const mcnn_h5_message *message,
                                   unsigned flags) {
  mnistcnn_status status = MNISTCNN_OK;

  if (message->type == 0) /* left over */
    return MNISTCNN_OK;
  if (message->type == MCNN_H5_CONTINUATION)
    return add_continuation(reader, message);
  if (message->type > MCNN_H5_LAST_KNOWN && (flags & MUST_KNOW))
    return mcnn_h5_unsupported(reader->place, "a header message of a type that must be known");
  if (reader->header->count == reader->capacity)
    status = grow_messages(reader);
  if (status == MNISTCNN_OK)
    reader->header->messages[reader->header->count++] = *message;
  return status;
}

static unsigned message_prefix_bytes(const header_reader *reader) {
  if (reader->version == 1)
    return 8;
  return reader->with_order ? 6 : 4;
}

static mnistcnn_status read_messages(header_reader *reader, mcnn_h5_cursor *cursor) {
  mnistcnn_status status = MNISTCNN_OK;

  /* In version 2 a gap too small for a message may be left at the end. */
  while (status == MNISTCNN_OK && mcnn_h5_left(cursor) >= message_prefix_bytes(reader)) {
    mcnn_h5_message message;
    message.type = (unsigned)mcnn_h5_number(cursor, reader->version == 1 ? 2 : 1);
    message.size = (size_t)mcnn_h5_number(cursor, 2);
    const unsigned flags = (unsigned)mcnn_h5_number(cursor, 1);
    mcnn_h5_take(cursor, reader->version == 1 ? 3 : 2 * (reader->with_order != 0));
    message.is_shared = (flags & SHARED) != 0;
    message.data = mcnn_h5_take(cursor, message.size);
    if (cursor->overrun)
      return mcnn_h5_damaged(reader->place, "a header message is longer than its block");
    status = add_message(reader, &message, flags);
  }
  return status;
}

/* Also cuts the checksum off. */
static mnistcnn_status check_sum(const header_reader *reader, const unsigned char *start,
                                 mcnn_h5_cursor *cursor) {
  mcnn_h5_cursor sum = *cursor;

  if (mcnn_h5_left(cursor) < CHECKSUM_BYTES)
    return mcnn_h5_damaged(reader->place, "a block of an object header is too short");
  cursor->end -= CHECKSUM_BYTES;
  sum.at = cursor->end;
  if (!mcnn_h5_sums_agree(mcnn_h5_number(&sum, CHECKSUM_BYTES),
                          mcnn_h5_lookup3(start, (size_t)(cursor->end - start))))
    return mcnn_h5_damaged(reader->place, "the checksum of an object header is wrong");
  return MNISTCNN_OK;
}

static mnistcnn_status read_continuations(header_reader *reader) {
  mnistcnn_status status = MNISTCNN_OK;

  while (status == MNISTCNN_OK && reader->next < reader->blocks) {
    mcnn_h5_cursor cursor;
    status =
        mcnn_h5_at(reader->place, reader->continuations[reader->next].address,
                   reader->continuations[reader->next].size, "part of an object header", &cursor);
    reader->next++;
    if (status == MNISTCNN_OK && reader->version == 2) {
      const unsigned char *const start = cursor.at;
      if (!mcnn_h5_signature(&cursor, "OCHK"))
        return mcnn_h5_damaged(reader->place, "an object header continues where none is");
      status = check_sum(reader, start, &cursor);
    }
    if (status == MNISTCNN_OK)
      status = read_messages(reader, &cursor);
  }
  return status;
}

static mnistcnn_status read_version_1(header_reader *reader, uint64_t address) {
  enum { PREFIX = 16 };
  mcnn_h5_cursor cursor;

  mnistcnn_status status = mcnn_h5_at(reader->place, address, PREFIX, "an object header", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_h5_take(&cursor, 8); /* version, number of messages, of references */
  const uint64_t size = mcnn_h5_number(&cursor, 4);
  status = mcnn_h5_at(reader->place, address + PREFIX, size, "an object header", &cursor);
  return status == MNISTCNN_OK ? read_messages(reader, &cursor) : status;
}

static mnistcnn_status read_version_2(header_reader *reader, uint64_t address) {
  enum { LONGEST_PREFIX = 34 };
  const mcnn_h5_place *const place = reader->place;
  const size_t size = place->file->size;
  mcnn_h5_cursor cursor;

  /* Seen to be in the file by the caller. */
  const uint64_t looked_at = size - address < LONGEST_PREFIX ? size - address : LONGEST_PREFIX;
  mnistcnn_status status = mcnn_h5_at(place, address, looked_at, "an object header", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  const unsigned char *const start = cursor.at;
  mcnn_h5_take(&cursor, SIGNATURE_BYTES);
  if (mcnn_h5_number(&cursor, 1) != 2)
    return mcnn_h5_unsupported(place, "an object header of an unknown version");
  const unsigned flags = (unsigned)mcnn_h5_number(&cursor, 1);
  mcnn_h5_take(&cursor, (flags & TIMES ? 16u : 0u) + (flags & PHASES ? 4u : 0u));
  const uint64_t block = mcnn_h5_number(&cursor, 1u << (flags & 3u));
  const uint64_t prefix = (uint64_t)(cursor.at - start);
  if (cursor.overrun || block > size)
    return mcnn_h5_damaged(place, "an object header is longer than the file");
  status = mcnn_h5_at(place, address, prefix + block + CHECKSUM_BYTES, "an object header", &cursor);
  if (status == MNISTCNN_OK)
    status = check_sum(reader, start, &cursor);
  if (status != MNISTCNN_OK)
    return status;
  reader->with_order = (flags & ORDER) != 0;
  mcnn_h5_take(&cursor, prefix);
  return read_messages(reader, &cursor);
}

mnistcnn_status mcnn_h5_read_header(const mcnn_h5_place *place, uint64_t address,
                                    mcnn_h5_header *header) {
  mcnn_h5_cursor cursor;
  header_reader *reader;

  mnistcnn_status status = mcnn_h5_at(place, address, SIGNATURE_BYTES, "an object header", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  reader = mcnn_alloc_zeroed(&place->file->alloc, 1, sizeof *reader);
  if (!reader)
    return MNISTCNN_OUT_OF_MEMORY;
  reader->place = place;
  reader->header = header;
  *header = (mcnn_h5_header){0};
  reader->version = mcnn_h5_signature(&cursor, "OHDR") ? 2 : 1;
  if (reader->version == 2)
    status = read_version_2(reader, address);
  else if (place->file->data[address] == 1)
    status = read_version_1(reader, address);
  else
    status = mcnn_h5_damaged(place, "there is no object header where a link points to");
  if (status == MNISTCNN_OK)
    status = read_continuations(reader);
  mcnn_free(&place->file->alloc, reader);
  return status;
}

const mcnn_h5_message *mcnn_h5_message_of(const mcnn_h5_header *header, unsigned type) {
  for (size_t i = 0; i < header->count; i++)
    if (header->messages[i].type == type)
      return &header->messages[i];
  return NULL;
}

mnistcnn_status mcnn_h5_the_message(const mcnn_h5_place *place, const mcnn_h5_header *header,
                                    unsigned type, const char *what, mcnn_h5_cursor *cursor) {
  size_t found = 0;

  for (size_t i = 0; i < header->count; i++) {
    const mcnn_h5_message *const message = &header->messages[i];
    if (message->type != type)
      continue;
    if (message->is_shared)
      return mcnn_h5_fail(place, MNISTCNN_UNSUPPORTED,
                          "%s is stored elsewhere (shared or committed), "
                          "which is not supported",
                          what);
    *cursor = mcnn_h5_cursor_over(message->data, message->size);
    found++;
  }
  if (found != 1)
    return mcnn_h5_fail(place, MNISTCNN_FORMAT, "the HDF5 file is damaged: it has %zu times %s",
                        found, what);
  return MNISTCNN_OK;
}
