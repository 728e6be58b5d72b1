// Texts and numbers: base64, JSON, UTF-8, strict numbers, media types, bounds of JSON.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "body/media_type.h"
#include "text/base64.h"
#include "text/json_out.h"
#include "text/number.h"
#include "text/utf8.h"
#include "json/bounds.h"

static void assert_decodes(const char *text, const char *expected) {
  uint8_t bytes[64];
  size_t size, wrong_at;

  assert_true(base64_decode(text, strlen(text), bytes, &size, &wrong_at));
  assert_int_equal(size, strlen(expected));
  assert_memory_equal(bytes, expected, size);
}

static void assert_no_base64(const char *text, size_t at) {
  uint8_t bytes[64];
  size_t size, wrong_at;

  assert_false(base64_decode(text, strlen(text), bytes, &size, &wrong_at));
  assert_int_equal(wrong_at, at);
}

/* The test vectors of RFC 4648, section 10, and what clients make of them. */
static void test_base64(void **state) {
  (void)state;
  assert_decodes("", "");
  assert_decodes("Zg==", "f");
  assert_decodes("Zm8=", "fo");
  assert_decodes("Zm9v", "foo");
  assert_decodes("Zm9vYg==", "foob");
  assert_decodes("Zm9vYmE=", "fooba");
  assert_decodes("Zm9vYmFy", "foobar");
  assert_decodes("Zm9vYg", "foob");
  assert_decodes(" Zm9v\r\nYmE= \n", "fooba");
  assert_decodes("data:image/png;base64,Zm9v", "foo");
  assert_decodes("_-_-", "\xff\xef\xfe");
  assert_decodes("/+/+", "\xff\xef\xfe");
  assert_no_base64("Zm9*", 3);
  assert_no_base64("Z", 1);
  assert_no_base64("Zg=", 3);
  assert_no_base64("Zg===", 4);
  assert_no_base64("Zg==Zg==", 4);
  assert_no_base64("data:image/png,Zm9v", 4);
  assert_no_base64("Zm\xc3\xa9", 2);
}

/* Every byte string comes back, with and without padding. */
static void test_base64_all_lengths(void **state) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint8_t bytes[48], back[64];
  char text[80];

  (void)state;
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(i * 167 + 13);
  for (size_t size = 0; size <= sizeof bytes; size++) {
    size_t length = 0, got, wrong_at;
    for (size_t bit = 0; bit < size * 8; bit += 6) {
      unsigned value = 0;
      for (size_t k = bit; k < bit + 6; k++)
        value = value << 1 | (k < size * 8 ? (unsigned)bytes[k / 8] >> (7 - k % 8) & 1u : 0u);
      text[length++] = digits[value];
    }
    assert_true(base64_decode(text, length, back, &got, &wrong_at));
    assert_int_equal(got, size);
    assert_memory_equal(back, bytes, size);
  }
}

static void test_json_out(void **state) {
  buffer out = {0};
  json_out json = {.out = &out};

  (void)state;
  json_begin(&json, '{');
  json_member_text(&json, "a", "x\"\\\n\t\r\x01\x7f\xc3\xa9\xff!");
  json_key(&json, "b");
  json_begin(&json, '[');
  json_integer(&json, INT64_MIN);
  json_float(&json, 0.1f);
  json_float(&json, NAN);
  json_float(&json, -INFINITY);
  json_begin(&json, '[');
  json_end(&json, ']');
  json_boolean(&json, true);
  json_end(&json, ']');
  json_member_text(&json, "c", NULL);
  json_end(&json, '}');
  buffer_byte(&out, '\0');
  assert_string_equal((const char *)out.data,
                      "{\"a\":\"x\\\"\\\\\\n\\t\\r\\u0001\\u007f\xc3\xa9\\ufffd!\","
                      "\"b\":[-9223372036854775808,0.100000001,null,null,[],true],\"c\":null}");
  buffer_free(&out);
}

/* A million floats of all magnitudes are read back as they were. */
static void test_floats_survive(void **state) {
  uint32_t bits = 1;
  buffer out = {0};

  (void)state;
  for (int i = 0; i < 1000000; i++) {
    float number, back;
    json_out json = {.out = &out};
    bits = bits * 1664525u + 1013904223u;
    memcpy(&number, &bits, sizeof number);
    if (!isfinite(number))
      continue;
    buffer_clear(&out);
    json_float(&json, number);
    buffer_byte(&out, '\0');
    back = strtof((const char *)out.data, NULL);
    assert_memory_equal(&back, &number, sizeof back);
  }
  buffer_free(&out);
}

