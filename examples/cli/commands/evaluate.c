/* mnistcnn evaluate: metrics of a model on labelled images. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "files/files.h"
#include "files/history_read.h"
#include "files/images.h"
#include "model/load.h"
#include "model/preparation.h"
#include "report/evaluation.h"
#include "report/report.h"
#include "terminal/args.h"
#include "terminal/json_out.h"
#include "terminal/message.h"
#include "terminal/percent.h"
#include "terminal/progress_bar.h"

/* With more classes a confusion matrix is no longer readable. */
enum { MAX_PRINTED_CLASSES = 20, MAX_CONFUSIONS = 20 };

static const arg_choice reported_losses[] = {
    {"binary", MNISTCNN_LOSS_BINARY_CROSS_ENTROPY},
    {"categorical", MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY},
    {NULL, 0}};

/* --- text ------------------------------------------------------------------------------------- */

static int name_width(const evaluation *e, size_t at_least) {
  size_t width = at_least;

  for (uint32_t c = 0; c < e->num_classes; c++) {
    const size_t length = strlen(evaluation_name(e, c));
    width = length > width ? length : width;
  }
  return (int)width;
}

static void print_figures(const evaluation *e) {
  char text[PERCENT_CAPACITY];

  printf("accuracy         %7s  (%" PRIu64 " of %" PRIu64 " correct)\n",
         percent_text(e->metrics.accuracy, text), e->metrics.correct, e->metrics.count);
  printf("binary accuracy  %7s  (of single outputs, as Keras' \"acc\" with binary cross entropy)\n",
         percent_text(e->metrics.binary_accuracy, text));
  printf("loss             %7.4f\n", e->metrics.loss);
  printf("calibration err. %7s  (mean difference of confidence and accuracy, 15 bins)\n",
         percent_text(e->metrics.calibration_error, text));
}

static void print_confusion(const evaluation *e) {
  const int first = name_width(e, strlen("class"));
  const int width = name_width(e, (size_t)snprintf(NULL, 0, "%" PRIu64, e->metrics.count)) + 1;

  printf("\nConfusion matrix (rows: true class, columns: predicted class)\n%*s", first, "");
  for (uint32_t predicted = 0; predicted < e->num_classes; predicted++)
    printf("%*s", width, evaluation_name(e, predicted));
  for (uint32_t actual = 0; actual < e->num_classes; actual++) {
    printf("\n%*s", first, evaluation_name(e, actual));
    for (uint32_t predicted = 0; predicted < e->num_classes; predicted++)
      printf("%*" PRIu64, width, evaluation_cell(e, actual, predicted));
  }
  putchar('\n');
}

static void print_confusions(const evaluation *e) {
  uint32_t actual = 0;
  uint32_t predicted = 0;
  uint64_t cases = UINT64_MAX;

  puts("\nMost frequent confusions");
  for (int i = 0; i < MAX_CONFUSIONS; i++) {
    cases = evaluation_next_confusion(e, cases, &actual, &predicted);
    if (cases == 0)
      return;
    printf("%8" PRIu64 "  %s classified as %s\n", cases, evaluation_name(e, actual),
           evaluation_name(e, predicted));
  }
}

static void print_classes(const evaluation *e) {
  const int width = name_width(e, strlen("class"));
  char recall_text[PERCENT_CAPACITY];
  char precision_text[PERCENT_CAPACITY];

  printf("\n%-*s  images   recall  precision\n", width, "class");
  for (uint32_t c = 0; c < e->num_classes; c++) {
    printf("%-*s %7" PRIu64 "  %7s    %7s\n", width, evaluation_name(e, c), evaluation_images(e, c),
           percent_text(evaluation_recall(e, c), recall_text),
           percent_text(evaluation_precision(e, c), precision_text));
  }
}

