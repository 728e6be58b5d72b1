/* mnistcnn predict: "I think this digit is a 7 with 99.98% confidence". */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "files/images.h"
#include "files/inputs.h"
#include "files/same_file.h"
#include "model/load.h"
#include "model/own_model.h"
#include "model/preparation.h"
#include "predict/answer.h"
#include "predict/batch.h"
#include "predict/predictor.h"
#include "system/processors.h"
#include "terminal/args.h"
#include "terminal/message.h"
#include "terminal/progress_bar.h"
#include "terminal/streams.h"

/* Files that are predicted together. */
enum { BATCH = 256 };

/* --- images ----------------------------------------------------------------------------------- */

/* Ends early if the answers are lost: standard output is a closed pipe or a full disk. */
static int predict_all(predictor *p, predict_batch *batch, input_files *in) {
  const input_file *files;
  size_t count, done = 0;
  int status = EXIT_STATUS_OK;

  answers_begin(p);
  while ((count = inputs_next(in, batch->capacity, &files)) > 0) {
    status = worse_status(status, batch_predict(batch, p, files, count));
    if (!streams_flush())
      break;
    done += count;
    progress_bar_count(p->bar, "Predicting", done, inputs_total(in));
  }
  progress_bar_leave(p->bar);
  answers_end(p);
  return in->failed ? EXIT_STATUS_FAILURE : status;
}

static int predict_with(const mnistcnn_model *model, const predict_settings *how, input_files *in) {
  const size_t total = inputs_total(in);
  predict_batch batch = {0};
  progress_bar bar;
  predictor p;

  progress_bar_start(&bar, stderr);
  bar.live = bar.live && !isatty(STDOUT_FILENO); /* there the answers can be seen */
  int status = predictor_create(&p, model, how, &bar);
  if (status == EXIT_STATUS_OK &&
      !batch_create(&batch, &p, total > 0 && total < BATCH ? total : BATCH))
    status = EXIT_STATUS_FAILURE;
  if (status == EXIT_STATUS_OK)
    status = predict_all(&p, &batch, in);
  batch_free(&batch);
  predictor_free(&p);
  return status;
}

/* path NULL: the shipped model. A failure is reported. */
static bool load_model(const char *path, mnistcnn_model **model) {
  if (!path)
    return load_own_model(model) == MNISTCNN_OK || fail_library() == EXIT_STATUS_OK;
  if (load_model_file(path, model) != EXIT_STATUS_OK)
    return false;
  announce_memory(path, *model);
  return true;
}

/* --- command ---------------------------------------------------------------------------------- */

typedef struct request {
  const char *model; /* NULL: the shipped one */
  predict_settings how;
  preparation_settings preparation;
  uint32_t as_json, as_jsonl, as_csv;
  uint32_t null; /* 1: lists are separated by NUL bytes */
  size_t num_images;
} request;

static const char predict_help[] =
    "IMAGE is a file; a folder, of which all image files at any depth are taken, in sorted order;\n"
    "@LIST, a file with one path a line; or -, for paths on standard input, each of which is\n"
    "answered as soon as it is read. Files are ./-NAME and ./@NAME where their names begin so.\n\n"
    "Images of any size and colour type are converted to those of the model. If an image shows no\n"
    "digit, the reason is printed and the exit status is 3. A file that cannot be read is "
    "reported,\n"
    "the others are still predicted; the exit status is then 1. In JSON, bytes of a name that are\n"
    "not UTF-8 become U+FFFD; in CSV they stay as they are.\n";

