#include "base/stream.h"

#include "base/status.h"

#include <string.h>

/* --- reading ---------------------------------------------------------------------------------- */

const char *mcnn_source_label(const mcnn_source *source, const char *otherwise) {
  return source->path ? source->path : otherwise;
}

/* What has been read of a stream whose length nobody knows. */
typedef struct buffer {
  unsigned char *data;
  size_t size, capacity;
} buffer;

static mnistcnn_status grow(buffer *b, size_t limit_bytes, const mcnn_alloc *alloc) {
  enum { FIRST_BYTES = 65536 };
  size_t capacity = b->capacity == 0 ? FIRST_BYTES : 2 * b->capacity;
  /* One byte more than is allowed tells whether there are more. */
  if (capacity <= b->capacity || capacity > limit_bytes)
    capacity = limit_bytes + (limit_bytes < SIZE_MAX);
  unsigned char *const data = mcnn_alloc_array(alloc, capacity, 1);
  if (!data)
    return MNISTCNN_OUT_OF_MEMORY;
  if (b->size > 0)
    memcpy(data, b->data, b->size);
  mcnn_free(alloc, b->data);
  b->data = data;
  b->capacity = capacity;
  return MNISTCNN_OK;
}

/* One call of the reader; *ended: there is no more. */
static mnistcnn_status read_some(const mnistcnn_reader *reader, const char *label, buffer *b,
                                 int *ended) {
  const size_t room = b->capacity - b->size;
  const int64_t got = reader->read(b->data + b->size, room, reader->user);
  if (got < 0 || (uint64_t)got > room) {
    return mcnn_fail(MNISTCNN_IO, "%s: the reader %s", label,
                     got < 0 ? "failed" : "returned more than it was asked for");
  }
  b->size += (size_t)got;
  *ended = got == 0;
  return MNISTCNN_OK;
}

static mnistcnn_status read_all(const mnistcnn_reader *reader, const char *label,
                                size_t limit_bytes, const mcnn_alloc *alloc, buffer *b) {
  mnistcnn_status status = MNISTCNN_OK;
  int ended = 0;
  while (status == MNISTCNN_OK && !ended) {
    if (b->size > limit_bytes) {
      return mcnn_fail(MNISTCNN_LIMIT, "%s: is larger than the limit of %zu bytes", label,
                       limit_bytes);
    }
    if (b->size == b->capacity)
      status = grow(b, limit_bytes, alloc);
    if (status == MNISTCNN_OK)
      status = read_some(reader, label, b, &ended);
  }
  return status;
}

mnistcnn_status mcnn_source_read(const mcnn_source *source, const char *label, size_t limit_bytes,
                                 const mcnn_alloc *alloc, unsigned char **data,
                                 size_t *size_bytes) {
  buffer b = {NULL, 0, 0};
  if (source->path)
    return mcnn_read_file(source->path, limit_bytes, alloc, data, size_bytes);
  const mnistcnn_status status = read_all(source->reader, label, limit_bytes, alloc, &b);
  if (status != MNISTCNN_OK) {
    mcnn_free(alloc, b.data);
    return status;
  }
  *data = b.data;
  *size_bytes = b.size;
  return MNISTCNN_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

int mcnn_target_is_set(const mcnn_target *target) {
  return target->path || target->writer;
}

mnistcnn_status mcnn_target_write(const mcnn_target *target, const mcnn_span *spans,
                                  size_t span_count, const mcnn_alloc *alloc) {
  if (target->path)
    return mcnn_write_file_atomic(target->path, spans, span_count, alloc);
  for (size_t i = 0; i < span_count; i++) {
    const mnistcnn_writer *const writer = target->writer;
    if (writer->write(spans[i].data, spans[i].size_bytes, writer->user) != 0)
      return mcnn_fail(MNISTCNN_IO, "the writer failed");
  }
  return MNISTCNN_OK;
}
