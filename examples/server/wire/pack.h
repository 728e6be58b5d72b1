/* Numbers and byte strings in a row, as the server and its workers exchange them: two processes of
 * one program, so in the processor's own form. Who reads does not trust who wrote. */
#ifndef SERVER_WIRE_PACK_H
#define SERVER_WIRE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/buffer.h"

void pack_u32(buffer *out, uint32_t value);
void pack_i32(buffer *out, int32_t value);
void pack_u64(buffer *out, uint64_t value);
void pack_f32(buffer *out, float value);
void pack_bytes(buffer *out, const void *data, size_t size); /* with the size before them */
void pack_text(buffer *out, const char *text);               /* NULL as "" */

/* After the first value that is not there, everything reads as 0, and `failed` says so. */
typedef struct cursor {
  const uint8_t *data;
  size_t size;
  size_t at;
  bool failed;
} cursor;

uint32_t unpack_u32(cursor *in);
int32_t unpack_i32(cursor *in);
uint64_t unpack_u64(cursor *in);
float unpack_f32(cursor *in);

/* Points into the data; NULL where there are not so many. The second reads the size, too. */
const uint8_t *unpack_raw(cursor *in, size_t size);
const uint8_t *unpack_bytes(cursor *in, size_t *size);

/* Copies a text, cut to the capacity; its NUL bytes become '?'. */
void unpack_text(cursor *in, char *text, size_t capacity);

#endif
