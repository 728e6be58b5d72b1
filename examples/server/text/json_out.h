/* Writes JSON (RFC 8259) on one line: commas, quoting and numbers. The caller balances begin and
 * end. */
#ifndef SERVER_TEXT_JSON_OUT_H
#define SERVER_TEXT_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/buffer.h"

enum { JSON_OUT_MAX_DEPTH = 16 };

typedef struct json_out {
  buffer *out;
  unsigned depth;
  bool after_key;
  bool has_items[JSON_OUT_MAX_DEPTH];
} json_out;

void json_begin(json_out *json, char bracket); /* '{' or '[' */
void json_end(json_out *json, char bracket);   /* '}' or ']' */

/* The name of the next value of an object: plain text without anything to escape. */
void json_key(json_out *json, const char *key);

/* NULL is null; bytes that are not UTF-8 become U+FFFD. */
void json_text(json_out *json, const char *text);
void json_bytes(json_out *json, const char *text, size_t length);
/* Nine digits, which are read back as the same float; NaN and infinities are null. */
void json_float(json_out *json, float number);
void json_integer(json_out *json, int64_t number);
void json_boolean(json_out *json, bool value);
void json_null(json_out *json);

/* Both at once. */
void json_member_text(json_out *json, const char *key, const char *text);
void json_member_float(json_out *json, const char *key, float number);
void json_member_integer(json_out *json, const char *key, int64_t number);
void json_member_boolean(json_out *json, const char *key, bool value);

#endif
