#include "text/base64.h"

#include <string.h>

enum { NO_DIGIT = -1, DIGIT_BITS = 6, BYTE_BITS = 8 };

static int digit_of(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  if (c == '+' || c == '-')
    return 62;
  return c == '/' || c == '_' ? 63 : NO_DIGIT;
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The length of the prefix of a data URL. */
static size_t prefix_length(const char *text, size_t length) {
  static const char scheme[] = "data:", end[] = ";base64,";
  enum { LONGEST = 256 };

  if (length < sizeof scheme - 1 || memcmp(text, scheme, sizeof scheme - 1) != 0)
    return 0;
  for (size_t at = 0; at + sizeof end - 1 <= length && at < LONGEST; at++)
    if (memcmp(text + at, end, sizeof end - 1) == 0)
      return at + sizeof end - 1;
  return 0;
}

/* The end of the digits must be complete: after it come padding and white space only, and the bits
 * that make no whole byte belong to a digit that was needed. */
static bool is_end(const char *text, size_t length, size_t at, size_t digits, size_t *wrong_at) {
  size_t padding = 0;

  for (; at < length; at++) {
    if (text[at] == '=' && padding < 2)
      padding++;
    else if (!is_space(text[at])) {
      *wrong_at = at;
      return false;
    }
  }
  *wrong_at = length;
  return digits % 4 != 1 && (padding == 0 || (digits + padding) % 4 == 0);
}

bool base64_decode(const char *text, size_t length, uint8_t *bytes, size_t *size,
                   size_t *wrong_at) {
  size_t at = prefix_length(text, length), digits = 0;
  uint32_t bits = 0;
  unsigned held = 0;

  *size = 0;
  for (; at < length; at++) {
    const int digit = digit_of(text[at]);
    if (digit == NO_DIGIT) {
      if (is_space(text[at]))
        continue;
      break;
    }
    bits = bits << DIGIT_BITS | (uint32_t)digit;
    held += DIGIT_BITS;
    digits++;
    if (held >= BYTE_BITS) {
      held -= BYTE_BITS;
      bytes[(*size)++] = (uint8_t)(bits >> held);
    }
  }
  return is_end(text, length, at, digits, wrong_at);
}
