#include "http/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/access.h"
#include "http/check.h"
#include "http/respond.h"
#include "log/access_log.h"
#include "metrics/metrics.h"
#include "system/clock.h"

/* What is read of a body that is refused already, so that the client gets to see why: it looks for
 * an answer only when it has sent all. */
enum { DISCARD_BYTES = 64 << 20 };

/* --- memory ----------------------------------------------------------------------------------- */

static bool hold_memory(request *r, size_t more) {
  metrics_add(METRIC_BODY_BYTES, (int64_t)more);
  r->body_held += (int64_t)more;
  return metrics_get(METRIC_BODY_BYTES) <= r->context->options->max_body_memory ||
         problem_set(&r->call.problem, 503, "too many bodies at once");
}

static void release_body(request *r) {
  buffer_free(&r->body);
  metrics_add(METRIC_BODY_BYTES, -r->body_held);
  r->body_held = 0;
}

static request *create(request_context *context, struct MHD_Connection *mhd, const char *url,
                       const char *method) {
  request *const r = calloc(1, sizeof *r);
  if (!r)
    return NULL;
  r->path = strdup(url);
  if (!r->path) {
    free(r);
    return NULL;
  }
  r->context = context;
  r->mhd = mhd;
  r->connection = connection_of(mhd);
  strncat(r->method, method, sizeof r->method - 1);
  r->call.service = context->options->service;
  r->start_us = clock_us();
  return r;
}

/* --- work ------------------------------------------------------------------------------------- */

/* Whoever is done last lets the connection go on. */
static void one_done(request *r) {
  request_context *const context = r->context;

  if (atomic_fetch_sub(&r->left, 1) != 1)
    return;
  MHD_resume_connection(r->mhd); /* now the request may be gone */
  wake_up(&context->wake);
  atomic_fetch_sub(&context->working, 1); /* and now the server */
}

static void job_done(job *j, void *user) {
  (void)j;
  one_done(user);
}

static enum MHD_Result submit(request *r) {
  pool *const workers = r->call.service->pool;
  const int64_t deadline = clock_ms() + r->context->options->queue_ms;

  r->state = REQUEST_WORKING;
  connection_enter(r->connection, CONNECTION_WORKING, 0);
  atomic_store(&r->left, r->call.num_jobs + 1);
  atomic_fetch_add(&r->context->working, 1);
  MHD_suspend_connection(r->mhd);
  for (size_t i = 0; i < r->call.num_jobs; i++) {
    job *const j = r->call.jobs[i];
    j->deadline = deadline;
    j->done = job_done;
    j->user = r;
    if (!pool_add(workers, j)) {
      problem_set(&j->problem, 503, "too many requests wait already");
      one_done(r);
    }
  }
  one_done(r);
  return MHD_YES;
}

/* Where nothing could be begun, the request as a whole is answered so, whatever its other jobs. */
static void take_refusal(call *c) {
  for (size_t i = 0; i < c->num_jobs; i++)
    if (c->jobs[i]->problem.status == 503)
      c->problem = c->jobs[i]->problem;
}

static enum MHD_Result finish(request *r) {
  take_refusal(&r->call);
  if (r->call.problem.status == 0)
    routes[r->route].finish(&r->call);
  release_body(r);
  return respond(r);
}

/* The whole request is there. */
static enum MHD_Result run(request *r) {
  call *const c = &r->call;

  if (c->problem.status)
    return respond(r);
  if (r->route == route_page())
    return respond_file(r, page_find(r->context->options->page, r->path));
  if (strcmp(r->method, "OPTIONS") == 0)
    return respond_options(r, check_allowed(r));
  c->body = r->body.data ? r->body.data : (const uint8_t *)"";
  c->body_size = r->body.size;
  c->content_type = MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, "Content-Type");
  c->inference_header =
      MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, "Inference-Header-Content-Length");
  check_query(r);
  routes[r->route].begin(c);
  if (c->problem.status == 0 && c->num_jobs > 0)
    return submit(r);
  release_body(r);
  return respond(r);
}

/* --- receiving -------------------------------------------------------------------------------- */

static void keep(request *r, const char *data, size_t size) {
  if (r->call.problem.status)
    return;
  if (r->received > r->context->options->max_body)
    problem_set(&r->call.problem, 413, "the body is longer than %llu bytes",
                (unsigned long long)r->context->options->max_body);
  else if (hold_memory(r, size)) {
    buffer_add(&r->body, data, size);
    if (r->body.failed)
      problem_set(&r->call.problem, 503, "out of memory");
  }
  if (r->call.problem.status)
    release_body(r);
}

static enum MHD_Result receive(request *r, const char *data, size_t *size) {
  r->received += *size;
  keep(r, data, *size);
  *size = 0;
  return r->received <= r->context->options->max_body + DISCARD_BYTES ? MHD_YES : MHD_NO;
}

/* After the headers. A refusal is answered at once where the client waits for it, or would send too
 * much for us to read; everybody else is heard first. */
static enum MHD_Result begin(request *r) {
  uint64_t announced = 0;

  check_head(r, &announced);
  if (r->call.problem.status &&
      (check_expects(r) || announced > r->context->options->max_body + DISCARD_BYTES)) {
    r->must_close = true;
    return respond(r);
  }
  connection_enter(r->connection, CONNECTION_BODY, r->context->options->body_ms);
  return MHD_YES;
}

enum MHD_Result request_handle(void *closure, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **state) {
  request *r = *state;

  (void)version;
  if (!r) {
    *state = r = create(closure, mhd, url, method);
    return r ? begin(r) : MHD_NO;
  }
  if (*size > 0)
    return receive(r, data, size);
  if (r->state == REQUEST_RECEIVING)
    return run(r);
  return r->state == REQUEST_WORKING ? finish(r) : MHD_YES;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void log_answer(const request *r, bool is_whole) {
  const access_entry entry = {
      .remote = r->connection ? r->connection->remote : "unknown",
      .method = r->method,
      .path = r->path,
      .route = route_label(r->route),
      .status = r->status,
      .received = r->received,
      .sent = r->sent,
      .microseconds = clock_us() - r->start_us,
      .is_whole = is_whole,
  };

  if (r->status) {
    metrics_request(r->route, r->status, entry.microseconds);
    metrics_add(METRIC_SENT_BYTES, (int64_t)r->sent);
  }
  metrics_add(METRIC_RECEIVED_BYTES, (int64_t)r->received);
  access_log_add(&entry);
}

void request_completed(void *closure, struct MHD_Connection *mhd, void **state,
                       enum MHD_RequestTerminationCode code) {
  request *const r = *state;

  (void)closure;
  (void)mhd;
  if (!r)
    return;
  log_answer(r, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
  connection_enter(r->connection, CONNECTION_IDLE, r->context->options->idle_ms);
  release_body(r);
  call_free(&r->call);
  free(r->path);
  free(r);
  *state = NULL;
}
