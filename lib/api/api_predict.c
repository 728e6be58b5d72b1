#include "api/check.h"
#include "base/threads.h"
#include "kernels/elementwise/softmax.h"
#include "model/predict_image.h"
#include "model/predictor.h"

#include <string.h>

enum { DEFAULT_BATCH = 32 };

#define FIRST_SIZE MCNN_SIZE_THROUGH(mnistcnn_workspace_options, precision)
static const char TYPE[] = "mnistcnn_workspace_options";

/* --- workspace -------------------------------------------------------------------------------- */

static const mnistcnn_workspace_options defaults = {
    .struct_size = sizeof defaults, .max_batch = DEFAULT_BATCH, .num_threads = 1};

mnistcnn_status mnistcnn_workspace_options_init(mnistcnn_workspace_options *options, size_t size) {
  return mcnn_export_options(TYPE, &defaults, FIRST_SIZE, sizeof defaults, options, size);
}

static mnistcnn_status import(const mnistcnn_workspace_options *given,
                              mnistcnn_workspace_options *options) {
  *options = defaults;
  const mnistcnn_status status =
      mcnn_import_options(TYPE, given, FIRST_SIZE, options, sizeof *options);
  if (status != MNISTCNN_OK)
    return status;
  if (options->max_batch < 1 || options->max_batch > MCNN_MAX_WORKSPACE_BATCH) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "max_batch is %u; it must be 1 to %d",
                     options->max_batch, MCNN_MAX_WORKSPACE_BATCH);
  }
  if (options->num_threads < 1 || options->num_threads > MCNN_MAX_THREADS) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "num_threads is %u; it must be 1 to %u",
                     options->num_threads, MCNN_MAX_THREADS);
  }
  if (options->precision > MNISTCNN_PRECISION_INT8) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "precision is %u; it must be 0 or 1",
                     options->precision);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mnistcnn_workspace_create(const mnistcnn_model *model,
                                          const mnistcnn_workspace_options *options,
                                          mnistcnn_workspace **workspace) {
  mnistcnn_workspace_options complete;
  MCNN_REQUIRE(workspace);
  *workspace = NULL;
  MCNN_REQUIRE(model);
  const mnistcnn_status status = import(options, &complete);
  return status == MNISTCNN_OK ? mcnn_predictor_create(model, &complete, workspace) : status;
}

void mnistcnn_workspace_free(mnistcnn_workspace *workspace) {
  mcnn_predictor_free(workspace);
}

/* --- predictions ------------------------------------------------------------------------------ */

/* With a workspace of the caller's, or one for this call. */
static mnistcnn_status run(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                           const mcnn_images *images, size_t count, float *probabilities) {
  mnistcnn_workspace *own = NULL;
  mnistcnn_status status;
  if (workspace) {
    status = mcnn_predictor_check(workspace, model);
  } else {
    mnistcnn_workspace_options options = defaults;
    if (count < options.max_batch)
      options.max_batch = (uint32_t)count;
    status = mcnn_predictor_create(model, &options, &own);
    workspace = own;
  }
  if (status == MNISTCNN_OK)
    mcnn_predictor_run(workspace, model, images, count, probabilities);
  mcnn_predictor_free(own);
  return status;
}

static mnistcnn_status check_capacity(const mnistcnn_model *model, size_t count, size_t capacity) {
  size_t needed, input;
  if (!mcnn_checked_mul(count, model->arch->num_classes, &needed) ||
      !mcnn_checked_mul(count, mcnn_shape_count(model->arch->input) * sizeof(float), &input))
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "count: %zu images do not fit in memory", count);
  if (capacity < needed) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL,
                     "capacity: %zu probabilities do not fit in %zu floats", needed, capacity);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mnistcnn_predict(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                 const float *images, size_t count, float *probabilities,
                                 size_t capacity) {
  MCNN_REQUIRE(model);
  const mnistcnn_status status = check_capacity(model, count, capacity);
  if (status != MNISTCNN_OK || count == 0)
    return status;
  MCNN_REQUIRE(images);
  MCNN_REQUIRE(probabilities);
  const mcnn_images source = {.floats = images, .channels = model->arch->input.channels};
  return run(model, workspace, &source, count, probabilities);
}

mnistcnn_status mnistcnn_predict_u8(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                    const uint8_t *images, size_t count, float *probabilities,
                                    size_t capacity) {
  MCNN_REQUIRE(model);
  const mnistcnn_status status = check_capacity(model, count, capacity);
  if (status != MNISTCNN_OK || count == 0)
    return status;
  MCNN_REQUIRE(images);
  MCNN_REQUIRE(probabilities);
  const mcnn_images source = {.bytes = images, .channels = model->arch->input.channels};
  return run(model, workspace, &source, count, probabilities);
}

/* Takes `pixels` over. */
static mnistcnn_status run_decoded(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                   uint8_t *pixels, uint32_t channels, float *probabilities) {
  const mcnn_images source = {.bytes = pixels, .channels = channels};
  const mnistcnn_status status = run(model, workspace, &source, 1, probabilities);
  mcnn_free(&model->alloc, pixels);
  return status;
}

mnistcnn_status mnistcnn_predict_image_file(const mnistcnn_model *model,
                                            mnistcnn_workspace *workspace, const char *path,
                                            float *probabilities, size_t capacity) {
  uint8_t *pixels;
  uint32_t channels;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(path);
  MCNN_REQUIRE(probabilities);
  mnistcnn_status status = check_capacity(model, 1, capacity);
  if (status == MNISTCNN_OK)
    status = mcnn_model_decode_image_path(model, path, &pixels, &channels);
  if (status != MNISTCNN_OK)
    return status;
  return run_decoded(model, workspace, pixels, channels, probabilities);
}

mnistcnn_status mnistcnn_predict_image_memory(const mnistcnn_model *model,
                                              mnistcnn_workspace *workspace, const void *data,
                                              size_t size_bytes, float *probabilities,
                                              size_t capacity) {
  uint8_t *pixels;
  uint32_t channels;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(data);
  MCNN_REQUIRE(probabilities);
  mnistcnn_status status = check_capacity(model, 1, capacity);
  if (status == MNISTCNN_OK)
    status = mcnn_model_decode_image(model, data, size_bytes, "PNG data", &pixels, &channels);
  if (status != MNISTCNN_OK)
    return status;
  return run_decoded(model, workspace, pixels, channels, probabilities);
}

mnistcnn_status mnistcnn_top_class(const float *probabilities, uint32_t num_classes,
                                   uint32_t *class_index, float *confidence) {
  MCNN_REQUIRE(probabilities);
  if (num_classes == 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "num_classes is 0");
  const size_t top = mcnn_argmax(num_classes, probabilities);
  if (probabilities[top] != probabilities[top]) /* it passes over NaNs wherever it can */
    return mcnn_fail(MNISTCNN_NOT_FINITE, "probabilities: all %u are NaN", num_classes);
  if (class_index)
    *class_index = (uint32_t)top;
  if (confidence)
    *confidence = probabilities[top];
  return MNISTCNN_OK;
}
