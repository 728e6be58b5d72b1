#ifndef SERVER_TEXT_UTF8_H
#define SERVER_TEXT_UTF8_H

#include <stddef.h>

/* The bytes of the character that text, of `length` > 0 bytes, starts with (RFC 3629); 0 if it
 * starts with none. */
size_t utf8_length(const char *text, size_t length);

#endif
