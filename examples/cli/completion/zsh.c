#include "completion/completion.h"

#include <stdio.h>
#include <string.h>

/* A description within '...': what _arguments and _describe take for their own signs is escaped. */
static void zsh_print_description(const char *text) {
  for (; *text != '\0'; text++)
    if (*text == '\'')
      fputs("'\\''", stdout);
    else if (strchr("[]:\\", *text))
      printf("\\%c", *text);
    else
      putchar(*text);
}

static void zsh_begin(const completion_command *commands, size_t count) {
  fputs("#compdef mnistcnn\n"
        "# Completion of mnistcnn in zsh, written by \"mnistcnn completion zsh\".\n"
        "\n"
        "_mnistcnn() {\n"
        "  local -a commands\n"
        "  commands=(\n",
        stdout);
  for (size_t i = 0; i < count; i++) {
    printf("    '%s:", commands[i].name);
    zsh_print_description(commands[i].purpose);
    puts("'");
  }
  fputs("  )\n"
        "  if (( CURRENT == 2 )); then\n"
        "    if [[ $words[2] == -* ]]; then\n"
        "      compadd -- --help --version\n"
        "    else\n"
        "      _describe command commands\n"
        "    fi\n"
        "    return\n"
        "  fi\n"
        "  local command=$words[2]\n"
        "  shift words\n"
        "  (( CURRENT-- ))\n"
        "  case $command in\n",
        stdout);
}

/* ":DIR:_files -/" */
static void zsh_print_action(const char *name, completion_value value, const arg_choice *choices) {
  printf(":%s:", name);
  if (value == COMPLETION_FILES) {
    fputs("_files", stdout);
  } else if (value == COMPLETION_FOLDERS) {
    fputs("_files -/", stdout);
  } else if (value == COMPLETION_CHOICES) {
    putchar('(');
    completion_print_choices(choices);
    putchar(')');
  }
}

static void zsh_print_option(const arg_option *option) {
  const completion_value value = completion_value_of(option);

  if (option->kind == ARG_HEADING)
    return;
  printf(" \\\n      '--%s%s[", option->name, value == COMPLETION_NO_VALUE ? "" : "=");
  zsh_print_description(option->help);
  putchar(']');
  if (option->kind == ARG_OPTIONAL_TEXT)
    putchar(':'); /* the value may be left out */
  if (value != COMPLETION_NO_VALUE)
    zsh_print_action(option->value, value, option->choices);
  putchar('\'');
}

static void zsh_write_command(const arg_spec *spec, const char *purpose) {
  const completion_value operands = completion_operands_of(spec);

  (void)purpose;
  printf("  %s)\n    _arguments -S", spec->command);
  for (size_t i = 0; i < spec->num_options; i++)
    zsh_print_option(&spec->options[i]);
  fputs(" \\\n      '--help[show the help]'", stdout);
  if (operands != COMPLETION_NO_VALUE) {
    fputs(" \\\n      '*", stdout);
    zsh_print_action("argument", operands, spec->operand_choices);
    putchar('\'');
  }
  fputs("\n    ;;\n", stdout);
}

static void zsh_end(void) {
  fputs("  esac\n"
        "}\n"
        "\n"
        "if [[ $funcstack[1] == _mnistcnn ]]; then\n"
        "  _mnistcnn \"$@\"\n"
        "else\n"
        "  compdef _mnistcnn mnistcnn\n"
        "fi\n",
        stdout);
}

const completion_writer completion_zsh = {zsh_begin, zsh_write_command, zsh_end};
