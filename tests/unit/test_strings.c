/* Lengths with a limit, lists of strings, and text that is measured before it is written. */
#include "base/status.h"
#include "base/strbuf.h"
#include "base/strings.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void lengths_stop_at_the_limit(void **state) {
  const char unterminated[] = {'a', 'b', 'c'};
  (void)state;
  assert_int_equal(mcnn_strnlen("", 0), 0);
  assert_int_equal(mcnn_strnlen("", 9), 0);
  assert_int_equal(mcnn_strnlen("abc", 9), 3);
  assert_int_equal(mcnn_strnlen("abc", 4), 3);
  assert_int_equal(mcnn_strnlen("abc", 3), 3);
  assert_int_equal(mcnn_strnlen(unterminated, 3), 3);
  assert_int_equal(mcnn_strnlen(unterminated, 2), 2);
}

static void strings_are_kept_and_sorted_from_one_on(void **state) {
  enum { COUNT = 1000 };
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_strings strings = {0};
  char text[32];
  (void)state;
  for (int i = 0; i < COUNT; i++) {
    snprintf(text, sizeof text, "%03d", COUNT - 1 - i);
    assert_int_equal(mcnn_strings_add(&strings, &alloc, "n/", text), MNISTCNN_OK);
  }
  assert_int_equal(strings.count, COUNT);
  assert_string_equal(mcnn_strings_at(&strings, 1), "n/998");
  assert_int_equal(mcnn_strings_sort(&strings, &alloc, 1), MNISTCNN_OK);
  assert_string_equal(mcnn_strings_at(&strings, 0), "n/999");
  for (size_t i = 1; i < COUNT; i++) {
    snprintf(text, sizeof text, "n/%03zu", i - 1);
    assert_string_equal(mcnn_strings_at(&strings, i), text);
  }
  mcnn_strings_free(&strings, &alloc);
  assert_int_equal(strings.count, 0);
}

static mnistcnn_status add_and_sort(const mcnn_alloc *alloc, void *context) {
  mcnn_strings strings = {0};
  mnistcnn_status status = MNISTCNN_OK;
  (void)context;
  for (int i = 0; i < 600 && status == MNISTCNN_OK; i++)
    status = mcnn_strings_add(&strings, alloc, "", "x");
  if (status == MNISTCNN_OK)
    status = mcnn_strings_sort(&strings, alloc, 0);
  mcnn_strings_free(&strings, alloc);
  return status;
}

static void failing_allocations_leave_nothing(void **state) {
  (void)state;
  assert_true(test_every_allocation(add_and_sort, NULL) >= 5);
}

static void write_text(mcnn_strbuf *buf, const void *context) {
  mcnn_strbuf_text(buf, context);
  mcnn_strbuf_number(buf, UINT64_MAX);
  mcnn_strbuf_fill(buf, '.', 3);
}

static void text_goes_to_a_buffer_that_is_large_enough(void **state) {
  static const char want[] = "max 18446744073709551615...";
  char text[sizeof want];
  size_t length = 0;
  (void)state;
  assert_int_equal(mcnn_strbuf_copy_out(write_text, "max ", NULL, 0, &length), MNISTCNN_OK);
  assert_int_equal(length, sizeof want - 1);
  assert_int_equal(mcnn_strbuf_copy_out(write_text, "max ", text, sizeof text, NULL), MNISTCNN_OK);
  assert_string_equal(text, want);
  assert_int_equal(mcnn_strbuf_copy_out(write_text, "max ", text, sizeof text - 1, &length),
                   MNISTCNN_BUFFER_TOO_SMALL);
  assert_string_equal(mcnn_last_error(), "text: capacity is 27 bytes, 28 are needed");
  assert_int_equal(mcnn_strbuf_copy_out(write_text, "max ", NULL, 1, &length),
                   MNISTCNN_INVALID_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lengths_stop_at_the_limit),
      cmocka_unit_test(strings_are_kept_and_sorted_from_one_on),
      cmocka_unit_test(failing_allocations_leave_nothing),
      cmocka_unit_test(text_goes_to_a_buffer_that_is_large_enough),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
