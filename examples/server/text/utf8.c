#include "text/utf8.h"

#include <stdint.h>

/* The least code point of so many bytes: shorter ones must not be written that long. */
static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

static size_t announced_length(unsigned char first) {
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first < 0xE0)
    return 2;
  if (first >= 0xE0 && first < 0xF0)
    return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

size_t utf8_length(const char *text, size_t length) {
  const unsigned char *const bytes = (const unsigned char *)text;
  const size_t count = announced_length(bytes[0]);
  if (count == 0 || count > length)
    return 0;
  if (count == 1)
    return 1;
  uint32_t code = bytes[0] & (0x7Fu >> count);
  for (size_t i = 1; i < count; i++) {
    if ((bytes[i] & 0xC0) != 0x80)
      return 0;
    code = code << 6 | (bytes[i] & 0x3Fu);
  }
  const int is_surrogate = code >= 0xD800 && code < 0xE000;
  return code >= least[count] && code <= 0x10FFFF && !is_surrogate ? count : 0;
}
