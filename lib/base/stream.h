/* Bytes from a file or the caller's reader, and to a file or the caller's writer. */
#ifndef MCNN_BASE_STREAM_H
#define MCNN_BASE_STREAM_H

#include "base/io.h"

/* One of the two is NULL. */
typedef struct mcnn_source {
  const char *path;
  const mnistcnn_reader *reader;
} mcnn_source;

/* How messages call it: the path, or what `otherwise` says. */
const char *mcnn_source_label(const mcnn_source *source, const char *otherwise);

/* What reading may take: bytes of data, and bytes of memory at any time. */
typedef struct mcnn_read_limits {
  size_t size_bytes, memory_bytes;
} mcnn_read_limits;

/* What was read, in memory for `capacity` bytes. */
typedef struct mcnn_bytes {
  unsigned char *data;
  size_t size, capacity;
} mcnn_bytes;

/* All bytes there are, which the caller frees; beyond a limit MNISTCNN_LIMIT. `label` is for
 * messages. */
mnistcnn_status mcnn_source_read(const mcnn_source *source, const char *label,
                                 const mcnn_read_limits *limits, const mcnn_alloc *alloc,
                                 mcnn_bytes *bytes);

/* At most one of the two is set. */
typedef struct mcnn_target {
  const char *path;
  const mnistcnn_writer *writer;
} mcnn_target;

int mcnn_target_is_set(const mcnn_target *target);

/* The spans one after the other: atomically to a file, or to a writer that is set. */
mnistcnn_status mcnn_target_write(const mcnn_target *target, const mcnn_span *spans,
                                  size_t span_count, const mcnn_alloc *alloc);

#endif
