/* Scripts that complete command lines in a shell, and the options of the man page: all of them
 * written from the tables of commands and options, to standard output. */
#ifndef CLI_COMPLETION_COMPLETION_H
#define CLI_COMPLETION_COMPLETION_H

#include "terminal/args.h"

typedef struct completion_command {
  const char *name;
  const char *purpose;
} completion_command;

typedef struct completion_writer {
  void (*begin)(const completion_command *commands, size_t count);
  void (*command)(const arg_spec *spec, const char *purpose);
  void (*end)(void);
} completion_writer;

extern const completion_writer completion_bash;
extern const completion_writer completion_zsh;
extern const completion_writer completion_fish;
extern const completion_writer completion_man;

/* What the value of an option is. */
typedef enum completion_value {
  COMPLETION_NO_VALUE,
  COMPLETION_ANYTHING,
  COMPLETION_CHOICES,
  COMPLETION_FILES,
  COMPLETION_FOLDERS
} completion_value;

/* Tables call the value of an option FILE... or DIR where it is one. */
completion_value completion_value_of(const arg_option *option);

/* "best tutorial" */
void completion_print_choices(const arg_choice *choices);

/* What operands complete as; COMPLETION_NO_VALUE: there are none. */
completion_value completion_operands_of(const arg_spec *spec);

#endif
