#include "base/stream.h"

#include "base/sizes.h"
#include "base/status.h"

#include <string.h>

/* --- reading ---------------------------------------------------------------------------------- */

const char *mcnn_source_label(const mcnn_source *source, const char *otherwise) {
  return source->path ? source->path : otherwise;
}

static mnistcnn_status fail_limit(const char *label, size_t limit_bytes) {
  return mcnn_fail(MNISTCNN_LIMIT, "%s: is larger than the limit of %zu bytes", label, limit_bytes);
}

/* To twice the size, or as far as the limits go. */
static mnistcnn_status grow(mcnn_bytes *b, const char *label, const mcnn_read_limits *limits,
                            const mcnn_alloc *alloc) {
  enum { FIRST_BYTES = 65536, OVERHEAD_BYTES = 256 };
  size_t capacity = b->capacity == 0 ? FIRST_BYTES : mcnn_min(b->capacity, SIZE_MAX / 2) * 2;
  /* One byte more than is allowed tells whether there are more. */
  capacity = mcnn_min(capacity, mcnn_min(limits->size_bytes, SIZE_MAX - 1) + 1);
  if (limits->memory_bytes < OVERHEAD_BYTES + b->capacity)
    return fail_limit(label, limits->memory_bytes);
  capacity = mcnn_min(capacity, limits->memory_bytes - OVERHEAD_BYTES - b->capacity);
  if (capacity <= b->capacity)
    return fail_limit(label, limits->memory_bytes);
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
static mnistcnn_status read_some(const mnistcnn_reader *reader, const char *label, mcnn_bytes *b,
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
                                const mcnn_read_limits *limits, const mcnn_alloc *alloc,
                                mcnn_bytes *b) {
  mnistcnn_status status = MNISTCNN_OK;
  int ended = 0;
  while (status == MNISTCNN_OK && !ended) {
    if (b->size > limits->size_bytes)
      return fail_limit(label, limits->size_bytes);
    if (b->size == b->capacity)
      status = grow(b, label, limits, alloc);
    if (status == MNISTCNN_OK)
      status = read_some(reader, label, b, &ended);
  }
  return status;
}

mnistcnn_status mcnn_source_read(const mcnn_source *source, const char *label,
                                 const mcnn_read_limits *limits, const mcnn_alloc *alloc,
                                 mcnn_bytes *bytes) {
  const size_t most = mcnn_min(limits->size_bytes, limits->memory_bytes);
  mnistcnn_status status;
  *bytes = (mcnn_bytes){NULL, 0, 0};
  if (source->path) {
    status = mcnn_read_file(source->path, most, alloc, &bytes->data, &bytes->size);
    bytes->capacity = bytes->size;
    return status;
  }
  /* The length of a stream is known when it ends. */
  status = read_all(source->reader, label, limits, alloc, bytes);
  if (status != MNISTCNN_OK) {
    mcnn_free(alloc, bytes->data);
    *bytes = (mcnn_bytes){NULL, 0, 0};
  }
  return status;
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
