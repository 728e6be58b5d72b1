#include "json/json_in.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "json/bounds.h"

struct json_t *json_in_read(const void *text, size_t size, problem *p) {
  json_error_t error;
  json_t *json = NULL;

  if (!json_bounds_hold(text, size, JSON_IN_MAX_DEPTH, JSON_IN_MAX_VALUES, p))
    return NULL;
  json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
  if (!json) {
    problem_set(p, 400, "the body is no valid JSON: line %d, column %d: %s", error.line,
                error.column, error.text);
  } else if (!json_is_object(json)) {
    problem_set(p, 400, "the body is %s; it must be a JSON object", json_in_kind(json));
    json_decref(json);
    json = NULL;
  }
  return json;
}

void json_in_free(struct json_t *json) {
  json_decref(json);
}

const char *json_in_kind(const struct json_t *value) {
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    return "an object";
  case JSON_ARRAY:
    return "an array";
  case JSON_STRING:
    return "a string";
  case JSON_INTEGER:
    return "an integer";
  case JSON_REAL:
    return "a number with a fraction or exponent";
  case JSON_NULL:
    return "null";
  default:
    return "true or false";
  }
}

static const json_t *member(const json_t *object, const char *path, const char *key, bool is_right,
                            const char *right, problem *p) {
  const json_t *const value = json_object_get(object, key);

  if (!value || is_right)
    return value;
  problem_set(p, 400, "%s%s%s is %s; it must be %s", path, *path ? "." : "", key,
              json_in_kind(value), right);
  return NULL;
}

const struct json_t *json_in_object(const struct json_t *object, const char *path, const char *key,
                                    problem *p) {
  return member(object, path, key, json_is_object(json_object_get(object, key)), "an object", p);
}

const struct json_t *json_in_array(const struct json_t *object, const char *path, const char *key,
                                   problem *p) {
  return member(object, path, key, json_is_array(json_object_get(object, key)), "an array", p);
}

const char *json_in_text(const struct json_t *object, const char *path, const char *key,
                         size_t *length, problem *p) {
  const json_t *const value =
      member(object, path, key, json_is_string(json_object_get(object, key)), "a string", p);

  if (!value)
    return NULL;
  *length = json_string_length(value);
  return json_string_value(value);
}

bool json_in_count(const struct json_t *object, const char *path, const char *key, uint64_t most,
                   uint64_t *number, problem *p) {
  const json_t *const value = json_object_get(object, key);

  if (!value)
    return true;
  if (!json_is_integer(value) || json_integer_value(value) < 0 ||
      (uint64_t)json_integer_value(value) > most)
    return problem_set(p, 400, "%s%s%s must be an integer from 0 to %llu", path, *path ? "." : "",
                       key, (unsigned long long)most);
  *number = (uint64_t)json_integer_value(value);
  return true;
}

bool json_in_truth(const struct json_t *object, const char *path, const char *key, bool *value,
                   problem *p) {
  const json_t *const found = json_object_get(object, key);

  if (!found)
    return true;
  if (!member(object, path, key, json_is_boolean(found), "true or false", p))
    return false;
  *value = json_is_true(found);
  return true;
}

bool json_in_has(const struct json_t *object, const char *key) {
  return json_object_get(object, key);
}

static bool is_listed(const char *key, const char *const *known) {
  for (; *known; known++)
    if (strcmp(key, *known) == 0)
      return true;
  return false;
}

bool json_in_keys(struct json_t *object, const char *path, const char *const *known, problem *p) {
  enum { SHOWN = 64 };
  const char *key;
  json_t *value;

  json_object_foreach(object, key, value) {
    if (!is_listed(key, known))
      return problem_set(p, 400, "%s%s%.*s is not known here", path, *path ? "." : "", SHOWN, key);
  }
  return true;
}
