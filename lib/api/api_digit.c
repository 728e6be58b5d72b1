/* Digits from the real world. */
#include "api/check.h"
#include "digit/digit.h"
#include "digit/digits.h"
#include "digit/prepared.h"
#include "digit/verdict.h"
#include "model/predictor.h"
#include "model/prepare_image.h"

#include <string.h>

#define FIRST_OPTIONS_SIZE MCNN_SIZE_THROUGH(mnistcnn_digit_options, error)
#define FIRST_INFO_SIZE    MCNN_SIZE_THROUGH(mnistcnn_digit_info, contrast)
static const char OPTIONS_TYPE[] = "mnistcnn_digit_options";
static const char INFO_TYPE[] = "mnistcnn_digit_info";

enum { SMALLEST_SIDE = 8, LARGEST_SIDE = 1024 };

/* --- options ---------------------------------------------------------------------------------- */

static const mnistcnn_digit_options defaults = MNISTCNN_DIGIT_OPTIONS_INIT;

mnistcnn_status mnistcnn_digit_options_init(mnistcnn_digit_options *options, size_t size) {
  return mcnn_export_options(OPTIONS_TYPE, &defaults, FIRST_OPTIONS_SIZE, sizeof defaults, options,
                             size);
}

static int is_side(uint32_t side) {
  return side >= SMALLEST_SIDE && side <= LARGEST_SIDE;
}

static mnistcnn_status check_options(const mnistcnn_digit_options *options) {
  if (options->polarity < MNISTCNN_POLARITY_AUTO ||
      options->polarity > MNISTCNN_POLARITY_LIGHT_ON_DARK) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for polarity: %d",
                     options->polarity);
  }
  if (!is_side(options->height) || !is_side(options->width)) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "options: height and width must be %d to %d, not %u and %u", SMALLEST_SIDE,
                     LARGEST_SIDE, options->height, options->width);
  }
  if (options->passthrough_prepared > 1) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "passthrough_prepared: must be 0 or 1, not %u",
                     options->passthrough_prepared);
  }
  if (options->reserved != 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "reserved: must be 0");
  return MNISTCNN_OK;
}

static mnistcnn_status import(const mnistcnn_digit_options *given,
                              mnistcnn_digit_options *options) {
  *options = defaults;
  const mnistcnn_status status =
      mcnn_import_options(OPTIONS_TYPE, given, FIRST_OPTIONS_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

static mnistcnn_status read_options(const mnistcnn_digit_options *options,
                                    mcnn_digit_request *request, mcnn_alloc *alloc) {
  const mnistcnn_status status = check_options(options);
  *request = (mcnn_digit_request){.polarity = options->polarity,
                                  .height = options->height,
                                  .width = options->width,
                                  .passthrough_prepared = options->passthrough_prepared};
  return status == MNISTCNN_OK ? mcnn_import_allocator(options->allocator, alloc) : status;
}

/* Writes what the caller's struct has room for. */
static mnistcnn_status copy_out_info(const mcnn_digit *digit, mnistcnn_digit_info *info) {
  const mnistcnn_digit_info full = {.struct_size = sizeof full,
                                    .verdict = digit->verdict,
                                    .polarity = digit->polarity,
                                    .line = digit->line,
                                    .top = digit->top,
                                    .left = digit->left,
                                    .height = digit->height,
                                    .width = digit->width,
                                    .passed_through = digit->passed_through,
                                    .scale = digit->scale,
                                    .stroke_width = digit->stroke_width,
                                    .contrast = digit->contrast};
  return mcnn_export_options(INFO_TYPE, &full, FIRST_INFO_SIZE, sizeof full, info,
                             info->struct_size);
}

const char *mnistcnn_digit_verdict_text(int32_t verdict) {
  const char *const text = mcnn_verdict_text(verdict);
  return text ? text : "unknown verdict";
}

/* --- one digit -------------------------------------------------------------------------------- */

int32_t mnistcnn_digit_is_prepared(const mnistcnn_image *image, uint32_t prepared_height,
                                   uint32_t prepared_width) {
  return mcnn_check_image(image, 0) == MNISTCNN_OK &&
         mcnn_digit_is_prepared(image->pixels, &image->shape, prepared_height, prepared_width);
}

static mnistcnn_status prepare(const mnistcnn_image *image, const mnistcnn_digit_options *options,
                               uint8_t *prepared, size_t capacity, mnistcnn_digit_info *info) {
  mcnn_digit_request request;
  mcnn_digit digit;
  mcnn_alloc alloc;
  MCNN_REQUIRE(prepared);
  mnistcnn_status status = mcnn_check_image(image, 1);
  if (status == MNISTCNN_OK)
    status = read_options(options, &request, &alloc);
  if (status == MNISTCNN_OK)
    status = mcnn_check_output(INFO_TYPE, info, FIRST_INFO_SIZE);
  if (status != MNISTCNN_OK)
    return status;
  if (capacity < (size_t)request.height * request.width) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "capacity: %zu bytes are needed, not %zu",
                     (size_t)request.height * request.width, capacity);
  }
  status = mcnn_digit_prepare(image->pixels, &image->shape, &request, &alloc, prepared, &digit);
  return status == MNISTCNN_OK && info ? copy_out_info(&digit, info) : status;
}

