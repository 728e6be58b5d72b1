/* JSON (RFC 8259) as far as file headers need it: objects, strings, arrays of non-negative
 * integers. Strict, and without recursion: the caller's functions decide what may be nested in
 * what. */
#ifndef MCNN_BASE_JSON_H
#define MCNN_BASE_JSON_H

#include "mnistcnn.h"

typedef struct mcnn_json {
  const char *label;            /* starts each message */
  const char *what;             /* "the header": what the text is, for messages */
  const char *start, *at, *end; /* the text; `at` is the next character */
  /* Where decoded strings go. No string is longer decoded than in the text, so a buffer of the
   * text's size is enough for all of them with their NULs. */
  char *strings;
} mcnn_json;

/* MNISTCNN_FORMAT with the position in the message. */
mnistcnn_status mcnn_json_fail(const mcnn_json *json, const char *reason);

/* A string, decoded, at *text. Bytes must be valid UTF-8, surrogate escapes in pairs, and U+0000 is
 * refused, since *text ends at the first NUL. */
mnistcnn_status mcnn_json_string(mcnn_json *json, const char **text);

/* An array of integers, 0..2^64-1, written without sign, leading zeros, fraction or exponent. */
mnistcnn_status mcnn_json_integers(mcnn_json *json, uint64_t *values, size_t capacity,
                                   size_t *count);

/* An object; `member` is called after each key's colon and reads the value. */
typedef mnistcnn_status (*mcnn_json_member_fn)(void *context, const char *key);
mnistcnn_status mcnn_json_object(mcnn_json *json, mcnn_json_member_fn member, void *context);

/* Only whitespace may be left. */
mnistcnn_status mcnn_json_finish(mcnn_json *json);

/* `text` as a JSON string, quotes included. With target NULL nothing is written. Returns the number
 * of bytes; there is no NUL. */
size_t mcnn_json_quote(const char *text, char *target);

#endif
