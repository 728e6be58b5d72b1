/* The known name that a mistyped one is nearest to. */
#ifndef CLI_TERMINAL_NEAREST_H
#define CLI_TERMINAL_NEAREST_H

#include <stddef.h>

typedef struct nearest {
  const char *given;
  size_t length; /* of `given`, which need not end there */
  size_t distance;
  const char *name; /* NULL: none is near enough */
} nearest;

/* Then offer all known names: the first of the nearest ones is kept. */
nearest nearest_to(const char *given, size_t length);
void nearest_offer(nearest *n, const char *name);

/* "; did you mean PREFIXname?", or "" where no name is near. Returns text. */
enum { NEAREST_CAPACITY = 128 };
const char *nearest_question(const nearest *n, const char *prefix, char text[NEAREST_CAPACITY]);

#endif
