/* UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef MCNN_BASE_UTF8_H
#define MCNN_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character at the start of `text`, 1..4; 0 if it is not valid UTF-8. At most
 * `size` bytes are read. */
size_t mcnn_utf8_character(const char *text, size_t size);

/* 1 if all `size` bytes are valid UTF-8 without control characters (U+0000..1F, U+7F). */
int mcnn_utf8_is_text(const char *text, size_t size);

/* Makes a NUL-terminated string one line of valid UTF-8: every other byte becomes '?'. */
void mcnn_utf8_clean(char *text);

#endif
