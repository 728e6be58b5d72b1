#include "files/images.h"

#include <inttypes.h>
#include <stdio.h>

#include "files/files.h"
#include "terminal/message.h"

static int32_t show_loading(const mnistcnn_progress *progress, void *user) {
  const image_options *const options = user;

  progress_bar_count(options->bar, "Loading", progress->images_done, progress->images_total);
  return 0;
}

/* Messages do not share a line with the progress bar. */
static void show_loading_log(int32_t level, const char *message, void *user) {
  const image_options *const options = user;

  progress_bar_leave(options->bar);
  log_to_stderr(level, message, NULL);
}

int images_check_source(const char *source) {
  char images[PATH_CAPACITY];
  const char *labels = NULL;

  if (split_idx_pair(source, images, &labels) || !is_file(source))
    return EXIT_STATUS_OK;
  return fail("%s: is a file, not a folder with one sub-folder per class; give MNIST's IDX files, "
              "which are two, as IMAGES,LABELS",
              source);
}

int images_load(const char *source, const image_options *options, mnistcnn_dataset **dataset) {
  char images[PATH_CAPACITY];
  const char *labels = NULL;
  image_options user = *options;
  mnistcnn_dataset_options load;

  if (images_check_source(source) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  const bool is_idx = split_idx_pair(source, images, &labels);
  if (mnistcnn_dataset_options_init(&load, sizeof load) != MNISTCNN_OK)
    return fail_library();
  load.height = options->shape.height;
  load.width = options->shape.width;
  /* A network with three channels accepts gray images, which take a third of the memory. */
  load.channels = options->shape.channels == 1 ? 1 : 0;
  load.preparation = &options->preparation;
  load.skip_broken = options->skip_broken;
  load.num_threads = options->num_threads;
  load.idx_transpose = options->idx.transpose;
  load.idx_first_label = options->idx.first_label;
  load.background = options->background;
  load.progress = show_loading;
  load.log = show_loading_log;
  load.user = &user;
  load.monitor = options->monitor;

  const mnistcnn_status status = is_idx ? mnistcnn_dataset_load_idx(images, labels, &load, dataset)
                                        : mnistcnn_dataset_load_folder(source, &load, dataset);
  progress_bar_leave(options->bar);
  if (status == MNISTCNN_CANCELLED)
    return fail("stopped while loading %s; no files were changed", source);
  return status == MNISTCNN_OK ? EXIT_STATUS_OK : fail_library();
}

void images_print_found(const mnistcnn_dataset *dataset) {
  const size_t skipped = mnistcnn_dataset_num_skipped(dataset);

  printf("Found %zu images belonging to %" PRIu32 " classes.\n",
         mnistcnn_dataset_num_images(dataset), mnistcnn_dataset_num_classes(dataset));
  if (skipped > 0)
    printf("Skipped %zu broken file%s.\n", skipped, skipped == 1 ? "" : "s");
  fflush(stdout);
}
