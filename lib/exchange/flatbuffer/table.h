/* Reads FlatBuffers. The bytes are not trusted: every offset is checked where it is followed,
 * nothing is allocated, and nothing recurses. What lies outside of the buffer reads as missing, and
 * is remembered. */
#ifndef MCNN_EXCHANGE_FLATBUFFER_TABLE_H
#define MCNN_EXCHANGE_FLATBUFFER_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/io.h"

typedef struct mcnn_fb {
  const unsigned char *data;
  size_t size;
  int is_malformed;
} mcnn_fb;

/* A table, or where it is missing `fb` NULL: all its fields then have their defaults. */
typedef struct mcnn_fb_table {
  mcnn_fb *fb;
  size_t at;            /* of the table */
  size_t vtable, bytes; /* of its list of fields */
} mcnn_fb_table;

/* `count` elements; a missing one has none. */
typedef struct mcnn_fb_vector {
  mcnn_fb *fb;
  size_t at;
  uint32_t count;
} mcnn_fb_vector;

mcnn_fb_table mcnn_fb_root(mcnn_fb *fb);

/* Numbers of 1, 2, 4 or 8 bytes. */
uint64_t mcnn_fb_unsigned(const mcnn_fb_table *table, uint32_t field, uint32_t bytes,
                          uint64_t otherwise);
int64_t mcnn_fb_signed(const mcnn_fb_table *table, uint32_t field, uint32_t bytes,
                       int64_t otherwise);
float mcnn_fb_float(const mcnn_fb_table *table, uint32_t field, float otherwise);

mcnn_fb_table mcnn_fb_sub(const mcnn_fb_table *table, uint32_t field);
/* bytes: of an element; 4 of a table. */
mcnn_fb_vector mcnn_fb_list(const mcnn_fb_table *table, uint32_t field, uint32_t bytes);
mcnn_span mcnn_fb_bytes(const mcnn_fb_table *table, uint32_t field);

/* Element `index`, which must be there. */
mcnn_fb_table mcnn_fb_table_at(const mcnn_fb_vector *vector, uint32_t index);
int32_t mcnn_fb_int32_at(const mcnn_fb_vector *vector, uint32_t index);
int64_t mcnn_fb_int64_at(const mcnn_fb_vector *vector, uint32_t index);
float mcnn_fb_float_at(const mcnn_fb_vector *vector, uint32_t index);

#endif
