#include "reader.h"

#include <mnistcnn_pretrained.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 28 };

/* --- the model -------------------------------------------------------------------------------- */

const char *reader_open(reader *r, const char *path) {
  mnistcnn_shape shape = {0};
  mnistcnn_status status = path ? mnistcnn_model_load_file(path, NULL, &r->model)
                                : mnistcnn_pretrained_model(NULL, &r->model);
  r->workspace = NULL;
  if (status == MNISTCNN_OK)
    status = mnistcnn_workspace_create(r->model, NULL, &r->workspace);
  if (status == MNISTCNN_OK)
    status = mnistcnn_model_input_shape(r->model, &shape);
  if (status != MNISTCNN_OK)
    return mnistcnn_last_error();
  const int is_for_digits = mnistcnn_model_num_classes(r->model) == READER_CLASSES &&
                            shape.height == SIDE && shape.width == SIDE && shape.channels == 1;
  return is_for_digits ? NULL : "the model is not for the ten digits in gray images of 28 x 28";
}

void reader_close(reader *r) {
  mnistcnn_workspace_free(r->workspace);
  mnistcnn_model_free(r->model);
}

/* --- one digit -------------------------------------------------------------------------------- */

static void say(reader_answer *answer, const char *text) {
  (void)snprintf(answer->text, sizeof answer->text, "%s", text);
}

static void predict(const reader *r, reader_answer *answer) {
  float confidence = 0;

  if (mnistcnn_predict_u8(r->model, r->workspace, answer->seen, sizeof answer->seen,
                          answer->probabilities, READER_CLASSES) != MNISTCNN_OK ||
      mnistcnn_top_class(answer->probabilities, READER_CLASSES, &answer->digit, &confidence) !=
          MNISTCNN_OK) {
    say(answer, mnistcnn_last_error());
    return;
  }
  answer->is_digit = confidence >= mnistcnn_model_rejection_threshold(r->model);
  if (answer->is_digit)
    (void)snprintf(answer->text, sizeof answer->text, "%u (%.1f %%)", (unsigned)answer->digit,
                   100.0 * (double)confidence);
  else
    say(answer, mnistcnn_digit_verdict_text(MNISTCNN_DIGIT_UNCLEAR));
}

void reader_look(const reader *r, const uint8_t *pixels, uint32_t size, reader_answer *answer) {
  const mnistcnn_image image = {
      .pixels = pixels, .size_bytes = (size_t)size * size, .shape = {size, size, 1}};
  mnistcnn_digit_options options = MNISTCNN_DIGIT_OPTIONS_INIT;
  mnistcnn_digit_info info = MNISTCNN_DIGIT_INFO_INIT;

  memset(answer, 0, sizeof *answer);
  options.polarity = MNISTCNN_POLARITY_LIGHT_ON_DARK;
  options.height = options.width = SIDE;
  if (mnistcnn_digit_prepare(&image, &options, answer->seen, sizeof answer->seen, &info) !=
      MNISTCNN_OK)
    say(answer, mnistcnn_last_error());
  else if (info.verdict <= MNISTCNN_DIGIT_TOUCHING)
    predict(r, answer);
  else
    say(answer, mnistcnn_digit_verdict_text(info.verdict));
}

/* --- a picture -------------------------------------------------------------------------------- */

static mnistcnn_status decode(const char *path, reader_picture *picture) {
  mnistcnn_status status = mnistcnn_image_decode_file(path, 3, NULL, 0, &picture->shape);
  const size_t bytes = (size_t)picture->shape.height * picture->shape.width * 3;

  if (status != MNISTCNN_OK)
    return status;
  picture->pixels = malloc(bytes > 0 ? bytes : 1);
  if (!picture->pixels)
    return MNISTCNN_OUT_OF_MEMORY;
  return mnistcnn_image_decode_file(path, 3, picture->pixels, bytes, &picture->shape);
}

mnistcnn_status reader_read(const reader *r, const char *path, reader_picture *picture) {
  memset(picture, 0, sizeof *picture);
  mnistcnn_status status = decode(path, picture);
  if (status == MNISTCNN_OK) {
    const mnistcnn_image image = {.pixels = picture->pixels,
                                  .size_bytes =
                                      (size_t)picture->shape.height * picture->shape.width * 3,
                                  .shape = picture->shape};
    status = mnistcnn_page_read(r->model, r->workspace, &image, NULL, &picture->page);
  }
  if (status != MNISTCNN_OK)
    reader_picture_free(picture);
  return status;
}

void reader_picture_free(reader_picture *picture) {
  mnistcnn_page_free(picture->page);
  free(picture->pixels);
  memset(picture, 0, sizeof *picture);
}

/* Numbers of a line are separated by spaces. */
void reader_text(const reader_picture *picture, char text[READER_TEXT]) {
  const size_t groups = mnistcnn_page_num_groups(picture->page);
  mnistcnn_page_group group = MNISTCNN_PAGE_GROUP_INIT;
  uint32_t line = 0;
  size_t length = 0;

  text[0] = '\0';
  for (size_t i = 0; i < groups && length < READER_TEXT - 1; i++) {
    if (mnistcnn_page_get_group(picture->page, i, &group) != MNISTCNN_OK)
      return;
    const char *const separator = i == 0 ? "" : group.line == line ? " " : "\n";
    const int more = snprintf(text + length, READER_TEXT - length, "%s%s", separator, group.text);
    length += more > 0 ? (size_t)more : 0;
    line = group.line;
  }
}
