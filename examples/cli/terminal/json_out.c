#include "terminal/json_out.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "terminal/number_text.h"
#include "terminal/utf8.h"

void json_start(json_out *json, FILE *stream) {
  memset(json, 0, sizeof *json);
  json->stream = stream;
}

void json_finish(json_out *json) {
  putc('\n', json->stream);
}

static void new_line(const json_out *json) {
  putc('\n', json->stream);
  for (unsigned i = 0; i < json->depth; i++)
    fputs("  ", json->stream);
}

/* Written before a value or key: a comma after a sibling, and a new line. */
static void separate(json_out *json) {
  if (json->after_key || json->depth == 0) {
    json->after_key = false;
    return;
  }
  const bool in_line = json->in_line[json->depth];
  if (json->has_items[json->depth])
    fputs(in_line ? ", " : ",", json->stream);
  json->has_items[json->depth] = true;
  if (!in_line)
    new_line(json);
}

static void begin(json_out *json, char bracket, bool in_line) {
  separate(json);
  putc(bracket, json->stream);
  in_line = in_line || json->in_line[json->depth];
  json->depth++;
  json->has_items[json->depth] = false;
  json->in_line[json->depth] = in_line;
}

static void end(json_out *json, char bracket) {
  const bool broken = json->has_items[json->depth] && !json->in_line[json->depth];

  json->depth--;
  if (broken)
    new_line(json);
  putc(bracket, json->stream);
}

void json_begin_object(json_out *json) {
  begin(json, '{', false);
}

void json_begin_line_object(json_out *json) {
  begin(json, '{', true);
}

void json_end_object(json_out *json) {
  end(json, '}');
}

void json_begin_array(json_out *json) {
  begin(json, '[', false);
}

void json_begin_line_array(json_out *json) {
  begin(json, '[', true);
}

void json_end_array(json_out *json) {
  end(json, ']');
}

static void put_ascii(FILE *stream, unsigned char c) {
  if (c == '"' || c == '\\')
    fprintf(stream, "\\%c", c);
  else if (c == '\n')
    fputs("\\n", stream);
  else if (c == '\t')
    fputs("\\t", stream);
  else if (c < 0x20 || c == 0x7f)
    fprintf(stream, "\\u%04x", c);
  else
    putc(c, stream);
}

static void put_quoted(FILE *stream, const char *text) {
  const unsigned char *s = (const unsigned char *)text;

  putc('"', stream);
  while (*s != '\0') {
    const size_t length = utf8_length(s);
    if (length == 1)
      put_ascii(stream, *s);
    else if (length == 0)
      fputs("\\ufffd", stream);
    else
      fwrite(s, 1, length, stream);
    s += length == 0 ? 1 : length;
  }
  putc('"', stream);
}

void json_key(json_out *json, const char *key) {
  separate(json);
  put_quoted(json->stream, key);
  fputs(": ", json->stream);
  json->after_key = true;
}

void json_text(json_out *json, const char *text) {
  separate(json);
  if (text)
    put_quoted(json->stream, text);
  else
    fputs("null", json->stream);
}

void json_number(json_out *json, double number) {
  char text[NUMBER_CAPACITY];

  separate(json);
  fputs(isfinite(number) ? number_text(number, text) : "null", json->stream);
}

void json_boolean(json_out *json, bool value) {
  separate(json);
  fputs(value ? "true" : "false", json->stream);
}

void json_integer(json_out *json, uint64_t number) {
  separate(json);
  fprintf(json->stream, "%" PRIu64, number);
}
