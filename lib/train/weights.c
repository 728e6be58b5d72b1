#include "train/weights.h"

#include "base/status.h"

#include <string.h>

const float *mcnn_weights_current(const mnistcnn_trainer *trainer) {
  const float *ema = trainer->optimizer.ema;
  return ema ? ema : trainer->weights;
}

static void copy_out(const mnistcnn_trainer *trainer, const float *weights, float temperature,
                     mnistcnn_model *model) {
  mcnn_net_from_training(trainer->net, weights, model->weights);
  model->temperature = temperature;
  mcnn_model_weights_changed(model);
}

static int ends_with_best(const mnistcnn_trainer *trainer) {
  const int is_over = mcnn_train_finished(trainer) || trainer->failed;
  return is_over && trainer->best && trainer->improvement.best_epoch > 0;
}

void mcnn_weights_copy_out(const mnistcnn_trainer *trainer, mnistcnn_model *model) {
  if (ends_with_best(trainer))
    copy_out(trainer, trainer->best, trainer->improvement.best_temperature, model);
  else
    copy_out(trainer, mcnn_weights_current(trainer), trainer->temperature, model);
}

void mcnn_weights_publish(const mnistcnn_trainer *trainer) {
  mcnn_weights_copy_out(trainer, trainer->model);
}

void mcnn_weights_publish_current(const mnistcnn_trainer *trainer) {
  copy_out(trainer, mcnn_weights_current(trainer), trainer->temperature, trainer->model);
}

/* --- finite or not ---------------------------------------------------------------------------- */

/* Infinities and NaNs have the largest exponent of all. */
int mcnn_all_finite(const float *values, size_t count) {
  uint32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, values + i, sizeof bits);
    bits <<= 1;
    largest = bits > largest ? bits : largest;
  }
  return largest < (uint32_t)0xFF << 24;
}

/* The weights are checked and copied in so many blocks, mostly by the threads that train them. */
enum { WEIGHT_BLOCKS = 16 };

typedef struct weight_check {
  mnistcnn_trainer *trainer;
  atomic_int failed;
} weight_check;

static void check_task(void *context, size_t block, size_t worker) {
  weight_check *check = context;
  const mnistcnn_trainer *trainer = check->trainer;
  const float *ema = trainer->optimizer.ema;
  size_t begin, end;
  (void)worker;
  mcnn_task_range(trainer->model->arch->parameter_floats, WEIGHT_BLOCKS, block, &begin, &end);
  if (!mcnn_all_finite(trainer->weights + begin, end - begin) ||
      (ema && !mcnn_all_finite(ema + begin, end - begin)))
    atomic_store(&check->failed, 1);
}

static void keep_task(void *context, size_t block, size_t worker) {
  const weight_check *check = context;
  const mnistcnn_trainer *trainer = check->trainer;
  const float *ema = trainer->optimizer.ema;
  const size_t floats = trainer->model->arch->parameter_floats;
  size_t begin, end;
  (void)worker;
  mcnn_task_range(floats, WEIGHT_BLOCKS, block, &begin, &end);
  const size_t bytes = (end - begin) * sizeof(float);
  memcpy(trainer->last_good + begin, trainer->weights + begin, bytes);
  if (ema)
    memcpy(trainer->last_good + floats + begin, ema + begin, bytes);
}

mnistcnn_status mcnn_weights_check(mnistcnn_trainer *trainer) {
  weight_check check = {.trainer = trainer};
  atomic_init(&check.failed, 0);
  mcnn_pool_run(trainer->pool, check_task, &check, WEIGHT_BLOCKS);
  if (atomic_load(&check.failed))
    return MNISTCNN_NOT_FINITE;
  mcnn_pool_run(trainer->pool, keep_task, &check, WEIGHT_BLOCKS);
  return MNISTCNN_OK;
}

static size_t weight_bytes(const mnistcnn_trainer *trainer) {
  return trainer->model->arch->parameter_floats * sizeof(float);
}

mnistcnn_status mcnn_weights_fail(mnistcnn_trainer *trainer, const char *what) {
  const size_t floats = trainer->model->arch->parameter_floats;
  memcpy(trainer->weights, trainer->last_good, weight_bytes(trainer));
  if (trainer->optimizer.ema)
    memcpy(trainer->optimizer.ema, trainer->last_good + floats, weight_bytes(trainer));
  trainer->failed = 1;
  trainer->temperature = 1;
  mcnn_weights_publish(trainer);
  return mcnn_fail(
      MNISTCNN_NOT_FINITE,
      "%s became infinite or NaN in epoch %u, step %llu; a lower learning rate may help", what,
      trainer->state.epoch + 1, (unsigned long long)trainer->state.step + 1);
}
