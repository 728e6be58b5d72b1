/* mnistcnn convert: MNIST's IDX files to folders of PNG files. */
#include <stdio.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "files/class_folders.h"
#include "files/images.h"
#include "terminal/args.h"
#include "terminal/message.h"
#include "terminal/progress_bar.h"
#include "terminal/streams.h"

typedef struct convert_settings {
  uint64_t limit;
  idx_layout idx;
} convert_settings;

static int write_images(const mnistcnn_dataset *dataset, const class_folders *folders) {
  mnistcnn_image image = {0};
  progress_bar bar;

  if (mnistcnn_dataset_shape(dataset, &image.shape) != MNISTCNN_OK)
    return fail_library();
  image.size_bytes = (size_t)image.shape.height * image.shape.width * image.shape.channels;
  progress_bar_start(&bar, stdout);
  for (size_t i = 0; i < folders->num_images; i++) {
    const uint32_t label = (uint32_t)mnistcnn_dataset_label(dataset, i);
    image.pixels = mnistcnn_dataset_image(dataset, i);
    if (!class_folders_write(folders, label, i, &image)) {
      progress_bar_leave(&bar);
      return EXIT_STATUS_FAILURE;
    }
    progress_bar_count(&bar, "Writing", i + 1, folders->num_images);
  }
  progress_bar_leave(&bar);
  return EXIT_STATUS_OK;
}

static int convert(const char *images, const char *labels, const char *folder,
                   const convert_settings *settings) {
  const uint64_t limit = settings->limit;
  mnistcnn_dataset_options options = MNISTCNN_DATASET_OPTIONS_INIT;
  mnistcnn_dataset *dataset = NULL;

  options.idx_transpose = settings->idx.transpose;
  options.idx_first_label = settings->idx.first_label;
  if (mnistcnn_dataset_load_idx(images, labels, &options, &dataset) != MNISTCNN_OK)
    return fail_library();
  const size_t count = mnistcnn_dataset_num_images(dataset);
  const class_folders folders = {.root = folder,
                                 .num_classes = mnistcnn_dataset_num_classes(dataset),
                                 .num_images = limit < count ? (size_t)limit : count};
  const int status =
      class_folders_create(&folders) ? write_images(dataset, &folders) : EXIT_STATUS_FAILURE;
  if (status == EXIT_STATUS_OK) {
    printf("Wrote %zu images of %u classes to %s\n", folders.num_images, folders.num_classes,
           folder);
  }
  mnistcnn_dataset_free(dataset);
  return status;
}

int cmd_convert(int argc, char **argv) {
  convert_settings settings = {.limit = UINT64_MAX};

  const arg_option options[] = {
      arg_uint64("limit", &settings.limit, "only write the first N images"),
      arg_switch("transpose", &settings.idx.transpose, 1,
                 "swap rows and columns of the images, for EMNIST"),
      arg_uint32("first-label", &settings.idx.first_label, 0, 255,
                 "label of the first class (0); 1 for EMNIST's letters"),
  };
  const arg_spec spec = {
      .command = "convert",
      .purpose = "Converts MNIST's IDX files, plain or gzip-compressed, to PNG files in one folder "
                 "per class.",
      .synopsis = "IMAGES LABELS DIR [OPTION...]",
      .more_help = "Example:\n  mnistcnn convert train-images-idx3-ubyte.gz "
                   "train-labels-idx1-ubyte.gz mnist/train\n"
                   "  mnistcnn convert --transpose --first-label 1 "
                   "emnist-letters-train-images-idx3-ubyte.gz \\\n"
                   "    emnist-letters-train-labels-idx1-ubyte.gz letters/train\n",
      .options = options,
      .num_options = sizeof options / sizeof options[0],
      .min_operands = 3,
      .max_operands = 3,
      .operands = ARG_OPERANDS_FILES,
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, NULL);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  streams_outlive_reader();
  return convert(argv[2], argv[3], argv[4], &settings);
}
