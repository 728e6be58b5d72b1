/* GET /v1/model. */
#include <mnistcnn.h>

#include "text/json_out.h"
#include "v1/v1.h"

static void write_input(json_out *json, const model_info *model) {
  json_key(json, "input");
  json_begin(json, '{');
  json_member_integer(json, "height", model->height);
  json_member_integer(json, "width", model->width);
  json_member_integer(json, "channels", model->channels);
  json_end(json, '}');
}

static void write_model(json_out *json, const service *s, const model_info *model) {
  json_begin(json, '{');
  json_member_text(json, "name", s->model_name);
  json_member_text(json, "version", s->model_version);
  write_input(json, model);
  json_key(json, "classes");
  json_begin(json, '[');
  for (uint32_t i = 0; i < model->classes; i++)
    json_text(json, model->class_names[i]);
  json_end(json, ']');
  json_member_text(json, "prepare", model->prepares_digits ? "digit" : "none");
  json_member_text(json, "architecture", model->architecture);
  json_member_integer(json, "parameters", (int64_t)model->parameters);
  json_member_float(json, "temperature", model->temperature);
  json_member_float(json, "rejection_threshold", model->rejection_threshold);
  json_member_text(json, "instruction_set", model->instruction_set);
  json_member_text(json, "library", model->build);
  json_end(json, '}');
}

void v1_model(call *c) {
  model_info *const model = pool_model(c->service->pool);
  json_out json = {.out = &c->out};

  write_model(&json, c->service, model);
  model_info_release(model);
  call_json(c);
}
