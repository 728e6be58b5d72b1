#include "terminal/args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/message.h"

arg_option arg_text(const char *name, const char *value, const char **target, const char *help) {
  return (arg_option){
      .name = name, .value = value, .help = help, .kind = ARG_TEXT, .target = (void *)target};
}

arg_option arg_optional_text(const char *name, const char *value, const char **target,
                             const char *help) {
  arg_option option = arg_text(name, value, target, help);

  option.kind = ARG_OPTIONAL_TEXT;
  return option;
}

static arg_option number(const char *name, arg_kind kind, void *target, double minimum,
                         double maximum, const char *help) {
  return (arg_option){.name = name,
                      .value = "N",
                      .help = help,
                      .kind = kind,
                      .target = target,
                      .minimum = minimum,
                      .maximum = maximum};
}

arg_option arg_uint32(const char *name, uint32_t *target, uint32_t minimum, uint32_t maximum,
                      const char *help) {
  return number(name, ARG_UINT32, target, minimum, maximum, help);
}

arg_option arg_uint64(const char *name, uint64_t *target, const char *help) {
  return number(name, ARG_UINT64, target, 0, 0, help);
}

arg_option arg_float(const char *name, float *target, double minimum, double maximum,
                     const char *help) {
  return number(name, ARG_FLOAT, target, minimum, maximum, help);
}

arg_option arg_double(const char *name, double *target, double minimum, double maximum,
                      const char *help) {
  return number(name, ARG_DOUBLE, target, minimum, maximum, help);
}

arg_option arg_one_of(const char *name, int32_t *target, const arg_choice *choices,
                      const char *help) {
  arg_option option = number(name, ARG_CHOICE, target, 0, 0, help);

  option.choices = choices;
  return option;
}

arg_option arg_switch(const char *name, uint32_t *target, uint32_t value, const char *help) {
  arg_option option = number(name, ARG_SWITCH, target, 0, 0, help);

  option.value = NULL;
  option.switch_value = value;
  return option;
}

arg_option arg_size(const char *name, uint32_t *target, uint32_t minimum, uint32_t maximum,
                    const char *help) {
  arg_option option = number(name, ARG_SIZE, target, minimum, maximum, help);

  option.value = "HxW";
  return option;
}

arg_option arg_per_channel(const char *name, float target[3], double minimum, double maximum,
                           const char *help) {
  arg_option option = number(name, ARG_PER_CHANNEL, target, minimum, maximum, help);

  option.value = "N[,N,N]";
  return option;
}

arg_option arg_heading(const char *text) {
  return (arg_option){.name = "", .help = text, .kind = ARG_HEADING};
}

int args_usage_error(const char *command, const char *format, ...) {
  char text[4096];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fail("%s: %s (see mnistcnn %s --help)", command, text, command);
  return EXIT_STATUS_USAGE;
}

/* --- values ----------------------------------------------------------------------------------- */

/* An integer in decimal without sign or whitespace, followed by `end`. */
static bool read_whole(const char *text, char end, uint64_t *value, const char **rest) {
  char *stop;

  if (*text < '0' || *text > '9')
    return false;
  errno = 0;
  const unsigned long long read = strtoull(text, &stop, 10);
  if (errno != 0 || *stop != end)
    return false;
  *value = read;
  *rest = stop;
  return true;
}

static bool read_uint32(const arg_option *option, const char *text, char end, uint32_t *value,
                        const char **rest) {
  uint64_t read;

  if (!read_whole(text, end, &read, rest) || read > UINT32_MAX || (double)read < option->minimum ||
      (double)read > option->maximum)
    return false;
  *value = (uint32_t)read;
  return true;
}

/* A number, followed by `end`. */
static bool read_real_up_to(const arg_option *option, const char *text, char end, double *value,
                            const char **rest) {
  char *stop;

  const double read = strtod(text, &stop);
  if (stop == text || *stop != end || !(read >= option->minimum && read <= option->maximum))
    return false;
  *value = read;
  *rest = stop;
  return true;
}

static bool read_real(const arg_option *option, const char *text, double *value) {
  const char *rest;

  return read_real_up_to(option, text, '\0', value, &rest);
}

static bool read_choice(const arg_option *option, const char *text) {
  for (const arg_choice *choice = option->choices; choice->name; choice++) {
    if (strcmp(choice->name, text) == 0) {
      *(int32_t *)option->target = choice->number;
      return true;
    }
  }
  return false;
}

static bool read_size(const arg_option *option, const char *text) {
  uint32_t *const size = option->target;
  uint32_t height;
  uint32_t width;
  const char *rest;

  if (!read_uint32(option, text, 'x', &height, &rest) ||
      !read_uint32(option, rest + 1, '\0', &width, &rest))
    return false;
  size[0] = height;
  size[1] = width;
  return true;
}

