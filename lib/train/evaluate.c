#include "train/evaluate.h"

#include "base/limits.h"
#include "base/status.h"
#include "kernels/elementwise/softmax.h"

static void add_confusion(const mcnn_evaluation *evaluation, const float *probabilities,
                          const uint32_t *labels, size_t count) {
  const size_t classes = evaluation->loss.classes;
  for (size_t i = 0; i < count; i++) {
    if (labels[i] == MCNN_NO_CLASS)
      continue;
    evaluation
        ->confusion[labels[i] * classes + mcnn_argmax(classes, probabilities + i * classes)]++;
  }
}

static void add_rejected(const mcnn_evaluation *evaluation, const float *probabilities,
                         const uint32_t *labels, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float *row = probabilities + i * evaluation->loss.classes;
    if (mcnn_model_rejects(evaluation->model, row))
      evaluation->rejected[labels[i] == MCNN_NO_CLASS]++;
  }
}

size_t mcnn_evaluate_block(const mcnn_evaluation *evaluation, size_t first, float *scratch,
                           mcnn_loss_sums *sums) {
  const mnistcnn_dataset *dataset = evaluation->dataset;
  const size_t left = mcnn_dataset_count(dataset) - first;
  const size_t count = left < MCNN_EVALUATE_BLOCK ? left : MCNN_EVALUATE_BLOCK;
  const size_t classes = evaluation->loss.classes;
  uint32_t labels[MCNN_EVALUATE_BLOCK], height, width;
  mcnn_images images = {.dataset = dataset, .first = first};
  float *probabilities =
      evaluation->probabilities ? evaluation->probabilities + first * classes : scratch;

  mcnn_dataset_shape(dataset, &height, &width, &images.channels);
  mcnn_predictor_run(evaluation->workspace, evaluation->model, &images, count, probabilities);
  for (size_t i = 0; i < count; i++) {
    const uint32_t label = mcnn_dataset_label(dataset, first + i);
    labels[i] = evaluation->classes && label != MCNN_NO_CLASS ? evaluation->classes[label] : label;
  }
  mcnn_loss_add(&evaluation->loss, probabilities, labels, count, sums);
  if (evaluation->confusion)
    add_confusion(evaluation, probabilities, labels, count);
  if (evaluation->rejected)
    add_rejected(evaluation, probabilities, labels, count);
  if (evaluation->calibration) {
    mcnn_calibration_add(evaluation->calibration, probabilities, labels, count,
                         evaluation->loss.classes);
  }
  return count;
}

mnistcnn_status mcnn_evaluate(const mcnn_evaluation *evaluation, float *scratch,
                              mcnn_loss_sums *sums) {
  const size_t total = mcnn_dataset_count(evaluation->dataset);
  for (size_t done = 0; done < total;) {
    done += mcnn_evaluate_block(evaluation, done, scratch, sums);
    if (evaluation->progress && evaluation->progress(evaluation->context, done, total))
      return mcnn_fail(MNISTCNN_CANCELLED, "cancelled by the caller");
  }
  return MNISTCNN_OK;
}
