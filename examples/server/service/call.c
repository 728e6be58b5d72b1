#include "service/call.h"

#include <stdlib.h>
#include <string.h>

const char *call_query_value(const call *c, const char *name) {
  for (size_t i = 0; i < c->num_query; i++)
    if (strcmp(c->query[i].name, name) == 0)
      return c->query[i].value;
  return NULL;
}

void call_set_jobs(call *c, job **jobs, size_t count) {
  c->jobs = jobs;
  c->num_jobs = count;
}

bool call_set_job(call *c, job *only) {
  c->jobs = calloc(1, sizeof *c->jobs);
  if (!c->jobs) {
    job_free(only);
    return problem_set(&c->problem, 503, "out of memory");
  }
  c->jobs[0] = only;
  c->num_jobs = 1;
  return true;
}

bool call_jobs_done(call *c) {
  if (c->num_jobs != 1 || c->jobs[0]->problem.status == 0)
    return true;
  c->problem = c->jobs[0]->problem;
  return false;
}

void call_json(call *c) {
  if (c->out.failed)
    problem_set(&c->problem, 503, "out of memory");
  c->status = 200;
  c->type = "application/json";
}

void call_free(call *c) {
  for (size_t i = 0; i < c->num_jobs; i++)
    job_free(c->jobs[i]);
  free(c->jobs);
  if (c->parsed)
    c->free_parsed(c->parsed);
  buffer_free(&c->decoded);
  buffer_free(&c->out);
  *c = (call){.service = NULL};
}
