#include "completion/completion.h"

#include <stdio.h>
#include <string.h>

completion_value completion_value_of(const arg_option *option) {
  if (option->kind == ARG_SWITCH || option->kind == ARG_HEADING)
    return COMPLETION_NO_VALUE;
  if (option->choices)
    return COMPLETION_CHOICES;
  if (strncmp(option->value, "FILE", strlen("FILE")) == 0)
    return COMPLETION_FILES;
  return strcmp(option->value, "DIR") == 0 ? COMPLETION_FOLDERS : COMPLETION_ANYTHING;
}

void completion_print_choices(const arg_choice *choices) {
  for (const arg_choice *choice = choices; choice->name; choice++)
    printf("%s%s", choice == choices ? "" : " ", choice->name);
}

completion_value completion_operands_of(const arg_spec *spec) {
  if (spec->operand_choices)
    return COMPLETION_CHOICES;
  if (spec->operands == ARG_OPERANDS_FILES)
    return COMPLETION_FILES;
  if (spec->operands == ARG_OPERANDS_FOLDERS)
    return COMPLETION_FOLDERS;
  return spec->max_operands > 0 ? COMPLETION_ANYTHING : COMPLETION_NO_VALUE;
}
