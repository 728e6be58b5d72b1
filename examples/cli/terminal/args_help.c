#include "terminal/args_help.h"

#include <stdio.h>
#include <string.h>

const char *args_list_choices(const arg_choice *choices, char *text, size_t capacity) {
  size_t length = 0;

  text[0] = '\0';
  for (const arg_choice *choice = choices; choice->name && length < capacity; choice++) {
    length += (size_t)snprintf(text + length, capacity - length, "%s%s", length ? ", " : "",
                               choice->name);
  }
  return text;
}

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
           args_list_choices(option->choices, choices, sizeof choices));
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
  else if (option->letter != '\0')
    length = snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name);
  else if (option->value)
    length = snprintf(left, sizeof left, "  --%s %s", option->name, option->value);

  if (length + 2 > HELP_COLUMN)
    printf("%s\n%*s", left, HELP_COLUMN, "");
  else
    printf("%-*s", HELP_COLUMN, left);
  print_meaning(option);
}

void args_print_help(const arg_spec *spec) {
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
