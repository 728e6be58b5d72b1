/* What --help prints of the table of options. */
#ifndef CLI_TERMINAL_ARGS_HELP_H
#define CLI_TERMINAL_ARGS_HELP_H

#include "terminal/args.h"

void args_print_help(const arg_spec *spec);

/* "rmsprop, sgd". Returns text. */
const char *args_list_choices(const arg_choice *choices, char *text, size_t capacity);

#endif
