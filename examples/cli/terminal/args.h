/* Command line arguments by table: one row an option, from which the parsing, the error messages
 * and the --help text all come. */
#ifndef CLI_TERMINAL_ARGS_H
#define CLI_TERMINAL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum arg_kind {
  ARG_TEXT,          /* const char * */
  ARG_OPTIONAL_TEXT, /* const char *: "" when the option stands without a value */
  ARG_UINT32,        /* uint32_t within minimum..maximum */
  ARG_UINT64,        /* uint64_t, any */
  ARG_FLOAT,         /* float within minimum..maximum */
  ARG_DOUBLE,        /* double within minimum..maximum */
  ARG_CHOICE,        /* int32_t: the number of the name given */
  ARG_SWITCH,        /* uint32_t: set to switch_value; takes no value */
  ARG_SIZE,          /* uint32_t[2]: HEIGHTxWIDTH, each within minimum..maximum */
  ARG_HEADING        /* no option: a line of --help */
} arg_kind;

typedef struct arg_choice {
  const char *name; /* NULL ends a list */
  int32_t number;
} arg_choice;

typedef struct arg_option {
  const char *name;  /* without the "--"; "" for a heading */
  const char *value; /* how --help calls the value; NULL for a switch */
  const char *help;
  arg_kind kind;
  uint32_t switch_value;
  void *target; /* of the type said at arg_kind; see the constructors below */
  double minimum;
  double maximum;
  const arg_choice *choices;
} arg_option;

/* Rows of a table. Each checks the type of what it fills. */
arg_option arg_text(const char *name, const char *value, const char **target, const char *help);
arg_option arg_optional_text(const char *name, const char *value, const char **target,
                             const char *help);
arg_option arg_uint32(const char *name, uint32_t *target, uint32_t minimum, uint32_t maximum,
                      const char *help);
arg_option arg_uint64(const char *name, uint64_t *target, const char *help);
arg_option arg_float(const char *name, float *target, double minimum, double maximum,
                     const char *help);
arg_option arg_double(const char *name, double *target, double minimum, double maximum,
                      const char *help);
arg_option arg_one_of(const char *name, int32_t *target, const arg_choice *choices,
                      const char *help);
arg_option arg_switch(const char *name, uint32_t *target, uint32_t value, const char *help);
arg_option arg_size(const char *name, uint32_t target[2], uint32_t minimum, uint32_t maximum,
                    const char *help);
arg_option arg_heading(const char *text);

/* What a command takes. */
typedef struct arg_spec {
  const char *command;   /* "train" */
  const char *purpose;   /* one sentence */
  const char *synopsis;  /* what follows the command: "--model FILE IMAGE..." */
  const char *more_help; /* printed below the options; NULL for none */
  const arg_option *options;
  size_t num_options;
  size_t min_operands;
  size_t max_operands;
} arg_spec;

typedef enum arg_outcome {
  ARGS_GO_ON,
  ARGS_HELP_SHOWN, /* --help: printed to standard output */
  ARGS_USAGE_ERROR /* the message is printed */
} arg_outcome;

/* Reads what follows the command's name, argv[1]: "--name value", "--name=value" and operands in
 * any order; "--" ends the options; an option may be shortened as long as it stays clear; of one
 * given twice the last counts. Targets of options that are not given keep what they hold. The
 * operands are moved together to argv[2] and on, in order; *num_operands (may be NULL) counts them.
 * A command without operands may be read again. */
arg_outcome args_parse(const arg_spec *spec, int argc, char **argv, size_t *num_operands);

/* "mnistcnn: COMMAND: ... (see mnistcnn COMMAND --help)". Returns EXIT_STATUS_USAGE. */
__attribute__((format(printf, 2, 3))) int args_usage_error(const char *command, const char *format,
                                                           ...);

#endif
