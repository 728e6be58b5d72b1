/* POST /v1/predict: each image shows one digit. */
#include <mnistcnn.h>
#include <string.h>

#include "metrics/metrics.h"
#include "v1/pictures.h"
#include "v1/v1.h"
#include "v1/words.h"

void v1_predict_begin(call *c) {
  int32_t polarity = MNISTCNN_POLARITY_AUTO;
  pictures found;

  if (!pictures_polarity(c, &polarity) || !pictures_take(c, &found))
    return;
  job *const j = job_create(JOB_PICTURES, (uint32_t)found.count);
  if (j) {
    memcpy(j->files, found.files, found.count * sizeof *found.files);
    j->polarity = polarity;
    (void)call_set_job(c, j);
  } else {
    problem_set(&c->problem, 503, "out of memory");
  }
  pictures_free(&found);
}

static void count(const job_picture *picture) {
  if (picture->status == MNISTCNN_OK)
    metrics_add(METRIC_PICTURES_DIGIT, 1);
  else if (picture->status == MNISTCNN_NO_DIGIT)
    metrics_add(METRIC_PICTURES_NO_DIGIT, 1);
  else
    metrics_add(METRIC_PICTURES_REFUSED, 1);
}

static void write_class(json_out *json, const job_picture *picture, const model_info *model) {
  uint32_t top = 0;
  float confidence = 0;
  const bool is_known =
      picture->status == MNISTCNN_OK && picture->probabilities &&
      !mnistcnn_top_class(picture->probabilities, model->classes, &top, &confidence);

  json_key(json, "class");
  json_text(json, is_known ? model->class_names[top] : NULL);
  json_key(json, "index");
  if (is_known)
    json_integer(json, top);
  else
    json_null(json);
  json_key(json, "confidence");
  if (is_known)
    json_float(json, confidence);
  else
    json_null(json);
}

static void write_picture(json_out *json, const job_picture *picture, const model_info *model) {
  json_begin(json, '{');
  if (picture->status != MNISTCNN_OK && picture->status != MNISTCNN_NO_DIGIT) {
    words_problem(json, job_http_status(picture->status), picture->message);
    json_end(json, '}');
    return;
  }
  write_class(json, picture, model);
  json_member_text(json, "verdict", words_verdict(picture->verdict));
  json_member_text(json, "message", picture->message[0] ? picture->message : NULL);
  json_member_text(json, "polarity", words_polarity(picture->polarity));
  words_box(json, &picture->box);
  words_probabilities(json, picture->probabilities, model->classes);
  json_end(json, '}');
}

/* The only image of a request is answered by a problem where it cannot be read. */
static bool is_refused(call *c, const job *j) {
  const int32_t status = j->pictures[0].status;

  if (j->images > 1 || status == MNISTCNN_OK || status == MNISTCNN_NO_DIGIT)
    return false;
  problem_set(&c->problem, job_http_status(status), "%s", j->pictures[0].message);
  return true;
}

void v1_predict_finish(call *c) {
  const job *const j = c->jobs[0];
  json_out json = {.out = &c->out};

  if (!call_jobs_done(c))
    return;
  for (uint32_t i = 0; i < j->images; i++)
    count(&j->pictures[i]);
  if (is_refused(c, j))
    return;
  json_begin(&json, '{');
  words_model(&json, c->service);
  json_key(&json, "predictions");
  json_begin(&json, '[');
  for (uint32_t i = 0; i < j->images; i++)
    write_picture(&json, &j->pictures[i], j->model);
  json_end(&json, ']');
  json_end(&json, '}');
  call_json(c);
}
