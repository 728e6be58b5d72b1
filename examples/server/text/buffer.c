#include "text/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

bool buffer_reserve(buffer *b, size_t more) {
  size_t capacity = b->capacity ? b->capacity : FIRST_CAPACITY;

  if (b->failed || more > SIZE_MAX / 4 - b->size) {
    b->failed = true;
    return false;
  }
  if (b->data && more <= b->capacity - b->size)
    return true;
  while (capacity - b->size < more)
    capacity *= 2;
  uint8_t *const data = realloc(b->data, capacity);
  if (!data) {
    b->failed = true;
    return false;
  }
  b->data = data;
  b->capacity = capacity;
  return true;
}

void buffer_add(buffer *b, const void *data, size_t size) {
  if (size == 0 || !buffer_reserve(b, size))
    return;
  memcpy(b->data + b->size, data, size);
  b->size += size;
}

void buffer_text(buffer *b, const char *text) {
  buffer_add(b, text, strlen(text));
}

void buffer_byte(buffer *b, uint8_t byte) {
  buffer_add(b, &byte, 1);
}

void buffer_printf(buffer *b, const char *format, ...) {
  char text[1024];
  va_list arguments;

  va_start(arguments, format);
  const int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0)
    b->failed = true;
  else
    buffer_add(b, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

void buffer_clear(buffer *b) {
  b->size = 0;
  b->failed = false;
}

void buffer_free(buffer *b) {
  free(b->data);
  *b = (buffer){0};
}