static void print_text(const evaluation *e) {
  print_figures(e);
  print_classes(e);
  if (e->num_classes <= MAX_PRINTED_CLASSES)
    print_confusion(e);
  else
    print_confusions(e);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void write_number(json_out *json, const char *key, double number) {
  json_key(json, key);
  json_number(json, number);
}

static void write_classes(json_out *json, const evaluation *e) {
  json_key(json, "classes");
  json_begin_array(json);
  for (uint32_t c = 0; c < e->num_classes; c++) {
    json_begin_line_object(json);
    json_key(json, "name");
    json_text(json, evaluation_name(e, c));
    json_key(json, "images");
    json_integer(json, evaluation_images(e, c));
    write_number(json, "recall", evaluation_recall(e, c));
    write_number(json, "precision", evaluation_precision(e, c));
    json_end_object(json);
  }
  json_end_array(json);
}

static void write_confusion(json_out *json, const evaluation *e) {
  json_key(json, "confusion");
  json_begin_array(json);
  for (uint32_t actual = 0; actual < e->num_classes; actual++) {
    json_begin_line_array(json);
    for (uint32_t predicted = 0; predicted < e->num_classes; predicted++)
      json_integer(json, evaluation_cell(e, actual, predicted));
    json_end_array(json);
  }
  json_end_array(json);
}

static void print_json(const evaluation *e) {
  json_out json;

  json_start(&json, stdout);
  json_begin_object(&json);
  json_key(&json, "images");
  json_integer(&json, e->metrics.count);
  json_key(&json, "correct");
  json_integer(&json, e->metrics.correct);
  write_number(&json, "accuracy", e->metrics.accuracy);
  write_number(&json, "binary_accuracy", e->metrics.binary_accuracy);
  write_number(&json, "loss", e->metrics.loss);
  write_number(&json, "calibration_error", e->metrics.calibration_error);
  write_classes(&json, e);
  write_confusion(&json, e);
  json_end_object(&json);
  json_finish(&json);
}

/* --- command ---------------------------------------------------------------------------------- */

typedef struct evaluate_settings {
  const char *model;
  const char *images;
  const char *report;
  const char *history;
  uint32_t num_threads;
  uint32_t skip_broken;
  uint32_t as_json;
  int32_t loss;
  preparation_settings preparation;
} evaluate_settings;

static int32_t on_progress(const mnistcnn_progress *progress, void *user) {
  progress_bar_count(user, "Evaluating", progress->images_done, progress->images_total);
  return 0;
}

static size_t num_probabilities(const evaluation *e) {
  return mnistcnn_dataset_num_images(e->dataset) * e->num_classes;
}

static int measure(const evaluate_settings *s, progress_bar *bar, evaluation *e) {
  mnistcnn_evaluate_options options;

  if (mnistcnn_evaluate_options_init(&options, sizeof options) != MNISTCNN_OK)
    return fail_library();
  options.num_threads = s->num_threads;
  options.loss = s->loss;
  options.progress = on_progress;
  options.user = bar;
  options.confusion = e->confusion;
  options.confusion_capacity = (size_t)e->num_classes * e->num_classes;
  options.probabilities = e->probabilities;
  options.probabilities_capacity = e->probabilities ? num_probabilities(e) : 0;
  e->metrics.struct_size = sizeof e->metrics;
  const mnistcnn_status status = mnistcnn_evaluate(e->model, e->dataset, &options, &e->metrics);
  progress_bar_leave(bar);
  return status == MNISTCNN_OK ? EXIT_STATUS_OK : fail_library();
}

static int write_report(const evaluate_settings *s, const evaluation *e) {
  training_history history = {0};
  const report_input report = {.evaluation = e,
                               .history = s->history ? &history : NULL,
                               .model_path = s->model,
                               .images_path = s->images,
                               .loss = s->loss};

  if (s->history && !history_read(s->history, &history))
    return EXIT_STATUS_FAILURE;
  const bool written = report_write(s->report, &report);
  history_release(&history);
  if (written && !s->as_json)
    printf("\nSaved %s\n", s->report);
  return written ? EXIT_STATUS_OK : EXIT_STATUS_FAILURE;
}

static int print_results(const evaluate_settings *s, const evaluation *e) {
  if (s->as_json)
    print_json(e);
  else
    print_text(e);
  return s->report ? write_report(s, e) : EXIT_STATUS_OK;
}

static int evaluate_dataset(const evaluate_settings *s, progress_bar *bar,
                            const mnistcnn_model *model, const mnistcnn_dataset *dataset) {
  const uint32_t classes = mnistcnn_model_num_classes(model);
  evaluation e = {.model = model,
                  .dataset = dataset,
                  .num_classes = classes,
                  .confusion = calloc((size_t)classes * classes, sizeof(uint64_t))};

  if (s->report)
    e.probabilities = calloc(num_probabilities(&e), sizeof(float));
  int status = EXIT_STATUS_FAILURE;
  if (!e.confusion || (s->report && !e.probabilities))
    fail("out of memory");
  else
    status = measure(s, bar, &e);
  if (status == EXIT_STATUS_OK)
    status = print_results(s, &e);
  free(e.probabilities);
  free(e.confusion);
  return status;
}

static int evaluate_model(const evaluate_settings *s, mnistcnn_model *model) {
  mnistcnn_dataset *dataset = NULL;
  progress_bar bar;
  image_options load = {.preparation = MNISTCNN_PREPARATION_INIT,
                        .skip_broken = s->skip_broken,
                        .num_threads = s->num_threads,
                        .bar = &bar};

  if (preparation_change(&s->preparation, model) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  if (mnistcnn_model_input_shape(model, &load.shape) != MNISTCNN_OK ||
      mnistcnn_model_preparation(model, &load.preparation) != MNISTCNN_OK)
    return fail_library();
  progress_bar_start(&bar, s->as_json ? stderr : stdout);
  int status = images_load(s->images, &load, &dataset);
  if (status == EXIT_STATUS_OK) {
    if (!s->as_json)
      images_print_found(dataset);
    status = evaluate_dataset(s, &bar, model, dataset);
  }
  mnistcnn_dataset_free(dataset);
  return status;
}

int cmd_evaluate(int argc, char **argv) {
  evaluate_settings s = {.num_threads = online_processors(),
                         .loss = MNISTCNN_LOSS_BINARY_CROSS_ENTROPY,
                         .preparation = preparation_settings_none()};
  mnistcnn_model *model = NULL;

  const arg_option options[] = {
      arg_text("model", "FILE", &s.model, "the model (required)"),
      arg_one_of("prepare", &s.preparation.prepare, prepare_choices,
                 "how images are prepared: as the model says (auto, the default), only resized "
                 "(none), or as one digit (digit)"),
      arg_one_of("loss", &s.loss, reported_losses, "cross entropy to report (binary)"),
      arg_uint32("threads", &s.num_threads, 1, 256, "number of threads (all processors)"),
      arg_text("report", "FILE.html", &s.report,
               "write an HTML report: misclassified images, confusion matrix, calibration"),
      arg_text("history", "FILE.json", &s.history,
               "file written by train --history, for the learning curves of the report"),
      arg_switch("skip-broken", &s.skip_broken, 1, "skip files that cannot be read"),
      arg_switch("json", &s.as_json, 1, "print JSON"),
  };
  const arg_spec spec = {
      .command = "evaluate",
      .purpose = "Evaluates a model on labelled images: accuracy, loss, calibration error and "
                 "confusion matrix.",
      .synopsis = "--model FILE [OPTION...] DIR",
      .more_help = "DIR has one sub-folder per class; MNIST's IDX files are given as "
                   "IMAGES,LABELS.\n",
      .options = options,
      .num_options = sizeof options / sizeof options[0],
      .min_operands = 1,
      .max_operands = 1,
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, NULL);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  if (!s.model)
    return args_usage_error("evaluate", "--model FILE is required");
  if (s.history && !s.report)
    return args_usage_error("evaluate", "--history FILE.json requires --report FILE.html");
  s.images = argv[2];
  if (s.report && !can_write(s.report))
    return EXIT_STATUS_FAILURE;
  if (load_model_file(s.model, &model) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  const int status = evaluate_model(&s, model);
  mnistcnn_model_free(model);
  return status;
}
