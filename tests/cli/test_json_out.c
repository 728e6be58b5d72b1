// The JSON writer: layout, escaping, numbers.
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "terminal/json_out.h"

/* The output of `write`; the caller frees it. */
static char *written(void (*write)(json_out *json)) {
  char *text = NULL;
  size_t size = 0;
  json_out json;

  FILE *const stream = open_memstream(&text, &size);
  assert_non_null(stream);
  json_start(&json, stream);
  write(&json);
  assert_int_equal(fclose(stream), 0);
  return text;
}

static void assert_written(void (*write)(json_out *json), const char *expected) {
  char *const text = written(write);

  assert_string_equal(text, expected);
  free(text);
}

static void write_nested(json_out *json) {
  json_begin_object(json);
  json_key(json, "a");
  json_integer(json, UINT64_MAX);
  json_key(json, "rows");
  json_begin_array(json);
  json_begin_line_array(json);
  json_integer(json, 1);
  json_integer(json, 2);
  json_end_array(json);
  json_begin_line_object(json);
  json_key(json, "x");
  json_begin_array(json);
  json_text(json, NULL);
  json_end_array(json);
  json_end_object(json);
  json_end_array(json);
  json_key(json, "none");
  json_begin_array(json);
  json_end_array(json);
  json_end_object(json);
  json_finish(json);
}

static void nests(void **state) {
  (void)state;
  assert_written(write_nested, "{\n  \"a\": 18446744073709551615,\n  \"rows\": [\n    [1, 2],\n"
                               "    {\"x\": [null]}\n  ],\n  \"none\": []\n}\n");
}

static void assert_text(const char *text, const char *expected) {
  char *got = NULL;
  size_t size = 0;
  json_out json;

  FILE *const stream = open_memstream(&got, &size);
  assert_non_null(stream);
  json_start(&json, stream);
  json_text(&json, text);
  assert_int_equal(fclose(stream), 0);
  assert_string_equal(got, expected);
  free(got);
}

static void escapes(void **state) {
  (void)state;
  assert_text("plain", "\"plain\"");
  assert_text("say \"a\\b\"", "\"say \\\"a\\\\b\\\"\"");
  assert_text("\n\t\x01\x7f", "\"\\n\\t\\u0001\\u007f\"");
  assert_text("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\"\xc3\xa9 \xe2\x82\xac "
                                                        "\xf0\x9f\x98\x80\"");
}

/* Each byte that is not valid UTF-8 becomes one replacement character. */
static void replaces_what_is_not_utf8(void **state) {
  (void)state;
  assert_text("\xff"
              "a",
              "\"\\ufffda\"");
  assert_text("\xc3", "\"\\ufffd\"");                                  /* truncated */
  assert_text("\xe2\x82", "\"\\ufffd\\ufffd\"");                       /* truncated */
  assert_text("\xc0\xaf", "\"\\ufffd\\ufffd\"");                       /* overlong */
  assert_text("\xe0\x80\x80", "\"\\ufffd\\ufffd\\ufffd\"");            /* overlong */
  assert_text("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");            /* a surrogate */
  assert_text("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* past U+10FFFF */
}

static void write_numbers(json_out *json) {
  json_begin_line_array(json);
  json_number(json, 0);
  json_number(json, 0.1);
  json_number(json, -2.5);
  json_number(json, 1e300);
  json_number(json, 5e-324);
  json_number(json, (double)NAN);
  json_number(json, (double)INFINITY);
  json_end_array(json);
}

static void numbers_are_short_and_exact(void **state) {
  (void)state;
  assert_written(write_numbers, "[0, 0.1, -2.5, 1e+300, 4.94065645841247e-324, null, null]");
}

static void assert_reads_back(double number) {
  char *text = NULL;
  size_t size = 0;
  json_out json;

  FILE *const stream = open_memstream(&text, &size);
  assert_non_null(stream);
  json_start(&json, stream);
  json_number(&json, number);
  assert_int_equal(fclose(stream), 0);
  assert_true(strtod(text, NULL) == number);
  free(text);
}

static void numbers_read_back(void **state) {
  (void)state;
  for (int i = 1; i < 5000; i++) {
    assert_reads_back(1.0 / i);
    assert_reads_back((double)(1.0f / (float)i));
    assert_reads_back(exp(i / 10.0));
  }
}

/* Skipped if the machine has no locale with a decimal comma. */
static void numbers_have_a_point_in_any_locale(void **state) {
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
  const char *found = NULL;

  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof names[0] && !found; i++)
    found = setlocale(LC_NUMERIC, names[i]);
  if (!found)
    skip();
  assert_written(write_numbers, "[0, 0.1, -2.5, 1e+300, 4.94065645841247e-324, null, null]");
  setlocale(LC_NUMERIC, "C");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nests),
      cmocka_unit_test(escapes),
      cmocka_unit_test(replaces_what_is_not_utf8),
      cmocka_unit_test(numbers_are_short_and_exact),
      cmocka_unit_test(numbers_read_back),
      cmocka_unit_test(numbers_have_a_point_in_any_locale),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
