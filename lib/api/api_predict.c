#include "api/check.h"
#include "api/workspace.h"
#include "base/threads.h"
#include "kernels/elementwise/softmax.h"
#include "model/predictor.h"
#include "model/prepare_image.h"

#include <string.h>

#define FIRST_SIZE MCNN_SIZE_THROUGH(mnistcnn_workspace_options, error)
static const char TYPE[] = "mnistcnn_workspace_options";

/* --- workspace -------------------------------------------------------------------------------- */

static const mnistcnn_workspace_options defaults = MNISTCNN_WORKSPACE_OPTIONS_INIT;

mnistcnn_status mnistcnn_workspace_options_init(mnistcnn_workspace_options *options, size_t size) {
  return mcnn_export_options(TYPE, &defaults, FIRST_SIZE, sizeof defaults, options, size);
}

mnistcnn_status mcnn_import_workspace_options(const mnistcnn_workspace_options *given,
                                              mnistcnn_workspace_options *options) {
  *options = defaults;
  const mnistcnn_status status =
      mcnn_import_options(TYPE, given, FIRST_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

mnistcnn_status mcnn_check_workspace_options(const mnistcnn_workspace_options *options) {
  if (options->max_batch < 1 || options->max_batch > MCNN_MAX_WORKSPACE_BATCH) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "max_batch is %u; it must be 1 to %d",
                     options->max_batch, MCNN_MAX_WORKSPACE_BATCH);
  }
  if (options->num_threads < 1 || options->num_threads > MCNN_MAX_THREADS) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "num_threads is %u; it must be 1 to %u",
                     options->num_threads, MCNN_MAX_THREADS);
  }
  if (options->precision != MNISTCNN_PRECISION_FLOAT32 &&
      options->precision != MNISTCNN_PRECISION_INT8) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for precision: %d",
                     options->precision);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status create(const mnistcnn_model *model,
                              const mnistcnn_workspace_options *options,
                              mnistcnn_workspace **workspace) {
  MCNN_REQUIRE(workspace);
  *workspace = NULL;
  MCNN_REQUIRE(model);
  const mnistcnn_status status = mcnn_check_workspace_options(options);
  return status == MNISTCNN_OK ? mcnn_predictor_create(model, options, workspace) : status;
}

mnistcnn_status mnistcnn_workspace_create(const mnistcnn_model *model,
                                          const mnistcnn_workspace_options *options,
                                          mnistcnn_workspace **workspace) {
  mnistcnn_workspace_options complete;
  if (workspace)
    *workspace = NULL;
  const mnistcnn_status status = mcnn_import_workspace_options(options, &complete);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, create(model, &complete, workspace))
                               : status;
}

void mnistcnn_workspace_free(mnistcnn_workspace *workspace) {
  mcnn_predictor_free(workspace);
}

/* --- predictions ------------------------------------------------------------------------------ */

/* Where the calls with this workspace (may be NULL) leave their errors. */
static mnistcnn_status report(const mnistcnn_workspace *workspace, mnistcnn_status status) {
  return mcnn_report(workspace ? mcnn_predictor_error(workspace) : NULL, status);
}

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

mnistcnn_status mcnn_check_capacity(const mnistcnn_model *model, size_t count, size_t capacity) {
  size_t needed;
  if (!mcnn_checked_mul(count, model->arch->num_classes, &needed) || capacity < needed) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL,
                     "capacity: the probabilities of %zu images in %u classes do not fit in %zu "
                     "floats",
                     count, model->arch->num_classes, capacity);
  }
  return MNISTCNN_OK;
}

/* How many images of the model's shape num_values are. */
static mnistcnn_status count_images(const mnistcnn_model *model, size_t num_values, size_t *count) {
  const mcnn_shape input = model->arch->input;
  const size_t one = mcnn_shape_count(input);
  *count = num_values / one;
  if (num_values > PTRDIFF_MAX / sizeof(float)) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "num_values: %zu values do not fit in memory",
                     num_values);
  }
  if (num_values % one == 0)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                   "num_values: %zu values are no whole images of %u x %u x %u", num_values,
                   input.height, input.width, input.channels);
}