static bool read_float(const arg_option *option, const char *text) {
  double value;

  if (!read_real(option, text, &value))
    return false;
  *(float *)option->target = (float)value;
  return true;
}

static bool read_per_channel(const arg_option *option, const char *text) {
  float *const target = option->target;
  double values[3];
  const char *rest;

  if (read_real(option, text, &values[0])) {
    target[0] = target[1] = target[2] = (float)values[0];
    return true;
  }
  if (!read_real_up_to(option, text, ',', &values[0], &rest) ||
      !read_real_up_to(option, rest + 1, ',', &values[1], &rest) ||
      !read_real(option, rest + 1, &values[2]))
    return false;
  for (int c = 0; c < 3; c++)
    target[c] = (float)values[c];
  return true;
}

static bool store(const arg_option *option, const char *text) {
  const char *rest;

  switch (option->kind) {
  case ARG_TEXT:
  case ARG_OPTIONAL_TEXT:
    *(const char **)option->target = text;
    return true;
  case ARG_UINT32:
    return read_uint32(option, text, '\0', option->target, &rest);
  case ARG_UINT64:
    return read_whole(text, '\0', option->target, &rest);
  case ARG_FLOAT:
    return read_float(option, text);
  case ARG_DOUBLE:
    return read_real(option, text, option->target);
  case ARG_CHOICE:
    return read_choice(option, text);
  case ARG_SIZE:
    return read_size(option, text);
  case ARG_PER_CHANNEL:
    return read_per_channel(option, text);
  case ARG_SWITCH:
  case ARG_HEADING:
    break;
  }
  return false;
}

/* "tutorial, best" */
static const char *list_choices(const arg_choice *choices, char *text, size_t capacity) {
  size_t length = 0;

  text[0] = '\0';
  for (const arg_choice *choice = choices; choice->name && length < capacity; choice++) {
    length += (size_t)snprintf(text + length, capacity - length, "%s%s", length ? ", " : "",
                               choice->name);
  }
  return text;
}

/* Describes valid values: "an integer from 1 to 256". */
static const char *expected(const arg_option *option, char *text, size_t capacity) {
  char choices[256];

  if (option->kind == ARG_UINT32) {
    snprintf(text, capacity, "an integer from %.0f to %.0f", option->minimum, option->maximum);
  } else if (option->kind == ARG_UINT64) {
    snprintf(text, capacity, "an integer from 0 to 18446744073709551615");
  } else if (option->kind == ARG_FLOAT || option->kind == ARG_DOUBLE) {
    snprintf(text, capacity, "a number from %g to %g", option->minimum, option->maximum);
  } else if (option->kind == ARG_PER_CHANNEL) {
    snprintf(text, capacity, "a number from %g to %g, or three of them as in 0.5,0.4,0.3",
             option->minimum, option->maximum);
  } else if (option->kind == ARG_SIZE) {
    snprintf(text, capacity, "HEIGHTxWIDTH, each from %.0f to %.0f, as in 28x28", option->minimum,
             option->maximum);
  } else {
    snprintf(text, capacity, "one of %s", list_choices(option->choices, choices, sizeof choices));
  }
  return text;
}

/* --- help ------------------------------------------------------------------------------------- */

enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

/* Prints `text` from the current column, wrapped at HELP_WIDTH, with further lines indented to
 * HELP_COLUMN. */
static void print_wrapped(const char *text) {
  size_t column = HELP_COLUMN;

  while (*text != '\0') {
    const size_t word = strcspn(text, " ");
    if (column > HELP_COLUMN && column + 1 + word > HELP_WIDTH) {
      printf("\n%*s", HELP_COLUMN, "");
      column = HELP_COLUMN;
    } else if (column > HELP_COLUMN) {
      putchar(' ');
      column++;
    }
    printf("%.*s", (int)word, text);
    column += word;
    text += word + (text[word] == ' ');
  }
  putchar('\n');
}

/* The help text of an option, with its choices. */
static void print_meaning(const arg_option *option) {
  char choices[256];
  char text[512];

  if (option->kind != ARG_CHOICE) {
    print_wrapped(option->help);
    return;
  }
  snprintf(text, sizeof text, "%s: %s", option->help,
           list_choices(option->choices, choices, sizeof choices));
  print_wrapped(text);
}

