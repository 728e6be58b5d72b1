/* How a model wants its images. */
#include "base/limits.h"
#include "base/status.h"
#include "model/model.h"

/* Written so that NaN is not in range. */
static int is_scale(float value) {
  return value >= MCNN_MIN_SCALE && value <= MCNN_MAX_SCALE;
}

static mnistcnn_status check_short_form(const mnistcnn_model_options *options) {
  const float mean = options->input_mean;
  if (mean != 0.0f && !is_scale(mean) && !is_scale(-mean)) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "input_mean must be 0, or of a magnitude of 1e-6 to 1e6");
  }
  if (!is_scale(options->input_std))
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "input_std must be 1e-6 to 1e6");
  return MNISTCNN_OK;
}

static int are_all(const float values[3], float value) {
  return values[0] == value && values[1] == value && values[2] == value;
}

/* input_mean and input_std where `how` has the defaults. */
static mnistcnn_status merge_short_form(const mnistcnn_model_options *options,
                                        mnistcnn_preparation *how) {
  const float mean = options->input_mean, deviation = options->input_std;
  if (mean == 0.0f && deviation == 1.0f)
    return MNISTCNN_OK;
  const int is_default = are_all(how->mean, 0.0f) && are_all(how->deviation, 1.0f);
  for (int c = 0; c < 3 && is_default; c++) {
    how->mean[c] = mean;
    how->deviation[c] = deviation;
  }
  if (how->mean[0] == mean && how->deviation[0] == deviation)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                   "input_mean and input_std are given, and so are mean and deviation of the "
                   "preparation: leave one of them at 0 and 1");
}

mnistcnn_status mcnn_model_options_preparation(const mnistcnn_model_options *options,
                                               mnistcnn_preparation *how, int *is_known) {
  mnistcnn_status status = check_short_form(options);
  *is_known = options->preparation ? 1 : 0;
  *how = *is_known ? *options->preparation : mcnn_preparation_defaults;
  if (status == MNISTCNN_OK)
    status = mcnn_preparation_check(how);
  return status == MNISTCNN_OK ? merge_short_form(options, how) : status;
}

/* No -0, which a file would not keep. */
mnistcnn_status mcnn_model_set_preparation(mnistcnn_model *model, const mnistcnn_preparation *how) {
  const mcnn_shape input = model->arch->input;
  const mnistcnn_status status = mcnn_preparation_check_sides(how, input.height, input.width);
  if (status != MNISTCNN_OK)
    return status;
  mnistcnn_preparation *const own = &model->preparation;
  *own = *how;
  own->offset += 0.0f;
  for (uint32_t c = 0; c < 3; c++) {
    const uint32_t channel = c < input.channels ? c : 0;
    own->mean[c] = how->mean[channel] + 0.0f;
    own->deviation[c] = how->deviation[channel];
  }
  model->preparation_origin = MCNN_PREPARATION_KNOWN;
  return MNISTCNN_OK;
}

static int adopts(const mnistcnn_model *model, const mcnn_image_origin *images) {
  return images->is_known && (model->preparation_origin == MCNN_PREPARATION_NEW ||
                              mcnn_image_origin_differs(images, &model->preparation));
}

void mcnn_model_adopt_preparation(mnistcnn_model *model, const mcnn_image_origin *images) {
  mnistcnn_preparation *const own = &model->preparation;
  if (model->preparation_origin != MCNN_PREPARATION_KNOWN && adopts(model, images)) {
    own->prepare = images->how.prepare;
    own->polarity = images->how.polarity;
    own->alpha = images->how.alpha;
    own->resize = images->how.resize;
  }
  model->preparation_origin = MCNN_PREPARATION_KNOWN;
}
