#include "names.h"

#include <stdlib.h>
#include <string.h>

int web_names_split(const char *text, size_t count, web_names *names) {
  const size_t bytes = strlen(text) + 1;
  size_t found = 1;

  names->text = malloc(bytes);
  names->each = malloc((count + 1) * sizeof *names->each);
  if (!names->text || !names->each || count == 0)
    return 0;
  memcpy(names->text, text, bytes);
  names->each[0] = names->text;
  for (char *c = strchr(names->text, '\n'); c && found <= count; c = strchr(c + 1, '\n')) {
    *c = '\0';
    if (found < count)
      names->each[found] = c + 1;
    found++;
  }
  return found == count;
}

void web_names_free(web_names *names) {
  free(names->text);
  free(names->each);
}
