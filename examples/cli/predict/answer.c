#include "predict/answer.h"

#include <stdio.h>

#include "terminal/message.h"
#include "terminal/percent.h"

/* What the image is called, which is all that class names decide: of ten classes 0 to 9 a digit,
 * however it is prepared. */
static const char *noun(const predictor *p) {
  if (p->preparation.prepare == MNISTCNN_PREPARE_DIGIT)
    return "digit";
  for (uint32_t c = 0; c < 10; c++) {
    const char *const name = mnistcnn_model_class_name(p->model, c);
    if (p->num_classes != 10 || !name || name[0] != (char)('0' + c) || name[1] != '\0')
      return "image";
  }
  return "digit";
}

/* The wording is fixed (including "a 8"), so that scripts can rely on it. */
static void print_class(const predictor *p, const char *path) {
  const uint32_t first = p->ranking[0];
  char text[PERCENT_CAPACITY];

  if (p->name_files)
    printf("%s: ", path);
  printf("I think this %s is a %s with %s confidence\n", noun(p),
         mnistcnn_model_class_name(p->model, first),
         percent_text(predictor_confidence(p, first), text));
  for (uint32_t i = 0; p->settings.top > 1 && i < p->settings.top; i++) {
    printf("  %7s  %s\n", percent_text(predictor_confidence(p, p->ranking[i]), text),
           mnistcnn_model_class_name(p->model, p->ranking[i]));
  }
}

void answer_write_class(const predictor *p, uint32_t index) {
  json_key(p->json, "class");
  json_text(p->json, mnistcnn_model_class_name(p->model, index));
  json_key(p->json, "index");
  json_integer(p->json, index);
  json_key(p->json, "confidence");
  json_number(p->json, predictor_confidence(p, index));
}

static void write_class(const predictor *p, const char *path) {
  json_begin_object(p->json);
  json_key(p->json, "file");
  json_text(p->json, path);
  answer_write_class(p, p->ranking[0]);
  if (p->settings.top > 1) {
    json_key(p->json, "top");
    json_begin_array(p->json);
    for (uint32_t i = 0; i < p->settings.top; i++) {
      json_begin_line_object(p->json);
      answer_write_class(p, p->ranking[i]);
      json_end_object(p->json);
    }
    json_end_array(p->json);
  }
  json_end_object(p->json);
}

void answer_class(const predictor *p, const char *path) {
  if (p->json)
    write_class(p, path);
  else
    print_class(p, path);
}

void answer_failure(const predictor *p, const char *path) {
  json_begin_object(p->json);
  json_key(p->json, "file");
  json_text(p->json, path);
  json_key(p->json, "error");
  json_text(p->json, mnistcnn_last_error());
  json_end_object(p->json);
}

const char *answer_verdict_name(int32_t verdict) {
  static const char *const names[] = {"digit", "touching", "blank", "filled", "several", "other"};

  return verdict >= 0 && verdict < (int32_t)(sizeof names / sizeof names[0]) ? names[verdict]
                                                                             : "unknown";
}

/* The wording "I see no digit: ..." is fixed, too. */
int answer_no_digit(const predictor *p, const char *path, const char *verdict, const char *reason) {
  if (!p->json) {
    if (p->name_files)
      printf("%s: ", path);
    printf("I see no digit: %s\n", reason);
    return EXIT_STATUS_NO_DIGIT;
  }
  json_begin_object(p->json);
  json_key(p->json, "file");
  json_text(p->json, path);
  json_key(p->json, "class");
  json_text(p->json, NULL);
  json_key(p->json, "verdict");
  json_text(p->json, verdict);
  json_key(p->json, "reason");
  json_text(p->json, reason);
  json_end_object(p->json);
  return EXIT_STATUS_NO_DIGIT;
}
