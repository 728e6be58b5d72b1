#include "api/check.h"
#include "api/workspace.h"
#include "base/monitor.h"
#include "base/platform.h"
#include "model/check_dataset.h"
#include "train/evaluate.h"
#include "train/options.h"

#include <math.h>

#define FIRST_SIZE MCNN_SIZE_THROUGH(mnistcnn_evaluate_options, error)
static const char TYPE[] = "mnistcnn_evaluate_options";

#define FIRST_METRICS_SIZE MCNN_SIZE_THROUGH(mnistcnn_metrics, calibration_error)
static const char METRICS_TYPE[] = "mnistcnn_metrics";

static const mnistcnn_evaluate_options defaults = MNISTCNN_EVALUATE_OPTIONS_INIT;

mnistcnn_status mnistcnn_evaluate_options_init(mnistcnn_evaluate_options *options, size_t size) {
  return mcnn_export_options(TYPE, &defaults, FIRST_SIZE, sizeof defaults, options, size);
}

static mnistcnn_workspace_options workspace_of(const mnistcnn_evaluate_options *options) {
  const mnistcnn_workspace_options workspace = {.struct_size = sizeof workspace,
                                                .max_batch = options->max_batch,
                                                .num_threads = options->num_threads,
                                                .precision = options->precision};
  return workspace;
}

static mnistcnn_status check_options(const mnistcnn_evaluate_options *options) {
  const mnistcnn_workspace_options workspace = workspace_of(options);
  const mnistcnn_status status = mcnn_check_workspace_options(&workspace);
  if (status != MNISTCNN_OK)
    return status;
  if (options->loss != MNISTCNN_LOSS_BINARY_CROSS_ENTROPY &&
      options->loss != MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for loss: %d", options->loss);
  if (options->reserved != 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "reserved is not 0");
  return MNISTCNN_OK;
}

static mnistcnn_status import(const mnistcnn_evaluate_options *given,
                              mnistcnn_evaluate_options *options) {
  *options = defaults;
  const mnistcnn_status status =
      mcnn_import_options(TYPE, given, FIRST_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

typedef struct progress_context {
  const mnistcnn_evaluate_options *options;
  double start;
} progress_context;

static int report(void *context, size_t done, size_t total) {
  const progress_context *c = context;
  const double none = (double)NAN;
  const double seconds = mcnn_seconds() - c->start;
  const mnistcnn_progress progress = {.struct_size = sizeof progress,
                                      .event = MNISTCNN_EVENT_EVALUATING,
                                      .images_done = done,
                                      .images_total = total,
                                      .seconds = seconds,
                                      .seconds_left =
                                          seconds * (double)(total - done) / (double)done,
                                      .learning_rate = none,
                                      .loss = none,
                                      .accuracy = none,
                                      .binary_accuracy = none,
                                      .validation_loss = none,
                                      .validation_accuracy = none,
                                      .validation_binary_accuracy = none};
  return mcnn_report_progress(&progress, c->options->progress, c->options->user,
                              c->options->monitor);
}

static mnistcnn_status check_outputs(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                     const mnistcnn_evaluate_options *options,
                                     const mnistcnn_metrics *metrics) {
  const size_t classes = model->arch->num_classes;
  const mnistcnn_status status = mcnn_check_output(METRICS_TYPE, metrics, FIRST_METRICS_SIZE);
  if (status != MNISTCNN_OK)
    return status;
  if (options->confusion && options->confusion_capacity < classes * classes) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "confusion_capacity: %zu counts do not fit in %zu",
                     classes * classes, options->confusion_capacity);
  }
  if (options->probabilities &&
      options->probabilities_capacity / classes < mcnn_dataset_count(dataset)) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL,
                     "probabilities_capacity: %zu rows of %zu do not fit in %zu floats",
                     mcnn_dataset_count(dataset), classes, options->probabilities_capacity);
  }
  return MNISTCNN_OK;
}

