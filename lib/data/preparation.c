#include "data/preparation.h"

#include "base/limits.h"
#include "base/status.h"
#include "digit/digit.h"
#include "digit/prepared.h"
#include "digit/verdict.h"
#include "image/fit.h"
#include "image/pixels.h"

#include <string.h>

enum { LEAST_DIGIT_SIDE = 8, MOST_DIGIT_SIDE = 1024 };

const mnistcnn_preparation mcnn_preparation_defaults = MNISTCNN_PREPARATION_INIT;

mnistcnn_preparation mcnn_preparation_of(const mnistcnn_dataset_options *options) {
  mnistcnn_preparation how = mcnn_preparation_defaults;

  if (options->preparation)
    return *options->preparation;
  how.prepare = options->prepare;
  how.resize = options->resize;
  return how;
}

/* --- checks ----------------------------------------------------------------------------------- */

static mnistcnn_status check_value(const char *name, int32_t value, int32_t last) {
  return value >= 0 && value <= last
             ? MNISTCNN_OK
             : mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "preparation: invalid value for %s: %d", name,
                         value);
}

/* Written so that NaN is not in range. */
static int is_magnitude(float value) {
  const float size = value < 0 ? -value : value;
  return size >= MCNN_MIN_SCALE && size <= MCNN_MAX_SCALE;
}

static mnistcnn_status check_number(const char *name, float value, int may_be_0, int may_be_below) {
  if ((is_magnitude(value) && (may_be_below || value > 0)) || (may_be_0 && value == 0))
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "preparation: %s must be %s%s1e-6 to 1e6", name,
                   may_be_0 ? "0, or " : "", may_be_below ? "of a magnitude of " : "");
}

static mnistcnn_status check_numbers(const mnistcnn_preparation *how) {
  mnistcnn_status status = check_number("scale", how->scale, 0, 1);
  if (status == MNISTCNN_OK)
    status = check_number("offset", how->offset, 1, 1);
  for (int c = 0; c < 3 && status == MNISTCNN_OK; c++) {
    status = check_number("mean", how->mean[c], 1, 1);
    if (status == MNISTCNN_OK)
      status = check_number("deviation", how->deviation[c], 0, 0);
  }
  return status;
}

mnistcnn_status mcnn_preparation_check(const mnistcnn_preparation *how) {
  mnistcnn_status status = check_value("prepare", how->prepare, MNISTCNN_PREPARE_DIGIT);
  if (status == MNISTCNN_OK)
    status = check_value("polarity", how->polarity, MNISTCNN_POLARITY_LIGHT_ON_DARK);
  if (status == MNISTCNN_OK)
    status = check_value("invert", (int32_t)how->invert, 1);
  if (status == MNISTCNN_OK)
    status = check_value("alpha", how->alpha, MNISTCNN_ALPHA_DROP);
  if (status == MNISTCNN_OK)
    status = check_value("resize", how->resize, MNISTCNN_RESIZE_NEAREST);
  if (status != MNISTCNN_OK)
    return status;
  if (how->polarity != MNISTCNN_POLARITY_AUTO && how->prepare != MNISTCNN_PREPARE_DIGIT) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "preparation: polarity has no effect without MNISTCNN_PREPARE_DIGIT");
  }
  return check_numbers(how);
}

static int is_digit_side(uint32_t side) {
  return side >= LEAST_DIGIT_SIDE && side <= MOST_DIGIT_SIDE;
}

mnistcnn_status mcnn_preparation_check_sides(const mnistcnn_preparation *how, uint32_t height,
                                             uint32_t width) {
  if (how->prepare != MNISTCNN_PREPARE_DIGIT || (is_digit_side(height) && is_digit_side(width)))
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                   "prepare: digits are prepared to heights and widths of %d to %d, not %u x %u; "
                   "with none, images are only resized",
                   LEAST_DIGIT_SIDE, MOST_DIGIT_SIDE, height, width);
}

/* --- where images come from ------------------------------------------------------------------- */

