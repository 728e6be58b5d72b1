/* Files: whole reads with a limit, and writes that happen whole or not at all.
 * Short reads and writes are continued, EINTR is retried, every failure names the path. */
#ifndef MCNN_BASE_IO_H
#define MCNN_BASE_IO_H

#include "base/alloc.h"

/* Reads the regular file `path` whole. Directories, FIFOs and devices are refused. */
mnistcnn_status mcnn_read_file(const char *path, size_t limit_bytes, const mcnn_alloc *alloc,
                               unsigned char **data, size_t *size_bytes);

/* Reads at most `capacity` bytes of the start of such a file, and tells its whole size. */
mnistcnn_status mcnn_read_file_start(const char *path, unsigned char *data, size_t capacity,
                                     size_t *read_bytes, size_t *size_bytes);

/* As mcnn_read_file() into *buffer, which is grown with `alloc` when too small (*capacity_bytes
 * follows), so that reading many files costs no allocation each. *buffer starts NULL; free it with
 * mcnn_free. */
mnistcnn_status mcnn_read_file_into(const char *path, size_t limit_bytes, const mcnn_alloc *alloc,
                                    unsigned char **buffer, size_t *capacity_bytes,
                                    size_t *size_bytes);

/* A run of bytes. */
typedef struct mcnn_span {
  const void *data;
  size_t size_bytes;
} mcnn_span;

/* Writes the spans one after the other to a temporary file beside `path`, fsyncs it, renames it to
 * `path` and fsyncs the folder. On any failure the old file is untouched and no temporary is left.
 * Keeps owner, group, permissions and access control list of an existing file as far as the process
 * may; one that it may not write is not replaced. Follows a symbolic link to its target, unless
 * another user may have planted it.
 *
 * Once the rename has happened the new file is there and the call has succeeded, even where the
 * folder's fsync then fails (file systems without it say EINVAL): reporting a failure would claim
 * that the old file is still in place. */
mnistcnn_status mcnn_write_file_atomic(const char *path, const mcnn_span *spans, size_t span_count,
                                       const mcnn_alloc *alloc);

/* As above but without fsync, for files that are many and easily made again. Other programs see
 * the old file or the whole new one; after a power failure it may be neither. */
mnistcnn_status mcnn_write_file_nosync(const char *path, const mcnn_span *spans, size_t span_count,
                                       const mcnn_alloc *alloc);

/* Two files that belong together: both are replaced as by mcnn_write_file_atomic(), or none. All
 * is written before the first is replaced, and should the second then fail to be, the first is
 * brought back, or removed where there was none. Two renames are no single step: a process that is
 * killed between them leaves the new first and the old second file. */
mnistcnn_status mcnn_write_files_atomic(const char *const paths[2], const mcnn_span spans[2],
                                        const mcnn_alloc *alloc);

/* "PATH: cannot be ACTION: " and the system's description of `error`. MNISTCNN_NOT_FOUND for a
 * missing file, MNISTCNN_OUT_OF_MEMORY for ENOMEM, else MNISTCNN_IO. */
mnistcnn_status mcnn_fail_errno(const char *path, const char *action, int error);

#endif
