/* safetensors: float32 tensors and string metadata in one file, strictly read.
 * u64 little-endian header length N, N bytes of JSON, then the tensors' bytes. */
#ifndef MCNN_BASE_SAFETENSORS_H
#define MCNN_BASE_SAFETENSORS_H

#include "base/alloc.h"

#define MCNN_ST_MAX_RANK     4u
#define MCNN_ST_MAX_TENSORS  1024u
#define MCNN_ST_MAX_METADATA 1024u
/* The most a model can hold must fit: 1000 names of 255 bytes and 64 notes of 4096, where escaping
 * may double each byte. */
#define MCNN_ST_MAX_HEADER ((size_t)2 << 20)

typedef struct mcnn_st_tensor {
  const char *name;
  uint32_t rank; /* 1..4 */
  uint64_t shape[MCNN_ST_MAX_RANK];
  const float *values; /* reading: mostly in the buffer given to parse, aligned to 4 bytes */
  size_t count;        /* product of the shape */
} mcnn_st_tensor;

typedef struct mcnn_st_entry {
  const char *key, *value; /* UTF-8, any content but NUL */
} mcnn_st_entry;

typedef struct mcnn_st {
  mcnn_alloc alloc;
  mcnn_st_tensor *tensors; /* in the order of their bytes in the file */
  size_t num_tensors;
  mcnn_st_entry *metadata; /* in the order of the file */
  size_t num_metadata;
  char *strings; /* what the names, keys and values point into */
  float *values; /* of all tensors, where they are not in the buffer; else NULL */
} mcnn_st;

/* Parses `size_bytes` of `data`, which must be 8-byte aligned and outlive *out. Strict: contiguity,
 * overlap, duplicate keys, exact size and more are checked (docs/model-format.md); only F32 is
 * accepted.
 * `label` (a path or "model data") starts each message. */
mnistcnn_status mcnn_st_parse(const void *data, size_t size_bytes, const char *label,
                              const mcnn_alloc *alloc, mcnn_st **out);
/* What mcnn_st_parse() asks the allocator for; 0 where it fails before it does. */
uint64_t mcnn_st_parse_bytes(const void *data, size_t size_bytes);
void mcnn_st_free(mcnn_st *st);

/* NULL if there is none. */
const mcnn_st_tensor *mcnn_st_tensor_named(const mcnn_st *st, const char *name);
const char *mcnn_st_metadata(const mcnn_st *st, const char *key);

/* The header (length prefix, JSON, padding to 8 bytes) for these tensors in this order; their
 * values follow it in the file, without gaps, little-endian. The caller frees *header with
 * mcnn_free. */
mnistcnn_status mcnn_st_write_header(const mcnn_st_tensor *tensors, size_t num_tensors,
                                     const mcnn_st_entry *metadata, size_t num_metadata,
                                     const mcnn_alloc *alloc, unsigned char **header,
                                     size_t *header_bytes);

/* A tensor's values as a file has them: tensor->count * sizeof(float) bytes. */
void mcnn_st_put_values(const mcnn_st_tensor *tensor, unsigned char *bytes);

#endif
