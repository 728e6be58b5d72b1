#include "config/tokens.h"

#include <stdio.h>
#include <string.h>

#include "system/files.h"

enum { MOST_BYTES = 1 << 16 };

static bool split(tokens *t) {
  size_t count = 0;
  char *rest = NULL;

  buffer_byte(&t->text, '\0');
  if (t->text.failed)
    return false;
  for (char *line = strtok_r((char *)t->text.data, "\r\n", &rest); line && count < TOKENS_MOST;
       line = strtok_r(NULL, "\r\n", &rest))
    if (*line != '#')
      t->list[count++] = line;
  return count > 0;
}

bool tokens_read(tokens *t, const char *path, char *reason, size_t capacity) {
  *t = (tokens){.text = {0}};
  if (!file_read(path, MOST_BYTES, &t->text, reason, capacity))
    return false;
  if (split(t))
    return true;
  (void)snprintf(reason, capacity, "%s: there is no token in it", path);
  tokens_free(t);
  return false;
}

void tokens_free(tokens *t) {
  buffer_free(&t->text);
}
