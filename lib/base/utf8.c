#include "base/utf8.h"

#include <string.h>

static int is_continuation(unsigned char byte) {
  return (byte & 0xC0u) == 0x80u;
}

/* Bytes announced by a lead byte and the bounds its second byte must keep (Unicode, table 3-7). */
static size_t sequence_length(unsigned char lead, unsigned char *low, unsigned char *high) {
  *low = lead == 0xE0u ? 0xA0u : lead == 0xF0u ? 0x90u : 0x80u;
  *high = lead == 0xEDu ? 0x9Fu : lead == 0xF4u ? 0x8Fu : 0xBFu;
  if (lead < 0x80u)
    return 1;
  if (lead < 0xC2u || lead > 0xF4u)
    return 0;
  return lead < 0xE0u ? 2 : lead < 0xF0u ? 3 : 4;
}

size_t mcnn_utf8_character(const char *text, size_t size) {
  unsigned char bytes[4] = {0};
  unsigned char low = 0, high = 0; /* some compilers do not see that they are set */

  memcpy(bytes, text, size < sizeof bytes ? size : sizeof bytes);
  const size_t length = size > 0 ? sequence_length(bytes[0], &low, &high) : 0;
  if (length == 0 || length > size)
    return 0;
  if (length > 1 && (bytes[1] < low || bytes[1] > high))
    return 0;
  for (size_t i = 2; i < length; i++)
    if (!is_continuation(bytes[i]))
      return 0;
  return length;
}

static int is_control(char character) {
  return (unsigned char)character < 0x20u || (unsigned char)character == 0x7Fu;
}

int mcnn_utf8_is_text(const char *text, size_t size) {
  for (size_t at = 0; at < size;) {
    const size_t length = mcnn_utf8_character(text + at, size - at);
    if (length == 0 || is_control(text[at]))
      return 0;
    at += length;
  }
  return 1;
}

void mcnn_utf8_clean(char *text) {
  const size_t size = strlen(text);

  for (size_t at = 0; at < size;) {
    const size_t length = mcnn_utf8_character(text + at, size - at);
    if (length == 0 || is_control(text[at]))
      text[at] = '?';
    at += length > 0 ? length : 1;
  }
}
