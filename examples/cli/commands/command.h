/* The commands of mnistcnn, one file each. The arguments are those of main(): argv[1] is the name
 * of the command. Each returns the exit status. */
#ifndef CLI_COMMANDS_COMMAND_H
#define CLI_COMMANDS_COMMAND_H

#include <stddef.h>

typedef struct cli_command {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *purpose;
} cli_command;

extern const cli_command command_table[];
extern const size_t num_commands;

int cmd_train(int argc, char **argv);
int cmd_evaluate(int argc, char **argv);
int cmd_calibrate(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_summary(int argc, char **argv);
int cmd_convert(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_digits(int argc, char **argv);
int cmd_completion(int argc, char **argv);

#endif
