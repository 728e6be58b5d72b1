/* Predictions, and pixels as the model's input. */
#include "exports.h"

#include <stdlib.h>

mnistcnn_workspace *web_workspace_create(const mnistcnn_model *model, uint32_t max_batch) {
  mnistcnn_workspace_options options = MNISTCNN_WORKSPACE_OPTIONS_INIT;
  mnistcnn_workspace *workspace = NULL;

  options.max_batch = max_batch;
  web_status = mnistcnn_workspace_create(model, &options, &workspace);
  return workspace;
}

void web_workspace_free(mnistcnn_workspace *workspace) {
  mnistcnn_workspace_free(workspace);
}

mnistcnn_status web_predict(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                            const uint8_t *images, size_t bytes, float *probabilities,
                            size_t capacity) {
  return mnistcnn_predict_u8(model, workspace, images, bytes, probabilities, capacity);
}

mnistcnn_status web_predict_floats(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                   const float *images, size_t count, float *probabilities,
                                   size_t capacity) {
  return mnistcnn_predict(model, workspace, images, count, probabilities, capacity);
}

const char *web_verdict_text(int32_t verdict) {
  return mnistcnn_digit_verdict_text(verdict);
}

/* --- preparation ------------------------------------------------------------------------------ */

static mnistcnn_status prepare_digit(const mnistcnn_image *image, const mnistcnn_shape *shape,
                                     int32_t polarity, uint32_t passthrough, uint8_t *prepared,
                                     double *numbers) {
  mnistcnn_digit_options options = MNISTCNN_DIGIT_OPTIONS_INIT;
  mnistcnn_digit_info info = MNISTCNN_DIGIT_INFO_INIT;

  options.polarity = polarity;
  options.height = shape->height;
  options.width = shape->width;
  options.passthrough_prepared = passthrough;
  const mnistcnn_status status = mnistcnn_digit_prepare(
      image, &options, prepared, (size_t)shape->height * shape->width, &info);
  if (status != MNISTCNN_OK)
    return status;
  numbers[0] = info.verdict;
  numbers[1] = info.top;
  numbers[2] = info.left;
  numbers[3] = info.height;
  numbers[4] = info.width;
  numbers[5] = info.polarity;
  return MNISTCNN_OK;
}

/* What a pixel looks like on white paper, as ITU-R 601 luma where one channel is wanted, in 8 bits.
 */
static void on_white(const uint8_t *from, uint32_t channels, uint8_t *to, uint32_t wanted) {
  const unsigned alpha = channels % 2 == 0 ? from[channels - 1] : 255;
  unsigned rgb[3];

  for (uint32_t c = 0; c < 3; c++)
    rgb[c] = ((channels < 3 ? from[0] : from[c]) * alpha + 255u * (255u - alpha) + 127u) / 255u;
  if (wanted == 1)
    to[0] = (uint8_t)((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16);
  else
    for (uint32_t c = 0; c < 3; c++)
      to[c] = (uint8_t)rgb[c];
}

/* With the model's channels, resized. */
static mnistcnn_status resize(const mnistcnn_image *image, const mnistcnn_shape *shape, int32_t how,
                              uint8_t *resized) {
  const size_t pixels = (size_t)image->shape.height * image->shape.width;
  const size_t bytes = pixels * shape->channels;
  uint8_t *const flat = malloc(bytes > 0 ? bytes : 1);

  if (!flat)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < pixels; i++) {
    on_white(image->pixels + i * image->shape.channels, image->shape.channels,
             flat + i * shape->channels, shape->channels);
  }
  mnistcnn_image plain = *image;
  plain.pixels = flat;
  plain.size_bytes = bytes;
  plain.shape.channels = shape->channels;
  const mnistcnn_status status =
      mnistcnn_image_resize(&plain, how, shape->height, shape->width, resized,
                            (size_t)shape->height * shape->width * shape->channels);
  free(flat);
  return status;
}

mnistcnn_status web_prepare(const mnistcnn_model *model, const uint8_t *pixels, uint32_t height,
                            uint32_t width, uint32_t channels, int32_t polarity,
                            uint32_t passthrough, uint8_t *prepared, double *numbers) {
  const mnistcnn_image image = {
      .pixels = pixels,
      .size_bytes = (size_t)height * width * channels,
      .shape = {height, width, channels},
  };
  mnistcnn_preparation preparation = MNISTCNN_PREPARATION_INIT;
  mnistcnn_shape shape = {0};
  mnistcnn_status status = mnistcnn_model_input_shape(model, &shape);

  if (status == MNISTCNN_OK)
    status = mnistcnn_model_preparation(model, &preparation);
  if (status != MNISTCNN_OK)
    return status;
  for (int i = 0; i < 6; i++)
    numbers[i] = 0;
  if (preparation.prepare == MNISTCNN_PREPARE_DIGIT) {
    if (polarity == MNISTCNN_POLARITY_AUTO)
      polarity = preparation.polarity;
    return prepare_digit(&image, &shape, polarity, passthrough, prepared, numbers);
  }
  return resize(&image, &shape, preparation.resize, prepared);
}
