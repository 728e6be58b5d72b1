// The known name that a mistyped one is nearest to.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "terminal/nearest.h"

static const char *const names[] = {"train", "evaluate", "predict", "adam",         "adamw",
                                    "sgd",   "rmsprop",  "epochs",  "learning-rate"};

static const char *nearest_of(const char *given) {
  nearest near = nearest_to(given, strlen(given));

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    nearest_offer(&near, names[i]);
  return near.name;
}

static void one_mistake_is_found(void **state) {
  static const struct {
    const char *given, *name;
  } rows[] = {{"trian", "train"},
              {"tain", "train"},
              {"traiin", "train"},
              {"trxin", "train"},
              {"evalaute", "evaluate"},
              {"adm", "adam"},
              {"damw", "adamw"},
              {"RMSprop", "rmsprop"},
              {"epohcs", "epochs"},
              {"pedrict", "predict"},
              {"learning_rate", "learning-rate"}};

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    assert_string_equal(nearest_of(rows[i].given), rows[i].name);
}

static void longer_names_may_have_more_mistakes(void **state) {
  (void)state;
  assert_string_equal(nearest_of("lerning-rat"), "learning-rate");
  assert_string_equal(nearest_of("evalaet"), "evaluate");
}

static void beginnings_are_near(void **state) {
  (void)state;
  assert_string_equal(nearest_of("eval"), "evaluate");
  assert_string_equal(nearest_of("learn"), "learning-rate");
  assert_null(nearest_of("le"));
}

static void nothing_else_is_near(void **state) {
  char long_name[200];

  (void)state;
  memset(long_name, 'a', sizeof long_name);
  long_name[sizeof long_name - 1] = '\0';
  assert_null(nearest_of("dance"));
  assert_null(nearest_of("adagrad"));
  assert_null(nearest_of("x"));
  assert_null(nearest_of(""));
  assert_null(nearest_of(long_name));
}

/* adam is as near as adamw to what lies between them. */
static void the_first_of_equals_is_kept(void **state) {
  (void)state;
  assert_string_equal(nearest_of("adamx"), "adam");
}

static void only_the_given_length_counts(void **state) {
  nearest near = nearest_to("adm=3", 3);

  (void)state;
  nearest_offer(&near, "adam");
  assert_string_equal(near.name, "adam");
}

static void the_question_fits_or_is_empty(void **state) {
  char text[NEAREST_CAPACITY];
  nearest near = nearest_to("epohcs", 6);

  (void)state;
  assert_string_equal(nearest_question(&near, "--", text), "");
  nearest_offer(&near, "epochs");
  assert_string_equal(nearest_question(&near, "--", text), "; did you mean --epochs?");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_mistake_is_found),
      cmocka_unit_test(longer_names_may_have_more_mistakes),
      cmocka_unit_test(beginnings_are_near),
      cmocka_unit_test(nothing_else_is_near),
      cmocka_unit_test(the_first_of_equals_is_kept),
      cmocka_unit_test(only_the_given_length_counts),
      cmocka_unit_test(the_question_fits_or_is_empty),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
