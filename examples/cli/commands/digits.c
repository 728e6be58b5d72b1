/* mnistcnn digits: draws synthetic handwritten digits, for training without MNIST. */
#include <stdio.h>

#include "commands/command.h"
#include "draw/digits.h"
#include "files/class_folders.h"
#include "files/files.h"
#include "terminal/args.h"
#include "terminal/message.h"
#include "terminal/progress_bar.h"
#include "terminal/streams.h"

enum { SIDE = DRAW_DIGIT_SIDE, NUM_DIGITS = 10 };

/* Draws `count` digits, the same number of each. `first` is the index of the first drawing, so that
 * the training and the validation set have different drawings. */
static int draw_set(const char *root, uint64_t seed, uint64_t first, uint32_t count) {
  const class_folders folders = {.root = root, .num_classes = NUM_DIGITS, .num_images = count};
  uint8_t pixels[SIDE * SIDE];
  const mnistcnn_image image = {
      .pixels = pixels, .size_bytes = sizeof pixels, .shape = {SIDE, SIDE, 1}};
  progress_bar bar;

  if (!class_folders_create(&folders))
    return EXIT_STATUS_FAILURE;
  progress_bar_start(&bar, stdout);
  for (uint32_t i = 0; i < count; i++) {
    draw_digit(i % NUM_DIGITS, seed, first + i, pixels);
    if (!class_folders_write(&folders, i % NUM_DIGITS, i, &image)) {
      progress_bar_leave(&bar);
      return EXIT_STATUS_FAILURE;
    }
    progress_bar_count(&bar, "Drawing", i + 1, count);
  }
  progress_bar_leave(&bar);
  printf("Drew %u digits into %s\n", count, root);
  return EXIT_STATUS_OK;
}

static int draw_both(const char *folder, uint64_t seed, uint32_t count, uint32_t validation_count) {
  char path[PATH_CAPACITY];
  char validation_path[PATH_CAPACITY];

  if (!make_path(path, "%s/train", folder) || !make_path(validation_path, "%s/validation", folder))
    return EXIT_STATUS_FAILURE;
  if (!class_folders_are_free(path) ||
      (validation_count > 0 && !class_folders_are_free(validation_path)))
    return EXIT_STATUS_FAILURE;
  const int status = draw_set(path, seed, 0, count);
  if (status != EXIT_STATUS_OK || validation_count == 0)
    return status;
  return draw_set(validation_path, seed, count, validation_count);
}

int cmd_digits(int argc, char **argv) {
  const char *folder = NULL;
  uint32_t count = 20000;
  uint32_t validation_count = UINT32_MAX;
  uint64_t seed = 1;

  const arg_option options[] = {
      arg_text("out", "DIR", &folder, "output folder, for DIR/train and DIR/validation (required)"),
      arg_uint32("count", &count, NUM_DIGITS, 10000000,
                 "number of digits in the training set, balanced (20000)"),
      arg_uint32("validation-count", &validation_count, 0, 10000000,
                 "number of digits in the validation set (a sixth of --count)"),
      arg_uint64("seed", &seed, "random seed (1)"),
  };
  const arg_spec spec = {
      .command = "digits",
      .purpose = "Draws synthetic handwritten digits, 28x28, white on black as in MNIST.",
      .synopsis = "--out DIR [OPTION...]",
      .options = options,
      .num_options = sizeof options / sizeof options[0],
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, NULL);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  if (!folder)
    return args_usage_error("digits", "--out DIR is required");
  streams_outlive_reader();
  return draw_both(folder, seed, count,
                   validation_count == UINT32_MAX ? count / 6 : validation_count);
}
