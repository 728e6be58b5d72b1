#include "text/problem.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "text/json_out.h"

static const struct {
  int status;
  const char *title;
} titles[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
};

const char *problem_title(int status) {
  for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
    if (titles[i].status == status)
      return titles[i].title;
  return "Error";
}

bool problem_set(problem *p, int status, const char *format, ...) {
  va_list arguments;

  if (p->status != 0)
    return false;
  p->status = status;
  va_start(arguments, format);
  (void)vsnprintf(p->detail, sizeof p->detail, format, arguments);
  va_end(arguments);
  return false;
}

void problem_write(const problem *p, buffer *out) {
  json_out json = {.out = out};

  json_begin(&json, '{');
  json_member_text(&json, "type", "about:blank");
  json_member_text(&json, "title", problem_title(p->status));
  json_member_integer(&json, "status", p->status);
  json_member_text(&json, "detail", p->detail);
  json_member_text(&json, "error", p->detail);
  json_end(&json, '}');
}
