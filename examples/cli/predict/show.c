#include "predict/show.h"

#include <stdlib.h>

#include "predict/picture.h"

/* To gray: composited, or without alpha. `pixels` has room for two channels. */
static mnistcnn_status decode_gray(const predictor *p, const char *path, uint8_t *pixels,
                                   size_t count) {
  if (p->preparation.alpha == MNISTCNN_ALPHA_COMPOSITE)
    return mnistcnn_image_decode_file(path, 1, pixels, count, NULL);
  const mnistcnn_status status = mnistcnn_image_decode_file(path, 2, pixels, 2 * count, NULL);
  for (size_t i = 0; status == MNISTCNN_OK && i < count; i++)
    pixels[i] = pixels[2 * i];
  return status;
}

/* The image as resized, in gray. */
static mnistcnn_status resize_plain(const predictor *p, const char *path, const picture *source,
                                    uint8_t *prepared) {
  mnistcnn_image gray = source->image;

  gray.shape.channels = 1;
  gray.size_bytes = (size_t)gray.shape.height * gray.shape.width;
  const mnistcnn_status status = decode_gray(p, path, source->pixels, gray.size_bytes);
  return status == MNISTCNN_OK
             ? mnistcnn_image_resize(&gray, p->preparation.resize, p->height, p->width, prepared,
                                     (size_t)p->height * p->width)
             : status;
}

static mnistcnn_status prepare_digit(const predictor *p, const picture *source, uint8_t *prepared) {
  const mnistcnn_digit_options options = predictor_digit_options(p);

  return mnistcnn_digit_prepare(&source->image, &options, prepared, (size_t)p->height * p->width,
                                NULL);
}

bool show_input(const predictor *p, const char *path, const char **error) {
  uint8_t *const prepared = malloc((size_t)p->height * p->width);
  picture source = {0};
  bool shown = false;

  if (!prepared) {
    *error = "out of memory";
  } else if (!picture_load(path, MNISTCNN_DIGIT_ENOUGH, &source)) {
    *error = source.error;
  } else if ((p->preparation.prepare == MNISTCNN_PREPARE_DIGIT
                  ? prepare_digit(p, &source, prepared)
                  : resize_plain(p, path, &source, prepared)) != MNISTCNN_OK) {
    *error = mnistcnn_last_error();
  } else {
    predictor_show(p, prepared);
    shown = true;
  }
  picture_free(&source);
  free(prepared);
  return shown;
}
