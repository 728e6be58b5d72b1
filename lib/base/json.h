/* JSON (RFC 8259), as much of it as file headers need: objects, strings, lists of plain integers.
 * Strict and without recursion: what may be nested in what is decided by the caller's functions. */
#ifndef MCNN_BASE_JSON_H
#define MCNN_BASE_JSON_H

#include "mnistcnn.h"

typedef struct mcnn_json {
  const char *label;            /* opens each message */
  const char *start, *at, *end; /* the text; `at` is what comes next */
  /* Where decoded strings go. No string is longer decoded than in the text, so as many bytes as the
   * text has are enough for all of them with their NULs. */
  char *strings;
} mcnn_json;

/* MNISTCNN_FORMAT with the position in the message. */
mnistcnn_status mcnn_json_fail(const mcnn_json *json, const char *reason);

/* A string, decoded, at *text. Bytes must be valid UTF-8, surrogate escapes in pairs, and U+0000 is
 * refused, since *text ends at the first NUL. */
mnistcnn_status mcnn_json_string(mcnn_json *json, const char **text);

/* A list of integers, 0..2^64-1, written without sign, leading zeros, fraction or exponent. */
mnistcnn_status mcnn_json_integers(mcnn_json *json, uint64_t *values, size_t capacity,
                                   size_t *count);

/* An object; `member` is called behind each key's colon and takes the value off the text. */
typedef mnistcnn_status (*mcnn_json_member_fn)(void *context, const char *key);
mnistcnn_status mcnn_json_object(mcnn_json *json, mcnn_json_member_fn member, void *context);

/* Nothing but blanks may be left. */
mnistcnn_status mcnn_json_finish(mcnn_json *json);

/* `text` as a JSON string, quotes included. With target NULL nothing is written. Returns the number
 * of bytes; there is no NUL. */
size_t mcnn_json_quote(const char *text, char *target);

#endif
