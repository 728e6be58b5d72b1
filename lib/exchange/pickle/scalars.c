/* Opcodes of numbers, texts and bytes. */
#include "base/utf8.h"
#include "exchange/pickle/machine.h"

#include <string.h>

static mnistcnn_status push_new(mcnn_pickle *p, enum mcnn_pickle_kind kind, int64_t integer) {
  mcnn_pickle_value *value = NULL;
  const mnistcnn_status status = mcnn_pickle_new(p, kind, &value);
  if (status != MNISTCNN_OK)
    return status;
  value->integer = integer;
  return mcnn_pickle_push(p, value);
}

static mnistcnn_status push_none(mcnn_pickle *p) {
  return push_new(p, MCNN_PICKLE_NONE, 0);
}

static mnistcnn_status push_true(mcnn_pickle *p) {
  return push_new(p, MCNN_PICKLE_BOOL, 1);
}

static mnistcnn_status push_false(mcnn_pickle *p) {
  return push_new(p, MCNN_PICKLE_BOOL, 0);
}

static mnistcnn_status push_unsigned(mcnn_pickle *p, unsigned bytes) {
  uint64_t number = 0;
  const mnistcnn_status status = mcnn_pickle_take_number(p, bytes, &number);
  return status == MNISTCNN_OK ? push_new(p, MCNN_PICKLE_INT, (int64_t)number) : status;
}

static mnistcnn_status push_int1(mcnn_pickle *p) {
  return push_unsigned(p, 1);
}

static mnistcnn_status push_int2(mcnn_pickle *p) {
  return push_unsigned(p, 2);
}

/* Of four bytes, signed. */
static mnistcnn_status push_int4(mcnn_pickle *p) {
  uint64_t number = 0;
  const mnistcnn_status status = mcnn_pickle_take_number(p, 4, &number);
  if (status != MNISTCNN_OK)
    return status;
  const int64_t negative = number >> 31 ? (int64_t)1 << 32 : 0;
  return push_new(p, MCNN_PICKLE_INT, (int64_t)number - negative);
}

/* Two's complement of any length. */
static mnistcnn_status push_long(mcnn_pickle *p, unsigned length_bytes) {
  const unsigned char *bytes = NULL;
  mcnn_pickle_value *value = NULL;
  uint64_t length = 0, bits = 0;
  mnistcnn_status status = mcnn_pickle_take_number(p, length_bytes, &length);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_take(p, length, &bytes);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_new(p, length > 8 ? MCNN_PICKLE_BIG : MCNN_PICKLE_INT, &value);
  if (status != MNISTCNN_OK)
    return status;
  if (length > 8) {
    value->text = (const char *)bytes;
    value->length = (size_t)length;
    return mcnn_pickle_push(p, value);
  }
  for (uint64_t i = 0; i < 8; i++) {
    const unsigned sign = length > 0 && bytes[length - 1] >> 7 ? 0xFF : 0;
    bits |= (uint64_t)(i < length ? bytes[i] : sign) << (8 * i);
  }
  memcpy(&value->integer, &bits, sizeof bits);
  return mcnn_pickle_push(p, value);
}

static mnistcnn_status push_long1(mcnn_pickle *p) {
  return push_long(p, 1);
}

static mnistcnn_status push_long4(mcnn_pickle *p) {
  return push_long(p, 4);
}

/* IEEE 754, the highest byte first. */
static mnistcnn_status push_float(mcnn_pickle *p) {
  const unsigned char *bytes = NULL;
  mcnn_pickle_value *value = NULL;
  uint64_t bits = 0;
  mnistcnn_status status = mcnn_pickle_take(p, 8, &bytes);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_new(p, MCNN_PICKLE_FLOAT, &value);
  if (status != MNISTCNN_OK)
    return status;
  for (int i = 0; i < 8; i++)
    bits = bits << 8 | bytes[i];
  memcpy(&value->number, &bits, sizeof bits);
  return mcnn_pickle_push(p, value);
}

/* --- texts ------------------------------------------------------------------------------------ */

static int is_utf8(const char *text, size_t length) {
  for (size_t at = 0; at < length;) {
    const size_t character = mcnn_utf8_character(text + at, length - at);
    if (character == 0)
      return 0;
    at += character;
  }
  return 1;
}

static mnistcnn_status push_string(mcnn_pickle *p, enum mcnn_pickle_kind kind,
                                   unsigned length_bytes) {
  const unsigned char *bytes = NULL;
  mcnn_pickle_value *value = NULL;
  uint64_t length = 0;
  mnistcnn_status status = mcnn_pickle_take_number(p, length_bytes, &length);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_take(p, length, &bytes);
  if (status == MNISTCNN_OK && kind == MCNN_PICKLE_TEXT &&
      !is_utf8((const char *)bytes, (size_t)length))
    status = mcnn_pickle_fail(p, MNISTCNN_FORMAT, "a text is not valid UTF-8");
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_new(p, kind, &value);
  if (status != MNISTCNN_OK)
    return status;
  value->text = (const char *)bytes;
  value->length = (size_t)length;
  return mcnn_pickle_push(p, value);
}

static mnistcnn_status push_text1(mcnn_pickle *p) {
  return push_string(p, MCNN_PICKLE_TEXT, 1);
}

static mnistcnn_status push_text4(mcnn_pickle *p) {
  return push_string(p, MCNN_PICKLE_TEXT, 4);
}

static mnistcnn_status push_text8(mcnn_pickle *p) {
  return push_string(p, MCNN_PICKLE_TEXT, 8);
}

static mnistcnn_status push_bytes1(mcnn_pickle *p) {
  return push_string(p, MCNN_PICKLE_BYTES, 1);
}

static mnistcnn_status push_bytes4(mcnn_pickle *p) {
  return push_string(p, MCNN_PICKLE_BYTES, 4);
}

static mnistcnn_status push_bytes8(mcnn_pickle *p) {
  return push_string(p, MCNN_PICKLE_BYTES, 8);
}

mcnn_pickle_fn mcnn_pickle_scalar(unsigned char opcode) {
  switch (opcode) {
  case 'N':
    return push_none;
  case 0x88:
    return push_true;
  case 0x89:
    return push_false;
  case 'K':
    return push_int1;
  case 'M':
    return push_int2;
  case 'J':
    return push_int4;
  case 0x8A:
    return push_long1;
  case 0x8B:
    return push_long4;
  case 'G':
    return push_float;
  case 'U': /* the str of Python 2 */
  case 0x8C:
    return push_text1;
  case 'T':
  case 'X':
    return push_text4;
  case 0x8D:
    return push_text8;
  case 'C':
    return push_bytes1;
  case 'B':
    return push_bytes4;
  case 0x8E:
    return push_bytes8;
  default:
    return NULL;
  }
}
