/* Writes indented JSON (RFC 8259) to a stream: commas, quoting and numbers. The caller must balance
 * begin and end calls. */
#ifndef CLI_TERMINAL_JSON_OUT_H
#define CLI_TERMINAL_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_MAX_DEPTH = 16 };

typedef struct json_out {
  FILE *stream;
  unsigned depth;
  bool after_key;
  bool has_items[JSON_MAX_DEPTH];
  bool in_line[JSON_MAX_DEPTH]; /* this array or object is on one line */
} json_out;

void json_start(json_out *json, FILE *stream);
void json_finish(json_out *json); /* the final newline */

void json_begin_object(json_out *json);
void json_begin_line_object(json_out *json); /* on one line: short records */
void json_end_object(json_out *json);
void json_begin_array(json_out *json);
void json_begin_line_array(json_out *json); /* on one line: rows of numbers */
void json_end_array(json_out *json);

/* The name of the next value of an object. */
void json_key(json_out *json, const char *key);

/* NULL is null; bytes that are not UTF-8, as in a file name, become U+FFFD. */
void json_text(json_out *json, const char *text);
/* The shortest text that is read back as the same double, with a decimal point in any locale; NaN
 * and infinities are null. */
void json_number(json_out *json, double number);
void json_integer(json_out *json, uint64_t number);
void json_boolean(json_out *json, bool value);

#endif
