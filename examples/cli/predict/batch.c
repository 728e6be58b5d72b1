#include "predict/batch.h"

#include <stdio.h>
#include <stdlib.h>

#include "predict/answer.h"
#include "predict/many.h"
#include "predict/show.h"
#include "terminal/message.h"
#include "terminal/percent.h"

enum { MESSAGE_CAPACITY = 512 };

/* A network predicts one of its classes whatever the image shows. Below this confidence a prepared
 * picture is more likely not a digit, as far as a model without a rejection threshold can tell. */
static const double min_confidence = 0.5;

bool batch_create(predict_batch *batch, const predictor *p, size_t capacity) {
  mnistcnn_file_results *const results = &batch->results;

  *batch = (predict_batch){.capacity = capacity};
  results->struct_size = sizeof *results;
  results->message_capacity = MESSAGE_CAPACITY;
  results->probabilities_capacity = capacity * p->num_classes;
  batch->paths = calloc(capacity, sizeof *batch->paths);
  results->probabilities = calloc(results->probabilities_capacity, sizeof(float));
  results->statuses = calloc(capacity, sizeof *results->statuses);
  results->messages = calloc(capacity, MESSAGE_CAPACITY);
  results->verdicts = calloc(capacity, sizeof *results->verdicts);
  results->passed_through = calloc(capacity, sizeof *results->passed_through);
  if (batch->paths && results->probabilities && results->statuses && results->messages &&
      results->verdicts && results->passed_through)
    return true;
  fail("out of memory");
  return false;
}

void batch_free(predict_batch *batch) {
  mnistcnn_file_results *const results = &batch->results;

  free(results->passed_through);
  free(results->verdicts);
  free(results->messages);
  free(results->statuses);
  free(results->probabilities);
  free(batch->paths);
}

int worse_status(int status, int other) {
  return status == EXIT_STATUS_FAILURE || other == EXIT_STATUS_OK ? status : other;
}

/* The threshold is the model's, or min_confidence. */
static int answer_unclear(predictor *p, const char *path) {
  const uint32_t guess = p->ranking[0];
  char confidence[PERCENT_CAPACITY], reason[512];

  snprintf(reason, sizeof reason, "the best guess, a %s, has only %s confidence",
           mnistcnn_model_class_name(p->model, guess),
           percent_text(predictor_confidence(p, guess), confidence));
  return answer_no_digit(p, path, "unclear", reason, true);
}

static bool is_unclear(const predictor *p, const mnistcnn_file_results *results, size_t file) {
  return p->preparation.prepare == MNISTCNN_PREPARE_DIGIT && !results->passed_through[file] &&
         mnistcnn_model_rejection_threshold(p->model) <= 0 &&
         predictor_confidence(p, p->ranking[0]) < min_confidence;
}

/* The answer to the file with this number in the results. */
static int answer_file(predictor *p, const mnistcnn_file_results *results, size_t file,
                       const char *path) {
  const int32_t verdict = results->verdicts[file];
  const char *error;

  if (results->statuses[file] == MNISTCNN_NO_DIGIT && verdict != MNISTCNN_DIGIT_UNCLEAR) {
    return answer_no_digit(p, path, answer_verdict_name(verdict),
                           mnistcnn_digit_verdict_text(verdict), false);
  }
  if (results->statuses[file] != MNISTCNN_OK && verdict != MNISTCNN_DIGIT_UNCLEAR)
    return answer_failure(p, path, results->messages + file * MESSAGE_CAPACITY);
  predictor_rank(p, results->probabilities + file * p->num_classes);
  if (p->settings.show && p->settings.format == ANSWER_TEXT && !show_input(p, path, &error))
    return answer_failure(p, path, error);
  if (verdict == MNISTCNN_DIGIT_UNCLEAR || is_unclear(p, results, file))
    return answer_unclear(p, path);
  answer_class(p, path);
  return EXIT_STATUS_OK;
}

static int predict_files(predict_batch *batch, const predictor *p, const input_file *inputs,
                         size_t count) {
  size_t files = 0;

  for (size_t i = 0; i < count; i++)
    if (!inputs[i].error)
      batch->paths[files++] = inputs[i].path;
  return mnistcnn_predict_image_files(p->model, p->workspace, batch->paths, files,
                                      &batch->results) == MNISTCNN_OK
             ? EXIT_STATUS_OK
             : fail_library();
}

int batch_predict(predict_batch *batch, predictor *p, const input_file *inputs, size_t count) {
  int status = p->settings.many ? EXIT_STATUS_OK : predict_files(batch, p, inputs, count);
  size_t file = 0;

  if (status == EXIT_STATUS_FAILURE)
    return status;
  for (size_t i = 0; i < count; i++) {
    const char *const path = inputs[i].path;
    int one;
    if (inputs[i].error)
      one = answer_failure(p, path, inputs[i].error);
    else if (p->settings.many)
      one = predict_many(p, path);
    else
      one = answer_file(p, &batch->results, file++, path);
    status = worse_status(status, one);
  }
  return status;
}
