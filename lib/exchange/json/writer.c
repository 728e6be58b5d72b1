#include "exchange/json/writer.h"

#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for so many bytes more and a NUL; NULL once memory has run out. */
static char *reserve(mcnn_json_writer *w, size_t bytes) {
  if (w->failed)
    return NULL;
  if (w->capacity - w->length <= bytes) {
    const size_t capacity = 2 * w->capacity + bytes + 1024;
    char *const text = mcnn_alloc_array(&w->alloc, capacity, 1);
    if (!text) {
      w->failed = 1;
      return NULL;
    }
    if (w->text)
      memcpy(text, w->text, w->length + 1);
    mcnn_free(&w->alloc, w->text);
    w->text = text;
    w->capacity = capacity;
  }
  return w->text + w->length;
}

void mcnn_json_format(mcnn_json_writer *writer, const char *format, ...) {
  char text[1024];
  va_list values;
  va_start(values, format);
  const int length = vsnprintf(text, sizeof text, format, values);
  va_end(values);
  char *const target = reserve(writer, (size_t)length);
  if (!target)
    return;
  memcpy(target, text, (size_t)length + 1);
  writer->length += (size_t)length;
}

void mcnn_json_quoted(mcnn_json_writer *writer, const char *text) {
  const size_t length = mcnn_json_quote(text, NULL);
  char *const target = reserve(writer, length);
  if (!target)
    return;
  (void)mcnn_json_quote(text, target);
  target[length] = '\0';
  writer->length += length;
}

void mcnn_json_quoted_file(mcnn_json_writer *writer, const char *stem, const char *ending) {
  mcnn_json_quoted(writer, stem);
  if (writer->failed)
    return;
  writer->text[--writer->length] = '\0'; /* the quotation mark */
  mcnn_json_format(writer, "%s\"", ending);
}

mnistcnn_status mcnn_json_written(const mcnn_json_writer *writer) {
  return writer->failed ? MNISTCNN_OUT_OF_MEMORY : MNISTCNN_OK;
}

void mcnn_json_writer_free(mcnn_json_writer *writer) {
  mcnn_free(&writer->alloc, writer->text);
  writer->text = NULL;
}
