// Words quoted for a shell are read by a real shell as they were.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "terminal/shell_words.h"

static char *quoted(const char *text) {
  char *word = NULL;
  size_t size = 0;

  FILE *const stream = open_memstream(&word, &size);
  assert_non_null(stream);
  print_shell_word(stream, text);
  assert_int_equal(fclose(stream), 0);
  return word;
}

static void assert_comes_back(const char *text) {
  char command[256];
  char got[64] = "";
  char *const word = quoted(text);

  snprintf(command, sizeof command, "printf %%s %s", word);
  FILE *const shell = popen(command, "r");
  assert_non_null(shell);
  got[fread(got, 1, sizeof got - 1, shell)] = '\0';
  assert_int_equal(pclose(shell), 0);
  assert_string_equal(got, text);
  free(word);
}

static void plain_words_stay_plain(void **state) {
  char *const word = quoted("--train=my/digits_1.png");

  (void)state;
  assert_string_equal(word, "--train=my/digits_1.png");
  free(word);
}

static void words_come_back(void **state) {
  static const char *const texts[] = {"",          "a b",  "it's",     "''",
                                      "$HOME",     "`id`", "a\"b",     "*",
                                      "a\\b",      "~",    "a;b",      "conv 8 3x3, softmax",
                                      "new\nline", "#x",   "\xff\xfe", "!event"};

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    assert_comes_back(texts[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_words_stay_plain),
      cmocka_unit_test(words_come_back),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
