#include "train/evaluate.h"

#include "base/status.h"
#include "kernels/softmax.h"

#include <string.h>

static mnistcnn_status check_names(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                   const char *what) {
  const char *const *names = mcnn_dataset_class_names(dataset);
  if (!names || !model->class_names)
    return MNISTCNN_OK;
  for (uint32_t i = 0; i < model->arch->num_classes; i++) {
    if (strcmp(names[i], model->class_names[i]) != 0) {
      return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                       "class %u is \"%.60s\" in the %s dataset and \"%.60s\" in the model", i,
                       names[i], what, model->class_names[i]);
    }
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_check_dataset(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                   const char *what) {
  const mcnn_shape input = model->arch->input;
  uint32_t height, width, channels;
  mcnn_dataset_shape(dataset, &height, &width, &channels);
  if (mcnn_dataset_count(dataset) == 0)
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH, "the %s dataset has no images", what);
  if (height != input.height || width != input.width) {
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                     "the %s images are %u x %u (height x width); the model takes %u x %u", what,
                     height, width, input.height, input.width);
  }
  if (channels != input.channels && channels != 1) {
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                     "the %s images have colour; the model takes gray (load them with channels 1)",
                     what);
  }
  if (mcnn_dataset_num_classes(dataset) != model->arch->num_classes) {
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH, "the %s dataset has %u classes; the model has %u",
                     what, mcnn_dataset_num_classes(dataset), model->arch->num_classes);
  }
  return check_names(model, dataset, what);
}

static void add_confusion(const mcnn_evaluation *evaluation, const float *probabilities,
                          const uint32_t *labels, size_t count) {
  const size_t classes = evaluation->loss.classes;
  for (size_t i = 0; i < count; i++) {
    evaluation
        ->confusion[labels[i] * classes + mcnn_argmax(classes, probabilities + i * classes)]++;
  }
}

mnistcnn_status mcnn_evaluate(const mcnn_evaluation *evaluation, float *scratch,
                              mcnn_loss_sums *sums) {
  const mnistcnn_dataset *dataset = evaluation->dataset;
  const size_t total = mcnn_dataset_count(dataset);
  const size_t classes = evaluation->loss.classes;
  uint32_t labels[MCNN_EVALUATE_BLOCK];
  mcnn_images images = {.dataset = dataset};
  uint32_t height, width;

  mcnn_dataset_shape(dataset, &height, &width, &images.channels);
  while (images.first < total) {
    const size_t left = total - images.first;
    const size_t count = left < MCNN_EVALUATE_BLOCK ? left : MCNN_EVALUATE_BLOCK;
    float *probabilities =
        evaluation->probabilities ? evaluation->probabilities + images.first * classes : scratch;
    mcnn_predictor_run(evaluation->workspace, evaluation->model, &images, count, probabilities);
    for (size_t i = 0; i < count; i++)
      labels[i] = mcnn_dataset_label(dataset, images.first + i);
    mcnn_loss_add(&evaluation->loss, probabilities, labels, count, sums);
    if (evaluation->confusion)
      add_confusion(evaluation, probabilities, labels, count);
    if (evaluation->calibration) {
      mcnn_calibration_add(evaluation->calibration, probabilities, labels, count,
                           evaluation->loss.classes);
    }
    images.first += count;
    if (evaluation->progress && evaluation->progress(evaluation->context, images.first, total))
      return mcnn_fail(MNISTCNN_CANCELLED, "cancelled by the progress callback");
  }
  return MNISTCNN_OK;
}
