/* Digits from the real world. */
#include "api/check.h"
#include "digit/digit.h"
#include "digit/digits.h"
#include "digit/prepared.h"
#include "digit/verdict.h"
#include "model/predictor.h"

#include <string.h>

#define FIRST_OPTIONS_SIZE MCNN_SIZE_THROUGH(mnistcnn_digit_options, allocator)
#define FIRST_INFO_SIZE    MCNN_SIZE_THROUGH(mnistcnn_digit_info, contrast)
static const char OPTIONS_TYPE[] = "mnistcnn_digit_options";
static const char INFO_TYPE[] = "mnistcnn_digit_info";

enum { SMALLEST_SIDE = 8, LARGEST_SIDE = 1024, DEFAULT_SIDE = 28 };

/* --- options ---------------------------------------------------------------------------------- */

static const mnistcnn_digit_options defaults = {.struct_size = sizeof defaults,
                                                .height = DEFAULT_SIDE,
                                                .width = DEFAULT_SIDE,
                                                .passthrough_prepared = 1};

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

static mnistcnn_status import(const mnistcnn_digit_options *given, mcnn_digit_request *request,
                              mcnn_alloc *alloc) {
  mnistcnn_digit_options options = defaults;
  mnistcnn_status status =
      mcnn_import_options(OPTIONS_TYPE, given, FIRST_OPTIONS_SIZE, &options, sizeof options);
  if (status == MNISTCNN_OK)
    status = check_options(&options);
  if (status == MNISTCNN_OK)
    status = mcnn_import_allocator(options.allocator, alloc);
  *request = (mcnn_digit_request){options.polarity, options.height, options.width,
                                  options.passthrough_prepared};
  return status;
}

static mnistcnn_status check_shape(const mcnn_shape *shape) {
  if (shape->height - 1 >= MNISTCNN_MAX_IMAGE_SIDE || shape->width - 1 >= MNISTCNN_MAX_IMAGE_SIDE) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "height and width: must be 1 to %u, not %u and %u",
                     MNISTCNN_MAX_IMAGE_SIDE, shape->height, shape->width);
  }
  if (shape->channels - 1 >= 4) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "channels: must be 1 to 4, not %u",
                     shape->channels);
  }
  return MNISTCNN_OK;
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
                                    .unchanged = digit->passed_through,
                                    .scale = digit->scale,
                                    .stroke = digit->stroke_width,
                                    .contrast = digit->contrast};
  return mcnn_export_options(INFO_TYPE, &full, FIRST_INFO_SIZE, sizeof full, info,
                             info->struct_size);
}

const char *mnistcnn_digit_verdict_text(int32_t verdict) {
  const char *const text = mcnn_verdict_text(verdict);
  return text ? text : "unknown verdict";
}

/* --- one digit -------------------------------------------------------------------------------- */

int32_t mnistcnn_digit_is_prepared(const uint8_t *pixels, uint32_t height, uint32_t width,
                                   uint32_t channels, uint32_t prepared_height,
                                   uint32_t prepared_width) {
  const mcnn_shape shape = {height, width, channels};
  return pixels && channels % 2 != 0 && check_shape(&shape) == MNISTCNN_OK &&
         mcnn_digit_is_prepared(pixels, &shape, prepared_height, prepared_width);
}

mnistcnn_status mnistcnn_digit_prepare(const uint8_t *pixels, uint32_t height, uint32_t width,
                                       uint32_t channels, const mnistcnn_digit_options *options,
                                       uint8_t *prepared, size_t capacity,
                                       mnistcnn_digit_info *info) {
  const mcnn_shape shape = {height, width, channels};
  mcnn_digit_request request;
  mcnn_digit digit;
  mcnn_alloc alloc;
  MCNN_REQUIRE(pixels);
  MCNN_REQUIRE(prepared);
  mnistcnn_status status = check_shape(&shape);
  if (status == MNISTCNN_OK)
    status = import(options, &request, &alloc);
  if (status == MNISTCNN_OK)
    status = mcnn_check_output(INFO_TYPE, info, FIRST_INFO_SIZE);
  if (status != MNISTCNN_OK)
    return status;
  if (capacity < (size_t)request.height * request.width) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "capacity: %zu bytes are needed, not %zu",
                     (size_t)request.height * request.width, capacity);
  }
  status = mcnn_digit_prepare(pixels, &shape, &request, &alloc, prepared, &digit);
  return status == MNISTCNN_OK && info ? copy_out_info(&digit, info) : status;
}

