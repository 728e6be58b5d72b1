#include "v1/words.h"

#include <mnistcnn.h>

#include "text/problem.h"

const char *words_verdict(int32_t verdict) {
  static const char *const names[] = {"found",   "touching", "blank",  "filled",
                                      "several", "other",    "unclear"};

  return verdict >= 0 && verdict < (int32_t)(sizeof names / sizeof *names) ? names[verdict]
                                                                           : "other";
}

const char *words_polarity(int32_t polarity) {
  switch (polarity) {
  case MNISTCNN_POLARITY_DARK_ON_LIGHT:
    return "dark-on-light";
  case MNISTCNN_POLARITY_LIGHT_ON_DARK:
    return "light-on-dark";
  default:
    return NULL;
  }
}

void words_box(json_out *json, const job_box *box) {
  json_key(json, "box");
  if (box->height == 0 || box->width == 0) {
    json_null(json);
    return;
  }
  json_begin(json, '{');
  json_member_integer(json, "top", box->top);
  json_member_integer(json, "left", box->left);
  json_member_integer(json, "height", box->height);
  json_member_integer(json, "width", box->width);
  json_end(json, '}');
}

void words_model(json_out *json, const service *s) {
  json_key(json, "model");
  json_begin(json, '{');
  json_member_text(json, "name", s->model_name);
  json_member_text(json, "version", s->model_version);
  json_end(json, '}');
}

void words_probabilities(json_out *json, const float *row, uint32_t classes) {
  json_key(json, "probabilities");
  if (!row) {
    json_null(json);
    return;
  }
  json_begin(json, '[');
  for (uint32_t c = 0; c < classes; c++)
    json_float(json, row[c]);
  json_end(json, ']');
}

void words_problem(json_out *json, int status, const char *detail) {
  json_key(json, "problem");
  json_begin(json, '{');
  json_member_text(json, "type", "about:blank");
  json_member_text(json, "title", problem_title(status));
  json_member_integer(json, "status", status);
  json_member_text(json, "detail", detail);
  json_end(json, '}');
}
