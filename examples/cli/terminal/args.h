/* Table-driven command line arguments: each option is one row, used for parsing, error messages and
 * --help. */
#ifndef CLI_TERMINAL_ARGS_H
#define CLI_TERMINAL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum arg_kind {
  ARG_TEXT,          /* const char * */
  ARG_OPTIONAL_TEXT, /* const char *: "" if the option is given without a value */
  ARG_UINT32,        /* uint32_t in minimum..maximum */
  ARG_UINT64,        /* uint64_t, any */
  ARG_FLOAT,         /* float in minimum..maximum */
  ARG_DOUBLE,        /* double in minimum..maximum */
  ARG_CHOICE,        /* int32_t: the number of the name */
  ARG_NAME,          /* const char *: the name itself, one of the choices */
  ARG_SWITCH,        /* uint32_t: set to switch_value; takes no value */
  ARG_SIZE,          /* uint32_t[2]: HEIGHTxWIDTH, each in minimum..maximum */
  ARG_PER_CHANNEL,   /* float[3]: one number for all, or three with commas, in minimum..maximum */
  ARG_HEADING        /* not an option, but a heading in --help */
} arg_kind;

typedef struct arg_choice {
  const char *name; /* NULL ends a list */
  int32_t number;
} arg_choice;

typedef struct arg_option {
  const char *name;  /* without the "--"; "" for a heading */
  const char *value; /* the placeholder for the value in --help; NULL for a switch */
  const char *help;
  arg_kind kind;
  uint32_t switch_value;
  void *target; /* of the type given at arg_kind; see the constructors below */
  double minimum;
  double maximum;
  const arg_choice *choices;
  char letter; /* "-0" means the same; '\0': none */
} arg_option;

/* Constructors of rows; their parameters check the type of the target. */
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
/* `help` names the choices; their numbers have no meaning. */
arg_option arg_name(const char *name, const char **target, const arg_choice *choices,
                    const char *help);
arg_option arg_switch(const char *name, uint32_t *target, uint32_t value, const char *help);
arg_option arg_size(const char *name, uint32_t *target, uint32_t minimum, uint32_t maximum,
                    const char *help);
/* Three numbers; one that is given is for all. */
arg_option arg_per_channel(const char *name, float *target, double minimum, double maximum,
                           const char *help);
arg_option arg_heading(const char *text);

/* The same option, a switch, also by one letter. */
arg_option arg_with_letter(arg_option option, char letter);

/* What operands are, for completion. */
typedef enum arg_operands {
  ARG_OPERANDS_OTHER,
  ARG_OPERANDS_FILES,
  ARG_OPERANDS_FOLDERS
} arg_operands;

/* The arguments of a command. */
typedef struct arg_spec {
  const char *command;   /* "train" */
  const char *purpose;   /* one sentence */
  const char *synopsis;  /* what follows the command: "--model FILE IMAGE..." */
  const char *more_help; /* printed below the options; NULL for none */
  const arg_option *options;
  size_t num_options;
  size_t min_operands;
  size_t max_operands;
  arg_operands operands;
  const arg_choice *operand_choices; /* NULL: any */
} arg_spec;

typedef enum arg_outcome {
  ARGS_GO_ON,
  ARGS_HELP_SHOWN, /* --help: printed to standard output */
  ARGS_USAGE_ERROR /* the message is printed */
} arg_outcome;

/* Parses the arguments after the command's name, argv[1]: "--name value", "--name=value" and
 * operands in any order; "--" ends the options; options may be abbreviated if unambiguous; if one
 * is given twice, the last value is used. Targets of options that are not given keep their values.
 * The operands are moved to argv[2] and following, in order; *num_operands (may be NULL) is their
 * number. Arguments without operands may be parsed again. */
arg_outcome args_parse(const arg_spec *spec, int argc, char **argv, size_t *num_operands);

/* Until it is called with NULL, args_parse() only passes the arguments that a command takes to
 * `inspect` and returns ARGS_HELP_SHOWN: what completion and the man page are written from. */
typedef void (*arg_inspector)(const arg_spec *spec, void *user);
void args_inspect(arg_inspector inspect, void *user);

/* "mnistcnn: COMMAND: ... (see mnistcnn COMMAND --help)". Returns EXIT_STATUS_USAGE. */
__attribute__((format(printf, 2, 3))) int args_usage_error(const char *command, const char *format,
                                                           ...);

#endif
