#include "model/check_dataset.h"

#include "base/status.h"

#include <stdio.h>
#include <string.h>

/* --- names ------------------------------------------------------------------------------------ */

typedef struct class_list {
  const char *const *names; /* NULL: they have numbers only */
  uint32_t count;
} class_list;

static class_list classes_of_dataset(const mnistcnn_dataset *dataset) {
  return (class_list){mcnn_dataset_class_names(dataset), mcnn_dataset_num_classes(dataset)};
}

static class_list classes_of_model(const mnistcnn_model *model) {
  return (class_list){(const char *const *)model->class_names, model->arch->num_classes};
}

/* The class of this name; list->count: there is none. */
static uint32_t find_class(const class_list *list, const char *name) {
  uint32_t i = 0;
  while (i < list->count && strcmp(list->names[i], name) != 0)
    i++;
  return i;
}

/* The first of `list` that is not one of `others`; NULL: all are. */
static const char *first_not_in(const class_list *list, const class_list *others) {
  if (!list->names || !others->names)
    return NULL;
  for (uint32_t i = 0; i < list->count; i++)
    if (find_class(others, list->names[i]) == others->count)
      return list->names[i];
  return NULL;
}

/* Names the first class that only one of the two has. */
static mnistcnn_status fail_names(const class_list *model, const class_list *dataset,
                                  const char *what) {
  const char *missing = first_not_in(model, dataset), *extra = first_not_in(dataset, model);
  char text[256] = "";
  if (missing && extra)
    (void)snprintf(text, sizeof text, ": it lacks \"%.80s\" and has \"%.80s\"", missing, extra);
  else if (missing)
    (void)snprintf(text, sizeof text, ": it lacks \"%.80s\"", missing);
  else if (extra)
    (void)snprintf(text, sizeof text, ": \"%.80s\" is not one of the model's", extra);
  if (dataset->count != model->count) {
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH, "the %s dataset has %u classes; the model has %u%s",
                     what, dataset->count, model->count, text);
  }
  return mcnn_fail(MNISTCNN_SHAPE_MISMATCH, "the %s dataset has other classes than the model%s",
                   what, *text ? text : ": their order is another");
}

static mnistcnn_status check_classes(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                     const char *what) {
  const class_list own = classes_of_model(model), other = classes_of_dataset(dataset);
  if (other.count != own.count)
    return fail_names(&own, &other, what);
  if (!own.names || !other.names)
    return MNISTCNN_OK;
  for (uint32_t i = 0; i < own.count; i++)
    if (strcmp(own.names[i], other.names[i]) != 0)
      return fail_names(&own, &other, what);
  return MNISTCNN_OK;
}

/* --- preparation ------------------------------------------------------------------------------ */

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

static mnistcnn_status check_preparation(const mnistcnn_model *model,
                                         const mnistcnn_dataset *dataset, const char *what) {
  return model->preparation_origin == MCNN_PREPARATION_KNOWN
             ? check_origin(dataset, &model->preparation, what, "model")
             : MNISTCNN_OK;
}

/* --- images ----------------------------------------------------------------------------------- */

static mnistcnn_status check_images(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
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
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_check_dataset(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                   const char *what) {
  mnistcnn_status status = check_images(model, dataset, what);
  if (status == MNISTCNN_OK)
    status = check_classes(model, dataset, what);
  return status == MNISTCNN_OK ? check_preparation(model, dataset, what) : status;
}

/* --- trainings -------------------------------------------------------------------------------- */

/* Those that the model will have once it is trained on `train`. */
static class_list classes_to_be(const mnistcnn_model *model, const mnistcnn_dataset *train) {
  return model->class_names ? classes_of_model(model) : classes_of_dataset(train);
}

static mnistcnn_status check_validation_classes(const mnistcnn_model *model,
                                                const mnistcnn_dataset *train,
                                                const mnistcnn_dataset *validation) {
  const class_list own = classes_to_be(model, train), other = classes_of_dataset(validation);
  if (own.names && other.names)
    return first_not_in(&other, &own) ? fail_names(&own, &other, "validation") : MNISTCNN_OK;
  return other.count == own.count ? MNISTCNN_OK : fail_names(&own, &other, "validation");
}

/* The model's own preparation, or that of the training set, which it will adopt. */
static mnistcnn_status check_validation_preparation(const mnistcnn_model *model,
                                                    const mnistcnn_dataset *train,
                                                    const mnistcnn_dataset *validation) {
  const mcnn_image_origin *const origin = mcnn_dataset_origin(train);
  if (model->preparation_origin == MCNN_PREPARATION_KNOWN)
    return check_preparation(model, validation, "validation");
  return origin->is_known ? check_origin(validation, &origin->how, "validation", "training set")
                          : MNISTCNN_OK;
}

mnistcnn_status mcnn_check_datasets(const mnistcnn_model *model, const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation) {
  mnistcnn_status status = mcnn_check_dataset(model, train, "training");
  if (status == MNISTCNN_OK && validation)
    status = check_images(model, validation, "validation");
  if (status == MNISTCNN_OK && validation)
    status = check_validation_classes(model, train, validation);
  return status == MNISTCNN_OK && validation
             ? check_validation_preparation(model, train, validation)
             : status;
}

void mcnn_map_classes(const mnistcnn_model *model, const mnistcnn_dataset *train,
                      const mnistcnn_dataset *validation, uint32_t *classes) {
  const class_list own = classes_to_be(model, train), other = classes_of_dataset(validation);
  for (uint32_t i = 0; i < other.count; i++)
    classes[i] = own.names && other.names ? find_class(&own, other.names[i]) : i;
}
