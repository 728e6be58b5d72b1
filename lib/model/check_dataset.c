#include "model/check_dataset.h"

#include "base/status.h"

#include <string.h>

/* names, and those of `other`; NULL: none, which go with any. */
static mnistcnn_status check_names(const char *const *names, const char *const *others,
                                   uint32_t count, const char *what, const char *other) {
  for (uint32_t i = 0; names && others && i < count; i++) {
    if (strcmp(names[i], others[i]) != 0) {
      return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                       "class %u is \"%.60s\" in the %s dataset and \"%.60s\" in the %s", i,
                       names[i], what, others[i], other);
    }
  }
  return MNISTCNN_OK;
}

static mnistcnn_status check_origin(const mnistcnn_dataset *dataset,
                                    const mnistcnn_preparation *wanted, const char *what,
                                    const char *other) {
  const char *const member = mcnn_image_origin_differs(mcnn_dataset_origin(dataset), wanted);
  if (!member)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                   "the %s images were prepared otherwise than the %s takes them (\"%s\" differs): "
                   "load them with mnistcnn_dataset_options_for_model(), or change the model with "
                   "mnistcnn_model_set_preparation()",
                   what, other, member);
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
  const mnistcnn_status status =
      check_names(mcnn_dataset_class_names(dataset), (const char *const *)model->class_names,
                  model->arch->num_classes, what, "model");
  return status == MNISTCNN_OK && model->preparation_origin == MCNN_PREPARATION_KNOWN
             ? check_origin(dataset, &model->preparation, what, "model")
             : status;
}

/* What a new model will adopt of the training set. */
static mnistcnn_status check_against_training(const mnistcnn_model *model,
                                              const mnistcnn_dataset *train,
                                              const mnistcnn_dataset *validation) {
  const mcnn_image_origin *const origin = mcnn_dataset_origin(train);
  const mnistcnn_status status =
      check_names(mcnn_dataset_class_names(validation), mcnn_dataset_class_names(train),
                  model->arch->num_classes, "validation", "training dataset");
  return status == MNISTCNN_OK && model->preparation_origin != MCNN_PREPARATION_KNOWN &&
                 origin->is_known
             ? check_origin(validation, &origin->how, "validation", "training set")
             : status;
}

mnistcnn_status mcnn_check_training_datasets(const mnistcnn_model *model,
                                             const mnistcnn_dataset *train,
                                             const mnistcnn_dataset *validation) {
  mnistcnn_status status = mcnn_check_dataset(model, train, "training");
  if (status == MNISTCNN_OK && validation)
    status = mcnn_check_dataset(model, validation, "validation");
  return status == MNISTCNN_OK && validation ? check_against_training(model, train, validation)
                                             : status;
}
