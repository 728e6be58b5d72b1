#include "terminal/shell_words.h"

#include <string.h>

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                            "_@%+=:,./-";

void print_shell_word(FILE *stream, const char *word) {
  if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
    fputs(word, stream);
    return;
  }
  putc('\'', stream);
  for (const char *c = word; *c != '\0'; c++)
    if (*c == '\'')
      fputs("'\\''", stream);
    else
      putc(*c, stream);
  putc('\'', stream);
}
