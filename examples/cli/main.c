/* mnistcnn: trains and runs small convolutional networks from the command line. */
#include <stdio.h>
#include <string.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "terminal/message.h"

typedef struct command {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *purpose;
} command;

static const command commands[] = {
    {"train", cmd_train, "train a network on folders of PNG files"},
    {"evaluate", cmd_evaluate, "evaluate a model on labelled images"},
    {"predict", cmd_predict, "classify images"},
    {"summary", cmd_summary, "print a model's layers and classes"},
    {"import", cmd_import, "make a model file of a Keras model"},
    {"export", cmd_export, "write a model as a file of Keras"},
    {"convert", cmd_convert, "convert MNIST's IDX files to folders of PNG files"},
    {"digits", cmd_digits, "draw synthetic handwritten digits for training"},
};
enum { NUM_COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(void) {
  puts("Trains and runs small convolutional networks on folders of PNG files.\n\n"
       "Usage: mnistcnn COMMAND ...\n\nCommands:");
  for (size_t i = 0; i < NUM_COMMANDS; i++)
    printf("  %-10s %s\n", commands[i].name, commands[i].purpose);
  puts("\n'mnistcnn COMMAND --help' lists the options of a command, --version prints the "
       "version.\n\n"
       "Example:\n"
       "  mnistcnn digits --out digits\n"
       "  mnistcnn train --train digits/train --validation digits/validation "
       "--out digits.safetensors\n"
       "  mnistcnn predict --model digits.safetensors digits/validation/7/*.png");
}

static int print_version(void) {
  char build[512];

  printf("mnistcnn %s\n", mnistcnn_version_string());
  if (mnistcnn_build_info(build, sizeof build, NULL) != MNISTCNN_OK)
    return fail_library();
  puts(build);
  return EXIT_STATUS_OK;
}

static int run(int argc, char **argv) {
  const char *const name = argv[1];

  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
    print_help();
    return EXIT_STATUS_OK;
  }
  if (strcmp(name, "--version") == 0)
    return print_version();
  for (size_t i = 0; i < NUM_COMMANDS; i++)
    if (strcmp(name, commands[i].name) == 0)
      return commands[i].run(argc, argv);
  fail("unknown command '%s' (see mnistcnn --help)", name);
  return EXIT_STATUS_USAGE;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fail("missing command: train, evaluate, predict, summary, import, export, convert or digits "
         "(see mnistcnn --help)");
    return EXIT_STATUS_USAGE;
  }
  return finish_stdout(run(argc, argv));
}
