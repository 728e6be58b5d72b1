/* Ranges of what a model can be asked to be. */
#include "model/model.h"

#include "base/status.h"
#include "data/class_names.h"
#include "data/dataset.h"
#include "kernels/elementwise/softmax.h"
#include "nn/init.h"

static mnistcnn_status check_count(const char *name, uint32_t value, uint32_t least,
                                   uint32_t most) {
  if (value >= least && value <= most)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s is %u; it must be %u to %u", name, value, least,
                   most);
}

static mnistcnn_status check_channels(uint32_t channels) {
  if (channels == 1 || channels == 3)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "input_channels is %u; it must be 1 or 3", channels);
}

/* Written so that NaN is not in range. */
static int is_scale(float value) {
  return value >= MCNN_MIN_SCALE && value <= MCNN_MAX_SCALE;
}

mnistcnn_status mcnn_model_check_input(mcnn_shape input, uint32_t num_classes) {
  mnistcnn_status status = check_count("input_height", input.height, 1, MNISTCNN_MAX_IMAGE_SIDE);
  if (status == MNISTCNN_OK)
    status = check_count("input_width", input.width, 1, MNISTCNN_MAX_IMAGE_SIDE);
  if (status == MNISTCNN_OK)
    status = check_channels(input.channels);
  return status == MNISTCNN_OK
             ? check_count("num_classes", num_classes, MCNN_MIN_CLASSES, MCNN_MAX_CLASSES)
             : status;
}

mnistcnn_status mcnn_model_set_temperature(mnistcnn_model *model, float temperature) {
  if (!is_scale(temperature))
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "temperature must be 1e-6 to 1e6");
  model->temperature = temperature;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_model_set_rejection_threshold(mnistcnn_model *model, float threshold) {
  if (!(threshold == 0 || (threshold >= MCNN_MIN_SCALE && threshold <= 1)))
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "rejection_threshold must be 0, or 1e-6 to 1");
  model->rejection_threshold = threshold;
  return MNISTCNN_OK;
}

/* A NaN is not rejected: it is no lack of confidence, but a fault to be seen. */
int mcnn_model_rejects(const mnistcnn_model *model, const float *probabilities) {
  const size_t top = mcnn_argmax(model->arch->num_classes, probabilities);
  return probabilities[top] < model->rejection_threshold;
}

mnistcnn_status mcnn_model_options_check(const mnistcnn_model_options *options) {
  const mcnn_shape input = {options->input_height, options->input_width, options->input_channels};
  mnistcnn_preparation how;
  int is_known;
  mnistcnn_status status = mcnn_model_check_input(input, options->num_classes);
  if (status == MNISTCNN_OK)
    status = mcnn_model_options_preparation(options, &how, &is_known);
  if (status == MNISTCNN_OK)
    status = mcnn_preparation_check_sides(&how, input.height, input.width);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_init_exists(options->initializer)) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for initializer: %d",
                     options->initializer);
  }
  return options->class_names ? mcnn_check_class_names(options->class_names, options->num_classes)
                              : MNISTCNN_OK;
}
