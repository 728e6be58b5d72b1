// Parsing of command lines.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "terminal/args.h"

typedef struct values {
  const char *text;
  const char *maybe;
  uint32_t count;
  uint64_t seed;
  float rate;
  double fraction;
  int32_t colour;
  uint32_t loud;
  uint32_t size[2];
  uint32_t null;
  const char *mode;
  size_t num_operands;
} values;

enum { MAX_ARGUMENTS = 16 };

static const arg_choice colours[] = {{"red", 3}, {"green", 5}, {NULL, 0}};
static const arg_choice modes[] = {{"slow", 0}, {"fast", 0}, {NULL, 0}};

/* Parses a NULL-terminated command line; argv stays as args_parse() left it. */
static arg_outcome read_line(values *v, char **argv) {
  const arg_option options[] = {
      arg_heading("Things"),
      arg_text("text", "T", &v->text, "some text"),
      arg_optional_text("maybe", "M", &v->maybe, "with or without a value"),
      arg_uint32("count", &v->count, 1, 100, "a number"),
      arg_uint64("seed", &v->seed, "a large number"),
      arg_float("rate", &v->rate, 0, 1, "a fraction"),
      arg_double("fraction", &v->fraction, 0, 1, "a fraction"),
      arg_one_of("colour", &v->colour, colours, "a name"),
      arg_switch("loud", &v->loud, 7, "no value"),
      arg_size("size", v->size, 1, 4096, "two numbers"),
      arg_with_letter(arg_switch("null", &v->null, 1, "a letter, too"), '0'),
      arg_name("mode", &v->mode, modes, "slow or fast"),
  };
  const arg_spec spec = {.command = "test",
                         .purpose = "Tests.",
                         .synopsis = "[OPTION...] [OPERAND...]",
                         .options = options,
                         .num_options = sizeof options / sizeof options[0],
                         .min_operands = 0,
                         .max_operands = 3};
  int argc = 0;

  while (argv[argc])
    argc++;
  return args_parse(&spec, argc, argv, &v->num_operands);
}

#define LINE(...) ((char *[MAX_ARGUMENTS]){name, command, __VA_ARGS__, NULL})
static char name[] = "mnistcnn";
static char command[] = "test";

/* String literals must not be modified, and args_parse() only moves pointers. */
static char *word(const char *text) {
  return (char *)(uintptr_t)text;
}
#define W(text) word(text)

static void reads_every_kind(void **state) {
  values v = {0};

  (void)state;
  assert_int_equal(read_line(&v, LINE(W("--text"), W("a b"), W("--count=100"), W("--seed"),
                                      W("18446744073709551615"), W("--rate"), W("2.5e-1"),
                                      W("--colour=green"), W("--loud"), W("--size"), W("28x32"))),
                   ARGS_GO_ON);
  assert_string_equal(v.text, "a b");
  assert_int_equal(v.count, 100);
  assert_true(v.seed == UINT64_MAX);
  assert_true(v.rate == 0.25f);
  assert_int_equal(v.colour, 5);
  assert_int_equal(v.loud, 7);
  assert_int_equal(v.size[0], 28);
  assert_int_equal(v.size[1], 32);
  assert_int_equal(v.num_operands, 0);
}

static void keeps_what_is_not_given(void **state) {
  values v = {.count = 42, .rate = 0.5f};

  (void)state;
  assert_int_equal(read_line(&v, LINE(W("--text"), W(""))), ARGS_GO_ON);
  assert_string_equal(v.text, "");
  assert_int_equal(v.count, 42);
  assert_true(v.rate == 0.5f);
}

static void gathers_operands(void **state) {
  values v = {0};
  char **const line = LINE(W("one"), W("--count"), W("3"), W("two"), W("--"), W("--loud"));

  (void)state;
  assert_int_equal(read_line(&v, line), ARGS_GO_ON);
  assert_int_equal(v.num_operands, 3);
  assert_string_equal(line[2], "one");
  assert_string_equal(line[3], "two");
  assert_string_equal(line[4], "--loud");
  assert_int_equal(v.loud, 0);
  assert_int_equal(v.count, 3);
}

