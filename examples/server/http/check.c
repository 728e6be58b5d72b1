#include "http/check.h"

#include <string.h>
#include <strings.h>

#include "http/access.h"
#include "text/number.h"

static const char *header(const request *r, const char *name) {
  return MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, name);
}

static bool is_get(const request *r) {
  return strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
}

bool check_expects(const request *r) {
  const char *const expect = header(r, "Expect");

  return expect && strcasecmp(expect, "100-continue") == 0;
}

const char *check_allowed(const request *r) {
  const bool reads = r->route >= num_routes || strcmp(routes[r->route].method, "GET") == 0;

  return reads ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
}

/* --- the path --------------------------------------------------------------------------------- */

static bool find_page(request *r) {
  const page *const files = r->context->options->page;

  if (!files || !is_get(r) || !page_find(files, r->path))
    return false;
  r->route = route_page();
  return true;
}

static bool refuse_path(request *r) {
  r->route = route_other();
  return problem_set(&r->call.problem, 404,
                     "there is nothing at this path; /openapi.json describes what there is");
}

static bool is_known_method(const char *method) {
  static const char *const known[] = {"GET",   "HEAD",  "POST",    "PUT",    "DELETE",
                                      "PATCH", "TRACE", "OPTIONS", "CONNECT"};

  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(method, known[i]) == 0)
      return true;
  return false;
}

static bool check_route(request *r) {
  r->route = route_find(r->path, &r->call);
  if (r->route == num_routes)
    return find_page(r) || refuse_path(r);
  if (!is_known_method(r->method))
    return problem_set(&r->call.problem, 405, "the method is not known; this path takes %s",
                       check_allowed(r));
  const bool right =
      strcmp(routes[r->route].method, "GET") == 0 ? is_get(r) : strcmp(r->method, "POST") == 0;
  if (right || strcmp(r->method, "OPTIONS") == 0)
    return true;
  return problem_set(&r->call.problem, 405, "%s is not for this path, which takes %s", r->method,
                     check_allowed(r));
}

/* --- the length of the body ------------------------------------------------------------------- */

static enum MHD_Result count_length(void *closure, enum MHD_ValueKind kind, const char *key,
                                    const char *value) {
  (void)kind;
  (void)value;
  if (strcasecmp(key, "Content-Length") == 0)
    ++*(unsigned *)closure;
  return MHD_YES;
}

static bool check_length(request *r, uint64_t *announced) {
  const char *const length = header(r, "Content-Length");
  const uint64_t most = r->context->options->max_body;
  unsigned lengths = 0;

  (void)MHD_get_connection_values(r->mhd, MHD_HEADER_KIND, count_length, &lengths);
  if (lengths > 1 || (length && header(r, "Transfer-Encoding"))) {
    r->must_close = true;
    return problem_set(&r->call.problem, 400, "the length of the body is given twice");
  }
  if (length && !number_read(length, UINT64_MAX, announced))
    return problem_set(&r->call.problem, 400, "Content-Length is no number");
  if (*announced > most)
    return problem_set(&r->call.problem, 413, "the body is %llu bytes; %llu are allowed",
                       (unsigned long long)*announced, (unsigned long long)most);
  return true;
}

static bool check_encoding(request *r) {
  const char *const encoding = header(r, "Content-Encoding");
  const char *const expect = header(r, "Expect");

  if (encoding && strcasecmp(encoding, "identity") != 0)
    return problem_set(&r->call.problem, 415,
                       "bodies must not be compressed (Content-Encoding): images are already");
  if (expect && !check_expects(r))
    return problem_set(&r->call.problem, 417, "the only expectation known is 100-continue");
  return true;
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool check_token(request *r) {
  const bool is_open =
      r->route >= num_routes || routes[r->route].is_open || strcmp(r->method, "OPTIONS") == 0;

  return is_open || access_allowed(r->context->options, r->mhd) ||
         problem_set(&r->call.problem, 401, "a bearer token is needed: Authorization: Bearer ...");
}

void check_head(request *r, uint64_t *announced) {
  /* The path first, for the labels of logs and metrics. */
  if (check_route(r) && check_length(r, announced) && check_token(r))
    (void)check_encoding(r);
  else if (r->call.problem.status == 404 || r->call.problem.status == 405)
    (void)check_length(r, announced);
}

static enum MHD_Result add_query(void *closure, enum MHD_ValueKind kind, const char *key,
                                 const char *value) {
  call *const c = closure;

  (void)kind;
  if (c->num_query < CALL_MAX_QUERY && key)
    c->query[c->num_query++] = (call_query){key, value ? value : ""};
  return MHD_YES;
}

void check_query(request *r) {
  (void)MHD_get_connection_values(r->mhd, MHD_GET_ARGUMENT_KIND, add_query, &r->call);
}
