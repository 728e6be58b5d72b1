#include "v2/infer.h"

#include <math.h>
#include <mnistcnn.h>
#include <string.h>

#include "body/media_type.h"
#include "metrics/metrics.h"
#include "text/json_out.h"

void v2_infer_begin(call *c) {
  if (!v2_is_model(c))
    return;
  if (c->content_type && !media_type_is(c->content_type, "application/json") &&
      !media_type_is(c->content_type, "application/octet-stream")) {
    problem_set(&c->problem, 415,
                "the body must be application/json or, with Inference-Header-Content-Length, "
                "application/octet-stream");
    return;
  }
  model_info *const model = pool_model(c->service->pool);
  infer_read(c, model);
  model_info_release(model);
}

/* --- the answer ------------------------------------------------------------------------------- */

static const float *row_of(const job *j, uint32_t image) {
  return j->kind == JOB_PICTURES ? j->pictures[image].probabilities
                                 : j->values + (size_t)image * j->model->classes;
}

static uint32_t top_of(const job *j, uint32_t image) {
  uint32_t top = 0;

  (void)mnistcnn_top_class(row_of(j, image), j->model->classes, &top, NULL);
  return top;
}

/* A tensor has a row for each image, so one that cannot be answered fails all of them. */
static bool check_pictures(call *c, const job *j) {
  for (uint32_t i = 0; j->kind == JOB_PICTURES && i < j->images; i++) {
    const job_picture *const picture = &j->pictures[i];
    if (!picture->probabilities)
      return problem_set(&c->problem, job_http_status(picture->status), "image %u: %s", i,
                         picture->message);
  }
  return true;
}

static bool check_finite(call *c, const job *j) {
  for (uint32_t i = 0; i < j->images; i++)
    for (uint32_t k = 0; k < j->model->classes; k++)
      if (!isfinite(row_of(j, i)[k]))
        return problem_set(&c->problem, 500, "the output %s of image %u is not finite",
                           v2_output_names[V2_PROBABILITIES], i);
  return true;
}

static const char *name_of(const job *j, uint32_t image) {
  return j->model->class_names[top_of(j, image)];
}

static void write_values(json_out *json, const job *j, int output) {
  json_key(json, "data");
  json_begin(json, '[');
  for (uint32_t i = 0; i < j->images; i++) {
    if (output == V2_CLASS_INDEX)
      json_integer(json, top_of(j, i));
    else if (output == V2_CLASS_NAME)
      json_text(json, name_of(j, i));
    for (uint32_t k = 0; output == V2_PROBABILITIES && k < j->model->classes; k++)
      json_float(json, row_of(j, i)[k]);
  }
  json_end(json, ']');
}

static void add_little_endian(buffer *out, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; i++)
    buffer_byte(out, (uint8_t)(value >> (8 * i)));
}

static void add_row(buffer *out, const float *row, uint32_t classes) {
  for (uint32_t k = 0; k < classes; k++) {
    uint32_t bits;
    memcpy(&bits, &row[k], sizeof bits);
    add_little_endian(out, bits, sizeof bits);
  }
}

static void add_binary(buffer *out, const job *j, int output) {
  for (uint32_t i = 0; i < j->images; i++) {
    if (output == V2_PROBABILITIES) {
      add_row(out, row_of(j, i), j->model->classes);
    } else if (output == V2_CLASS_INDEX) {
      add_little_endian(out, top_of(j, i), sizeof(int64_t));
    } else {
      const char *const name = name_of(j, i);
      add_little_endian(out, strlen(name), sizeof(uint32_t));
      buffer_text(out, name);
    }
  }
}

/* The values in JSON or, where asked for, behind it: in `binary`. */
static void write_output(json_out *json, const job *j, int output, bool is_binary, buffer *binary) {
  json_begin(json, '{');
  json_member_text(json, "name", v2_output_names[output]);
  json_member_text(json, "datatype", v2_output_types[output]);
  json_key(json, "shape");
  json_begin(json, '[');
  json_integer(json, j->images);
  if (output == V2_PROBABILITIES)
    json_integer(json, j->model->classes);
  json_end(json, ']');
  if (is_binary) {
    const size_t before = binary->size;
    add_binary(binary, j, output);
    json_key(json, "parameters");
    json_begin(json, '{');
    json_member_integer(json, "binary_data_size", (int64_t)(binary->size - before));
    json_end(json, '}');
  } else {
    write_values(json, j, output);
  }
  json_end(json, '}');
}

static bool wants_binary(const infer *request) {
  for (int i = 0; i < V2_OUTPUTS; i++)
    if (request->wanted[i] && request->binary[i])
      return true;
  return false;
}

static void write_answer(call *c, const infer *request, const job *j, buffer *binary) {
  json_out json = {.out = &c->out};

  json_begin(&json, '{');
  json_member_text(&json, "model_name", c->service->model_name);
  json_member_text(&json, "model_version", c->service->model_version);
  if (request->id) {
    json_key(&json, "id");
    json_bytes(&json, request->id, request->id_length);
  }
  json_key(&json, "outputs");
  json_begin(&json, '[');
  for (int i = 0; i < V2_OUTPUTS; i++)
    if (request->wanted[i])
      write_output(&json, j, i, request->binary[i], binary);
  json_end(&json, ']');
  json_end(&json, '}');
}

void v2_infer_finish(call *c) {
  const infer *const request = c->parsed;
  const job *const j = c->jobs[0];
  buffer binary = {0};

  if (!call_jobs_done(c) || !check_pictures(c, j) || !check_finite(c, j))
    return;
  metrics_add(METRIC_TENSOR_IMAGES, j->images);
  write_answer(c, request, j, &binary);
  call_json(c);
  if (wants_binary(request)) {
    c->json_length = c->out.size;
    c->type = "application/octet-stream";
    buffer_add(&c->out, binary.data, binary.size);
    if (c->out.failed || binary.failed)
      problem_set(&c->problem, 503, "out of memory");
  }
  buffer_free(&binary);
}