static void test_utf8(void **state) {
  (void)state;
  assert_int_equal(utf8_length("a", 1), 1);
  assert_int_equal(utf8_length("\xc3\xa9", 2), 2);
  assert_int_equal(utf8_length("\xe2\x82\xac", 3), 3);
  assert_int_equal(utf8_length("\xf0\x9f\x98\x80", 4), 4);
  assert_int_equal(utf8_length("\xc3", 1), 0);
  assert_int_equal(utf8_length("\x80", 1), 0);
  assert_int_equal(utf8_length("\xc0\x80", 2), 0);         /* too long for U+0000 */
  assert_int_equal(utf8_length("\xe0\x80\x80", 3), 0);     /* the same */
  assert_int_equal(utf8_length("\xed\xa0\x80", 3), 0);     /* a surrogate */
  assert_int_equal(utf8_length("\xf4\x90\x80\x80", 4), 0); /* above U+10FFFF */
}

static void test_numbers(void **state) {
  static const char *const wrong[] = {"",
                                      "-1",
                                      "+5",
                                      " 5",
                                      "5 ",
                                      "0x10",
                                      "5,5",
                                      "1.0",
                                      "x",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
  uint64_t number = 7;
  double real = 0;

  (void)state;
  assert_true(number_read("18446744073709551615", UINT64_MAX, &number));
  assert_true(number == UINT64_MAX);
  assert_true(number_read("0012", 12, &number));
  assert_int_equal(number, 12);
  assert_false(number_read("13", 12, &number));
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_false(number_read(wrong[i], UINT64_MAX, &number));
  assert_true(number_read_real("0.25", 0, 1, &real));
  assert_true(real == 0.25);
  assert_false(number_read_real("nan", 0, 1, &real));
  assert_false(number_read_real("0.2.5", 0, 1, &real));
  assert_false(number_read_real("1.01", 0, 1, &real));
  assert_false(number_read_real("", 0, 1, &real));
}

static void test_media_types(void **state) {
  char value[8];

  (void)state;
  assert_true(media_type_is("application/json", "application/json"));
  assert_true(media_type_is(" Application/JSON ; charset=utf-8", "application/json"));
  assert_false(media_type_is("application/jsonx", "application/json"));
  assert_false(media_type_is("application", "application/json"));
  assert_false(media_type_is(NULL, "application/json"));
  assert_true(media_type_parameter("a/b; x=y; Boundary=abc", "boundary", value, sizeof value));
  assert_string_equal(value, "abc");
  assert_true(
      media_type_parameter("a/b;boundary=\"a\\\"; b\" ; c", "boundary", value, sizeof value));
  assert_string_equal(value, "a\"; b");
  assert_false(media_type_parameter("a/b; boundary=12345678", "boundary", value, sizeof value));
  assert_false(media_type_parameter("a/b; boundary=\"abc", "boundary", value, sizeof value));
  assert_false(media_type_parameter("a/b; boundary=", "boundary", value, sizeof value));
  assert_false(media_type_parameter("a/b; x=\"; boundary=abc\"", "boundary", value, sizeof value));
  assert_false(media_type_parameter("boundary=abc", "boundary", value, sizeof value));
  assert_false(media_type_parameter(NULL, "boundary", value, sizeof value));
}

static int bounds(const char *text) {
  problem p = {0};

  return json_bounds_hold(text, strlen(text), 2, 4, &p) ? 0 : p.status;
}

static void test_bounds(void **state) {
  (void)state;
  assert_int_equal(bounds("[[1,2]]"), 0);
  assert_int_equal(bounds("[[[1]]]"), 400);
  assert_int_equal(bounds("[1,2,3]"), 0);
  assert_int_equal(bounds("[1,2,3,4]"), 413);
  assert_int_equal(bounds("[\"[[[,,,,,\\\",,,[[\"]"), 0);
  assert_int_equal(bounds("]]]]"), 0); /* wrong, but for the parser to say */
  assert_int_equal(bounds("\"[[["), 0);
  assert_int_equal(bounds("\"\\"), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_base64),      cmocka_unit_test(test_base64_all_lengths),
      cmocka_unit_test(test_json_out),    cmocka_unit_test(test_floats_survive),
      cmocka_unit_test(test_utf8),        cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_media_types), cmocka_unit_test(test_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
