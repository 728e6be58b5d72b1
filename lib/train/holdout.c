#include "train/holdout.h"

#include "base/cost.h"
#include "train/calibration.h"

static int is_enough(size_t images, double fraction) {
  return fraction * (double)images >= MCNN_MIN_HOLDOUT;
}

static mnistcnn_status allocate(mcnn_holdout *holdout, const mcnn_alloc *alloc) {
  const size_t count = mcnn_dataset_count(holdout->images);
  const uint32_t classes = mcnn_dataset_num_classes(holdout->images);
  holdout->labels = mcnn_alloc_array(alloc, count, sizeof *holdout->labels);
  holdout->logits = mcnn_alloc_array(alloc, count, classes * sizeof *holdout->logits);
  if (!holdout->labels || !holdout->logits)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    holdout->labels[i] = mcnn_dataset_label(holdout->images, i);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_holdout_create(const mnistcnn_dataset *dataset, double fraction, uint64_t seed,
                                    const mcnn_alloc *alloc, mcnn_holdout *holdout) {
  *holdout = (mcnn_holdout){0};
  if (!is_enough(mcnn_dataset_count(dataset), fraction))
    return MNISTCNN_OK;
  mnistcnn_status status =
      mcnn_dataset_split(dataset, fraction, seed, &holdout->kept, &holdout->images);
  if (status == MNISTCNN_OK)
    status = allocate(holdout, alloc);
  if (status != MNISTCNN_OK)
    mcnn_holdout_free(holdout, alloc);
  return status;
}

size_t mcnn_holdout_count(size_t images, double fraction) {
  return is_enough(images, fraction) ? (size_t)(fraction * (double)images + 0.5) : 0;
}

uint64_t mcnn_holdout_bytes(size_t images, double fraction, uint32_t classes) {
  const size_t count = mcnn_holdout_count(images, fraction);
  if (count == 0)
    return 0;
  const mcnn_holdout none = {0};
  const uint64_t subsets = 2 * mcnn_alloc_bytes(1, sizeof(mnistcnn_dataset)) +
                           mcnn_alloc_bytes(images, sizeof(uint32_t));
  const uint64_t arrays = mcnn_alloc_bytes(count, sizeof *none.labels) +
                          mcnn_alloc_bytes(count, classes * sizeof *none.logits);
  return mcnn_saturating_add(subsets, arrays);
}

void mcnn_holdout_free(mcnn_holdout *holdout, const mcnn_alloc *alloc) {
  mcnn_dataset_free(holdout->kept);
  mcnn_dataset_free(holdout->images);
  mcnn_free(alloc, holdout->labels);
  mcnn_free(alloc, holdout->logits);
  *holdout = (mcnn_holdout){0};
}

float mcnn_holdout_temperature(const mcnn_holdout *holdout, const mnistcnn_model *model,
                               mnistcnn_workspace *workspace) {
  const size_t count = mcnn_dataset_count(holdout->images);
  mcnn_images images = {.dataset = holdout->images};
  uint32_t height, width;
  mcnn_dataset_shape(holdout->images, &height, &width, &images.channels);
  mcnn_predictor_logits(workspace, model, &images, count, holdout->logits);
  return mcnn_fit_temperature(holdout->logits, holdout->labels, count, model->arch->num_classes,
                              model->arch->output);
}
