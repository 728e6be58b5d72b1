#include "train/health.h"

#include "base/elementary.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>

/* Outputs of different images that are no further apart than this part of the mean probability are
 * the same output. A network that has only just begun to learn is above it by orders of magnitude.
 */
static const float SAME_OUTPUT = 1e-5f;

/* The relative change of the loss from epoch to epoch that no training stays below. */
static const double SAME_LOSS = 1e-6;

/* Of the class for which it is largest, relative to the mean probability 1 / classes. */
static float spread_of(const float *outputs, size_t images, size_t classes) {
  float spread = 0;
  for (size_t c = 0; c < classes && !(spread > SAME_OUTPUT); c++) {
    float low = outputs[c], high = outputs[c];
    for (size_t i = 1; i < images; i++) {
      low = fminf(low, outputs[i * classes + c]);
      high = fmaxf(high, outputs[i * classes + c]);
    }
    spread = fmaxf(spread, (high - low) * (float)classes);
  }
  return spread;
}

/* The second half of each epoch is looked at: what died did so in the first. Outputs are compared
 * within a batch, as the weights change from one to the next. */
void mcnn_health_step(mnistcnn_trainer *trainer, size_t images, const mcnn_loss_sums *sums) {
  mcnn_health *health = &trainer->health;
  if (!trainer->options.log || health->warned || images < 2 ||
      2 * trainer->state.step < mcnn_steps_per_epoch(trainer))
    return;
  health->images += sums->images;
  health->wrong += sums->images - sums->background - sums->correct;
  if (health->spread > SAME_OUTPUT)
    return;
  health->spread = spread_of(mcnn_executor_probabilities(trainer->executor), images,
                             trainer->model->arch->num_classes);
}

/* One that has learnt all there is also stays as it is. */
static int loss_stands_still(const mnistcnn_trainer *trainer) {
  const uint32_t epoch = trainer->state.epoch;
  if (epoch < 2)
    return 0;
  const mcnn_epoch_record *now = &trainer->history[epoch - 1], *before = now - 1;
  return now->accuracy < 1 && fabs(now->loss - before->loss) <= SAME_LOSS * before->loss;
}

/* What a network loses that answers every image with the same probability for each class. */
static double loss_by_chance(const mnistcnn_trainer *trainer) {
  const double classes = (double)trainer->model->arch->num_classes;
  if (trainer->options.loss == MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY)
    return mcnn_log(classes);
  return mcnn_log(2); /* that of binary cross entropy is below */
}

/* Above chance, and not on the way down: in its first epoch a network may start far above. */
static int loss_is_above_chance(const mnistcnn_trainer *trainer) {
  const uint32_t epoch = trainer->state.epoch;
  if (epoch < 3 || trainer->class_weights)
    return 0;
  const mcnn_epoch_record *now = &trainer->history[epoch - 1];
  return now->loss > 1.5 * loss_by_chance(trainer) && now->loss >= now[-1].loss &&
         now[-1].loss >= now[-2].loss;
}

static const char *finding(const mnistcnn_trainer *trainer) {
  const mcnn_health *health = &trainer->health;
  if (health->images > 0 && health->wrong > 0 && !(health->spread > SAME_OUTPUT)) {
    return "the network gives every image the same output: its activations are dead or saturated, "
           "or the images all alike; a lower learning rate, categorical cross entropy or another "
           "seed may help";
  }
  if (loss_stands_still(trainer)) {
    return "the loss has not changed since the last epoch: the learning rate is far too low, or "
           "was so high that the outputs are saturated, against which a lower one, categorical "
           "cross entropy or another seed may help";
  }
  if (loss_is_above_chance(trainer))
    return "the loss rises, and is above that of guessing: a lower learning rate may help";
  return NULL;
}

void mcnn_health_end_epoch(mnistcnn_trainer *trainer) {
  mcnn_health *health = &trainer->health;
  const mnistcnn_train_options *options = &trainer->options;
  const char *text = options->log && !health->warned ? finding(trainer) : NULL;
  char message[MCNN_ERROR_CAPACITY];
  *health = (mcnn_health){.warned = health->warned || text};
  if (!text)
    return;
  (void)snprintf(message, sizeof message, "epoch %u: %s", trainer->state.epoch, text);
  options->log(MNISTCNN_LOG_WARNING, message, options->user);
}
