#include "train/epoch.h"

#include "base/platform.h"
#include "base/rng.h"
#include "train/evaluate.h"
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

typedef struct validation_context {
  mnistcnn_trainer *trainer;
  mnistcnn_progress progress;
} validation_context;

static int validation_progress(void *context, size_t done, size_t total) {
  validation_context *validation = context;
  validation->progress.event = MNISTCNN_EVENT_VALIDATING;
  validation->progress.images_done = done;
  validation->progress.images_total = total;
  validation->progress.seconds = mcnn_epoch_seconds(validation->trainer);
  validation->progress.seconds_left = (double)NAN;
  return mcnn_call_progress(validation->trainer, &validation->progress);
}

static mnistcnn_status validate(mnistcnn_trainer *trainer, mcnn_epoch_record *record) {
  validation_context context = {trainer, mcnn_running_progress(trainer)};
  mcnn_loss_sums sums = {0};
  mcnn_loss loss = mcnn_train_loss(trainer);
  loss.label_smoothing = 0; /* a training aid, not part of the measure */
  const mcnn_evaluation evaluation = {.model = trainer->model,
                                      .workspace = trainer->workspace,
                                      .dataset = trainer->validation,
                                      .loss = loss,
                                      .progress = validation_progress,
                                      .context = &context};
  mnistcnn_status status = MNISTCNN_OK;
  if (trainer->validation)
    status = mcnn_evaluate(&evaluation, trainer->validation_scratch, &sums);
  mcnn_mean_figures(&sums, loss.classes, &record->validation_loss, &record->validation_accuracy,
                    &record->validation_binary_accuracy);
  return status;
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
}

static void record_epoch(mnistcnn_trainer *trainer, const mcnn_epoch_record *validation) {
  const mnistcnn_progress p = mcnn_running_progress(trainer);
  mcnn_epoch_record *record = &trainer->history[trainer->state.epoch];
  *record = *validation;
  record->seconds = p.seconds;
  record->learning_rate = p.learning_rate;
  record->loss = p.loss;
  record->accuracy = p.accuracy;
  record->binary_accuracy = p.binary_accuracy;
  trainer->state = (mcnn_train_state){.epoch = trainer->state.epoch + 1};
}

mnistcnn_status mcnn_epoch_finish(mnistcnn_trainer *trainer) {
  mcnn_epoch_record validation = {0};
  if (mcnn_weights_check(trainer) != MNISTCNN_OK)
    return mcnn_weights_fail(trainer, "a weight");
  mcnn_weights_publish(trainer);
  if (trainer->holdout.images) {
    trainer->model->temperature =
        mcnn_holdout_temperature(&trainer->holdout, trainer->model, trainer->workspace);
  }
  const mnistcnn_status status = validate(trainer, &validation);
  if (status != MNISTCNN_OK)
    return status;
  record_epoch(trainer, &validation);
  write_notes(trainer);
  if (!mcnn_train_finished(trainer))
    mcnn_epoch_begin(trainer);
  return MNISTCNN_OK;
}
