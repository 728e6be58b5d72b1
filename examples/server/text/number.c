#include "text/number.h"

#include <stdlib.h>
#include <string.h>

bool number_read(const char *text, uint64_t most, uint64_t *number) {
  uint64_t value = 0;

  if (!*text)
    return false;
  for (; *text; text++) {
    if (*text < '0' || *text > '9')
      return false;
    const uint64_t digit = (uint64_t)(*text - '0');
    if (value > (UINT64_MAX - digit) / 10)
      return false;
    value = value * 10 + digit;
  }
  *number = value;
  return value <= most;
}

bool number_read_real(const char *text, double least, double most, double *number) {
  char *end = NULL;

  if (!*text || strspn(text, "0123456789.") != strlen(text))
    return false;
  *number = strtod(text, &end);
  return *end == '\0' && *number >= least && *number <= most;
}
