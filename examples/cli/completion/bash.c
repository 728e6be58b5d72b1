#include "completion/completion.h"

#include <stdio.h>

/* The value that is being completed belongs to the word before it. With "--name=value" bash makes
 * "=" a word of its own. */
static const char bash_head[] =
    "# Completion of mnistcnn in bash, written by \"mnistcnn completion bash\".\n"
    "\n"
    "_mnistcnn() {\n"
    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "  local options='' operands=none value=none choices='' i only_operands=''\n"
    "  COMPREPLY=()\n"
    "  if [[ $cur == = ]]; then\n"
    "    cur=''\n"
    "  elif [[ $prev == = ]]; then\n"
    "    prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "  fi\n"
    "  for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "    [[ ${COMP_WORDS[i]} == -- ]] && only_operands=1 prev=''\n"
    "  done\n"
    "  if ((COMP_CWORD == 1)); then\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"";

static const char bash_after_commands[] = " --help --version\" -- \"$cur\")\n"
                                          "    return\n"
                                          "  fi\n"
                                          "  case ${COMP_WORDS[1]} in\n";

static const char bash_tail[] =
    "  *)\n"
    "    return\n"
    "    ;;\n"
    "  esac\n"
    "  if [[ $value == none ]]; then\n"
    "    value=$operands\n"
    "    if [[ $cur == -* && -z $only_operands ]]; then\n"
    "      value=choices choices=\"$options --help\"\n"
    "    fi\n"
    "  fi\n"
    "  case $value in\n"
    "  choices)\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$cur\")\n"
    "    ;;\n"
    "  files)\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "    ;;\n"
    "  folders)\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
    "    ;;\n"
    "  esac\n"
    "}\n"
    "\n"
    "complete -F _mnistcnn mnistcnn\n";

static void bash_begin(const completion_command *commands, size_t count) {
  fputs(bash_head, stdout);
  for (size_t i = 0; i < count; i++)
    printf("%s%s", i == 0 ? "" : " ", commands[i].name);
  fputs(bash_after_commands, stdout);
}

static void bash_print_value(completion_value value, const char *variable,
                             const arg_choice *choices) {
  static const char *const names[] = {[COMPLETION_NO_VALUE] = "none",
                                      [COMPLETION_ANYTHING] = "anything",
                                      [COMPLETION_CHOICES] = "choices",
                                      [COMPLETION_FILES] = "files",
                                      [COMPLETION_FOLDERS] = "folders"};

  printf("%s=%s", variable, names[value]);
  if (value == COMPLETION_CHOICES) {
    fputs(" choices='", stdout);
    completion_print_choices(choices);
    putchar('\'');
  }
}

static void bash_write_command(const arg_spec *spec, const char *purpose) {
  (void)purpose;
  printf("  %s)\n    options='", spec->command);
  for (size_t i = 0; i < spec->num_options; i++)
    if (spec->options[i].kind != ARG_HEADING)
      printf("%s--%s", i == 0 ? "" : " ", spec->options[i].name);
  fputs("'\n    ", stdout);
  bash_print_value(completion_operands_of(spec), "operands", spec->operand_choices);
  fputs("\n    case $prev in\n", stdout);
  for (size_t i = 0; i < spec->num_options; i++) {
    const arg_option *const option = &spec->options[i];
    const completion_value value = completion_value_of(option);
    if (value == COMPLETION_NO_VALUE)
      continue;
    printf("    --%s) ", option->name);
    if (option->kind == ARG_OPTIONAL_TEXT)
      fputs("[[ $cur == -* ]] || ", stdout);
    bash_print_value(value, "value", option->choices);
    fputs(" ;;\n", stdout);
  }
  fputs("    esac\n    ;;\n", stdout);
}

static void bash_end(void) {
  fputs(bash_tail, stdout);
}

const completion_writer completion_bash = {bash_begin, bash_write_command, bash_end};
