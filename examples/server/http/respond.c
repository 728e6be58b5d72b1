#include "http/respond.h"

#include <stdio.h>
#include <string.h>

#include "http/access.h"

static const char policy[] =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src "
    "'self'; img-src 'self' blob: data:; style-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

/* Of a client that takes a large file of the page. */
enum { LEAST_BYTES_PER_MS = 16 };

static void add(struct MHD_Response *response, const char *name, const char *value) {
  (void)MHD_add_response_header(response, name, value);
}

static void add_origin(const request *r, struct MHD_Response *response) {
  const char *const origin = access_origin(r->context->options, r->mhd);

  if (r->context->options->num_origins > 0)
    add(response, "Vary", "Origin");
  if (!origin)
    return;
  add(response, "Access-Control-Allow-Origin", origin);
  add(response, "Access-Control-Expose-Headers", "Inference-Header-Content-Length, Retry-After");
}

/* With the connection's end where it cannot go on, or the server wants to come to its own. */
static void add_common(const request *r, struct MHD_Response *response) {
  add(response, "X-Content-Type-Options", "nosniff");
  add_origin(r, response);
  if (r->must_close || r->context->stops || atomic_load(&r->context->options->service->drains))
    add(response, "Connection", "close");
}

static enum MHD_Result queue(request *r, int status, struct MHD_Response *response, size_t size) {
  add_common(r, response);
  r->status = status;
  r->sent = size;
  r->state = REQUEST_ANSWERED;
  connection_enter(r->connection, CONNECTION_SENDING,
                   r->context->options->send_ms + (int64_t)size / LEAST_BYTES_PER_MS);
  const enum MHD_Result result = MHD_queue_response(r->mhd, (unsigned)status, response);
  MHD_destroy_response(response);
  return result;
}

static void add_problem_headers(const request *r, struct MHD_Response *response) {
  const int status = r->call.problem.status;

  if (status == 503 || status == 429)
    add(response, "Retry-After", "1");
  if (status == 401)
    add(response, "WWW-Authenticate", "Bearer");
  if (status == 405)
    add(response, "Allow",
        strcmp(routes[r->route].method, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS");
}

static enum MHD_Result queue_output(request *r, int status, const char *type) {
  buffer *const out = &r->call.out;
  const size_t size = out->size;
  struct MHD_Response *const response =
      MHD_create_response_from_buffer(size, out->data, MHD_RESPMEM_MUST_FREE);

  if (!response)
    return MHD_NO;
  *out = (buffer){0};
  add(response, "Content-Type", type);
  if (r->call.problem.status)
    add_problem_headers(r, response);
  else if (status == 503)
    add(response, "Retry-After", "1");
  if (r->call.json_length > 0) {
    char length[24];
    (void)snprintf(length, sizeof length, "%zu", r->call.json_length);
    add(response, "Inference-Header-Content-Length", length);
  }
  return queue(r, status, response, size);
}

enum MHD_Result respond(request *r) {
  call *const c = &r->call;

  if (c->problem.status) {
    c->json_length = 0;
    buffer_clear(&c->out);
    problem_write(&c->problem, &c->out);
    return queue_output(r, c->problem.status, "application/problem+json");
  }
  return queue_output(r, c->status, c->type);
}

enum MHD_Result respond_file(request *r, const page_file *file) {
  const char *const known = MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, "If-None-Match");
  const bool is_known = known && strstr(known, file->tag);
  const size_t size = is_known ? 0 : file->content.size;
  struct MHD_Response *const response =
      MHD_create_response_from_buffer(size, file->content.data, MHD_RESPMEM_PERSISTENT);

  if (!response)
    return MHD_NO;
  if (!is_known)
    add(response, "Content-Type", file->type);
  add(response, "ETag", file->tag);
  add(response, "Cache-Control",
      file->is_named_by_content ? "public, max-age=31536000, immutable" : "no-cache");
  add(response, "Content-Security-Policy", policy);
  return queue(r, is_known ? 304 : 200, response, size);
}

enum MHD_Result respond_options(request *r, const char *allowed) {
  struct MHD_Response *const response =
      MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

  if (!response)
    return MHD_NO;
  add(response, "Allow", allowed);
  if (access_origin(r->context->options, r->mhd)) {
    add(response, "Access-Control-Allow-Methods", allowed);
    add(response, "Access-Control-Allow-Headers",
        "Authorization, Content-Type, Inference-Header-Content-Length");
    add(response, "Access-Control-Max-Age", "600");
  }
  return queue(r, 204, response, 0);
}