static void copy_out_metrics(const mcnn_loss_sums *sums, const mcnn_evaluation *evaluation,
                             mnistcnn_metrics *metrics) {
  const uint64_t labelled = sums->images - sums->background;
  const double outputs = (double)labelled * evaluation->loss.classes;
  const mnistcnn_metrics complete = {.struct_size = sizeof complete,
                                     .count = labelled,
                                     .correct = sums->correct,
                                     .loss = sums->loss / (double)sums->images,
                                     .accuracy = (double)sums->correct / (double)labelled,
                                     .binary_accuracy = (double)sums->binary_correct / outputs,
                                     .calibration_error =
                                         mcnn_calibration_error(evaluation->calibration),
                                     .background = sums->background,
                                     .rejected = evaluation->rejected[0],
                                     .background_rejected = evaluation->rejected[1]};
  (void)mcnn_export_options(METRICS_TYPE, &complete, FIRST_METRICS_SIZE, sizeof complete, metrics,
                            metrics->struct_size);
}

/* The caller's buffers are written as the work goes on, so they are cleared of half a result when
 * it is cancelled. */
static void clear_outputs(mcnn_evaluation *evaluation, size_t classes, size_t count) {
  if (evaluation->confusion)
    for (size_t i = 0; i < classes * classes; i++)
      evaluation->confusion[i] = 0;
  if (evaluation->probabilities)
    for (size_t i = 0; i < count * classes; i++)
      evaluation->probabilities[i] = 0;
}

static mnistcnn_status run(mcnn_evaluation *evaluation, const mnistcnn_evaluate_options *options,
                           mnistcnn_metrics *metrics) {
  const mnistcnn_model *model = evaluation->model;
  const uint32_t classes = model->arch->num_classes;
  const mnistcnn_workspace_options workspace_options = workspace_of(options);
  mcnn_loss_sums sums = {0};
  mnistcnn_status status = mcnn_predictor_create(model, &workspace_options, &evaluation->workspace);
  if (status != MNISTCNN_OK)
    return status;
  float *scratch = mcnn_alloc_array(&model->alloc, MCNN_EVALUATE_BLOCK * classes, sizeof *scratch);
  status = scratch ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  if (status == MNISTCNN_OK) {
    clear_outputs(evaluation, classes, 0);
    status = mcnn_evaluate(evaluation, scratch, &sums);
    if (status == MNISTCNN_OK)
      copy_out_metrics(&sums, evaluation, metrics);
    else
      clear_outputs(evaluation, classes, mcnn_dataset_count(evaluation->dataset));
  }
  mcnn_free(&model->alloc, scratch);
  mcnn_predictor_free(evaluation->workspace);
  return status;
}

static mnistcnn_status evaluate(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                const mnistcnn_evaluate_options *options,
                                mnistcnn_metrics *metrics) {
  progress_context context = {options, mcnn_seconds()};
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(dataset);
  MCNN_REQUIRE(metrics);
  mnistcnn_status status = check_options(options);
  if (status == MNISTCNN_OK)
    status = mcnn_check_loss(options->loss, model->arch->output);
  if (status == MNISTCNN_OK)
    status = mcnn_check_dataset(model, dataset, "evaluation");
  if (status == MNISTCNN_OK)
    status = check_outputs(model, dataset, options, metrics);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_calibration calibration = {0};
  uint64_t rejected[2] = {0};
  mcnn_evaluation evaluation = {
      .model = model,
      .dataset = dataset,
      .loss = {options->loss, 0, model->arch->num_classes, model->arch->output, NULL},
      .progress = report,
      .context = &context,
      .confusion = options->confusion,
      .probabilities = options->probabilities,
      .calibration = &calibration,
      .rejected = rejected};
  return run(&evaluation, options, metrics);
}

mnistcnn_status mnistcnn_evaluate(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                  const mnistcnn_evaluate_options *options,
                                  mnistcnn_metrics *metrics) {
  mnistcnn_evaluate_options complete;
  const mnistcnn_status status = import(options, &complete);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_report(complete.error, evaluate(model, dataset, &complete, metrics));
}
