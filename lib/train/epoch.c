#include "train/epoch.h"

#include "base/platform.h"
#include "base/rng.h"
#include "train/evaluate.h"
#include "train/health.h"
#include "train/improvement.h"
#include "train/progress.h"
#include "train/weights.h"

#include <math.h>

void mcnn_epoch_begin(mnistcnn_trainer *trainer) {
  const size_t count = mcnn_dataset_count(trainer->train_kept);
  const uint32_t epoch = trainer->state.epoch + 1;
  for (size_t i = 0; i < count; i++)
    trainer->order[i] = (uint32_t)i;
  if (trainer->options.shuffle) {
    mcnn_rng rng = mcnn_rng_stream(trainer->options.seed, MCNN_RNG_SHUFFLE, epoch, 0);
    mcnn_rng_permutation(&rng, trainer->order, count);
  }
  trainer->epoch_start = mcnn_seconds() - trainer->state.seconds;
}

/* --- validation ------------------------------------------------------------------------------- */

/* The calling program gets back control so often. */
static const double slice_seconds = 0.05;

static int report_validation(mnistcnn_trainer *trainer, mnistcnn_progress *progress) {
  *progress = mcnn_running_progress(trainer);
  progress->event = MNISTCNN_EVENT_VALIDATING;
  progress->images_done = trainer->validated.done;
  progress->images_total = mcnn_dataset_count(trainer->validation);
  progress->seconds_left = (double)NAN;
  return mcnn_call_progress(trainer, progress);
}

static int is_validated(const mnistcnn_trainer *trainer) {
  return !trainer->validation || trainer->validated.done == mcnn_dataset_count(trainer->validation);
}

static mcnn_loss validation_loss(const mnistcnn_trainer *trainer) {
  mcnn_loss loss = mcnn_train_loss(trainer);
  loss.label_smoothing = 0; /* training aids, not part of the measure */
  loss.class_weights = NULL;
  return loss;
}

/* Goes on with the validation until it is done or the time is up. The sums are the same however it
 * is sliced. */
static mnistcnn_status validate_slice(mnistcnn_trainer *trainer, mnistcnn_progress *progress) {
  const mcnn_evaluation evaluation = {.model = trainer->model,
                                      .workspace = trainer->workspace,
                                      .dataset = trainer->validation,
                                      .classes = trainer->validation_labels,
                                      .loss = validation_loss(trainer)};
  mcnn_validation_state *const state = &trainer->validated;
  const double end = mcnn_seconds() + slice_seconds;
  do {
    state->done +=
        mcnn_evaluate_block(&evaluation, state->done, trainer->validation_scratch, &state->sums);
    if (report_validation(trainer, progress))
      return MNISTCNN_CANCELLED;
  } while (!is_validated(trainer) && mcnn_seconds() < end);
  return MNISTCNN_OK;
}

/* --- notes and history ------------------------------------------------------------------------ */

static void note_number(mnistcnn_model *model, const char *key, uint64_t value) {
  char text[24];
  size_t at = sizeof text;
  text[--at] = '\0';
  do {
    text[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  /* A note is a courtesy: for want of memory it is left out, not the training. */
  (void)mcnn_model_set_note(model, key, text + at);
}

static void write_notes(const mnistcnn_trainer *trainer) {
  mnistcnn_model *model = trainer->model;
  note_number(model, "training.epochs", trainer->state.epoch);
  note_number(model, "training.batch_size", trainer->options.batch_size);
  note_number(model, "training.images", mcnn_dataset_count(trainer->train_kept));
  note_number(model, "training.seed", trainer->options.seed);
  if (trainer->holdout.images)
    note_number(model, "training.held_out", mcnn_dataset_count(trainer->holdout.images));
  if (trainer->options.keep_best && trainer->improvement.best_epoch > 0)
    note_number(model, "training.kept_epoch", trainer->improvement.best_epoch);
}

static void record_epoch(mnistcnn_trainer *trainer) {
  const mnistcnn_progress p = mcnn_running_progress(trainer);
  mcnn_epoch_record *record = &trainer->history[trainer->state.epoch];
  mcnn_mean_figures(&trainer->validated.sums, trainer->model->arch->num_classes,
                    &record->validation_loss, &record->validation_accuracy,
                    &record->validation_binary_accuracy);
  record->seconds = p.seconds;
  record->learning_rate = p.learning_rate;
  record->loss = p.loss;
  record->accuracy = p.accuracy;
  record->binary_accuracy = p.binary_accuracy;
  trainer->state = (mcnn_train_state){.epoch = trainer->state.epoch + 1};
  trainer->validated = (mcnn_validation_state){0};
}

/* --- the end ---------------------------------------------------------------------------------- */

static mnistcnn_status start_finish(mnistcnn_trainer *trainer) {
  if (mcnn_weights_check(trainer) != MNISTCNN_OK)
    return mcnn_weights_fail(trainer, "a weight");
  mcnn_weights_publish(trainer);
  if (trainer->holdout.images) {
    trainer->temperature =
        mcnn_holdout_temperature(&trainer->holdout, trainer->model, trainer->workspace);
    mcnn_weights_publish(trainer);
  }
  trainer->validated = (mcnn_validation_state){.started = 1};
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_epoch_finish(mnistcnn_trainer *trainer, mnistcnn_progress *progress,
                                  int *finished) {
  mnistcnn_status status = MNISTCNN_OK;
  *finished = 0;
  if (!trainer->validated.started)
    status = start_finish(trainer);
  if (status == MNISTCNN_OK && !is_validated(trainer))
    status = validate_slice(trainer, progress);
  if (status != MNISTCNN_OK || !is_validated(trainer))
    return status;
  record_epoch(trainer);
  mcnn_improvement_record(trainer);
  mcnn_health_end_epoch(trainer);
  write_notes(trainer);
  if (!mcnn_train_finished(trainer))
    mcnn_epoch_begin(trainer);
  *finished = 1;
  return MNISTCNN_OK;
}
