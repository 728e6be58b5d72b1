#include "train/improvement.h"

#include "train/schedule.h"
#include "train/weights.h"

#include <math.h>
#include <string.h>

void mcnn_improvement_begin(mcnn_improvement *improvement) {
  *improvement = (mcnn_improvement){.best_temperature = 1, .rate_factor = 1};
}

static int is_asked_for(const mnistcnn_train_options *options) {
  return options->keep_best || options->stop_patience > 0 || options->plateau_patience > 0;
}

/* Of an epoch from 1; lower is better. */
static double figure_of(const mnistcnn_trainer *trainer, uint32_t epoch) {
  const mcnn_epoch_record *record = &trainer->history[epoch - 1];
  if (trainer->options.metric == MNISTCNN_METRIC_VALIDATION_ACCURACY)
    return -record->validation_accuracy;
  return trainer->validation ? record->validation_loss : record->loss;
}

/* By more than `delta`. A NaN is never better, and everything else is better than none. */
static int is_better(const mnistcnn_trainer *trainer, uint32_t epoch, uint32_t than, double delta) {
  const double figure = figure_of(trainer, epoch);
  return than == 0 ? !isnan(figure) : figure < figure_of(trainer, than) - delta;
}

static void keep(mnistcnn_trainer *trainer) {
  trainer->improvement.best_epoch = trainer->state.epoch;
  trainer->improvement.best_temperature = trainer->temperature;
  if (trainer->best) {
    memcpy(trainer->best, mcnn_weights_current(trainer),
           trainer->model->arch->parameter_floats * sizeof(float));
  }
}

/* As Keras' ReduceLROnPlateau. */
static void count_plateau(mnistcnn_trainer *trainer, int is_improvement) {
  mcnn_improvement *state = &trainer->improvement;
  const mnistcnn_train_options *options = &trainer->options;
  if (state->cooldown > 0) {
    state->cooldown--;
    state->plateau_wait = 0;
  }
  if (is_improvement)
    state->plateau_wait = 0;
  else if (state->cooldown == 0)
    state->plateau_wait++;
  if (options->plateau_patience == 0 || state->plateau_wait < options->plateau_patience)
    return;
  state->rate_factor *= (double)options->plateau_factor;
  state->plateau_wait = 0;
  state->cooldown = options->plateau_cooldown;
}

void mcnn_improvement_record(mnistcnn_trainer *trainer) {
  mcnn_improvement *state = &trainer->improvement;
  const mnistcnn_train_options *options = &trainer->options;
  const uint32_t epoch = trainer->state.epoch;
  if (!is_asked_for(options))
    return;
  if (is_better(trainer, epoch, state->best_epoch, 0))
    keep(trainer);
  const int is_improvement =
      is_better(trainer, epoch, state->reference_epoch, (double)options->min_delta);
  if (is_improvement)
    state->reference_epoch = epoch;
  state->stop_wait = is_improvement ? 0 : state->stop_wait + 1;
  state->stopped = options->stop_patience > 0 && epoch < options->epochs &&
                   state->stop_wait >= options->stop_patience;
  count_plateau(trainer, is_improvement);
}

double mcnn_reduced_rate(const mnistcnn_trainer *trainer, double scheduled) {
  const double lowest = fmin(scheduled, (double)trainer->options.plateau_min_rate);
  return fmax(scheduled * trainer->improvement.rate_factor, lowest);
}

double mcnn_train_rate(const mnistcnn_trainer *trainer, uint64_t step) {
  return mcnn_reduced_rate(trainer,
                           mcnn_learning_rate(&trainer->options, step, mcnn_total_steps(trainer)));
}

int mcnn_improvement_is_possible(const mcnn_improvement *improvement, uint32_t epochs) {
  return improvement->best_epoch <= epochs && improvement->reference_epoch <= epochs &&
         improvement->stop_wait <= epochs && improvement->plateau_wait <= epochs &&
         improvement->stopped <= 1 && improvement->rate_factor >= 0 &&
         improvement->rate_factor <= 1 && improvement->best_temperature >= MCNN_MIN_TEMPERATURE &&
         improvement->best_temperature <= MCNN_MAX_TEMPERATURE;
}
