/* Class names, as JavaScript passes them: one a line. */
#ifndef WEB_NAMES_H
#define WEB_NAMES_H

#include <stddef.h>

typedef struct web_names {
  char *text;
  const char **each;
} web_names;

/* 0 where memory is short or there are not `count` of them; free with web_names_free() in any case.
 */
int web_names_split(const char *text, size_t count, web_names *names);
void web_names_free(web_names *names);

#endif
