#include "text/json_out.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/utf8.h"

static void before_value(json_out *json) {
  if (!json->after_key && json->has_items[json->depth])
    buffer_byte(json->out, ',');
  json->has_items[json->depth] = true;
  json->after_key = false;
}

void json_begin(json_out *json, char bracket) {
  before_value(json);
  buffer_byte(json->out, (uint8_t)bracket);
  if (json->depth + 1 < JSON_OUT_MAX_DEPTH)
    json->depth++;
  else
    json->out->failed = true;
  json->has_items[json->depth] = false;
}

void json_end(json_out *json, char bracket) {
  buffer_byte(json->out, (uint8_t)bracket);
  if (json->depth > 0)
    json->depth--;
}

void json_key(json_out *json, const char *key) {
  before_value(json);
  buffer_byte(json->out, '"');
  buffer_text(json->out, key);
  buffer_add(json->out, "\":", 2);
  json->after_key = true;
}

static void add_control(buffer *out, unsigned char c) {
  switch (c) {
  case '\n':
    buffer_text(out, "\\n");
    break;
  case '\t':
    buffer_text(out, "\\t");
    break;
  case '\r':
    buffer_text(out, "\\r");
    break;
  default:
    buffer_printf(out, "\\u%04x", c);
  }
}

/* Adds the character at the start of `text` and returns its length. */
static size_t add_character(buffer *out, const char *text, size_t length) {
  const unsigned char c = (unsigned char)text[0];
  size_t bytes = 1;

  if (c == '"' || c == '\\') {
    buffer_byte(out, '\\');
    buffer_byte(out, c);
  } else if (c < 0x20 || c == 0x7F) {
    add_control(out, c);
  } else if ((bytes = utf8_length(text, length)) == 0) {
    bytes = 1;
    buffer_text(out, "\\ufffd");
  } else {
    buffer_add(out, text, bytes);
  }
  return bytes;
}

static bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void json_bytes(json_out *json, const char *text, size_t length) {
  size_t at = 0;

  before_value(json);
  buffer_byte(json->out, '"');
  while (at < length) {
    size_t run = at;
    while (run < length && is_plain((unsigned char)text[run]))
      run++;
    buffer_add(json->out, text + at, run - at);
    at = run < length ? run + add_character(json->out, text + run, length - run) : run;
  }
  buffer_byte(json->out, '"');
}

void json_text(json_out *json, const char *text) {
  if (text)
    json_bytes(json, text, strlen(text));
  else
    json_null(json);
}

void json_float(json_out *json, float number) {
  char text[32];

  if (!isfinite(number)) {
    json_null(json);
    return;
  }
  before_value(json);
  /* The program never leaves the C locale. */
  const int length = snprintf(text, sizeof text, "%.9g", (double)number);
  buffer_add(json->out, text, (size_t)length);
}

void json_integer(json_out *json, int64_t number) {
  before_value(json);
  buffer_printf(json->out, "%lld", (long long)number);
}

void json_boolean(json_out *json, bool value) {
  before_value(json);
  buffer_text(json->out, value ? "true" : "false");
}

void json_null(json_out *json) {
  before_value(json);
  buffer_text(json->out, "null");
}

void json_member_text(json_out *json, const char *key, const char *text) {
  json_key(json, key);
  json_text(json, text);
}

void json_member_float(json_out *json, const char *key, float number) {
  json_key(json, key);
  json_float(json, number);
}

void json_member_integer(json_out *json, const char *key, int64_t number) {
  json_key(json, key);
  json_integer(json, number);
}

void json_member_boolean(json_out *json, const char *key, bool value) {
  json_key(json, key);
  json_boolean(json, value);
}
