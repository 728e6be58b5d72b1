#include "base/json.h"

#include "base/status.h"
#include "base/utf8.h"

#include <string.h>

enum { HEX_DIGITS = 4, SURROGATE_FIRST = 0xD800, SURROGATE_LOW = 0xDC00, SURROGATE_LAST = 0xDFFF };

/* A backslash and one of these letters stands for the byte at the same place. */
static const char letters[] = "\"\\/bfnrt";
static const char meanings[] = "\"\\/\b\f\n\r\t";

mnistcnn_status mcnn_json_fail(const mcnn_json *json, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: byte %zu of the header: %s", json->label,
                   (size_t)(json->at - json->start), reason);
}

static void skip_blanks(mcnn_json *json) {
  while (json->at < json->end &&
         (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
    json->at++;
}

/* Takes `c` where it comes next, blanks before it aside. */
static int take(mcnn_json *json, char c) {
  skip_blanks(json);
  if (json->at == json->end || *json->at != c)
    return 0;
  json->at++;
  return 1;
}

mnistcnn_status mcnn_json_finish(mcnn_json *json) {
  skip_blanks(json);
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
static int take_hex(mcnn_json *json, uint32_t *code) {
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
static int take_code_point(mcnn_json *json, uint32_t *code) {
  uint32_t low;
  if (!take_hex(json, code))
    return 0;
  if (*code < SURROGATE_FIRST || *code > SURROGATE_LAST)
    return *code != 0;
  if (*code >= SURROGATE_LOW || json->end - json->at < 2 || json->at[0] != '\\' ||
      json->at[1] != 'u')
    return 0;
  json->at += 2;
  if (!take_hex(json, &low) || low < SURROGATE_LOW || low > SURROGATE_LAST)
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
static int take_escape(mcnn_json *json) {
  uint32_t code;
  if (json->at == json->end)
    return 0;
  const char letter = *json->at++;
  if (letter == 'u') {
    if (!take_code_point(json, &code))
      return 0;
    put_utf8(json, code);
    return 1;
  }
  const char *const found = memchr(letters, letter, sizeof letters - 1);
  if (!found)
    return 0;
  *json->strings++ = meanings[found - letters];
  return 1;
}

static int take_character(mcnn_json *json) {
  const size_t length = mcnn_utf8_character(json->at, (size_t)(json->end - json->at));
  if (length == 0 || (unsigned char)*json->at < 0x20)
    return 0;
  memcpy(json->strings, json->at, length);
  json->strings += length;
  json->at += length;
  return 1;
}

mnistcnn_status mcnn_json_string(mcnn_json *json, const char **text) {
  if (!take(json, '"'))
    return mcnn_json_fail(json, "expected a string");
  *text = json->strings;
  while (json->at < json->end && *json->at != '"') {
    if (*json->at != '\\') {
      if (!take_character(json))
        return mcnn_json_fail(json, "not valid UTF-8, or a control character");
      continue;
    }
    json->at++;
    if (!take_escape(json))
      return mcnn_json_fail(json, "a bad escape");
  }
  if (json->at == json->end)
    return mcnn_json_fail(json, "a string without an end");
  json->at++;
  *json->strings++ = '\0';
  return MNISTCNN_OK;
}

/* --- integers, lists, objects ----------------------------------------------------------------- */

static int is_digit(const mcnn_json *json) {
  return json->at < json->end && *json->at >= '0' && *json->at <= '9';
}

static mnistcnn_status take_integer(mcnn_json *json, uint64_t *value) {
  skip_blanks(json);
  if (!is_digit(json))
    return mcnn_json_fail(json, "expected a non-negative integer");
  const int zero = *json->at == '0';
  *value = 0;
  while (is_digit(json)) {
    const uint64_t digit = (uint64_t)(*json->at - '0');
    if (*value > (UINT64_MAX - digit) / 10)
      return mcnn_json_fail(json, "an integer that is too large");
    *value = *value * 10 + digit;
    json->at++;
    if (zero && is_digit(json))
      return mcnn_json_fail(json, "an integer with a leading zero");
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_json_integers(mcnn_json *json, uint64_t *values, size_t capacity,
                                   size_t *count) {
  mnistcnn_status status = MNISTCNN_OK;
  *count = 0;
  if (!take(json, '['))
    return mcnn_json_fail(json, "expected '['");
  if (take(json, ']'))
    return MNISTCNN_OK;
  do {
    if (*count == capacity)
      return mcnn_json_fail(json, "a list that is too long");
    status = take_integer(json, &values[(*count)++]);
  } while (status == MNISTCNN_OK && take(json, ','));
  if (status == MNISTCNN_OK && !take(json, ']'))
    status = mcnn_json_fail(json, "expected ',' or ']'");
  return status;
}

mnistcnn_status mcnn_json_object(mcnn_json *json, mcnn_json_member_fn member, void *context) {
  mnistcnn_status status = MNISTCNN_OK;
  const char *key = NULL;
  if (!take(json, '{'))
    return mcnn_json_fail(json, "expected '{'");
  if (take(json, '}'))
    return MNISTCNN_OK;
  do {
    status = mcnn_json_string(json, &key);
    if (status == MNISTCNN_OK && !take(json, ':'))
      status = mcnn_json_fail(json, "expected ':'");
    if (status == MNISTCNN_OK)
      status = member(context, key);
  } while (status == MNISTCNN_OK && take(json, ','));
  if (status == MNISTCNN_OK && !take(json, '}'))
    status = mcnn_json_fail(json, "expected ',' or '}'");
  return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* The escape of one byte, or the byte itself; returns its length. */
static size_t escape(char c, char escaped[6]) {
  static const char digits[] = "0123456789abcdef";
  static const char unicode[4] = {'\\', 'u', '0', '0'};
  const unsigned byte = (unsigned char)c;
  const char *const meaning = strchr(meanings, c);
  if (meaning && c != '/') {
    escaped[0] = '\\';
    escaped[1] = letters[meaning - meanings];
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
