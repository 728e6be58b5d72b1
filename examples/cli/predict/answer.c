#include "predict/answer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

  if (p->settings.name_files)
    printf("%s: ", path);
  printf("I think this %s is a %s with %s confidence\n", noun(p),
         mnistcnn_model_class_name(p->model, first),
         percent_text(predictor_confidence(p, first), text));
  for (uint32_t i = 0; p->settings.top > 1 && i < p->settings.top; i++) {
    printf("  %7s  %s\n", percent_text(predictor_confidence(p, p->ranking[i]), text),
           mnistcnn_model_class_name(p->model, p->ranking[i]));
  }
}

/* --- JSON ------------------------------------------------------------------------------------- */

void answer_write_class(const predictor *p, uint32_t index) {
  json_key(p->json, "class");
  json_text(p->json, mnistcnn_model_class_name(p->model, index));
  json_key(p->json, "index");
  json_integer(p->json, index);
  json_key(p->json, "confidence");
  json_number(p->json, predictor_confidence(p, index));
}

void answer_begin_record(predictor *p, const char *path) {
  if (p->settings.format == ANSWER_JSONL) {
    json_start(p->json, stdout);
    json_begin_line_object(p->json);
  } else {
    json_begin_object(p->json);
  }
  json_key(p->json, "file");
  json_text(p->json, path);
}

void answer_end_record(predictor *p) {
  json_end_object(p->json);
  if (p->settings.format == ANSWER_JSONL)
    json_finish(p->json);
}

static void write_class(predictor *p, const char *path) {
  answer_begin_record(p, path);
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
  answer_end_record(p);
}

/* --- CSV -------------------------------------------------------------------------------------- */

static void write_header(predictor *p) {
  csv_text(&p->csv, "path");
  csv_text(&p->csv, "answer");
  csv_text(&p->csv, "confidence");
  for (uint32_t c = 0; c < p->num_classes; c++)
    csv_text(&p->csv, mnistcnn_model_class_name(p->model, c));
  csv_text(&p->csv, "error");
  csv_end_row(&p->csv);
}

/* answered: the first of the ranking is the answer. predicted: the probabilities are this image's.
 */
static void write_row(predictor *p, const char *path, bool answered, bool predicted,
                      const char *error) {
  const uint32_t first = p->ranking[0];

  csv_text(&p->csv, path);
  csv_text(&p->csv, answered ? mnistcnn_model_class_name(p->model, first) : NULL);
  csv_number(&p->csv, answered ? predictor_confidence(p, first) : (double)NAN);
  for (uint32_t c = 0; c < p->num_classes; c++)
    csv_float(&p->csv, predicted ? p->probabilities[c] : NAN);
  csv_text(&p->csv, error);
  csv_end_row(&p->csv);
}

/* --- any format ------------------------------------------------------------------------------- */

void answers_begin(predictor *p) {
  if (p->settings.format == ANSWER_CSV) {
    csv_start(&p->csv, stdout);
    write_header(p);
  } else if (p->settings.format == ANSWER_JSON) {
    json_start(p->json, stdout);
    json_begin_array(p->json);
  }
}

void answers_end(predictor *p) {
  if (p->settings.format != ANSWER_JSON)
    return;
  json_end_array(p->json);
  json_finish(p->json);
}

void answer_class(predictor *p, const char *path) {
  if (p->json)
    write_class(p, path);
  else if (p->settings.format == ANSWER_CSV)
    write_row(p, path, true, true, NULL);
  else
    print_class(p, path);
}

int answer_failure(predictor *p, const char *path, const char *message) {
  char whole[4096 + 512];

  snprintf(whole, sizeof whole, "%s%s%s", strstr(message, path) ? "" : path,
           strstr(message, path) ? "" : ": ", message);
  progress_bar_leave(p->bar);
  fail("%s", whole);
  if (p->json) {
    answer_begin_record(p, path);
    json_key(p->json, "error");
    json_text(p->json, whole);
    answer_end_record(p);
  } else if (p->settings.format == ANSWER_CSV) {
    write_row(p, path, false, false, whole);
  }
  return EXIT_STATUS_FAILURE;
}

const char *answer_verdict_name(int32_t verdict) {
  static const char *const names[] = {"digit",   "touching", "blank",  "filled",
                                      "several", "other",    "unclear"};

  return verdict >= 0 && verdict < (int32_t)(sizeof names / sizeof names[0]) ? names[verdict]
                                                                             : "unknown";
}

static void write_no_digit(predictor *p, const char *path, const char *verdict,
                           const char *reason) {
  answer_begin_record(p, path);
  json_key(p->json, "class");
  json_text(p->json, NULL);
  json_key(p->json, "verdict");
  json_text(p->json, verdict);
  json_key(p->json, "reason");
  json_text(p->json, reason);
  answer_end_record(p);
}

/* The wording "I see no digit: ..." is fixed, too. */
int answer_no_digit(predictor *p, const char *path, const char *verdict, const char *reason,
                    bool guessed) {
  char error[512];

  if (p->json) {
    write_no_digit(p, path, verdict, reason);
  } else if (p->settings.format == ANSWER_CSV) {
    snprintf(error, sizeof error, "no digit: %s", reason);
    write_row(p, path, false, guessed, error);
  } else {
    if (p->settings.name_files)
      printf("%s: ", path);
    printf("I see no digit: %s\n", reason);
  }
  return EXIT_STATUS_NO_DIGIT;
}
