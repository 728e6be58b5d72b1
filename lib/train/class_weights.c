#include "train/class_weights.h"

#include "base/status.h"

#include <string.h>

void mcnn_count_classes(const mnistcnn_dataset *dataset, size_t *counts) {
  const size_t count = mcnn_dataset_count(dataset);
  memset(counts, 0, mcnn_dataset_num_classes(dataset) * sizeof *counts);
  for (size_t i = 0; i < count; i++) {
    const uint32_t label = mcnn_dataset_label(dataset, i);
    if (label != MCNN_NO_CLASS)
      counts[label]++;
  }
}

/* So that the mean over the labelled images is 1; classes without images do not count. */
static void balance(const size_t *counts, uint32_t classes, float *weights) {
  uint32_t present = 0;
  size_t images = 0;
  for (uint32_t i = 0; i < classes; i++) {
    present += counts[i] > 0;
    images += counts[i];
  }
  for (uint32_t i = 0; i < classes; i++)
    if (counts[i] > 0)
      weights[i] = (float)((double)images / ((double)present * (double)counts[i]));
}

static mnistcnn_status check_not_all_zero(const mnistcnn_trainer *trainer, const size_t *counts) {
  for (uint32_t i = 0; i < trainer->model->arch->num_classes; i++)
    if (counts[i] > 0 && trainer->class_weights[i] > 0)
      return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                   "class_weights: all classes that have training images have the weight 0");
}

mnistcnn_status mcnn_set_class_weights(mnistcnn_trainer *trainer) {
  mnistcnn_train_options *const options = &trainer->options;
  const uint32_t classes = trainer->model->arch->num_classes;
  size_t counts[MCNN_MAX_CLASSES];
  if (!trainer->class_weights)
    return MNISTCNN_OK;
  mcnn_count_classes(trainer->train_kept, counts);
  if (options->balance_classes) {
    balance(counts, classes, trainer->class_weights);
  } else {
    memcpy(trainer->class_weights, options->class_weights, classes * sizeof(float));
    options->class_weights = trainer->class_weights;
  }
  return check_not_all_zero(trainer, counts);
}
