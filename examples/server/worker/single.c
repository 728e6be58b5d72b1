#include "worker/single.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(single *s, mnistcnn_status status, const char *message) {
  s->status = status;
  (void)snprintf(s->message, sizeof s->message, "%s", message);
}

/* Of a network that images are only resized for: as the library does it. */
static void predict_at_once(single *s, const loaded *l, const uint8_t *file, size_t size) {
  mnistcnn_image_info info;
  mnistcnn_status status = picture_check(l, file, size, &info);

  if (status == MNISTCNN_OK) {
    s->own_row = calloc(l->classes, sizeof *s->own_row);
    status = s->own_row ? mnistcnn_predict_image_memory(l->model, l->workspace, file, size,
                                                        s->own_row, l->classes)
                        : MNISTCNN_OUT_OF_MEMORY;
  }
  if (status == MNISTCNN_NO_DIGIT)
    s->info.verdict = MNISTCNN_DIGIT_UNCLEAR;
  if (status != MNISTCNN_OK)
    fail(s, status, picture_error(status));
}

/* Gray in the channels of the network, from the end, so that it can be done in place. */
static void spread(uint8_t *row, const loaded *l) {
  const uint32_t channels = l->input.channels;
  const size_t pixels = (size_t)l->input.height * l->input.width;

  for (size_t i = pixels; channels > 1 && i-- > 0;)
    memset(row + i * channels, row[i], channels);
}

static void take_digit(single *s, const loaded *l, rows *r, const uint8_t *prepared) {
  uint8_t *const row = rows_add(r, l, 1);

  if (!row) {
    fail(s, MNISTCNN_OUT_OF_MEMORY, "out of memory");
    return;
  }
  s->row = r->count - 1;
  memcpy(row, prepared, (size_t)l->input.height * l->input.width);
  spread(row, l);
}

static void refuse_verdict(single *s) {
  char text[JOB_MESSAGE_CAPACITY];

  (void)snprintf(text, sizeof text, "the image shows no digit: %s",
                 mnistcnn_digit_verdict_text(s->info.verdict));
  fail(s, MNISTCNN_NO_DIGIT, text);
}

static mnistcnn_status prepare_digit(single *s, const loaded *l, rows *r, const picture *p,
                                     int32_t polarity) {
  mnistcnn_digit_options options = MNISTCNN_DIGIT_OPTIONS_INIT;
  const size_t pixels = (size_t)l->input.height * l->input.width;
  uint8_t *const prepared = malloc(pixels);

  if (!prepared)
    return MNISTCNN_OUT_OF_MEMORY;
  options.height = l->input.height;
  options.width = l->input.width;
  options.polarity = polarity != MNISTCNN_POLARITY_AUTO ? polarity : l->preparation.polarity;
  const mnistcnn_status status =
      mnistcnn_digit_prepare(&p->image, &options, prepared, pixels, &s->info);
  if (status == MNISTCNN_OK) {
    const picture_box box = {s->info.top, s->info.left, s->info.height, s->info.width};
    s->box = s->info.height > 0 ? picture_to_file(&p->info, box) : box;
    if (s->info.verdict <= MNISTCNN_DIGIT_TOUCHING)
      take_digit(s, l, r, prepared);
    else
      refuse_verdict(s);
  }
  free(prepared);
  return status;
}

void single_prepare(single *s, const loaded *l, rows *r, const uint8_t *file, size_t size,
                    int32_t polarity) {
  picture p;

  *s = (single){.info = MNISTCNN_DIGIT_INFO_INIT};
  if (l->preparation.prepare != MNISTCNN_PREPARE_DIGIT ||
      l->preparation.alpha != MNISTCNN_ALPHA_COMPOSITE) {
    predict_at_once(s, l, file, size);
    return;
  }
  mnistcnn_status status = picture_decode(l, file, size, &p);
  if (status == MNISTCNN_OK)
    status = prepare_digit(s, l, r, &p, polarity);
  if (status != MNISTCNN_OK)
    fail(s, status, picture_error(status));
  picture_free(&p);
}

/* Chow's rule, with the model's threshold. */
static void reject(single *s, const loaded *l, const float *row) {
  const float threshold = mnistcnn_model_rejection_threshold(l->model);
  char text[JOB_MESSAGE_CAPACITY];
  uint32_t top = 0;
  float confidence = 1;

  if (mnistcnn_top_class(row, l->classes, &top, &confidence) != MNISTCNN_OK ||
      !(confidence < threshold))
    return;
  (void)snprintf(text, sizeof text,
                 "rejected: the most probable class, %s, has the probability %.3f; the model's "
                 "threshold is %.3f",
                 mnistcnn_model_class_name(l->model, top), (double)confidence, (double)threshold);
  fail(s, MNISTCNN_NO_DIGIT, text);
  s->info.verdict = MNISTCNN_DIGIT_UNCLEAR;
}

/* A network is as sure of touching digits as of any others, so their row is averaged with the
 * uniform distribution, as in the library. */
static void add_row(const single *s, const loaded *l, const float *row, buffer *out) {
  const float share = s->info.verdict == MNISTCNN_DIGIT_TOUCHING ? 0.5f : 1.0f;

  pack_u32(out, l->classes);
  for (uint32_t c = 0; c < l->classes; c++)
    pack_f32(out, share < 1 ? share * row[c] + (1.0f - share) / (float)l->classes : row[c]);
}

void single_finish(single *s, const loaded *l, const rows *r, buffer *out) {
  const float *const row = s->own_row                 ? s->own_row
                           : s->status == MNISTCNN_OK ? rows_row(r, l, s->row)
                                                      : NULL;
  const bool has_row = row && (s->status == MNISTCNN_OK || s->status == MNISTCNN_NO_DIGIT);

  if (row && !s->own_row)
    reject(s, l, row);
  pack_i32(out, s->status);
  pack_i32(out, s->info.verdict);
  pack_i32(out, s->info.polarity);
  pack_u32(out, s->info.passed_through);
  pack_u32(out, s->box.top);
  pack_u32(out, s->box.left);
  pack_u32(out, s->box.height);
  pack_u32(out, s->box.width);
  pack_text(out, s->message);
  if (has_row)
    add_row(s, l, row, out);
  else
    pack_u32(out, 0);
}

void single_free(single *s) {
  free(s->own_row);
  s->own_row = NULL;
}
