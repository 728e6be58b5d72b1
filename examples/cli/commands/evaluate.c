/* mnistcnn evaluate: metrics of a model on labelled images. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "files/files.h"
#include "files/history_read.h"
#include "files/images.h"
#include "files/same_file.h"
#include "model/load.h"
#include "model/preparation.h"
#include "report/evaluation.h"
#include "report/evaluation_json.h"
#include "report/images_csv.h"
#include "report/report.h"
#include "system/processors.h"
#include "terminal/args.h"
#include "terminal/message.h"
#include "terminal/percent.h"
#include "terminal/progress_bar.h"
#include "terminal/streams.h"

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

/* What the model's rejection threshold rejects. */
static void print_rejected(const evaluation *e) {
  const mnistcnn_metrics *const m = &e->metrics;
  char text[PERCENT_CAPACITY];

  if (m->background == 0 && mnistcnn_model_rejection_threshold(e->model) <= 0)
    return;
  printf("rejected         %7s  (%" PRIu64 " of %" PRIu64 "; below the threshold of %g)\n",
         percent_text((double)m->rejected / (double)m->count, text), m->rejected, m->count,
         (double)mnistcnn_model_rejection_threshold(e->model));
  if (m->background > 0)
    printf("background rej.  %7s  (%" PRIu64 " of %" PRIu64 ")\n",
           percent_text((double)m->background_rejected / (double)m->background, text),
           m->background_rejected, m->background);
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
  print_rejected(e);
  print_classes(e);
  if (e->num_classes <= MAX_PRINTED_CLASSES)
    print_confusion(e);
  else
    print_confusions(e);
}

/* --- command ---------------------------------------------------------------------------------- */

