#ifndef SERVER_CONFIG_TOKENS_H
#define SERVER_CONFIG_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buffer.h"

enum { TOKENS_MOST = 256 };

typedef struct tokens {
  buffer text;
  const char *list[TOKENS_MOST + 1]; /* NULL ends it */
} tokens;

/* One token a line; empty lines and those that start with # are skipped. False, with the reason,
 * where the file cannot be read or has none. */
bool tokens_read(tokens *t, const char *path, char *reason, size_t capacity);
void tokens_free(tokens *t);

#endif
