#include "body/media_type.h"

#include <string.h>
#include <strings.h>

static const char *skip_space(const char *text) {
  return text + strspn(text, " \t");
}

bool media_type_is(const char *header, const char *type) {
  const size_t length = strlen(type);

  if (!header)
    return false;
  header = skip_space(header);
  if (strncasecmp(header, type, length) != 0)
    return false;
  header = skip_space(header + length);
  return *header == '\0' || *header == ';';
}

/* Copies a value, quoted or not; returns what follows, or NULL. */
static const char *copy_value(const char *text, char *value, size_t capacity) {
  const bool is_quoted = *text == '"';
  size_t length = 0;

  text += is_quoted;
  while (*text && (is_quoted ? *text != '"' : !strchr(" \t;", *text))) {
    if (is_quoted && *text == '\\' && text[1])
      text++;
    if (length + 1 >= capacity)
      return NULL;
    value[length++] = *text++;
  }
  value[length] = '\0';
  if (is_quoted && *text != '"')
    return NULL;
  return text + is_quoted;
}

bool media_type_parameter(const char *header, const char *name, char *value, size_t capacity) {
  const size_t length = strlen(name);
  const char *at = header ? strchr(header, ';') : NULL;

  while (at) {
    at = skip_space(at + 1);
    const size_t key = strcspn(at, "=;");
    if (at[key] != '=') {
      at = strchr(at, ';');
      continue;
    }
    const char *const after = copy_value(at + key + 1, value, capacity);
    if (!after)
      return false;
    if (key == length && strncasecmp(at, name, length) == 0)
      return *value != '\0';
    at = strchr(after, ';');
  }
  return false;
}
