/* mnistcnn completion: scripts that complete command lines in a shell. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "commands/command.h"
#include "completion/completion.h"
#include "terminal/args.h"
#include "terminal/message.h"
#include "terminal/nearest.h"

typedef struct shell {
  const char *name;
  const completion_writer *writer;
} shell;

static const shell shells[] = {{"bash", &completion_bash},
                               {"zsh", &completion_zsh},
                               {"fish", &completion_fish},
                               {"man", &completion_man}};
enum { NUM_SHELLS = sizeof shells / sizeof shells[0] };

static const arg_choice shell_names[] = {
    {"bash", 0}, {"zsh", 0}, {"fish", 0}, {"man", 0}, {NULL, 0}};

typedef struct listing {
  const completion_writer *writer;
  const char *purpose; /* of the command that is being asked */
} listing;

static void list_command(const arg_spec *spec, void *user) {
  const listing *const l = user;

  l->writer->command(spec, l->purpose);
}

/* Every command is called for its table of options only. */
static int list_all(const completion_writer *writer, char **argv) {
  listing l = {writer, NULL};
  completion_command *const names = calloc(num_commands, sizeof *names);

  if (!names)
    return fail("out of memory");
  for (size_t i = 0; i < num_commands; i++)
    names[i] = (completion_command){command_table[i].name, command_table[i].purpose};
  writer->begin(names, num_commands);
  free(names);
  args_inspect(list_command, &l);
  for (size_t i = 0; i < num_commands; i++) {
    l.purpose = command_table[i].purpose;
    command_table[i].run(2, argv);
  }
  args_inspect(NULL, NULL);
  writer->end();
  return EXIT_STATUS_OK;
}

static int refuse_shell(const char *name) {
  nearest near = nearest_to(name, strlen(name));
  char question[NEAREST_CAPACITY];

  for (size_t i = 0; i < NUM_SHELLS; i++)
    nearest_offer(&near, shells[i].name);
  return args_usage_error("completion", "'%s' is not one of bash, zsh, fish and man%s", name,
                          nearest_question(&near, "", question));
}

int cmd_completion(int argc, char **argv) {
  const arg_spec spec = {
      .command = "completion",
      .purpose = "Prints a script that completes the commands, options and values of mnistcnn in a "
                 "shell.",
      .synopsis = "bash|zsh|fish",
      .more_help = "Examples:\n"
                   "  eval \"$(mnistcnn completion bash)\"     in ~/.bashrc\n"
                   "  eval \"$(mnistcnn completion zsh)\"      in ~/.zshrc, after compinit\n"
                   "  mnistcnn completion fish | source      in ~/.config/fish/config.fish\n\n"
                   "'mnistcnn completion man' prints the same options for the man page.\n",
      .min_operands = 1,
      .max_operands = 1,
      .operand_choices = shell_names,
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, NULL);

  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  for (size_t i = 0; i < NUM_SHELLS; i++)
    if (strcmp(shells[i].name, argv[2]) == 0)
      return list_all(shells[i].writer, argv);
  return refuse_shell(argv[2]);
}
