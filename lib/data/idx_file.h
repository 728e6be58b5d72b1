/* IDX: two zero bytes, the element type (8: unsigned byte), the number of dimensions, the
 * dimensions as big-endian 32-bit numbers, the elements in row-major order. */
#ifndef MCNN_DATA_IDX_FILE_H
#define MCNN_DATA_IDX_FILE_H

#include "base/alloc.h"

#define MCNN_IDX_MAX_DIMENSIONS 4

/* One IDX file in memory. */
typedef struct mcnn_idx_file {
  unsigned char *memory; /* what `values` lie in, to be freed */
  const unsigned char *values;
  size_t count; /* of values */
  uint32_t num_dimensions;
  uint32_t dimensions[MCNN_IDX_MAX_DIMENSIONS];
} mcnn_idx_file;

/* The file `path`, plain or compressed with gzip. *idx starts as zeros; the caller frees
 * idx->memory, also on failure. */
mnistcnn_status mcnn_idx_read(const char *path, const mcnn_alloc *alloc, mcnn_idx_file *idx);

/* Only the header: idx->memory stays NULL. Of a file that is not compressed the length is checked,
 * too. */
mnistcnn_status mcnn_idx_read_header(const char *path, const mcnn_alloc *alloc, mcnn_idx_file *idx);

/* MNISTCNN_FORMAT: "PATH: is not a valid IDX file: REASON". */
mnistcnn_status mcnn_idx_fail(const char *path, const char *reason);

#endif
