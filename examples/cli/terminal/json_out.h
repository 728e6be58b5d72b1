/* Writing JSON (RFC 8259) to a stream, indented. Commas, quoting and numbers are the writer's job;
 * balanced begin and end calls are the caller's. */
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
  bool in_line[JSON_MAX_DEPTH]; /* this array or object stands on one line */
} json_out;

void json_start(json_out *json, FILE *stream);
void json_finish(json_out *json); /* the final newline */

void json_begin_object(json_out *json);
void json_begin_line_object(json_out *json); /* all on one line: short records */
void json_end_object(json_out *json);
void json_begin_array(json_out *json);
void json_begin_line_array(json_out *json); /* all on one line: rows of numbers */
void json_end_array(json_out *json);

/* The name of the next value of an object. */
void json_key(json_out *json, const char *key);

/* NULL is null; bytes that are not UTF-8 (a file name may hold any) become U+FFFD. */
void json_text(json_out *json, const char *text);
/* The shortest text that reads back as the same double, with a point in any locale; what JSON
 * cannot say (NaN, infinities) is null. */
void json_number(json_out *json, double number);
void json_integer(json_out *json, uint64_t number);

#endif
