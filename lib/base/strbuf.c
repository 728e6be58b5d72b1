#include "base/strbuf.h"

#include "base/status.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_CAPACITY = 24 };

void mcnn_strbuf_text(mcnn_strbuf *sink, const char *text) {
  const size_t length = strlen(text);
  if (sink->target)
    memcpy(sink->target + sink->length, text, length);
  sink->length += length;
}

void mcnn_strbuf_number(mcnn_strbuf *sink, uint64_t number) {
  char digits[NUMBER_CAPACITY];
  (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
  mcnn_strbuf_text(sink, digits);
}

void mcnn_strbuf_fill(mcnn_strbuf *sink, char c, size_t count) {
  if (sink->target)
    memset(sink->target + sink->length, c, count);
  sink->length += count;
}

mnistcnn_status mcnn_strbuf_copy_out(mcnn_strbuf_fn write, const void *context, char *text,
                                     size_t capacity, size_t *length) {
  mcnn_strbuf measured = {0};
  if (!text && capacity > 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "text is NULL, but its capacity is %zu", capacity);
  write(&measured, context);
  if (text) {
    mcnn_strbuf sink = {.target = text};
    if (capacity <= measured.length) {
      return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "text: %zu bytes and a NUL do not fit in %zu",
                       measured.length, capacity);
    }
    write(&sink, context);
    text[sink.length] = '\0';
  }
  if (length)
    *length = measured.length;
  return MNISTCNN_OK;
}