/* --- many digits ------------------------------------------------------------------------------ */

mnistcnn_status mnistcnn_digit_find(const uint8_t *pixels, uint32_t height, uint32_t width,
                                    uint32_t channels, const mnistcnn_digit_options *options,
                                    mnistcnn_digit_list **digits) {
  const mcnn_shape shape = {height, width, channels};
  mcnn_digit_request request;
  mcnn_alloc alloc;
  MCNN_REQUIRE(digits);
  *digits = NULL;
  MCNN_REQUIRE(pixels);
  mnistcnn_status status = check_shape(&shape);
  if (status == MNISTCNN_OK)
    status = import(options, &request, &alloc);
  if (status == MNISTCNN_OK)
    status = mcnn_digits_find(pixels, &shape, &request, &alloc, digits);
  return status;
}

void mnistcnn_digit_list_free(mnistcnn_digit_list *digits) {
  mcnn_digits_free(digits);
}

size_t mnistcnn_digit_list_num_digits(const mnistcnn_digit_list *digits) {
  return digits ? digits->count : 0;
}

mnistcnn_status mnistcnn_digit_list_info(const mnistcnn_digit_list *digits, size_t index,
                                         mnistcnn_digit_info *info) {
  MCNN_REQUIRE(digits);
  MCNN_REQUIRE(info);
  if (index >= digits->count) {
    return mcnn_fail(MNISTCNN_NOT_FOUND, "index: there are %zu digits, so none at %zu",
                     digits->count, index);
  }
  return copy_out_info(&digits->digits[index], info);
}

const uint8_t *mnistcnn_digit_list_image(const mnistcnn_digit_list *digits, size_t index) {
  if (!digits || index >= digits->count)
    return NULL;
  return digits->prepared + index * ((size_t)digits->request.height * digits->request.width);
}

/* --- prediction ------------------------------------------------------------------------------- */

static mnistcnn_status check_model(const mnistcnn_model *model, const mnistcnn_digit_list *digits,
                                   size_t capacity) {
  const mcnn_shape input = model->arch->input;
  size_t needed;
  if (input.height != digits->request.height || input.width != digits->request.width) {
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                     "digits: prepared as %u x %u, but the model's input is %u x %u",
                     digits->request.height, digits->request.width, input.height, input.width);
  }
  if (!mcnn_checked_mul(digits->count, model->arch->num_classes, &needed) || capacity < needed) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL,
                     "capacity: %zu digits of %u classes do not fit in %zu floats", digits->count,
                     model->arch->num_classes, capacity);
  }
  return MNISTCNN_OK;
}

/* Mixes the row with the uniform distribution: the network is only half trusted with what may be
 * two digits, and not at all with what is none. */
static void blend_with_uniform(int32_t verdict, uint32_t classes, float *row) {
  const float trust = verdict == MNISTCNN_DIGIT_FOUND      ? 1.0f
                      : verdict == MNISTCNN_DIGIT_TOUCHING ? 0.5f
                                                           : 0.0f;
  for (uint32_t c = 0; c < classes && trust < 1.0f; c++)
    row[c] = trust * row[c] + (1.0f - trust) / (float)classes;
}

mnistcnn_status mnistcnn_digit_list_predict(const mnistcnn_model *model,
                                            mnistcnn_workspace *workspace,
                                            const mnistcnn_digit_list *digits, float *probabilities,
                                            size_t capacity) {
  mnistcnn_workspace *own = NULL;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(digits);
  mnistcnn_status status = check_model(model, digits, capacity);
  if (status != MNISTCNN_OK || digits->count == 0)
    return status;
  MCNN_REQUIRE(probabilities);
  status = workspace ? mcnn_predictor_check(workspace, model)
                     : mnistcnn_workspace_create(model, NULL, &own);
  if (status == MNISTCNN_OK) {
    const mcnn_images images = {.bytes = digits->prepared, .channels = 1};
    const uint32_t classes = model->arch->num_classes;
    mcnn_predictor_run(workspace ? workspace : own, model, &images, digits->count, probabilities);
    for (size_t i = 0; i < digits->count; i++)
      blend_with_uniform(digits->digits[i].verdict, classes, probabilities + i * classes);
  }
  mnistcnn_workspace_free(own);
  return status;
}
