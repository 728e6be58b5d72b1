#include "model/check_dataset.h"

#include "base/status.h"

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
