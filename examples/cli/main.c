/* mnistcnn: trains and runs small convolutional networks from the command line. */
#include <stdio.h>
#include <string.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "system/os.h"
#include "terminal/message.h"
#include "terminal/nearest.h"
#include "terminal/streams.h"

static void print_help(void) {
  puts("Trains and runs small convolutional networks on folders of images.\n\n"
       "Usage: mnistcnn COMMAND ...\n\nCommands:");
  for (size_t i = 0; i < num_commands; i++)
    printf("  %-10s %s\n", command_table[i].name, command_table[i].purpose);
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

static int refuse(const char *name) {
  nearest near = nearest_to(name, strlen(name));
  char question[NEAREST_CAPACITY];

  for (size_t i = 0; i < num_commands; i++)
    nearest_offer(&near, command_table[i].name);
  nearest_offer(&near, "--help");
  nearest_offer(&near, "--version");
  fail("unknown command '%s'%s (see mnistcnn --help)", name, nearest_question(&near, "", question));
  return EXIT_STATUS_USAGE;
}

static void refuse_nothing(void) {
  char names[256] = "";
  size_t length = 0;

  for (size_t i = 0; i < num_commands && length < sizeof names; i++) {
    const char *const before = i == 0 ? "" : i + 1 < num_commands ? ", " : " or ";
    length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", before,
                               command_table[i].name);
  }
  fail("missing command: %s (see mnistcnn --help)", names);
}

static int run(int argc, char **argv) {
  const char *const name = argv[1];

  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
    print_help();
    return EXIT_STATUS_OK;
  }
  if (strcmp(name, "--version") == 0)
    return print_version();
  for (size_t i = 0; i < num_commands; i++)
    if (strcmp(name, command_table[i].name) == 0)
      return command_table[i].run(argc, argv);
  return refuse(name);
}

int main(int argc, char **argv) {
  os_prepare_streams();
  if (argc < 2) {
    refuse_nothing();
    return EXIT_STATUS_USAGE;
  }
  return streams_finish(run(argc, argv));
}
