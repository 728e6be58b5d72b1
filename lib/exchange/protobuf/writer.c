#include "exchange/protobuf/writer.h"

#include "exchange/floats.h"
#include "exchange/protobuf/wire.h"

#include <string.h>

enum { MAX_VARINT = 10 };

/* Room for so many bytes more; NULL once memory has run out. */
static unsigned char *reserve(mcnn_pb_writer *w, size_t count) {
  mcnn_bytes *const b = &w->bytes;
  if (w->failed)
    return NULL;
  if (b->capacity - b->size < count) {
    const size_t capacity = 2 * b->capacity + count + 1024;
    unsigned char *const data = mcnn_alloc_array(&w->alloc, capacity, 1);
    if (!data) {
      w->failed = 1;
      return NULL;
    }
    if (b->size > 0)
      memcpy(data, b->data, b->size);
    mcnn_free(&w->alloc, b->data);
    b->data = data;
    b->capacity = capacity;
  }
  return b->data + b->size;
}

static size_t encode(uint64_t value, unsigned char bytes[MAX_VARINT]) {
  size_t count = 0;
  for (; value >= 0x80; value >>= 7)
    bytes[count++] = (unsigned char)(value | 0x80);
  bytes[count++] = (unsigned char)value;
  return count;
}

static void put_varint(mcnn_pb_writer *w, uint64_t value) {
  unsigned char *const to = reserve(w, MAX_VARINT);
  if (to)
    w->bytes.size += encode(value, to);
}

static void put_tag(mcnn_pb_writer *w, uint32_t field, enum mcnn_pb_wire wire) {
  put_varint(w, (uint64_t)field << 3 | (uint64_t)wire);
}

static void put_floats(mcnn_pb_writer *w, const float *values, size_t count) {
  unsigned char *const to = reserve(w, 4 * count);
  if (!to)
    return;
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = mcnn_bits_of_float(values[i]);
    for (unsigned b = 0; b < 4; b++)
      to[4 * i + b] = (unsigned char)(bits >> (8 * b));
  }
  w->bytes.size += 4 * count;
}

void mcnn_pb_write_int(mcnn_pb_writer *writer, uint32_t field, uint64_t value) {
  put_tag(writer, field, MCNN_PB_VARINT);
  put_varint(writer, value);
}

void mcnn_pb_write_float(mcnn_pb_writer *writer, uint32_t field, float value) {
  put_tag(writer, field, MCNN_PB_FIXED32);
  put_floats(writer, &value, 1);
}

void mcnn_pb_write_text(mcnn_pb_writer *writer, uint32_t field, const char *text) {
  const size_t length = strlen(text);
  put_tag(writer, field, MCNN_PB_BYTES);
  put_varint(writer, length);
  unsigned char *const to = reserve(writer, length);
  if (!to)
    return;
  memcpy(to, text, length);
  writer->bytes.size += length;
}

void mcnn_pb_write_ints(mcnn_pb_writer *writer, uint32_t field, const int64_t *values,
                        size_t count) {
  const size_t open = mcnn_pb_open(writer, field);
  for (size_t i = 0; i < count; i++)
    put_varint(writer, (uint64_t)values[i]);
  mcnn_pb_close(writer, open);
}

void mcnn_pb_write_raw_floats(mcnn_pb_writer *writer, uint32_t field, const float *values,
                              size_t count) {
  put_tag(writer, field, MCNN_PB_BYTES);
  put_varint(writer, 4 * (uint64_t)count);
  put_floats(writer, values, count);
}

size_t mcnn_pb_open(mcnn_pb_writer *writer, uint32_t field) {
  put_tag(writer, field, MCNN_PB_BYTES);
  return writer->bytes.size;
}

/* The length stands before what it is the length of, so that this moves. */
void mcnn_pb_close(mcnn_pb_writer *writer, size_t open) {
  unsigned char length[MAX_VARINT];
  if (!reserve(writer, MAX_VARINT))
    return;
  const size_t size = writer->bytes.size - open, count = encode(size, length);
  unsigned char *const begin = writer->bytes.data + open;
  memmove(begin + count, begin, size);
  memcpy(begin, length, count);
  writer->bytes.size += count;
}

mnistcnn_status mcnn_pb_written(const mcnn_pb_writer *writer) {
  return writer->failed ? MNISTCNN_OUT_OF_MEMORY : MNISTCNN_OK;
}
