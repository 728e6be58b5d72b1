#include "base/strbuf.h"

#include "base/status.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_CAPACITY = 24 };

void mcnn_strbuf_text(mcnn_strbuf *buf, const char *text) {
  const size_t length = strlen(text);
  if (buf->target)
    memcpy(buf->target + buf->length, text, length);
  buf->length += length;
}

void mcnn_strbuf_number(mcnn_strbuf *buf, uint64_t number) {
  char digits[NUMBER_CAPACITY];
  (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
  mcnn_strbuf_text(buf, digits);
}

void mcnn_strbuf_fill(mcnn_strbuf *buf, char c, size_t count) {
  if (buf->target)
    memset(buf->target + buf->length, c, count);
  buf->length += count;
}

mnistcnn_status mcnn_strbuf_copy_out(mcnn_strbuf_fn write, const void *context, char *text,
                                     size_t capacity, size_t *length) {
  mcnn_strbuf measured = {0};
  if (!text && capacity > 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "text is NULL, but its capacity is %zu", capacity);
  write(&measured, context);
  if (text) {
    mcnn_strbuf buf = {.target = text};
    if (capacity <= measured.length) {
      return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "text: capacity is %zu bytes, %zu are needed",
                       capacity, measured.length + 1);
    }
    write(&buf, context);
    assert(buf.length == measured.length);
    text[buf.length] = '\0';
  }
  if (length)
    *length = measured.length;
  return MNISTCNN_OK;
}
