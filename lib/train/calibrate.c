#include "train/calibrate.h"

#include "base/status.h"
#include "kernels/elementwise/softmax.h"
#include "model/predictor.h"
#include "train/calibration.h"

#include <math.h>
#include <stdlib.h>

typedef struct work {
  mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  mcnn_images images;
  size_t count;
  uint32_t *labels;
  float *outputs;     /* [count][classes]: logits, then probabilities */
  float *confidences; /* of the images that are classified correctly */
} work;

static mnistcnn_status allocate(work *w, const mnistcnn_dataset *dataset) {
  const mcnn_alloc *alloc = &w->model->alloc;
  const mnistcnn_workspace_options options = {
      .struct_size = sizeof options, .max_batch = 32, .num_threads = 1};
  const uint32_t classes = w->model->arch->num_classes;
  uint32_t height, width;
  mcnn_dataset_shape(dataset, &height, &width, &w->images.channels);
  w->images.dataset = dataset;
  w->count = mcnn_dataset_count(dataset);
  w->labels = mcnn_alloc_array(alloc, w->count, sizeof *w->labels);
  w->outputs = mcnn_alloc_array(alloc, w->count, classes * sizeof *w->outputs);
  w->confidences = mcnn_alloc_array(alloc, w->count, sizeof *w->confidences);
  if (!w->labels || !w->outputs || !w->confidences)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < w->count; i++)
    w->labels[i] = mcnn_dataset_label(dataset, i);
  return mcnn_predictor_create(w->model, &options, &w->workspace);
}

static void release(work *w) {
  const mcnn_alloc *alloc = &w->model->alloc;
  mcnn_predictor_free(w->workspace);
  mcnn_free(alloc, w->confidences);
  mcnn_free(alloc, w->outputs);
  mcnn_free(alloc, w->labels);
}

static mnistcnn_status check_labels(const work *w) {
  for (size_t i = 0; i < w->count; i++)
    if (w->labels[i] != MCNN_NO_CLASS)
      return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "dataset: all of its images are background");
}

static int by_value(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* The highest threshold, of three decimals, that accepts this fraction of the images that are
 * classified correctly; 0 where there are none. */
static float threshold_for(work *w, float accepted) {
  const uint32_t classes = w->model->arch->num_classes;
  size_t correct = 0;
  for (size_t i = 0; i < w->count; i++) {
    const float *p = w->outputs + i * classes;
    const size_t top = mcnn_argmax(classes, p);
    if (top == w->labels[i] && p[top] >= 0)
      w->confidences[correct++] = p[top];
  }
  if (correct == 0)
    return 0;
  qsort(w->confidences, correct, sizeof *w->confidences, by_value);
  const size_t rejected = (size_t)((1.0 - (double)accepted) * (double)correct);
  const float lowest = w->confidences[rejected < correct ? rejected : correct - 1];
  return floorf(lowest * 1000) / 1000;
}

static void calibrate(work *w, float accepted) {
  mnistcnn_model *const model = w->model;
  const mcnn_arch *arch = model->arch;
  mcnn_predictor_logits(w->workspace, model, &w->images, w->count, w->outputs);
  model->temperature =
      mcnn_fit_temperature(w->outputs, w->labels, w->count, arch->num_classes, arch->output);
  if (accepted <= 0)
    return;
  mcnn_predictor_run(w->workspace, model, &w->images, w->count, w->outputs);
  model->rejection_threshold = threshold_for(w, accepted);
}

mnistcnn_status mcnn_model_calibrate(mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                     float accepted) {
  work w = {.model = model};
  mnistcnn_status status = allocate(&w, dataset);
  if (status == MNISTCNN_OK)
    status = check_labels(&w);
  if (status == MNISTCNN_OK)
    calibrate(&w, accepted);
  release(&w);
  return status;
}
