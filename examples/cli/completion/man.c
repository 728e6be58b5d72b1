#include "completion/completion.h"

#include <stdio.h>

/* The section of the man page that lists the options, in mdoc. */

/* Text of a line that is no macro. */
static void man_print_text(const char *text) {
  if (*text == '.' || *text == '\'')
    fputs("\\&", stdout);
  for (; *text != '\0'; text++)
    if (*text == '\\')
      fputs("\\e", stdout);
    else
      putchar(*text);
}

static void man_begin(const completion_command *commands, size_t count) {
  (void)commands;
  (void)count;
  puts(".Sh OPTIONS");
}

static void man_print_option(const arg_option *option) {
  if (option->letter != '\0')
    printf(".It Fl %c , Fl -%s", option->letter, option->name);
  else
    printf(".It Fl -%s", option->name);
  if (option->kind == ARG_OPTIONAL_TEXT)
    printf(" Op Ar %s", option->value);
  else if (option->value)
    printf(" Ar %s", option->choices ? "NAME" : option->value);
  putchar('\n');
  man_print_text(option->help);
  if (option->kind == ARG_CHOICE) {
    fputs(":\n", stdout);
    for (const arg_choice *choice = option->choices; choice->name; choice++)
      printf("%s%s", choice == option->choices ? "" : ", ", choice->name);
  }
  putchar('\n');
}

static void man_write_command(const arg_spec *spec, const char *purpose) {
  bool open = false;

  (void)purpose;
  if (spec->num_options == 0)
    return;
  printf(".Ss mnistcnn %s\n", spec->command);
  for (size_t i = 0; i < spec->num_options; i++) {
    const arg_option *const option = &spec->options[i];
    if (option->kind == ARG_HEADING) {
      if (open)
        puts(".El");
      open = false;
      if (i + 1 < spec->num_options)
        printf("%s%s:\n", i == 0 ? "" : ".Pp\n", option->help);
      continue;
    }
    if (!open)
      puts(".Bl -tag -width Ds");
    open = true;
    man_print_option(option);
  }
  if (open)
    puts(".El");
}

static void man_end(void) {}

const completion_writer completion_man = {man_begin, man_write_command, man_end};
