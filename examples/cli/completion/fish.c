#include "completion/completion.h"

#include <stdio.h>

/* Between '...', where fish knows \' and \\ alone. */
static void fish_print_quoted(const char *text) {
  putchar('\'');
  for (; *text != '\0'; text++) {
    if (*text == '\'' || *text == '\\')
      putchar('\\');
    putchar(*text);
  }
  putchar('\'');
}

static void fish_begin(const completion_command *commands, size_t count) {
  (void)commands;
  (void)count;
  fputs("# Completion of mnistcnn in fish, written by \"mnistcnn completion fish\".\n"
        "\n"
        "function __mnistcnn_runs\n"
        "  set -l words (commandline -opc)\n"
        "  test (count $words) -gt 1; and test $words[2] = $argv[1]\n"
        "end\n"
        "\n"
        "function __mnistcnn_lacks_command\n"
        "  test (count (commandline -opc)) -eq 1\n"
        "end\n"
        "\n"
        "complete -c mnistcnn -f\n"
        "complete -c mnistcnn -n __mnistcnn_lacks_command -l help -d 'show the help'\n"
        "complete -c mnistcnn -n __mnistcnn_lacks_command -l version -d 'print the version'\n",
        stdout);
}

static void fish_print_value(completion_value value, const arg_choice *choices) {
  if (value == COMPLETION_FILES)
    fputs(" -F", stdout);
  else if (value == COMPLETION_FOLDERS)
    fputs(" -a '(__fish_complete_directories (commandline -ct))'", stdout);
  if (value == COMPLETION_CHOICES) {
    fputs(" -a '", stdout);
    completion_print_choices(choices);
    putchar('\'');
  }
}

static void fish_print_option(const char *command, const arg_option *option) {
  const completion_value value = completion_value_of(option);

  if (option->kind == ARG_HEADING)
    return;
  printf("complete -c mnistcnn -n '__mnistcnn_runs %s' -l %s", command, option->name);
  if (option->letter != '\0')
    printf(" -s %c", option->letter);
  if (value != COMPLETION_NO_VALUE && option->kind != ARG_OPTIONAL_TEXT)
    fputs(value == COMPLETION_FILES ? " -r" : " -x", stdout);
  fish_print_value(value, option->choices);
  fputs(" -d ", stdout);
  fish_print_quoted(option->help);
  putchar('\n');
}

static void fish_write_command(const arg_spec *spec, const char *purpose) {
  const completion_value operands = completion_operands_of(spec);

  printf("\ncomplete -c mnistcnn -n __mnistcnn_lacks_command -a %s -d ", spec->command);
  fish_print_quoted(purpose);
  putchar('\n');
  for (size_t i = 0; i < spec->num_options; i++)
    fish_print_option(spec->command, &spec->options[i]);
  printf("complete -c mnistcnn -n '__mnistcnn_runs %s' -l help -d 'show the help'\n",
         spec->command);
  if (operands == COMPLETION_NO_VALUE || operands == COMPLETION_ANYTHING)
    return;
  printf("complete -c mnistcnn -n '__mnistcnn_runs %s'", spec->command);
  fish_print_value(operands, spec->operand_choices);
  putchar('\n');
}

static void fish_end(void) {}

const completion_writer completion_fish = {fish_begin, fish_write_command, fish_end};
