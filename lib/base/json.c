#include "base/json.h"

#include "base/status.h"
#include "base/utf8.h"

#include <string.h>

enum { HEX_DIGITS = 4, SURROGATE_FIRST = 0xD800, SURROGATE_LOW = 0xDC00, SURROGATE_LAST = 0xDFFF };

/* A backslash and one of these letters is the byte at the same position in escaped_bytes. */
static const char escape_letters[] = "\"\\/bfnrt";
static const char escaped_bytes[] = "\"\\/\b\f\n\r\t";

mnistcnn_status mcnn_json_fail(const mcnn_json *json, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: byte %zu of %s: %s", json->label,
                   (size_t)(json->at - json->start), json->what, reason);
}

static void skip_whitespace(mcnn_json *json) {
  while (json->at < json->end &&
         (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
    json->at++;
}

/* Reads `c` if it is next after any whitespace. */
static int accept(mcnn_json *json, char c) {
  skip_whitespace(json);
  if (json->at == json->end || *json->at != c)
    return 0;
  json->at++;
  return 1;
}

mnistcnn_status mcnn_json_finish(mcnn_json *json) {
  skip_whitespace(json);
  return json->at == json->end ? MNISTCNN_OK : mcnn_json_fail(json, "expected the end");
}

/* --- strings ---------------------------------------------------------------------------------- */

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits of a \u escape. */
static int parse_hex(mcnn_json *json, uint32_t *code) {
  *code = 0;
  if (json->end - json->at < HEX_DIGITS)
    return 0;
  for (int i = 0; i < HEX_DIGITS; i++) {
    const int value = hex_value(json->at[i]);
    if (value < 0)
      return 0;
    *code = *code * 16 + (uint32_t)value;
  }
  json->at += HEX_DIGITS;
  return 1;
}

/* The code point of what follows "\u": one escape or a pair of surrogates. */
static int parse_code_point(mcnn_json *json, uint32_t *code) {
  uint32_t low;
  if (!parse_hex(json, code))
    return 0;
  if (*code < SURROGATE_FIRST || *code > SURROGATE_LAST)
    return *code != 0;
  if (*code >= SURROGATE_LOW || json->end - json->at < 2 || json->at[0] != '\\' ||
      json->at[1] != 'u')
    return 0;
  json->at += 2;
  if (!parse_hex(json, &low) || low < SURROGATE_LOW || low > SURROGATE_LAST)
    return 0;
  *code = 0x10000u + ((*code - SURROGATE_FIRST) << 10) + (low - SURROGATE_LOW);
  return 1;
}

static void put_utf8(mcnn_json *json, uint32_t code) {
  const int extra = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0x00, 0xC0, 0xE0, 0xF0};
  *json->strings++ = (char)(lead[extra] | (code >> (6 * extra)));
  for (int i = extra; i-- > 0;)
    *json->strings++ = (char)(0x80u | ((code >> (6 * i)) & 0x3Fu));
}

/* What follows a backslash. */
static int parse_escape(mcnn_json *json) {
  uint32_t code;
  if (json->at == json->end)
    return 0;
  const char letter = *json->at++;
  if (letter == 'u') {
    if (!parse_code_point(json, &code))
      return 0;
    put_utf8(json, code);
    return 1;
  }
  const char *const found = memchr(escape_letters, letter, sizeof escape_letters - 1);
  if (!found)
    return 0;
  *json->strings++ = escaped_bytes[found - escape_letters];
  return 1;
}

static int copy_character(mcnn_json *json) {
  const size_t length = mcnn_utf8_character(json->at, (size_t)(json->end - json->at));
  if (length == 0 || (unsigned char)*json->at < 0x20)
    return 0;
  memcpy(json->strings, json->at, length);
  json->strings += length;
  json->at += length;
  return 1;
}

mnistcnn_status mcnn_json_string(mcnn_json *json, const char **text) {
  if (!accept(json, '"'))
    return mcnn_json_fail(json, "expected a string");
  *text = json->strings;
  while (json->at < json->end && *json->at != '"') {
    if (*json->at != '\\') {
      if (!copy_character(json))
        return mcnn_json_fail(json, "invalid UTF-8 or a control character");
      continue;
    }
    json->at++;
    if (!parse_escape(json))
      return mcnn_json_fail(json, "invalid escape sequence");
  }
  if (json->at == json->end)
    return mcnn_json_fail(json, "unterminated string");
  json->at++;
  *json->strings++ = '\0';
  return MNISTCNN_OK;
}

/* --- integers, arrays, objects ---------------------------------------------------------------- */

static int is_digit(const mcnn_json *json) {
  return json->at < json->end && *json->at >= '0' && *json->at <= '9';
}

static mnistcnn_status parse_integer(mcnn_json *json, uint64_t *value) {
  skip_whitespace(json);
  if (!is_digit(json))
    return mcnn_json_fail(json, "expected a non-negative integer");
  const int zero = *json->at == '0';
  *value = 0;
  while (is_digit(json)) {
    const uint64_t digit = (uint64_t)(*json->at - '0');
    if (*value > (UINT64_MAX - digit) / 10)
      return mcnn_json_fail(json, "integer out of range");
    *value = *value * 10 + digit;
    json->at++;
    if (zero && is_digit(json))
      return mcnn_json_fail(json, "integer with a leading zero");
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_json_integers(mcnn_json *json, uint64_t *values, size_t capacity,
                                   size_t *count) {
  mnistcnn_status status = MNISTCNN_OK;
  *count = 0;
  if (!accept(json, '['))
    return mcnn_json_fail(json, "expected '['");
  if (accept(json, ']'))
    return MNISTCNN_OK;
  do {
    if (*count == capacity)
      return mcnn_json_fail(json, "array too long");
    status = parse_integer(json, &values[(*count)++]);
  } while (status == MNISTCNN_OK && accept(json, ','));
  if (status == MNISTCNN_OK && !accept(json, ']'))
    status = mcnn_json_fail(json, "expected ',' or ']'");
  return status;
}

mnistcnn_status mcnn_json_object(mcnn_json *json, mcnn_json_member_fn member, void *context) {
  mnistcnn_status status = MNISTCNN_OK;
  const char *key = NULL;
  if (!accept(json, '{'))
    return mcnn_json_fail(json, "expected '{'");
  if (accept(json, '}'))
    return MNISTCNN_OK;
  do {
    status = mcnn_json_string(json, &key);
    if (status == MNISTCNN_OK && !accept(json, ':'))
      status = mcnn_json_fail(json, "expected ':'");
    if (status == MNISTCNN_OK)
      status = member(context, key);
  } while (status == MNISTCNN_OK && accept(json, ','));
  if (status == MNISTCNN_OK && !accept(json, '}'))
    status = mcnn_json_fail(json, "expected ',' or '}'");
  return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* The escape of one byte, or the byte itself; returns its length. */
static size_t escape(char c, char escaped[6]) {
  static const char digits[] = "0123456789abcdef";
  static const char unicode[4] = {'\\', 'u', '0', '0'};
  const unsigned byte = (unsigned char)c;
  const char *const escaped_byte = strchr(escaped_bytes, c);
  if (escaped_byte && c != '/') {
    escaped[0] = '\\';
    escaped[1] = escape_letters[escaped_byte - escaped_bytes];
    return 2;
  }
  if (byte >= 0x20) {
    escaped[0] = c;
    return 1;
  }
  memcpy(escaped, unicode, sizeof unicode);
  escaped[4] = digits[byte >> 4];
  escaped[5] = digits[byte & 15];
  return 6;
}

size_t mcnn_json_quote(const char *text, char *target) {
  size_t length = 1;
  char escaped[6];
  for (const char *c = text; *c; c++) {
    const size_t bytes = escape(*c, escaped);
    if (target)
      memcpy(target + length, escaped, bytes);
    length += bytes;
  }
  if (target)
    target[0] = target[length] = '"';
  return length + 1;
}
