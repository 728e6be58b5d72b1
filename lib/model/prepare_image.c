#include "model/prepare_image.h"

#include "base/status.h"
#include "digit/verdict.h"
#include "kernels/elementwise/softmax.h"

struct mcnn_preparer {
  const mnistcnn_model *model;
  mcnn_image_decoder *decoder;
};

mnistcnn_status mcnn_preparer_create(const mnistcnn_model *model, mcnn_preparer **out) {
  mcnn_preparer *const preparer = mcnn_alloc_zeroed(&model->alloc, 1, sizeof *preparer);
  *out = NULL;
  if (!preparer)
    return MNISTCNN_OUT_OF_MEMORY;
  preparer->model = model;
  const mnistcnn_status status = mcnn_image_decoder_create(
      &model->alloc, mcnn_preparation_alpha(&model->preparation), &preparer->decoder);
  if (status != MNISTCNN_OK) {
    mcnn_preparer_free(preparer);
    return status;
  }
  const mcnn_image_need need = mcnn_preparation_need(&model->preparation, model->arch->input.height,
                                                     model->arch->input.width);
  mcnn_image_decoder_set_need(preparer->decoder, &need);
  *out = preparer;
  return MNISTCNN_OK;
}

void mcnn_preparer_free(mcnn_preparer *preparer) {
  if (!preparer)
    return;
  mcnn_image_decoder_free(preparer->decoder);
  mcnn_free(&preparer->model->alloc, preparer);
}

static mnistcnn_status prepare_decoded(const mnistcnn_model *model, uint8_t *decoded,
                                       const mcnn_shape *from, const char *label, uint8_t *pixels,
                                       mcnn_prepared_image *image) {
  const mnistcnn_preparation *const how = &model->preparation;
  mcnn_shape to = model->arch->input;
  if (from->channels < to.channels || how->prepare == MNISTCNN_PREPARE_DIGIT)
    to.channels = 1;
  image->channels = to.channels;
  const mnistcnn_status status =
      mcnn_prepare(how, decoded, from, &model->alloc, pixels, &to, &image->digit);
  if (status != MNISTCNN_OK || mcnn_verdict_is_digit(image->digit.verdict))
    return status;
  return mcnn_fail(MNISTCNN_NO_DIGIT, "%s: shows no digit: %s", label,
                   mcnn_verdict_text(image->digit.verdict));
}

mnistcnn_status mcnn_prepare_image(mcnn_preparer *preparer, const mcnn_image_file *file,
                                   uint8_t *pixels, mcnn_prepared_image *image) {
  uint8_t *decoded;
  mcnn_shape shape;
  *image = (mcnn_prepared_image){0};
  const mnistcnn_status status = mcnn_image_decode(preparer->decoder, file, &decoded, &shape);
  return status == MNISTCNN_OK
             ? prepare_decoded(preparer->model, decoded, &shape, file->label, pixels, image)
             : status;
}

mnistcnn_status mcnn_prepare_image_path(mcnn_preparer *preparer, const char *path, uint8_t *pixels,
                                        mcnn_prepared_image *image) {
  uint8_t *decoded;
  mcnn_shape shape;
  *image = (mcnn_prepared_image){0};
  const mnistcnn_status status = mcnn_image_decode_path(preparer->decoder, path, &decoded, &shape);
  return status == MNISTCNN_OK
             ? prepare_decoded(preparer->model, decoded, &shape, path, pixels, image)
             : status;
}

mnistcnn_status mcnn_check_rejection(const mnistcnn_model *model, const char *label,
                                     const float *row, mcnn_digit *digit) {
  if (!mcnn_model_rejects(model, row))
    return MNISTCNN_OK;
  const size_t top = mcnn_argmax(model->arch->num_classes, row);
  digit->verdict = MNISTCNN_DIGIT_UNCLEAR;
  return mcnn_fail(MNISTCNN_NO_DIGIT,
                   "%s: rejected: the most probable class, %s, has the probability %.3f; the "
                   "model's threshold is %.3f",
                   label, mcnn_model_class_name(model, (uint32_t)top), (double)row[top],
                   (double)model->rejection_threshold);
}

void mcnn_temper_digit(const mcnn_digit *digit, uint32_t classes, float *row) {
  const float trust =
      digit->verdict == MNISTCNN_DIGIT_FOUND || digit->verdict == MNISTCNN_DIGIT_UNCLEAR ? 1.0f
      : digit->verdict == MNISTCNN_DIGIT_TOUCHING                                        ? 0.5f
                                                                                         : 0.0f;
  for (uint32_t c = 0; c < classes && trust < 1.0f; c++)
    row[c] = trust * row[c] + (1.0f - trust) / (float)classes;
}
