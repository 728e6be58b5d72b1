#include "http/builtin.h"

#include <mnistcnn.h>

#include "http/route.h"
#include "metrics/metrics.h"
#include "text/json_out.h"

static void write_status(call *c, const char *text) {
  json_out json = {.out = &c->out};

  json_begin(&json, '{');
  json_member_text(&json, "status", text);
  json_end(&json, '}');
  call_json(c);
}

void builtin_health(call *c) {
  write_status(c, "ok");
}

void builtin_ready(call *c) {
  const bool ready = service_ready(c->service);

  write_status(c, ready ? "ready" : "not ready");
  if (!ready)
    c->status = 503;
}

void builtin_metrics(call *c) {
  (void)service_ready(c->service); /* so that the figure is of now */
  metrics_write(&c->out, route_label, route_num_labels());
  buffer_text(&c->out, "# HELP mnistcnn_model_info The model that answers.\n"
                       "# TYPE mnistcnn_model_info gauge\nmnistcnn_model_info{name=\"");
  metrics_label(&c->out, c->service->model_name);
  buffer_text(&c->out, "\",version=\"");
  metrics_label(&c->out, c->service->model_version);
  buffer_printf(&c->out, "\",library=\"%s\"} 1\n", mnistcnn_version_string());
  call_json(c);
  c->type = "text/plain; version=0.0.4; charset=utf-8";
}

void builtin_openapi(call *c) {
  size_t size;
  const unsigned char *const text = openapi_bytes(&size);

  buffer_add(&c->out, text, size);
  call_json(c);
}