static mnistcnn_status predict(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                               mcnn_images source, size_t num_values, float *probabilities,
                               size_t capacity) {
  size_t count;
  MCNN_REQUIRE(model);
  mnistcnn_status status = count_images(model, num_values, &count);
  if (status == MNISTCNN_OK)
    status = mcnn_check_capacity(model, count, capacity);
  if (status != MNISTCNN_OK || count == 0)
    return status;
  if (!source.floats && !source.bytes)
    return mcnn_fail_null("images");
  MCNN_REQUIRE(probabilities);
  source.channels = model->arch->input.channels;
  return run(model, workspace, &source, count, probabilities);
}

mnistcnn_status mnistcnn_predict(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                 const float *images, size_t num_values, float *probabilities,
                                 size_t capacity) {
  const mcnn_images source = {.floats = images};
  return report(workspace, predict(model, workspace, source, num_values, probabilities, capacity));
}

mnistcnn_status mnistcnn_predict_u8(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                    const uint8_t *images, size_t num_values, float *probabilities,
                                    size_t capacity) {
  const mcnn_images source = {.bytes = images};
  return report(workspace, predict(model, workspace, source, num_values, probabilities, capacity));
}

/* A file by its path, or what is in `file`. */
typedef struct image_source {
  const char *path;
  mcnn_image_file file;
} image_source;

static mnistcnn_status run_prepared(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                    const image_source *source, mcnn_preparer *preparer,
                                    uint8_t *pixels, float *probabilities) {
  mcnn_prepared_image image;
  mnistcnn_status status = source->path
                               ? mcnn_prepare_image_path(preparer, source->path, pixels, &image)
                               : mcnn_prepare_image(preparer, &source->file, pixels, &image);
  if (status != MNISTCNN_OK)
    return status;
  const mcnn_images images = {.bytes = pixels, .channels = image.channels};
  const char *const label = source->path ? source->path : source->file.label;
  status = run(model, workspace, &images, 1, probabilities);
  if (status != MNISTCNN_OK)
    return status;
  status = mcnn_check_rejection(model, label, probabilities, &image.digit);
  mcnn_temper_digit(&image.digit, model->arch->num_classes, probabilities);
  return status;
}

static mnistcnn_status predict_image(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                     const image_source *source, float *probabilities,
                                     size_t capacity) {
  mcnn_preparer *preparer;
  MCNN_REQUIRE(probabilities);
  mnistcnn_status status = mcnn_check_capacity(model, 1, capacity);
  if (status == MNISTCNN_OK)
    status = mcnn_preparer_create(model, &preparer);
  if (status != MNISTCNN_OK)
    return status;
  uint8_t *pixels = mcnn_alloc_array(&model->alloc, mcnn_shape_count(model->arch->input), 1);
  status = pixels ? run_prepared(model, workspace, source, preparer, pixels, probabilities)
                  : MNISTCNN_OUT_OF_MEMORY;
  mcnn_free(&model->alloc, pixels);
  mcnn_preparer_free(preparer);
  return status;
}

static mnistcnn_status predict_file(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                    const char *path, float *probabilities, size_t capacity) {
  const image_source source = {.path = path};
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(path);
  return predict_image(model, workspace, &source, probabilities, capacity);
}

mnistcnn_status mnistcnn_predict_image_file(const mnistcnn_model *model,
                                            mnistcnn_workspace *workspace, const char *path,
                                            float *probabilities, size_t capacity) {
  return report(workspace, predict_file(model, workspace, path, probabilities, capacity));
}

static mnistcnn_status predict_memory(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                      const void *data, size_t size_bytes, float *probabilities,
                                      size_t capacity) {
  const image_source source = {.file = {data, size_bytes, "image data"}};
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(data);
  return predict_image(model, workspace, &source, probabilities, capacity);
}

mnistcnn_status mnistcnn_predict_image_memory(const mnistcnn_model *model,
                                              mnistcnn_workspace *workspace, const void *data,
                                              size_t size_bytes, float *probabilities,
                                              size_t capacity) {
  return report(workspace,
                predict_memory(model, workspace, data, size_bytes, probabilities, capacity));
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
