// The CSV writer: quoting as in RFC 4180, numbers in any locale.
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

#include "terminal/csv_out.h"
#include "terminal/number_text.h"

static void assert_written(void (*write)(csv_out *csv), const char *expected) {
  char *text = NULL;
  size_t size = 0;
  csv_out csv;

  FILE *const stream = open_memstream(&text, &size);
  assert_non_null(stream);
  csv_start(&csv, stream);
  write(&csv);
  assert_int_equal(fclose(stream), 0);
  assert_string_equal(text, expected);
  free(text);
}

static void write_texts(csv_out *csv) {
  static const char *const texts[] = {"plain", "",   NULL, "a,b", "say \"x\"", "two\nlines",
                                      "cr\r",  " a", "a ", "a b", "\xff"};

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    csv_text(csv, texts[i]);
  csv_end_row(csv);
  csv_text(csv, "next");
  csv_end_row(csv);
}

static void quotes_what_needs_it(void **state) {
  (void)state;
  assert_written(write_texts, "plain,,,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"cr\r\",\" a\","
                              "\"a \",a b,\xff\nnext\n");
}

static void write_numbers(csv_out *csv) {
  csv_number(csv, 0.1);
  csv_number(csv, 0.5);
  csv_number(csv, (double)NAN);
  csv_float(csv, 0.1f);
  csv_float(csv, 1e-30f);
  csv_float(csv, INFINITY);
  csv_number(csv, 1);
  csv_end_row(csv);
}

static const char numbers[] = "0.1,0.5,,0.1,1e-30,,1\n";

static void numbers_are_short(void **state) {
  (void)state;
  assert_written(write_numbers, numbers);
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
  assert_written(write_numbers, numbers);
  setlocale(LC_NUMERIC, "C");
}

/* Over the bits of floats, in steps. */
static void floats_are_read_back(void **state) {
  char text[NUMBER_CAPACITY];

  (void)state;
  for (uint32_t bits = 1; bits < 0x7f800000u; bits += 654321u) {
    float number;
    memcpy(&number, &bits, sizeof number);
    assert_true(strtof(number_text_float(number, text), NULL) == number);
    assert_true(strtod(number_text((double)number * 1.1, text), NULL) == (double)number * 1.1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quotes_what_needs_it),
      cmocka_unit_test(numbers_are_short),
      cmocka_unit_test(numbers_have_a_point_in_any_locale),
      cmocka_unit_test(floats_are_read_back),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
