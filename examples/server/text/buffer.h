/* Bytes that grow. Where memory runs out, the buffer is marked and stays as it was: callers look
 * once, at the end. */
#ifndef SERVER_TEXT_BUFFER_H
#define SERVER_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct buffer {
  uint8_t *data;
  size_t size;
  size_t capacity;
  bool failed;
} buffer;

bool buffer_reserve(buffer *b, size_t more);
void buffer_add(buffer *b, const void *data, size_t size);
void buffer_text(buffer *b, const char *text);
void buffer_byte(buffer *b, uint8_t byte);
__attribute__((format(printf, 2, 3))) void buffer_printf(buffer *b, const char *format, ...);

/* Keeps the memory. */
void buffer_clear(buffer *b);
void buffer_free(buffer *b);

#endif
