/* Messages of failures, and the UTF-8 they are made of. */
#include "base/status.h"
#include "base/utf8.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void fail_sets_message_and_returns_status(void **state) {
  (void)state;
  assert_int_equal(mcnn_fail(MNISTCNN_FORMAT, "%s: line %d", "a.png", 3), MNISTCNN_FORMAT);
  assert_string_equal(mcnn_last_error(), "a.png: line 3");
  assert_int_equal(mcnn_fail(MNISTCNN_IO, "again: %s", mcnn_last_error()), MNISTCNN_IO);
  assert_string_equal(mcnn_last_error(), "again: a.png: line 3");
  assert_int_equal(mcnn_fail_memory(77), MNISTCNN_OUT_OF_MEMORY);
  assert_non_null(strstr(mcnn_last_error(), "cannot allocate 77 bytes"));
}

/* At every length around the capacity, so that the cut falls on each byte of a character. */
static void long_messages_are_cut_between_characters(void **state) {
  static const char *const characters[] = {"x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
  char text[2 * MCNN_ERROR_CAPACITY];
  (void)state;

  for (size_t c = 0; c < 4; c++) {
    const size_t size = strlen(characters[c]);
    for (size_t lead = 0; lead < 4; lead++) {
      memset(text, 'a', lead);
      text[lead] = '\0';
      while (strlen(text) < MCNN_ERROR_CAPACITY + 8)
        strcat(text, characters[c]);
      mcnn_fail(MNISTCNN_IO, "%s", text);
      const size_t length = strlen(mcnn_last_error());
      assert_int_equal(length, lead + (MCNN_ERROR_CAPACITY - 1 - lead) / size * size);
      assert_memory_equal(mcnn_last_error(), text, length);
      mcnn_set_last_error("");
      mcnn_set_last_error(text);
      assert_int_equal(strlen(mcnn_last_error()), length);
    }
  }
}

static void messages_are_one_line_of_utf8(void **state) {
  (void)state;
  mcnn_fail(MNISTCNN_IO, "%s", "new\nline \x7F bad \xFF\xC3 good \xC3\xA9");
  assert_string_equal(mcnn_last_error(), "new?line ? bad ?? good \xC3\xA9");
}

static void *message_of_another_thread(void *result) {
  strcpy(result, mcnn_last_error());
  mcnn_fail(MNISTCNN_IO, "of the other thread");
  return NULL;
}

static void each_thread_has_its_message(void **state) {
  char seen[MCNN_ERROR_CAPACITY] = "?";
  pthread_t thread;
  (void)state;

  mcnn_fail(MNISTCNN_IO, "of this thread");
  assert_int_equal(pthread_create(&thread, NULL, message_of_another_thread, seen), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_string_equal(seen, "");
  assert_string_equal(mcnn_last_error(), "of this thread");
}

/* What a lead byte and a second byte allow, from the ranges of RFC 3629, section 4. */
static int is_valid_pair(unsigned lead, unsigned second) {
  if (lead >= 0xC2 && lead <= 0xDF)
    return second >= 0x80 && second <= 0xBF;
  if (lead == 0xE0 || lead == 0xF0)
    return second >= (lead == 0xE0 ? 0xA0u : 0x90u) && second <= 0xBF;
  if (lead == 0xED || lead == 0xF4)
    return second >= 0x80 && second <= (lead == 0xED ? 0x9Fu : 0x8Fu);
  return lead >= 0xE1 && lead <= 0xF3 && second >= 0x80 && second <= 0xBF;
}

static void utf8_follows_rfc_3629(void **state) {
  (void)state;
  for (unsigned lead = 0; lead < 256; lead++) {
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    for (unsigned second = 0; second < 256; second++) {
      const char text[] = {(char)lead, (char)second, (char)0x80, (char)0xBF, '\0'};
      const size_t want = lead < 0x80 ? 1 : is_valid_pair(lead, second) ? length : 0;
      assert_int_equal(mcnn_utf8_character(text, 4), want);
      assert_int_equal(mcnn_utf8_character(text, length - 1), 0);
    }
  }
  assert_int_equal(mcnn_utf8_character("\xE2\x82x", 3), 0);
}

static void text_has_no_control_characters(void **state) {
  (void)state;
  assert_true(mcnn_utf8_is_text("seven \xE2\x82\xAC", 9));
  assert_true(mcnn_utf8_is_text("", 0));
  assert_false(mcnn_utf8_is_text("a\tb", 3));
  assert_false(mcnn_utf8_is_text("a\x7F", 2));
  assert_false(mcnn_utf8_is_text("a\xC3", 2));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fail_sets_message_and_returns_status),
      cmocka_unit_test(long_messages_are_cut_between_characters),
      cmocka_unit_test(messages_are_one_line_of_utf8),
      cmocka_unit_test(each_thread_has_its_message),
      cmocka_unit_test(utf8_follows_rfc_3629),
      cmocka_unit_test(text_has_no_control_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