static arg_outcome parse(int argc, char **argv, request *r) {
  const arg_option options[] = {
      arg_text("model", "FILE", &r->model, "the model (the shipped model for digits)"),
      arg_uint32("top", &r->how.top, 1, 1000, "also list the N most probable classes"),
      arg_switch("many", &r->how.many, 1,
                 "find and predict all digits of each image, which may show several"),
      arg_switch("form", &r->how.form, 1,
                 "find a table of printed cells in each image, and read it cell by cell"),
      arg_text("overlay", "FILE.png", &r->how.overlay,
               "draw what --many or --form read on the image, of which there must be one"),
      arg_one_of("prepare", &r->preparation.prepare, prepare_choices,
                 "how images are prepared: as the model says (auto, the default), only resized "
                 "(none), or as one digit, which is brought into the form of MNIST (digit)"),
      arg_switch("show", &r->how.show, 1, "print the input of the network"),
      arg_uint32("threads", &r->how.num_threads, 1, 256, "number of threads (all processors)"),
      arg_switch("json", &r->as_json, 1, "print JSON: an array with one object per image"),
      arg_switch("jsonl", &r->as_jsonl, 1, "print one JSON object a line"),
      arg_switch("csv", &r->as_csv, 1,
                 "print CSV: path, answer, confidence, the probability of every class, error"),
      arg_with_letter(arg_switch("null", &r->null, 1,
                                 "paths in lists and on standard input end with a NUL byte"),
                      '0'),
  };
  const arg_spec spec = {
      .command = "predict",
      .purpose = "Classifies PNG, JPEG or BMP files and prints the confidence of each prediction.",
      .synopsis = "[OPTION...] IMAGE...",
      .more_help = predict_help,
      .options = options,
      .num_options = sizeof options / sizeof options[0],
      .min_operands = 1,
      .max_operands = SIZE_MAX,
      .operands = ARG_OPERANDS_FILES,
  };

  return args_parse(&spec, argc, argv, &r->num_images);
}

static int check_request(request *r) {
  if (r->as_json + r->as_jsonl + r->as_csv > 1)
    return args_usage_error("predict", "--json, --jsonl and --csv exclude each other");
  if (r->as_csv && r->how.many)
    return args_usage_error("predict",
                            "--csv and --many exclude each other; --jsonl has the digits");
  if (r->as_csv && r->how.form)
    return args_usage_error("predict",
                            "--csv and --form exclude each other; --jsonl has the digits");
  if (r->how.overlay && !r->how.many && !r->how.form)
    return args_usage_error("predict", "--overlay needs --many or --form");
  r->how.many |= r->how.form;
  if (!r->model && !has_own_model())
    return args_usage_error("predict", "--model FILE is required");
  r->how.format = r->as_json    ? ANSWER_JSON
                  : r->as_jsonl ? ANSWER_JSONL
                  : r->as_csv   ? ANSWER_CSV
                                : ANSWER_TEXT;
  return EXIT_STATUS_OK;
}

/* What depends on the images: their number, and whether there is but one that was named itself. */
static void fit_to_images(predict_settings *how, const input_files *in) {
  const size_t total = inputs_total(in);

  if (total > 0 && total < how->num_threads)
    how->num_threads = (uint32_t)total;
  how->name_files =
      total != 1 || in->num_operands != 1 || strcmp(in->operands[0], in->found.items[0].path) != 0;
}

static int check_overlay(const char *path, const input_files *in) {
  if (inputs_total(in) != 1)
    return args_usage_error("predict", "--overlay needs exactly one image");
  return is_same_file(path, in->found.items[0].path)
             ? fail("%s: --overlay would replace the image itself", path)
             : EXIT_STATUS_OK;
}

static int predict_requested(request *r, mnistcnn_model *model, char *const *operands) {
  input_files in;
  int status = preparation_change(&r->preparation, model);

  if (status != EXIT_STATUS_OK)
    return status;
  if (!inputs_start(&in, operands, r->num_images, r->null ? '\0' : '\n')) {
    status = EXIT_STATUS_FAILURE;
  } else {
    fit_to_images(&r->how, &in);
    status = r->how.overlay ? check_overlay(r->how.overlay, &in) : EXIT_STATUS_OK;
    if (status == EXIT_STATUS_OK)
      status = predict_with(model, &r->how, &in);
  }
  inputs_free(&in);
  return status;
}

int cmd_predict(int argc, char **argv) {
  request r = {.how = {.top = 1, .num_threads = usable_processors()},
               .preparation = preparation_settings_none()};
  mnistcnn_model *model = NULL;
  const arg_outcome outcome = parse(argc, argv, &r);

  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  int status = check_request(&r);
  if (status != EXIT_STATUS_OK)
    return status;
  if (!load_model(r.model, &model))
    return EXIT_STATUS_FAILURE;
  status = predict_requested(&r, model, argv + 2);
  mnistcnn_model_free(model);
  return status;
}
