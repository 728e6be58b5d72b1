/* POST /v1/digits: each image is a page with any number of digits. */
#include <stdlib.h>
#include <string.h>

#include "metrics/metrics.h"
#include "text/number.h"
#include "v1/pictures.h"
#include "v1/v1.h"
#include "v1/words.h"

typedef struct page_options {
  int32_t polarity;
  bool form;
  float least_confidence;
} page_options;

static bool read_options(call *c, page_options *options) {
  const char *const form = call_query_value(c, "form");
  const char *const least = call_query_value(c, "least_confidence");
  double number = 0.5;

  if (form && strcmp(form, "true") != 0 && strcmp(form, "false") != 0)
    return problem_set(&c->problem, 400, "form must be true or false");
  if (least && !number_read_real(least, 0, 1, &number))
    return problem_set(&c->problem, 400, "least_confidence must be a number from 0 to 1");
  options->form = form && strcmp(form, "true") == 0;
  options->least_confidence = (float)number;
  return pictures_polarity(c, &options->polarity);
}

static bool set_jobs(call *c, const pictures *found, const page_options *options) {
  job **const jobs = calloc(found->count, sizeof *jobs);

  if (!jobs)
    return problem_set(&c->problem, 503, "out of memory");
  call_set_jobs(c, jobs, 0);
  for (size_t i = 0; i < found->count; i++) {
    job *const j = job_create(JOB_PAGE, 1);
    if (!j)
      return problem_set(&c->problem, 503, "out of memory");
    j->files[0] = found->files[i];
    j->polarity = options->polarity;
    j->form = options->form;
    j->least_confidence = options->least_confidence;
    jobs[c->num_jobs++] = j;
  }
  return true;
}

void v1_digits_begin(call *c) {
  page_options options = {.form = false};
  pictures found;

  if (!read_options(c, &options) || !pictures_take(c, &found))
    return;
  (void)set_jobs(c, &found, &options);
  pictures_free(&found);
}

static void write_digit(json_out *json, const job *j, const job_digit *digit) {
  const bool is_known = digit->class_index >= 0;

  json_begin(json, '{');
  json_key(json, "class");
  json_text(json, is_known ? j->model->class_names[digit->class_index] : NULL);
  json_key(json, "index");
  if (is_known)
    json_integer(json, digit->class_index);
  else
    json_null(json);
  json_member_float(json, "confidence", digit->confidence);
  json_member_text(json, "verdict", words_verdict(digit->verdict));
  json_member_integer(json, "line", digit->line);
  json_member_integer(json, "column", digit->column);
  json_key(json, "group");
  if (digit->group == UINT32_MAX)
    json_null(json);
  else
    json_integer(json, digit->group);
  json_member_boolean(json, "cut", digit->is_cut);
  words_box(json, &digit->box);
  const float *const row =
      digit->row == SIZE_MAX ? NULL : j->values + digit->row * j->model->classes;
  words_probabilities(json, row, j->model->classes);
  json_end(json, '}');
}

static void write_group(json_out *json, const job_group *group) {
  json_begin(json, '{');
  json_member_text(json, "text", group->text);
  json_member_integer(json, "line", group->line);
  json_member_integer(json, "first", (int64_t)group->first);
  json_member_integer(json, "count", (int64_t)group->count);
  words_box(json, &group->box);
  json_end(json, '}');
}

static void write_page(json_out *json, const job *j) {
  const job_page *const page = &j->page;

  json_begin(json, '{');
  if (j->problem.status) {
    words_problem(json, j->problem.status, j->problem.detail);
    json_end(json, '}');
    return;
  }
  json_member_integer(json, "height", page->height);
  json_member_integer(json, "width", page->width);
  json_member_text(json, "polarity", words_polarity(page->polarity));
  json_member_boolean(json, "form", page->is_form);
  json_member_integer(json, "lines", page->lines);
  json_member_integer(json, "columns", page->columns);
  json_member_integer(json, "specks", page->specks);
  json_key(json, "groups");
  json_begin(json, '[');
  for (size_t i = 0; i < page->num_groups; i++)
    write_group(json, &page->groups[i]);
  json_end(json, ']');
  json_key(json, "digits");
  json_begin(json, '[');
  for (size_t i = 0; i < page->num_digits; i++)
    write_digit(json, j, &page->digits[i]);
  json_end(json, ']');
  json_end(json, '}');
}

void v1_digits_finish(call *c) {
  json_out json = {.out = &c->out};

  if (!call_jobs_done(c))
    return;
  json_begin(&json, '{');
  words_model(&json, c->service);
  json_key(&json, "pages");
  json_begin(&json, '[');
  for (size_t i = 0; i < c->num_jobs; i++) {
    metrics_add(METRIC_PAGES, 1);
    write_page(&json, c->jobs[i]);
  }
  json_end(&json, ']');
  json_end(&json, '}');
  call_json(c);
}
