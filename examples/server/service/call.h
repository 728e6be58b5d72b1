/* A request and its answer, without anything of HTTP's transport. A handler's `begin` either
 * answers, or sets a problem, or leaves jobs; then its `finish` answers when they are done. */
#ifndef SERVER_SERVICE_CALL_H
#define SERVER_SERVICE_CALL_H

#include "service/service.h"
#include "text/buffer.h"
#include "text/problem.h"

enum { CALL_MAX_QUERY = 8, CALL_NAME_CAPACITY = 128 };

typedef struct call_query {
  const char *name;
  const char *value;
} call_query;

typedef struct call {
  service *service;
  /* The request. */
  const char *content_type;     /* NULL: none */
  const char *inference_header; /* Inference-Header-Content-Length; NULL: none */
  char model_name[CALL_NAME_CAPACITY];
  char model_version[CALL_NAME_CAPACITY]; /* "": any */
  call_query query[CALL_MAX_QUERY];
  size_t num_query;
  const uint8_t *body;
  size_t body_size;
  /* The work. */
  job **jobs;
  size_t num_jobs;
  buffer decoded; /* what jobs point to besides the body */
  void *parsed;   /* the handler's own */
  void (*free_parsed)(void *parsed);
  /* The answer. */
  problem problem;
  int status; /* 0: 200 */
  const char *type;
  buffer out;
  size_t json_length; /* of an answer with binary tensors, else 0 */
} call;

const char *call_query_value(const call *c, const char *name); /* NULL: not given */

/* Of memory of malloc(). The second is false, with a problem, where there is no memory. */
void call_set_jobs(call *c, job **jobs, size_t count);
bool call_set_job(call *c, job *only);

/* False where the only job has a problem, which then is the call's. Several have theirs each. */
bool call_jobs_done(call *c);

/* Answers 200 with JSON, which is in `out`. */
void call_json(call *c);

void call_free(call *c);

#endif
