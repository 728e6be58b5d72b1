#include "json/bounds.h"

/* The position of the quote that ends a string, or the end of the text. */
static size_t skip_string(const char *text, size_t size, size_t at) {
  while (at < size && text[at] != '"')
    at += text[at] == '\\' ? 2 : 1;
  return at;
}

bool json_bounds_hold(const char *text, size_t size, size_t max_depth, size_t max_values,
                      problem *p) {
  size_t depth = 0, values = 1;

  for (size_t at = 0; at < size; at++) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, size, at + 1);
    } else if (c == '[' || c == '{') {
      depth++;
      values++;
    } else if (c == ']' || c == '}') {
      depth -= depth > 0;
    } else if (c == ',') {
      values++;
    }
    if (depth > max_depth)
      return problem_set(p, 400, "the JSON text is nested deeper than %zu", max_depth);
    if (values > max_values)
      return problem_set(p, 413, "the JSON text has more than %zu values", max_values);
  }
  return true;
}