static void an_optional_value_may_be_missing(void **state) {
  values v = {0};

  (void)state;
  assert_int_equal(read_line(&v, LINE(W("--maybe"))), ARGS_GO_ON);
  assert_string_equal(v.maybe, "");
  assert_int_equal(read_line(&v, LINE(W("--maybe"), W("--loud"))), ARGS_GO_ON);
  assert_string_equal(v.maybe, "");
  assert_int_equal(read_line(&v, LINE(W("--maybe"), W("file"))), ARGS_GO_ON);
  assert_string_equal(v.maybe, "file");
  assert_int_equal(read_line(&v, LINE(W("--maybe=-x"))), ARGS_GO_ON);
  assert_string_equal(v.maybe, "-x");
}

static void takes_clear_short_forms_and_the_last_of_two(void **state) {
  values v = {0};

  (void)state;
  assert_int_equal(read_line(&v, LINE(W("--cou"), W("3"), W("--count"), W("4"))), ARGS_GO_ON);
  assert_int_equal(v.count, 4);
  assert_int_equal(read_line(&v, LINE(W("--co"), W("3"))), ARGS_USAGE_ERROR); /* count, colour */
}

static void reads_letters_and_names(void **state) {
  values v = {0};

  (void)state;
  assert_int_equal(read_line(&v, LINE(W("-0"), W("--mode"), W("fast"))), ARGS_GO_ON);
  assert_int_equal(v.null, 1);
  assert_ptr_equal(v.mode, modes[1].name);
  assert_int_equal(read_line(&v, LINE(W("--mode"), W("fas"))), ARGS_USAGE_ERROR);
  assert_int_equal(read_line(&v, LINE(W("-00"), W("x"))), ARGS_USAGE_ERROR);
  assert_int_equal(read_line(&v, LINE(W("-"), W("x"))), ARGS_GO_ON); /* an operand */
}

static void count_rows(const arg_spec *spec, void *user) {
  assert_string_equal(spec->command, "test");
  *(size_t *)user = spec->num_options;
}

/* An inspector sees the table, and nothing is parsed. */
static void shows_its_table(void **state) {
  values v = {0};
  size_t rows = 0;

  (void)state;
  args_inspect(count_rows, &rows);
  assert_int_equal(read_line(&v, LINE(W("--nonsense"))), ARGS_HELP_SHOWN);
  args_inspect(NULL, NULL);
  assert_int_equal(rows, 12);
  assert_int_equal(read_line(&v, LINE(W("--nonsense"))), ARGS_USAGE_ERROR);
}

static void refuses(void **state) {
  static const char *const bad[][2] = {
      {"--count", "0"},
      {"--count", "101"},
      {"--count", "+3"},
      {"--count", " 3"},
      {"--count", "3x"},
      {"--count", ""},
      {"--count", "-1"},
      {"--count", "99999999999999999999"},
      {"--seed", "18446744073709551616"},
      {"--seed", "-1"},
      {"--rate", "nan"},
      {"--rate", "1.1"},
      {"--rate", "x"},
      {"--rate", "inf"},
      {"--fraction", "0.5e"},
      {"--colour", "blue"},
      {"--colour", ""},
      {"--size", "28"},
      {"--size", "28x"},
      {"--size", "x28"},
      {"--size", "28x28x3"},
      {"--size", "0x5"},
      {"--size", "28x4097"},
      {"--unknown", "3"},
      {"--=3", "x"},
      {"-c", "3"},
      {"--loud=1", "x"},
      {"x", "--count"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    values v = {.count = 42, .rate = 0.5f, .colour = 9, .size = {1, 2}};
    assert_int_equal(read_line(&v, LINE(W(bad[i][0]), W(bad[i][1]))), ARGS_USAGE_ERROR);
    assert_int_equal(v.count, 42);
    assert_true(v.rate == 0.5f);
    assert_int_equal(v.colour, 9);
    assert_int_equal(v.size[0], 1);
  }
}

static void refuses_too_many_operands(void **state) {
  values v = {0};

  (void)state;
  assert_int_equal(read_line(&v, LINE(W("1"), W("2"), W("3"), W("4"))), ARGS_USAGE_ERROR);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_every_kind),
      cmocka_unit_test(keeps_what_is_not_given),
      cmocka_unit_test(gathers_operands),
      cmocka_unit_test(an_optional_value_may_be_missing),
      cmocka_unit_test(takes_clear_short_forms_and_the_last_of_two),
      cmocka_unit_test(reads_letters_and_names),
      cmocka_unit_test(shows_its_table),
      cmocka_unit_test(refuses),
      cmocka_unit_test(refuses_too_many_operands),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
