#include "predict/many.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "predict/answer.h"
#include "predict/picture.h"
#include "terminal/message.h"
#include "terminal/percent.h"

static void print_found(predictor *p, const mnistcnn_digit_info *info) {
  const uint32_t first = p->ranking[0];
  char confidence[PERCENT_CAPACITY];

  printf("  line %" PRIu32 ", %" PRIu32 "x%" PRIu32 " at %" PRIu32 ",%" PRIu32 ": ", info->line + 1,
         info->width, info->height, info->left, info->top);
  if (info->verdict > MNISTCNN_DIGIT_TOUCHING) {
    printf("no digit: %s\n", mnistcnn_digit_verdict_text(info->verdict));
  } else {
    printf("%s  %s%s\n", mnistcnn_model_class_name(p->model, first),
           percent_text(predictor_confidence(p, first), confidence),
           info->verdict == MNISTCNN_DIGIT_TOUCHING ? "  (as wide as touching digits)" : "");
  }
}

static void write_box(json_out *json, const mnistcnn_digit_info *info) {
  const struct {
    const char *key;
    uint32_t value;
  } rows[] = {{"left", info->left},
              {"top", info->top},
              {"width", info->width},
              {"height", info->height},
              {"line", info->line}};

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    json_key(json, rows[i].key);
    json_integer(json, rows[i].value);
  }
}

static void write_found(predictor *p, const mnistcnn_digit_info *info) {
  json_begin_line_object(p->json);
  if (info->verdict <= MNISTCNN_DIGIT_TOUCHING) {
    answer_write_class(p, p->ranking[0]);
  } else {
    json_key(p->json, "class");
    json_text(p->json, NULL);
  }
  json_key(p->json, "verdict");
  json_text(p->json, answer_verdict_name(info->verdict));
  write_box(p->json, info);
  json_end_object(p->json);
}

/* *read counts those that are digits. */
static int print_each(predictor *p, const picture *source, const mnistcnn_digit_list *digits,
                      const float *probabilities, size_t *read) {
  for (size_t i = 0; i < mnistcnn_digit_list_num_digits(digits); i++) {
    mnistcnn_digit_info info = {.struct_size = sizeof info};
    if (mnistcnn_digit_list_info(digits, i, &info) != MNISTCNN_OK)
      return fail_library();
    picture_to_file(source, &info);
    predictor_rank(p, probabilities + i * p->num_classes);
    *read += info.verdict <= MNISTCNN_DIGIT_TOUCHING;
    predictor_show(p, mnistcnn_digit_list_image(digits, i));
    if (p->json)
      write_found(p, &info);
    else
      print_found(p, &info);
  }
  return EXIT_STATUS_OK;
}

static int print_digits(predictor *p, const char *path, const picture *source,
                        const mnistcnn_digit_list *digits, const float *probabilities) {
  const size_t count = mnistcnn_digit_list_num_digits(digits);
  size_t read = 0;

  if (p->json) {
    answer_begin_record(p, path);
    json_key(p->json, "digits");
    json_begin_array(p->json);
  } else {
    printf("%s: %zu found\n", path, count);
  }
  const int status = print_each(p, source, digits, probabilities, &read);
  if (p->json) {
    json_end_array(p->json);
    answer_end_record(p);
  }
  return status == EXIT_STATUS_OK && read == 0 ? EXIT_STATUS_NO_DIGIT : status;
}

static int predict_found(predictor *p, const char *path, const picture *source,
                         const mnistcnn_digit_list *digits) {
  const size_t capacity = mnistcnn_digit_list_num_digits(digits) * p->num_classes;
  float *const probabilities = malloc((capacity + 1) * sizeof *probabilities);
  int status;

  if (!probabilities)
    status = answer_failure(p, path, "out of memory");
  else if (mnistcnn_digit_list_predict(digits, p->model, p->workspace, probabilities, capacity) !=
           MNISTCNN_OK)
    status = answer_failure(p, path, mnistcnn_last_error());
  else
    status = print_digits(p, path, source, digits, probabilities);
  free(probabilities);
  return status;
}

int predict_many(predictor *p, const char *path) {
  const mnistcnn_digit_options options = predictor_digit_options(p);
  mnistcnn_digit_list *digits = NULL;
  picture source;
  const bool loaded = picture_load(path, &source);
  int status;

  if (!loaded || mnistcnn_digit_find(&source.image, &options, &digits) != MNISTCNN_OK)
    status = answer_failure(p, path, loaded ? mnistcnn_last_error() : source.error);
  else
    status = predict_found(p, path, &source, digits);
  mnistcnn_digit_list_free(digits);
  picture_free(&source);
  return status;
}
