#include "predict/digit.h"

#include <stdio.h>
#include <string.h>

#include "predict/answer.h"
#include "terminal/message.h"
#include "terminal/percent.h"

/* A network predicts one of its classes whatever the image shows. Below this confidence a prepared
 * picture is more likely not a digit. */
static const double min_confidence = 0.5;

static int answer_unclear(const predictor *p, const char *path) {
  const uint32_t guess = p->ranking[0];
  char confidence[PERCENT_CAPACITY], reason[512];

  snprintf(reason, sizeof reason, "the best guess, a %s, has only %s confidence",
           mnistcnn_model_class_name(p->model, guess),
           percent_text(predictor_confidence(p, guess), confidence));
  return answer_no_digit(p, path, "unclear", reason);
}

/* As in mnistcnn_digit_list_predict(): what may be two digits is averaged with the uniform
 * distribution. */
static void blend_with_uniform(predictor *p) {
  for (uint32_t c = 0; c < p->num_classes; c++)
    p->probabilities[c] = 0.5f * p->probabilities[c] + 0.5f / (float)p->num_classes;
}

static mnistcnn_status predict_prepared(predictor *p) {
  for (size_t i = 0; i < (size_t)p->height * p->width; i++)
    memset(p->input + i * p->channels, p->prepared[i], p->channels);
  return mnistcnn_predict_u8(p->model, p->workspace, p->input, mnistcnn_model_num_inputs(p->model),
                             p->probabilities, p->num_classes);
}

int predict_digit(predictor *p, const char *path, const picture *source) {
  const mnistcnn_digit_options options = predictor_digit_options(p);
  mnistcnn_digit_info info = {.struct_size = sizeof info};

  if (mnistcnn_digit_prepare(&source->image, &options, p->prepared, (size_t)p->height * p->width,
                             &info) != MNISTCNN_OK)
    return fail_file(path);
  if (info.verdict > MNISTCNN_DIGIT_TOUCHING) {
    return answer_no_digit(p, path, answer_verdict_name(info.verdict),
                           mnistcnn_digit_verdict_text(info.verdict));
  }
  if (predict_prepared(p) != MNISTCNN_OK)
    return fail_file(path);
  if (info.verdict == MNISTCNN_DIGIT_TOUCHING)
    blend_with_uniform(p);
  predictor_rank(p);
  predictor_show(p, p->prepared);
  if (!info.passed_through && predictor_confidence(p, p->ranking[0]) < min_confidence)
    return answer_unclear(p, path);
  answer_class(p, path);
  return EXIT_STATUS_OK;
}
