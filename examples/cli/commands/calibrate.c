/* mnistcnn calibrate: temperature and rejection threshold of a model, by labelled images. */
#include <stdio.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "files/files.h"
#include "files/images.h"
#include "files/same_file.h"
#include "model/load.h"
#include "system/processors.h"
#include "terminal/args.h"
#include "terminal/message.h"
#include "terminal/progress_bar.h"

typedef struct calibrate_settings {
  const char *model;
  const char *images;
  const char *out;
  const char *background;
  float accept;
  uint32_t num_threads;
  uint32_t skip_broken;
  idx_layout idx;
} calibrate_settings;

static int calibrate_and_save(const calibrate_settings *s, mnistcnn_model *model,
                              const mnistcnn_dataset *dataset) {
  if (mnistcnn_model_calibrate(model, dataset, s->accept) != MNISTCNN_OK)
    return fail_library();
  if (mnistcnn_model_save_file(model, s->out) != MNISTCNN_OK)
    return fail_file(s->out);
  printf("Temperature: %g\nRejection threshold: %g\nSaved %s\n",
         (double)mnistcnn_model_temperature(model),
         (double)mnistcnn_model_rejection_threshold(model), s->out);
  return EXIT_STATUS_OK;
}

static int calibrate_model(const calibrate_settings *s, mnistcnn_model *model) {
  mnistcnn_dataset *dataset = NULL;
  progress_bar bar;
  image_options load = {.preparation = MNISTCNN_PREPARATION_INIT,
                        .skip_broken = s->skip_broken,
                        .num_threads = s->num_threads,
                        .idx = s->idx,
                        .background = s->background,
                        .bar = &bar};

  if (mnistcnn_model_input_shape(model, &load.shape) != MNISTCNN_OK ||
      mnistcnn_model_preparation(model, &load.preparation) != MNISTCNN_OK)
    return fail_library();
  progress_bar_start(&bar, stdout);
  int status = images_load(s->images, &load, &dataset);
  if (status == EXIT_STATUS_OK) {
    images_print_found(dataset);
    status = calibrate_and_save(s, model, dataset);
  }
  mnistcnn_dataset_free(dataset);
  return status;
}

/* The model may be calibrated in its place; the images are not to be replaced. */
static int check_output(const calibrate_settings *s) {
  role_list list = {0};
  const file_role *other;

  role_list_add(&list, "--out", s->out, true);
  role_list_add_idx(&list, "the images", s->images);
  const file_role *const output = find_overwriting(list.roles, list.count, &other);
  if (output) {
    return args_usage_error("calibrate", "%s and %s must be different files, but both are %s",
                            output->name, other->name, output->path);
  }
  if (is_file_below(s->images, s->out))
    return args_usage_error("calibrate", "--out would replace a file of %s: %s", s->images, s->out);
  return can_write(s->out) ? EXIT_STATUS_OK : EXIT_STATUS_FAILURE;
}

int cmd_calibrate(int argc, char **argv) {
  calibrate_settings s = {.num_threads = usable_processors()};
  mnistcnn_model *model = NULL;

  const arg_option options[] = {
      arg_text("model", "FILE", &s.model, "the model (required)"),
      arg_text("out", "FILE", &s.out, "file to write the calibrated model to (required)"),
      arg_float("accept", &s.accept, 0, 1,
                "also set the rejection threshold: the highest that accepts this fraction of the "
                "images that are classified correctly, such as 0.99"),
      arg_text("background", "NAME", &s.background,
               "sub-folder with images of no class, of which the model should not be sure"),
      arg_switch("skip-broken", &s.skip_broken, 1, "skip files that cannot be read"),
      arg_switch("transpose", &s.idx.transpose, 1,
                 "swap rows and columns of the images in IDX files, for EMNIST"),
      arg_uint32("first-label", &s.idx.first_label, 0, 255,
                 "label of the first class in IDX files (0); 1 for EMNIST's letters"),
      arg_uint32("threads", &s.num_threads, 1, 256,
                 "number of threads that load images (all usable processors)"),
  };
  const arg_spec spec = {
      .command = "calibrate",
      .purpose = "Fits the confidence of a model to labelled images that it was not trained on.",
      .synopsis = "--model FILE --out FILE [OPTION...] DIR",
      .more_help = "DIR has one sub-folder per class; MNIST's IDX files are given as "
                   "IMAGES,LABELS.\n",
      .options = options,
      .num_options = sizeof options / sizeof options[0],
      .min_operands = 1,
      .max_operands = 1,
      .operands = ARG_OPERANDS_FOLDERS,
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, NULL);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  if (!s.model)
    return args_usage_error("calibrate", "--model FILE is required");
  if (!s.out)
    return args_usage_error("calibrate", "--out FILE is required");
  s.images = argv[2];
  const int checked = check_output(&s);
  if (checked != EXIT_STATUS_OK)
    return checked;
  if (load_model_file(s.model, &model) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  const int status = calibrate_model(&s, model);
  mnistcnn_model_free(model);
  return status;
}
