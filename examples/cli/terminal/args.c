#include "terminal/args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/args_help.h"
#include "terminal/message.h"
#include "terminal/nearest.h"

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

arg_option arg_name(const char *name, const char **target, const arg_choice *choices,
                    const char *help) {
  arg_option option = arg_text(name, "NAME", target, help);

  option.kind = ARG_NAME;
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

arg_option arg_per_channel(const char *name, float *target, double minimum, double maximum,
                           const char *help) {
  arg_option option = number(name, ARG_PER_CHANNEL, target, minimum, maximum, help);

  option.value = "N[,N,N]";
  return option;
}

arg_option arg_heading(const char *text) {
  return (arg_option){.name = "", .help = text, .kind = ARG_HEADING};
}

arg_option arg_with_letter(arg_option option, char letter) {
  option.letter = letter;
  return option;
}

static arg_inspector inspector;
static void *inspector_user;

void args_inspect(arg_inspector inspect, void *user) {
  inspector = inspect;
  inspector_user = user;
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

static const arg_choice *find_choice(const arg_option *option, const char *text) {
  const arg_choice *choice = option->choices;

  while (choice->name && strcmp(choice->name, text) != 0)
    choice++;
  return choice->name ? choice : NULL;
}

static bool read_choice(const arg_option *option, const char *text) {
  const arg_choice *const choice = find_choice(option, text);

  if (!choice)
    return false;
  *(int32_t *)option->target = choice->number;
  return true;
}

static bool read_name(const arg_option *option, const char *text) {
  const arg_choice *const choice = find_choice(option, text);

  if (!choice)
    return false;
  *(const char **)option->target = choice->name;
  return true;
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
  case ARG_NAME:
    return read_name(option, text);
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
    snprintf(text, capacity, "one of %s",
             args_list_choices(option->choices, choices, sizeof choices));
  }
  return text;
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

/* Says that there is no option name[0..length), or that several begin so. */
static void refuse_option(const arg_spec *spec, const char *name, size_t length) {
  nearest near = nearest_to(name, length);
  char question[NEAREST_CAPACITY];
  const char *first = NULL;

  for (size_t i = 0; i < spec->num_options; i++) {
    const char *const known = spec->options[i].name;
    nearest_offer(&near, known);
    if (length == 0 || strncmp(known, name, length) != 0)
      continue;
    if (first) {
      args_usage_error(spec->command, "--%.*s is ambiguous: --%s or --%s", (int)length, name, first,
                       known);
      return;
    }
    first = known;
  }
  nearest_offer(&near, "help");
  args_usage_error(spec->command, "unknown option --%.*s%s", (int)length, name,
                   nearest_question(&near, "--", question));
}

static void refuse_value(const arg_spec *spec, const arg_option *option, const char *value) {
  nearest near = nearest_to(value, strlen(value));
  char valid[512], question[NEAREST_CAPACITY];

  for (const arg_choice *choice = option->choices; choice && choice->name; choice++)
    nearest_offer(&near, choice->name);
  args_usage_error(spec->command, "--%s: '%s' is not %s%s", option->name, value,
                   expected(option, valid, sizeof valid), nearest_question(&near, "", question));
}

static bool read_option(const arg_spec *spec, int argc, char **argv, int *index) {
  const char *const name = argv[*index] + 2;
  const char *const equals = strchr(name, '=');
  const size_t length = equals ? (size_t)(equals - name) : strlen(name);
  const arg_option *option = find_option(spec, name, length);

  if (!option || length == 0) {
    refuse_option(spec, name, length);
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
  if (store(option, value))
    return true;
  refuse_value(spec, option, value);
  return false;
}

/* "-0", or a long option with one dash too few. */
static bool read_letter(const arg_spec *spec, const char *text) {
  const size_t length = strcspn(text + 1, "=");

  for (size_t i = 0; i < spec->num_options; i++) {
    const arg_option *const option = &spec->options[i];
    if (option->letter != '\0' && text[1] == option->letter && text[2] == '\0') {
      *(uint32_t *)option->target = option->switch_value;
      return true;
    }
    if (length > 1 && strlen(option->name) == length &&
        memcmp(option->name, text + 1, length) == 0) {
      args_usage_error(spec->command, "unknown option %s; did you mean --%s?", text, option->name);
      return false;
    }
  }
  args_usage_error(spec->command, "unknown option %s", text);
  return false;
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

  if (inspector) {
    inspector(spec, inspector_user);
    return ARGS_HELP_SHOWN;
  }
  for (int i = 2; i < argc; i++) {
    if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
      argv[2 + operands++] = argv[i];
    } else if (strcmp(argv[i], "--") == 0) {
      only_operands = true;
    } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
      args_print_help(spec);
      return ARGS_HELP_SHOWN;
    } else if (argv[i][1] != '-' ? !read_letter(spec, argv[i])
                                 : !read_option(spec, argc, argv, &i)) {
      return ARGS_USAGE_ERROR;
    }
  }
  if (num_operands)
    *num_operands = operands;
  return check_operands(spec, argv, operands);
}
