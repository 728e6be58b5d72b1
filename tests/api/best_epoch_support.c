#include "best_epoch_support.h"
#include "image_args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

mnistcnn_dataset *make_noisy(size_t count, uint32_t seed) {
  uint8_t *pixels;
  int32_t *labels;
  mnistcnn_dataset *dataset;
  make_images(count, SMALL_SIDE, 1, SMALL_CLASSES, seed, &pixels, &labels);
  for (size_t i = 0; i < count; i += 3)
    labels[i] = (labels[i] + 1 + (int32_t)(i / 3 % (SMALL_CLASSES - 1))) % SMALL_CLASSES;
  assert_ok(mnistcnn_dataset_create_copy(
      LABELLED(pixels, labels, count, SMALL_SIDE, SMALL_SIDE, 1, SMALL_CLASSES, NULL), NULL,
      &dataset));
  free(pixels);
  free(labels);
  return dataset;
}

mnistcnn_train_options overfitting(uint32_t epochs) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  options.epochs = epochs;
  options.batch_size = 16;
  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  options.optimizer = MNISTCNN_OPTIMIZER_ADAM;
  options.learning_rate = 0.01f;
  return options;
}

int32_t log_epochs(const mnistcnn_progress *progress, void *user) {
  epoch_log *log = user;
  if (progress->event != MNISTCNN_EVENT_EPOCH_END)
    return 0;
  assert_in_range(progress->epoch, 1, MOST_EPOCHS);
  log->epochs = progress->epoch;
  log->figures[progress->epoch] = *progress;
  return 0;
}

uint32_t least_epoch(const epoch_log *log, double (*figure_of)(const mnistcnn_progress *progress)) {
  uint32_t least = 1;
  for (uint32_t epoch = 2; epoch <= log->epochs; epoch++)
    if (figure_of(&log->figures[epoch]) < figure_of(&log->figures[least]))
      least = epoch;
  return least;
}

double validation_loss_of(const mnistcnn_progress *progress) {
  return progress->validation_loss;
}

double validation_error_of(const mnistcnn_progress *progress) {
  return 1 - progress->validation_accuracy;
}

void assert_same_answers(const mnistcnn_model *a, const mnistcnn_model *b) {
  static float weights[2][1 << 16];
  size_t count[2];
  assert_true(mnistcnn_model_temperature(a) == mnistcnn_model_temperature(b));
  for (uint32_t layer = 0; layer < mnistcnn_model_num_layers(a); layer++) {
    for (int32_t which = 0; which <= MNISTCNN_WEIGHTS_MOVING_VARIANCE; which++) {
      const mnistcnn_status status =
          mnistcnn_model_weights(a, layer, which, weights[0], 1 << 16, &count[0]);
      assert_int_equal(mnistcnn_model_weights(b, layer, which, weights[1], 1 << 16, &count[1]),
                       status);
      if (status != MNISTCNN_OK)
        continue;
      assert_int_equal(count[0], count[1]);
      assert_memory_equal(weights[0], weights[1], count[0] * sizeof(float));
    }
  }
}