mnistcnn_status mnistcnn_digit_prepare(const mnistcnn_image *image,
                                       const mnistcnn_digit_options *options, uint8_t *prepared,
                                       size_t capacity, mnistcnn_digit_info *info) {
  mnistcnn_digit_options complete;
  const mnistcnn_status status = import(options, &complete);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_report(complete.error, prepare(image, &complete, prepared, capacity, info));
}

/* --- many digits ------------------------------------------------------------------------------ */

static mnistcnn_status find(const mnistcnn_image *image, const mnistcnn_digit_options *options,
                            mnistcnn_digit_list **list) {
  mcnn_digit_request request;
  mcnn_alloc alloc;
  MCNN_REQUIRE(list);
  mnistcnn_status status = mcnn_check_image(image, 1);
  if (status == MNISTCNN_OK)
    status = read_options(options, &request, &alloc);
  if (status == MNISTCNN_OK)
    status = mcnn_digits_find(image->pixels, &image->shape, &request, &alloc, list);
  return status;
}

mnistcnn_status mnistcnn_digit_find(const mnistcnn_image *image,
                                    const mnistcnn_digit_options *options,
                                    mnistcnn_digit_list **list) {
  mnistcnn_digit_options complete;
  if (list)
    *list = NULL;
  const mnistcnn_status status = import(options, &complete);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, find(image, &complete, list)) : status;
}

void mnistcnn_digit_list_free(mnistcnn_digit_list *list) {
  mcnn_digits_free(list);
}

size_t mnistcnn_digit_list_num_digits(const mnistcnn_digit_list *list) {
  return list ? list->count : 0;
}

mnistcnn_status mnistcnn_digit_list_info(const mnistcnn_digit_list *list, size_t index,
                                         mnistcnn_digit_info *info) {
  MCNN_REQUIRE(list);
  MCNN_REQUIRE(info);
  if (index >= list->count) {
    return mcnn_fail(MNISTCNN_NOT_FOUND, "index: there are %zu digits, so none at %zu", list->count,
                     index);
  }
  return copy_out_info(&list->digits[index], info);
}

const uint8_t *mnistcnn_digit_list_image(const mnistcnn_digit_list *list, size_t index) {
  if (!list || index >= list->count)
    return NULL;
  return list->prepared + index * ((size_t)list->request.height * list->request.width);
}

/* --- prediction ------------------------------------------------------------------------------- */

static mnistcnn_status check_model(const mnistcnn_model *model, const mnistcnn_digit_list *list,
                                   size_t capacity) {
  const mcnn_shape input = model->arch->input;
  size_t needed;
  if (input.height != list->request.height || input.width != list->request.width) {
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                     "digits: prepared as %u x %u, but the model's input is %u x %u",
                     list->request.height, list->request.width, input.height, input.width);
  }
  if (!mcnn_checked_mul(list->count, model->arch->num_classes, &needed) || capacity < needed) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL,
                     "capacity: %zu digits of %u classes do not fit in %zu floats", list->count,
                     model->arch->num_classes, capacity);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status predict(const mnistcnn_digit_list *list, const mnistcnn_model *model,
                               mnistcnn_workspace *workspace, float *probabilities,
                               size_t capacity) {
  mnistcnn_workspace *own = NULL;
  MCNN_REQUIRE(list);
  MCNN_REQUIRE(model);
  mnistcnn_status status = check_model(model, list, capacity);
  if (status != MNISTCNN_OK || list->count == 0)
    return status;
  MCNN_REQUIRE(probabilities);
  status = workspace ? mcnn_predictor_check(workspace, model)
                     : mnistcnn_workspace_create(model, NULL, &own);
  if (status == MNISTCNN_OK) {
    const mcnn_images images = {.bytes = list->prepared, .channels = 1};
    const uint32_t classes = model->arch->num_classes;
    mcnn_predictor_run(workspace ? workspace : own, model, &images, list->count, probabilities);
    for (size_t i = 0; i < list->count; i++)
      mcnn_temper_digit(&list->digits[i], classes, probabilities + i * classes);
  }
  mnistcnn_workspace_free(own);
  return status;
}

mnistcnn_status mnistcnn_digit_list_predict(const mnistcnn_digit_list *list,
                                            const mnistcnn_model *model,
                                            mnistcnn_workspace *workspace, float *probabilities,
                                            size_t capacity) {
  const mnistcnn_status status = predict(list, model, workspace, probabilities, capacity);
  return mcnn_report(workspace ? mcnn_predictor_error(workspace) : NULL, status);
}
