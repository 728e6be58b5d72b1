/* UTF-8 in names and paths, which may contain any bytes. */
#ifndef CLI_TERMINAL_UTF8_H
#define CLI_TERMINAL_UTF8_H

#include <stddef.h>

/* The length of the valid UTF-8 sequence at `s` (RFC 3629: no overlong forms, no surrogates, at
 * most U+10FFFF), 0 if there is none. A truncated one ends at the terminating NUL. */
size_t utf8_length(const unsigned char *s);

#endif