typedef struct evaluate_settings {
  const char *model;
  const char *images;
  const char *report;
  const char *csv; /* "-": standard output, which then has nothing else */
  const char *history;
  uint32_t num_threads;
  uint32_t skip_broken;
  idx_layout idx;
  const char *background;
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

static bool csv_is_output(const evaluate_settings *s) {
  return s->csv && strcmp(s->csv, "-") == 0;
}

/* Whether what people read is printed. */
static bool prints_text(const evaluate_settings *s) {
  return !s->as_json && !csv_is_output(s);
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
  if (written && prints_text(s))
    printf("\nSaved %s\n", s->report);
  return written ? EXIT_STATUS_OK : EXIT_STATUS_FAILURE;
}

static int write_csv(const evaluate_settings *s, const evaluation *e) {
  const images_csv images = {e, s->images};

  if (csv_is_output(s)) {
    images_csv_write(stdout, &images);
    return EXIT_STATUS_OK;
  }
  if (!write_text_file(s->csv, images_csv_write, &images))
    return EXIT_STATUS_FAILURE;
  if (prints_text(s))
    printf("\nSaved %s\n", s->csv);
  return EXIT_STATUS_OK;
}

static int print_results(const evaluate_settings *s, const evaluation *e) {
  int status = EXIT_STATUS_OK;

  if (s->as_json)
    evaluation_write_json(e, s->loss, stdout);
  else if (prints_text(s))
    print_text(e);
  if (s->csv)
    status = write_csv(s, e);
  if (s->report && write_report(s, e) != EXIT_STATUS_OK)
    status = EXIT_STATUS_FAILURE;
  return status;
}

static int evaluate_dataset(const evaluate_settings *s, progress_bar *bar,
                            const mnistcnn_model *model, const mnistcnn_dataset *dataset) {
  const uint32_t classes = mnistcnn_model_num_classes(model);
  evaluation e = {.model = model,
                  .dataset = dataset,
                  .num_classes = classes,
                  .confusion = calloc((size_t)classes * classes, sizeof(uint64_t))};

  const bool each_image = s->report || s->csv;
  if (each_image)
    e.probabilities = calloc(num_probabilities(&e), sizeof(float));
  int status = EXIT_STATUS_FAILURE;
  if (!e.confusion || (each_image && !e.probabilities))
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
                        .idx = s->idx,
                        .background = s->background,
                        .bar = &bar};

  if (preparation_change(&s->preparation, model) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  if (mnistcnn_model_input_shape(model, &load.shape) != MNISTCNN_OK ||
      mnistcnn_model_preparation(model, &load.preparation) != MNISTCNN_OK)
    return fail_library();
  progress_bar_start(&bar, prints_text(s) ? stdout : stderr);
  int status = images_load(s->images, &load, &dataset);
  if (status == EXIT_STATUS_OK) {
    if (prints_text(s))
      images_print_found(dataset);
    status = evaluate_dataset(s, &bar, model, dataset);
  }
  mnistcnn_dataset_free(dataset);
  return status;
}

/* What is written must not replace what is read. */
static int check_outputs(const evaluate_settings *s) {
  role_list list = {0};
  const file_role *other;

  role_list_add(&list, "--report", s->report, true);
  role_list_add(&list, "--csv", csv_is_output(s) ? NULL : s->csv, true);
  role_list_add(&list, "--model", s->model, false);
  role_list_add(&list, "--history", s->history, false);
  role_list_add_idx(&list, "the images", s->images);
  const file_role *const output = find_overwriting(list.roles, list.count, &other);
  if (output) {
    return args_usage_error("evaluate", "%s and %s must be different files, but both are %s",
                            output->name, other->name, output->path);
  }
  for (size_t i = 0; i < list.count; i++) {
    const file_role *const role = &list.roles[i];
    if (role->is_output && is_file_below(s->images, role->path)) {
      return args_usage_error("evaluate", "%s would replace a file of %s: %s", role->name,
                              s->images, role->path);
    }
  }
  return EXIT_STATUS_OK;
}

int cmd_evaluate(int argc, char **argv) {
  evaluate_settings s = {.num_threads = usable_processors(),
                         .loss = MNISTCNN_LOSS_BINARY_CROSS_ENTROPY,
                         .preparation = preparation_settings_none()};
  mnistcnn_model *model = NULL;

  const arg_option options[] = {
      arg_text("model", "FILE", &s.model, "the model (required)"),
      arg_one_of("prepare", &s.preparation.prepare, prepare_choices,
                 "how images are prepared: as the model says (auto, the default), only resized "
                 "(none), or as one digit (digit)"),
      arg_one_of("loss", &s.loss, reported_losses, "cross entropy to report (binary)"),
      arg_uint32("threads", &s.num_threads, 1, 256, "number of threads (all usable processors)"),
      arg_text("report", "FILE.html", &s.report,
               "write an HTML report: misclassified images, confusion matrix, calibration"),
      arg_text("history", "FILE.json", &s.history,
               "file written by train --history, for the learning curves of the report"),
      arg_text(
          "csv", "FILE.csv", &s.csv,
          "write every image with its path, class, answer, confidence and probabilities; -: to "
          "standard output, instead of the metrics"),
      arg_text("background", "NAME", &s.background,
               "sub-folder with images of no class: how many of them the model rejects"),
      arg_switch("skip-broken", &s.skip_broken, 1, "skip files that cannot be read"),
      arg_switch("transpose", &s.idx.transpose, 1,
                 "swap rows and columns of the images in IDX files, for EMNIST"),
      arg_uint32("first-label", &s.idx.first_label, 0, 255,
                 "label of the first class in IDX files (0); 1 for EMNIST's letters"),
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
      .operands = ARG_OPERANDS_FOLDERS,
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, NULL);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  if (!s.model)
    return args_usage_error("evaluate", "--model FILE is required");
  if (s.history && !s.report)
    return args_usage_error("evaluate", "--history FILE.json requires --report FILE.html");
  if (s.as_json && csv_is_output(&s))
    return args_usage_error("evaluate", "--json and --csv - exclude each other");
  s.images = argv[2];
  const int checked = check_outputs(&s);
  if (checked != EXIT_STATUS_OK)
    return checked;
  if ((s.report && !can_write(s.report)) || (s.csv && !csv_is_output(&s) && !can_write(s.csv)))
    return EXIT_STATUS_FAILURE;
  if (s.report)
    streams_outlive_reader();
  if (load_model_file(s.model, &model) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  announce_memory(s.model, model);
  const int status = evaluate_model(&s, model);
  mnistcnn_model_free(model);
  return status;
}
