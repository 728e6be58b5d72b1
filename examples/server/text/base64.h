#ifndef SERVER_TEXT_BASE64_H
#define SERVER_TEXT_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes base64 (RFC 4648) of either alphabet, with or without padding, white space and a prefix
 * "data:...;base64,". `bytes` has room for length / 4 * 3 + 3 bytes. Returns false and the position
 * of the first character that does not belong there. */
bool base64_decode(const char *text, size_t length, uint8_t *bytes, size_t *size, size_t *wrong_at);

#endif
