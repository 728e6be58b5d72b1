/* JSON texts of strangers, read by jansson within bounds. Whoever takes a value says which kind it
 * must be; a wrong one is a problem that names its place. */
#ifndef SERVER_JSON_JSON_IN_H
#define SERVER_JSON_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/problem.h"

struct json_t; /* jansson's */

enum { JSON_IN_MAX_DEPTH = 32, JSON_IN_MAX_VALUES = 524288 };

/* Reads one object and nothing after it. NULL, and a problem, where it is something else, invalid
 * (keys must not repeat), nested deeper than JSON_IN_MAX_DEPTH, or of more values than
 * JSON_IN_MAX_VALUES. */
struct json_t *json_in_read(const void *text, size_t size, problem *p);
void json_in_free(struct json_t *json);

/* A member of an object: NULL where there is none, and also, with a problem, where it is of another
 * kind. `path` is where the object stands in the text: "inputs[0]", or "". */
const struct json_t *json_in_object(const struct json_t *object, const char *path, const char *key,
                                    problem *p);
const struct json_t *json_in_array(const struct json_t *object, const char *path, const char *key,
                                   problem *p);
const char *json_in_text(const struct json_t *object, const char *path, const char *key,
                         size_t *length, problem *p);

/* Give the number or truth value, or leave it alone where there is none; false with a problem. */
bool json_in_count(const struct json_t *object, const char *path, const char *key, uint64_t most,
                   uint64_t *number, problem *p);
bool json_in_truth(const struct json_t *object, const char *path, const char *key, bool *value,
                   problem *p);

bool json_in_has(const struct json_t *object, const char *key);

/* A problem, unless every key of the object is one of those listed, which NULL ends. */
bool json_in_keys(struct json_t *object, const char *path, const char *const *known, problem *p);

/* "a string", "an array", ... */
const char *json_in_kind(const struct json_t *value);

#endif