static void print_option(const arg_option *option) {
  if (option->kind == ARG_HEADING) {
    printf("\n%s:\n", option->help);
    return;
  }
  char left[HELP_COLUMN * 2];
  int length = snprintf(left, sizeof left, "  --%s", option->name);

  if (option->kind == ARG_OPTIONAL_TEXT)
    length = snprintf(left, sizeof left, "  --%s [%s]", option->name, option->value);
  else if (option->kind == ARG_CHOICE)
    length = snprintf(left, sizeof left, "  --%s NAME", option->name);
  else if (option->value)
    length = snprintf(left, sizeof left, "  --%s %s", option->name, option->value);

  if (length + 2 > HELP_COLUMN)
    printf("%s\n%*s", left, HELP_COLUMN, "");
  else
    printf("%-*s", HELP_COLUMN, left);
  print_meaning(option);
}

static void print_help(const arg_spec *spec) {
  printf("%s\n\nUsage: mnistcnn %s %s\n", spec->purpose, spec->command, spec->synopsis);
  if (spec->num_options > 0 && spec->options[0].kind != ARG_HEADING)
    puts("\nOptions:");
  for (size_t i = 0; i < spec->num_options; i++)
    print_option(&spec->options[i]);
  printf("%-*s", HELP_COLUMN, "  --help");
  print_wrapped("show this help");
  if (spec->more_help)
    printf("\n%s", spec->more_help);
}

/* --- parsing ---------------------------------------------------------------------------------- */

/* The option named name[0..length), or the only one with this prefix; NULL: none or several. */
static const arg_option *find_option(const arg_spec *spec, const char *name, size_t length) {
  const arg_option *found = NULL;
  size_t matches = 0;

  for (size_t i = 0; i < spec->num_options; i++) {
    const arg_option *option = &spec->options[i];
    if (strncmp(option->name, name, length) != 0)
      continue;
    if (option->name[length] == '\0')
      return option;
    found = option;
    matches++;
  }
  return matches == 1 ? found : NULL;
}

/* The value of the option at argv[*index]: after its '=', or the next argument, which is consumed;
 * NULL: there is none. */
static const char *take_value(const arg_option *option, const char *equals, int argc, char **argv,
                              int *index) {
  if (equals)
    return equals + 1;
  const bool have_next = *index + 1 < argc;
  if (option->kind == ARG_OPTIONAL_TEXT && (!have_next || argv[*index + 1][0] == '-'))
    return "";
  return have_next ? argv[++*index] : NULL;
}

static bool read_option(const arg_spec *spec, int argc, char **argv, int *index) {
  const char *const name = argv[*index] + 2;
  const char *const equals = strchr(name, '=');
  const size_t length = equals ? (size_t)(equals - name) : strlen(name);
  const arg_option *option = find_option(spec, name, length);
  char valid[512];

  if (!option || length == 0) {
    args_usage_error(spec->command, "unknown option --%.*s", (int)length, name);
    return false;
  }
  if (option->kind == ARG_SWITCH) {
    *(uint32_t *)option->target = option->switch_value;
    if (equals)
      args_usage_error(spec->command, "--%s takes no value", option->name);
    return !equals;
  }
  const char *value = take_value(option, equals, argc, argv, index);
  if (!value) {
    args_usage_error(spec->command, "--%s requires a value", option->name);
    return false;
  }
  if (!store(option, value)) {
    args_usage_error(spec->command, "--%s: '%s' is not %s", option->name, value,
                     expected(option, valid, sizeof valid));
    return false;
  }
  return true;
}

static arg_outcome check_operands(const arg_spec *spec, char **argv, size_t count) {
  if (count > spec->max_operands) {
    args_usage_error(spec->command, "unexpected argument '%s'", argv[2 + spec->max_operands]);
  } else if (count < spec->min_operands) {
    args_usage_error(spec->command, "too few arguments; usage: mnistcnn %s %s", spec->command,
                     spec->synopsis);
  } else {
    return ARGS_GO_ON;
  }
  return ARGS_USAGE_ERROR;
}

arg_outcome args_parse(const arg_spec *spec, int argc, char **argv, size_t *num_operands) {
  size_t operands = 0;
  bool only_operands = false;

  for (int i = 2; i < argc; i++) {
    if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
      argv[2 + operands++] = argv[i];
    } else if (strcmp(argv[i], "--") == 0) {
      only_operands = true;
    } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
      print_help(spec);
      return ARGS_HELP_SHOWN;
    } else if (argv[i][1] != '-') {
      args_usage_error(spec->command, "unknown option %s", argv[i]);
      return ARGS_USAGE_ERROR;
    } else if (!read_option(spec, argc, argv, &i)) {
      return ARGS_USAGE_ERROR;
    }
  }
  if (num_operands)
    *num_operands = operands;
  return check_operands(spec, argv, operands);
}
