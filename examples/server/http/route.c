#include "http/route.h"

#include <string.h>

#include "http/builtin.h"
#include "metrics/metrics.h"
#include "v1/v1.h"
#include "v2/v2.h"

#define MODEL   "/v2/models/{model}"
#define VERSION MODEL "/versions/{version}"

const route routes[] = {
    {"/healthz", "GET", true, builtin_health, NULL},
    {"/readyz", "GET", true, builtin_ready, NULL},
    {"/metrics", "GET", false, builtin_metrics, NULL},
    {"/openapi.json", "GET", true, builtin_openapi, NULL},
    {"/v1/model", "GET", false, v1_model, NULL},
    {"/v1/predict", "POST", false, v1_predict_begin, v1_predict_finish},
    {"/v1/digits", "POST", false, v1_digits_begin, v1_digits_finish},
    {"/v2", "GET", true, v2_server, NULL},
    {"/v2/health/live", "GET", true, v2_live, NULL},
    {"/v2/health/ready", "GET", true, v2_ready, NULL},
    {MODEL, "GET", false, v2_model, NULL},
    {VERSION, "GET", false, v2_model, NULL},
    {MODEL "/ready", "GET", true, v2_model_ready, NULL},
    {VERSION "/ready", "GET", true, v2_model_ready, NULL},
    {MODEL "/infer", "POST", false, v2_infer_begin, v2_infer_finish},
    {VERSION "/infer", "POST", false, v2_infer_begin, v2_infer_finish},
};
const size_t num_routes = sizeof routes / sizeof *routes;
_Static_assert(sizeof routes / sizeof *routes + 2 <= METRICS_MAX_ROUTES, "a series for each route");

size_t route_page(void) {
  return num_routes;
}

size_t route_other(void) {
  return num_routes + 1;
}

const char *route_label(size_t number) {
  if (number < num_routes)
    return routes[number].pattern;
  return number == route_page() ? "page" : "other";
}

size_t route_num_labels(void) {
  return num_routes + 2;
}

static bool copy_name(const char *path, size_t length, char *name) {
  if (length == 0 || length >= CALL_NAME_CAPACITY)
    return false;
  memcpy(name, path, length);
  name[length] = '\0';
  return true;
}

static bool starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

static bool matches(const char *pattern, const char *path, call *c) {
  static const char model[] = "{model}", version[] = "{version}";

  c->model_name[0] = c->model_version[0] = '\0';
  while (*pattern) {
    const bool is_model = starts_with(pattern, model);
    if (is_model || starts_with(pattern, version)) {
      const size_t length = strcspn(path, "/");
      if (!copy_name(path, length, is_model ? c->model_name : c->model_version))
        return false;
      path += length;
      pattern += is_model ? sizeof model - 1 : sizeof version - 1;
    } else if (*pattern++ != *path++) {
      return false;
    }
  }
  return *path == '\0' || strcmp(path, "/") == 0;
}

size_t route_find(const char *path, call *c) {
  size_t i = 0;

  while (i < num_routes && !matches(routes[i].pattern, path, c))
    i++;
  return i;
}