const char *mcnn_image_origin_differs(const mcnn_image_origin *origin,
                                      const mnistcnn_preparation *wanted) {
  const mnistcnn_preparation *const how = &origin->how;

  if (!origin->is_known)
    return NULL;
  if (how->prepare != wanted->prepare)
    return "prepare";
  if (how->polarity != wanted->polarity)
    return "polarity";
  if (how->alpha != wanted->alpha && origin->transparent)
    return "alpha";
  return how->resize != wanted->resize && origin->resized ? "resize" : NULL;
}

/* --- preparing -------------------------------------------------------------------------------- */

mcnn_alpha mcnn_preparation_alpha(const mnistcnn_preparation *how) {
  if (how->alpha == MNISTCNN_ALPHA_DROP)
    return MCNN_ALPHA_DROP;
  return how->prepare == MNISTCNN_PREPARE_DIGIT ? MCNN_ALPHA_KEEP_SEEN : MCNN_ALPHA_COMPOSITE;
}

mcnn_image_need mcnn_preparation_need(const mnistcnn_preparation *how, uint32_t height,
                                      uint32_t width) {
  const mcnn_image_need all = {0, 0}, digit = {0, MNISTCNN_DIGIT_ENOUGH};

  if (how->prepare == MNISTCNN_PREPARE_DIGIT)
    return digit;
  return how->resize == MNISTCNN_RESIZE_AREA_BILINEAR && height > 0
             ? mcnn_image_need_for(height, width)
             : all;
}

static mnistcnn_status prepare_digit(const mnistcnn_preparation *how, const uint8_t *pixels,
                                     const mcnn_shape *from, const mcnn_alloc *alloc,
                                     uint8_t *target, const mcnn_shape *to, mcnn_digit *digit) {
  const mcnn_digit_request request = {.polarity = how->polarity,
                                      .height = to->height,
                                      .width = to->width,
                                      .passthrough_prepared = 1};
  const mnistcnn_status status = mcnn_digit_prepare(pixels, from, &request, alloc, target, digit);

  if (status == MNISTCNN_OK && to->channels == 3)
    mcnn_gray_to_rgb(target, (size_t)to->height * to->width);
  return status;
}

mnistcnn_status mcnn_prepare(const mnistcnn_preparation *how, uint8_t *pixels,
                             const mcnn_shape *from, const mcnn_alloc *alloc, uint8_t *target,
                             const mcnn_shape *to, mcnn_digit *digit) {
  if (how->prepare == MNISTCNN_PREPARE_DIGIT)
    return prepare_digit(how, pixels, from, alloc, target, to, digit);
  *digit = (mcnn_digit){0};
  mcnn_image_fit(pixels, from, how->resize, target, to);
  return MNISTCNN_OK;
}

/* What was found to be no digit is taken as it is if it is light on black already. */
static int is_prepared_elsewhere(const mnistcnn_preparation *how, const uint8_t *pixels,
                                 const mcnn_shape *from, const mcnn_shape *to) {
  return from->channels % 2 != 0 && from->height == to->height && from->width == to->width &&
         how->polarity != MNISTCNN_POLARITY_DARK_ON_LIGHT && mcnn_digit_is_on_black(pixels, from);
}

mnistcnn_status mcnn_prepare_labelled(const mnistcnn_preparation *how, uint8_t *pixels,
                                      const mcnn_shape *from, const char *label,
                                      const mcnn_alloc *alloc, uint8_t *target,
                                      const mcnn_shape *to) {
  mcnn_digit digit;
  const mnistcnn_status status = mcnn_prepare(how, pixels, from, alloc, target, to, &digit);

  if (status != MNISTCNN_OK || mcnn_verdict_is_digit(digit.verdict))
    return status;
  if (is_prepared_elsewhere(how, pixels, from, to)) {
    mcnn_image_fit(pixels, from, how->resize, target, to);
    return MNISTCNN_OK;
  }
  return mcnn_fail(MNISTCNN_FORMAT, "%s: shows no digit: %s", label,
                   mcnn_verdict_text(digit.verdict));
}
