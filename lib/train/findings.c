#include "train/findings.h"

#include "base/status.h"
#include "train/class_weights.h"
#include "train/options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static void tell(const mnistcnn_trainer *trainer,
                                                       int32_t level, const char *format, ...) {
  char message[MCNN_ERROR_CAPACITY];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  trainer->options.log(level, message, trainer->options.user);
}

/* --- options ---------------------------------------------------------------------------------- */

/* An option that was set to something else than its default, where it has no effect. */
typedef struct idle_option {
  int is_idle;
  const char *name, *owner; /* what it belongs to */
} idle_option;

static int falls_over_all_steps(int32_t schedule) {
  return schedule != MNISTCNN_SCHEDULE_CONSTANT && schedule != MNISTCNN_SCHEDULE_STEP;
}

static void log_idle_options(const mnistcnn_trainer *trainer) {
  const mnistcnn_train_options *o = &trainer->options;
  mnistcnn_train_options d;
  mcnn_train_defaults(&d);
  const int sgd = o->optimizer == MNISTCNN_OPTIMIZER_SGD;
  const int decays = sgd || o->optimizer == MNISTCNN_OPTIMIZER_ADAMW;
  const int adam = o->optimizer >= MNISTCNN_OPTIMIZER_ADAM;
  const int steps = o->schedule == MNISTCNN_SCHEDULE_STEP;
  const int falls = falls_over_all_steps(o->schedule);
  const int waits = o->stop_patience > 0 || o->plateau_patience > 0;
  const int plateau = o->plateau_patience > 0;
  const idle_option options[] = {
      {!sgd && o->nesterov, "nesterov", "SGD"},
      {!sgd && o->momentum != d.momentum, "momentum", "SGD"},
      {o->optimizer != MNISTCNN_OPTIMIZER_RMSPROP && o->rho != d.rho, "rho", "RMSprop"},
      {!adam && o->beta1 != d.beta1, "beta1", "Adam and AdamW"},
      {!adam && o->beta2 != d.beta2, "beta2", "Adam and AdamW"},
      {sgd && o->epsilon != d.epsilon, "epsilon", "the optimisers other than SGD"},
      {!decays && o->weight_decay > 0, "weight_decay", "AdamW and SGD"},
      {!falls && o->warmup_fraction > 0, "warmup_fraction", "a schedule with warmup"},
      {!(falls && o->warmup_fraction > 0) && o->warmup_start_ratio > 0, "warmup_start_ratio",
       "a schedule with warmup"},
      {!falls && o->final_lr_ratio > 0, "final_lr_ratio", "a schedule that falls until the end"},
      {!steps && o->step_factor != d.step_factor, "step_factor", "the schedule of steps"},
      {!steps && o->step_epochs > 0, "step_epochs", "the schedule of steps"},
      {o->augment == MNISTCNN_AUGMENT_NONE && o->no_augment_fraction > 0, "no_augment_fraction",
       "augmentation"},
      {!waits && o->min_delta > 0, "min_delta", "stop_patience and plateau_patience"},
      {!plateau && o->plateau_factor != d.plateau_factor, "plateau_factor", "plateau_patience"},
      {!plateau && o->plateau_min_rate > 0, "plateau_min_rate", "plateau_patience"},
      {!plateau && o->plateau_cooldown > 0, "plateau_cooldown", "plateau_patience"},
      {!waits && !o->keep_best && o->metric != d.metric, "metric",
       "keep_best, stop_patience and plateau_patience"},
  };
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (options[i].is_idle)
      tell(trainer, MNISTCNN_LOG_WARNING, "%s has no effect: it belongs to %s", options[i].name,
           options[i].owner);
}

/* What a preset brings on few images: no more than a note. */
static void log_ignored_sizes(const mnistcnn_trainer *trainer) {
  const mnistcnn_train_options *o = &trainer->options;
  const size_t all = mcnn_dataset_count(trainer->train_full);
  const size_t kept = mcnn_dataset_count(trainer->train_kept);
  if (o->calibration_fraction > 0 && !trainer->holdout.images) {
    tell(trainer, MNISTCNN_LOG_INFO,
         "calibration_fraction holds out fewer than %d of %zu images: none are held out, and "
         "confidences are not calibrated",
         MCNN_MIN_HOLDOUT, all);
  }
  if (o->batch_size > kept)
    tell(trainer, MNISTCNN_LOG_INFO,
         "batch_size is %u, but there are %zu images: each epoch is one step of these",
         o->batch_size, kept);
}

/* --- classes ---------------------------------------------------------------------------------- */

/* "class \"cat\"", or "class 3" where they have no names. */
typedef struct class_text {
  char text[MCNN_MAX_CLASS_NAME_BYTES + 16];
} class_text;

static class_text describe(const mnistcnn_model *model, uint32_t index) {
  class_text class;
  if (model->class_names)
    (void)snprintf(class.text, sizeof class.text, "class \"%s\"", model->class_names[index]);
  else
    (void)snprintf(class.text, sizeof class.text, "class %" PRIu32, index);
  return class;
}

/* The classes without images, of which the first is named. */
static void log_missing(const mnistcnn_trainer *trainer, const size_t *counts, const char *what) {
  const uint32_t classes = trainer->model->arch->num_classes;
  uint32_t missing = 0, first = 0;
  for (uint32_t i = classes; i-- > 0;) {
    if (counts[i] == 0) {
      missing++;
      first = i;
    }
  }
  if (missing == 0)
    return;
  const class_text class = describe(trainer->model, first);
  if (missing == 1)
    tell(trainer, MNISTCNN_LOG_WARNING, "%s has no %s images", class.text, what);
  else
    tell(trainer, MNISTCNN_LOG_WARNING, "%s has no %s images, nor have %" PRIu32 " other classes",
         class.text, what, missing - 1);
}

static void log_classes_of_training(const mnistcnn_trainer *trainer) {
  const uint32_t classes = trainer->model->arch->num_classes;
  size_t counts[MCNN_MAX_CLASSES], labelled = 0;
  mcnn_count_classes(trainer->train_kept, counts);
  for (uint32_t i = 0; i < classes; i++)
    labelled += counts[i];
  for (uint32_t i = 0; i < classes; i++) {
    if (counts[i] == labelled) {
      const class_text class = describe(trainer->model, i);
      tell(trainer, MNISTCNN_LOG_WARNING,
           "all training images are of %s: there is nothing to tell apart", class.text);
      return;
    }
  }
  log_missing(trainer, counts, "training");
}

static void log_classes_of_validation(const mnistcnn_trainer *trainer) {
  size_t counts[MCNN_MAX_CLASSES] = {0};
  if (!trainer->validation)
    return;
  for (size_t i = 0; i < mcnn_dataset_count(trainer->validation); i++) {
    const uint32_t label = mcnn_dataset_label(trainer->validation, i);
    if (label != MCNN_NO_CLASS)
      counts[trainer->validation_labels[label]]++;
  }
  log_missing(trainer, counts, "validation");
}

void mcnn_log_findings(const mnistcnn_trainer *trainer) {
  if (!trainer->options.log)
    return;
  log_idle_options(trainer);
  log_ignored_sizes(trainer);
  log_classes_of_training(trainer);
  log_classes_of_validation(trainer);
}
