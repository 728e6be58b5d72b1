#include <mnistcnn.h>
#include <string.h>

#include "text/json_out.h"
#include "v2/v2.h"

const char *const v2_output_names[V2_OUTPUTS] = {"probabilities", "class_index", "class_name"};
const char *const v2_output_types[V2_OUTPUTS] = {"FP32", "INT64", "BYTES"};

void v2_server(call *c) {
  json_out json = {.out = &c->out};

  json_begin(&json, '{');
  json_member_text(&json, "name", "mnistcnn-server");
  json_member_text(&json, "version", mnistcnn_version_string());
  json_key(&json, "extensions");
  json_begin(&json, '[');
  json_text(&json, "binary_tensor_data");
  json_end(&json, ']');
  json_end(&json, '}');
  call_json(c);
}

void v2_live(call *c) {
  json_out json = {.out = &c->out};

  json_begin(&json, '{');
  json_member_boolean(&json, "live", true);
  json_end(&json, '}');
  call_json(c);
}

void v2_ready(call *c) {
  const bool ready = service_ready(c->service);
  json_out json = {.out = &c->out};

  json_begin(&json, '{');
  json_member_boolean(&json, "ready", ready);
  json_end(&json, '}');
  call_json(c);
  if (!ready)
    c->status = 503;
}

bool v2_is_model(call *c) {
  if (strcmp(c->model_name, c->service->model_name) != 0)
    return problem_set(&c->problem, 404, "there is no model %s; there is %s", c->model_name,
                       c->service->model_name);
  if (*c->model_version && strcmp(c->model_version, c->service->model_version) != 0)
    return problem_set(&c->problem, 404, "there is no version %s of the model %s; there is %s",
                       c->model_version, c->model_name, c->service->model_version);
  return true;
}

void v2_model_ready(call *c) {
  const bool ready = service_ready(c->service);
  json_out json = {.out = &c->out};

  if (!v2_is_model(c))
    return;
  json_begin(&json, '{');
  json_member_text(&json, "name", c->service->model_name);
  json_member_boolean(&json, "ready", ready);
  json_end(&json, '}');
  call_json(c);
  if (!ready)
    c->status = 503;
}

static void write_tensor(json_out *json, const char *name, const char *type, const int64_t *shape,
                         size_t rank) {
  json_begin(json, '{');
  json_member_text(json, "name", name);
  json_member_text(json, "datatype", type);
  json_key(json, "shape");
  json_begin(json, '[');
  for (size_t i = 0; i < rank; i++)
    json_integer(json, shape[i]);
  json_end(json, ']');
  json_end(json, '}');
}

static void write_tensors(json_out *json, const model_info *model) {
  const int64_t input[] = {-1, model->height, model->width, model->channels};
  const int64_t output[] = {-1, model->classes};

  json_key(json, "inputs");
  json_begin(json, '[');
  write_tensor(json, V2_INPUT, "FP32", input, 4);
  json_end(json, ']');
  json_key(json, "outputs");
  json_begin(json, '[');
  for (size_t i = 0; i < V2_OUTPUTS; i++)
    write_tensor(json, v2_output_names[i], v2_output_types[i], output,
                 i == V2_PROBABILITIES ? 2 : 1);
  json_end(json, ']');
}

void v2_model(call *c) {
  json_out json = {.out = &c->out};

  if (!v2_is_model(c))
    return;
  model_info *const model = pool_model(c->service->pool);
  json_begin(&json, '{');
  json_member_text(&json, "name", c->service->model_name);
  json_key(&json, "versions");
  json_begin(&json, '[');
  json_text(&json, c->service->model_version);
  json_end(&json, ']');
  json_member_text(&json, "platform", "mnistcnn_safetensors");
  write_tensors(&json, model);
  json_end(&json, '}');
  model_info_release(model);
  call_json(c);
}
