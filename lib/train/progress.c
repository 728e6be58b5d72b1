#include "train/progress.h"

#include "base/platform.h"
#include "train/improvement.h"

#include <math.h>

/* A figure that there is not yet. */
static const double NOT_YET = (double)NAN;

void mcnn_mean_figures(const mcnn_loss_sums *sums, uint32_t classes, double *loss, double *accuracy,
                       double *binary_accuracy) {
  const double labelled = (double)(sums->images - sums->background);
  *loss = sums->images ? sums->loss / (double)sums->images : NOT_YET;
  *accuracy = labelled > 0 ? (double)sums->correct / labelled : NOT_YET;
  *binary_accuracy = labelled > 0 ? (double)sums->binary_correct / (labelled * classes) : NOT_YET;
}

double mcnn_epoch_seconds(const mnistcnn_trainer *trainer) {
  return mcnn_seconds() - trainer->epoch_start;
}

mnistcnn_progress mcnn_running_progress(const mnistcnn_trainer *trainer) {
  const mcnn_train_state *state = &trainer->state;
  const uint64_t steps = mcnn_steps_per_epoch(trainer);
  const uint64_t last = mcnn_global_step(trainer) ? mcnn_global_step(trainer) - 1 : 0;
  mnistcnn_progress p = {.struct_size = sizeof p, .event = MNISTCNN_EVENT_STEP};
  p.epoch = state->epoch + 1;
  p.epochs = trainer->options.epochs;
  p.step = state->step;
  p.steps = steps;
  p.images_done = state->sums.images;
  p.images_total = mcnn_dataset_count(trainer->train_kept);
  p.seconds = mcnn_epoch_seconds(trainer);
  p.seconds_left =
      state->step ? p.seconds * (double)(steps - state->step) / (double)state->step : NOT_YET;
  p.learning_rate = mcnn_train_rate(trainer, last);
  mcnn_mean_figures(&state->sums, trainer->model->arch->num_classes, &p.loss, &p.accuracy,
                    &p.binary_accuracy);
  p.validation_loss = p.validation_accuracy = p.validation_binary_accuracy = NOT_YET;
  p.best_epoch = trainer->improvement.best_epoch;
  return p;
}

void mcnn_epoch_progress(const mnistcnn_trainer *trainer, uint32_t epoch,
                         mnistcnn_progress *figures) {
  const mcnn_epoch_record *record = &trainer->history[epoch - 1];
  *figures = (mnistcnn_progress){.struct_size = sizeof *figures,
                                 .event = MNISTCNN_EVENT_EPOCH_END,
                                 .epoch = epoch,
                                 .epochs = trainer->options.epochs,
                                 .step = mcnn_steps_per_epoch(trainer),
                                 .steps = mcnn_steps_per_epoch(trainer),
                                 .images_done = mcnn_dataset_count(trainer->train_kept),
                                 .images_total = mcnn_dataset_count(trainer->train_kept),
                                 .seconds = record->seconds,
                                 .learning_rate = record->learning_rate,
                                 .loss = record->loss,
                                 .accuracy = record->accuracy,
                                 .binary_accuracy = record->binary_accuracy,
                                 .validation_loss = record->validation_loss,
                                 .validation_accuracy = record->validation_accuracy,
                                 .validation_binary_accuracy = record->validation_binary_accuracy,
                                 .best_epoch = trainer->improvement.best_epoch,
                                 .stopped_early = trainer->improvement.stopped};
}

int mcnn_cancel_requested(mnistcnn_trainer *trainer) {
  return mcnn_monitor_take_cancel(trainer->monitor);
}

int mcnn_call_progress(mnistcnn_trainer *trainer, const mnistcnn_progress *progress) {
  return mcnn_report_progress(progress, trainer->options.progress, trainer->options.user,
                              trainer->monitor);
}
