#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/number.h"
#include "v2/infer.h"
#include "v2/tensor.h"
#include "json/json_in.h"

enum { MAX_ID = 256, PATH_CAPACITY = 32 };

static void free_infer(void *parsed) {
  infer *const request = parsed;

  json_in_free(request->json);
  free(request);
}

/* --- outputs ---------------------------------------------------------------------------------- */

static bool read_binary(const json_t *object, const char *path, const char *key, bool *binary,
                        problem *p) {
  const json_t *const parameters = json_in_object(object, path, "parameters", p);

  return p->status == 0 && (!parameters || json_in_truth(parameters, path, key, binary, p));
}

static bool read_output(infer *request, const json_t *output, const char *path, bool binary,
                        problem *p) {
  size_t length, which = 0;

  if (!json_is_object(output))
    return problem_set(p, 400, "%s is %s; it must be an object", path, json_in_kind(output));
  const char *const name = json_in_text(output, path, "name", &length, p);
  if (!name)
    return problem_set(p, 400, "%s has no name", path);
  while (which < V2_OUTPUTS && strcmp(name, v2_output_names[which]) != 0)
    which++;
  if (which == V2_OUTPUTS)
    return problem_set(p, 400, "%s: there is no output of this name; there are %s, %s and %s", path,
                       v2_output_names[0], v2_output_names[1], v2_output_names[2]);
  request->wanted[which] = true;
  request->binary[which] = binary;
  return read_binary(output, path, "binary_data", &request->binary[which], p);
}

static bool read_outputs(infer *request, problem *p) {
  const json_t *const outputs = json_in_array(request->json, "", "outputs", p);
  char path[PATH_CAPACITY];
  bool binary = false;

  if (p->status != 0 || !read_binary(request->json, "", "binary_data_output", &binary, p))
    return false;
  for (size_t i = 0; i < V2_OUTPUTS && json_array_size(outputs) == 0; i++) {
    request->wanted[i] = true;
    request->binary[i] = binary;
  }
  for (size_t i = 0; i < json_array_size(outputs); i++) {
    (void)snprintf(path, sizeof path, "outputs[%zu]", i);
    if (!read_output(request, json_array_get(outputs, i), path, binary, p))
      return false;
  }
  return true;
}

/* --- the input -------------------------------------------------------------------------------- */

static bool read_shape(const json_t *input, tensor *t, problem *p) {
  const uint64_t longest_side = UINT32_MAX, most_elements = UINT64_C(1) << 40;
  const json_t *const sides = json_in_array(input, "inputs[0]", "shape", p);

  if (!sides)
    return problem_set(p, 400, "inputs[0] has no shape");
  t->shape.rank = json_array_size(sides);
  t->elements = 1;
  if (t->shape.rank < 1 || t->shape.rank > SHAPE_MAX_RANK)
    return problem_set(p, 400, "inputs[0].shape must have 1 to %d sides", SHAPE_MAX_RANK);
  for (size_t i = 0; i < t->shape.rank; i++) {
    const json_t *const side = json_array_get(sides, i);
    const json_int_t number = json_integer_value(side);
    if (!json_is_integer(side) || number < 1 || (uint64_t)number > longest_side)
      return problem_set(p, 400, "inputs[0].shape[%zu] must be an integer of 1 or more", i);
    t->shape.sides[i] = (uint64_t)number;
    t->elements *= (uint64_t)number;
    if (t->elements > most_elements)
      return problem_set(p, 413, "inputs[0].shape is of too many elements");
  }
  return true;
}

static bool read_tensor(const call *c, const model_info *model, const json_t *input, tensor *t,
                        problem *p) {
  const uint32_t most = c->service->max_images;
  size_t length = 0;

  const char *const name = json_in_text(input, "inputs[0]", "name", &length, p);
  if (!name)
    return problem_set(p, 400, "inputs[0] has no name");
  if (strcmp(name, V2_INPUT) != 0)
    return problem_set(p, 400, "inputs[0]: there is no input of this name; there is " V2_INPUT);
  const char *const type = json_in_text(input, "inputs[0]", "datatype", &length, p);
  if (!type)
    return problem_set(p, 400, "inputs[0] has no datatype");
  t->type = datatype_read(type, p);
  if (t->type == DATATYPE_NONE || !read_shape(input, t, p))
    return false;
  t->images = t->type == DATATYPE_BYTES ? shape_strings(&t->shape, most, p)
                                        : shape_images(&t->shape, model, most, p);
  return t->images > 0;
}

/* The size that the input says its binary data have; false with a problem, or without one where
 * they are in JSON. */
static bool read_binary_size(const json_t *input, size_t left, problem *p) {
  const json_t *const parameters = json_in_object(input, "inputs[0]", "parameters", p);
  uint64_t size = 0;

  if (!parameters || !json_in_has(parameters, "binary_data_size"))
    return false;
  if (!json_in_count(parameters, "inputs[0].parameters", "binary_data_size", INT64_MAX, &size, p))
    return false;
  if (json_in_has(input, "data"))
    return problem_set(p, 400, "inputs[0] has both data and binary_data_size");
  if (size != left)
    return problem_set(p, 400,
                       "inputs[0] has a binary_data_size of %llu, but %zu bytes follow the JSON "
                       "part (Inference-Header-Content-Length is its length)",
                       (unsigned long long)size, left);
  return true;
}

static job *read_data(call *c, const tensor *t, const json_t *input, const uint8_t *bytes,
                      size_t left) {
  problem *const p = &c->problem;

  if (read_binary_size(input, left, p))
    return tensor_from_bytes(t, bytes, left, p);
  const json_t *const values = json_in_array(input, "inputs[0]", "data", p);
  if (!values)
    problem_set(p, 400, "inputs[0] has neither data nor binary_data_size");
  else if (left > 0)
    problem_set(p, 400, "%zu bytes follow the JSON part, but no input is binary", left);
  return p->status == 0 ? tensor_from_json(t, values, &c->decoded, p) : NULL;
}

static job *read_input(call *c, const model_info *model, const infer *request, const uint8_t *bytes,
                       size_t left) {
  const json_t *const inputs = json_in_array(request->json, "", "inputs", &c->problem);
  tensor t = {.type = DATATYPE_NONE};

  if (json_array_size(inputs) != 1) {
    problem_set(&c->problem, 400, "inputs must be an array of one input, " V2_INPUT);
    return NULL;
  }
  const json_t *const input = json_array_get(inputs, 0);
  if (!json_is_object(input)) {
    problem_set(&c->problem, 400, "inputs[0] is %s; it must be an object", json_in_kind(input));
    return NULL;
  }
  return read_tensor(c, model, input, &t, &c->problem) ? read_data(c, &t, input, bytes, left)
                                                       : NULL;
}

/* --- the request ------------------------------------------------------------------------------ */

static bool read_id(infer *request, problem *p) {
  request->id = json_in_text(request->json, "", "id", &request->id_length, p);
  if (request->id_length > MAX_ID && request->id)
    return problem_set(p, 400, "id is longer than %d bytes", MAX_ID);
  return p->status == 0;
}

/* The length of the JSON part. */
static bool read_header(call *c, size_t *length) {
  uint64_t number = c->body_size;

  if (c->inference_header && !number_read(c->inference_header, c->body_size, &number))
    return problem_set(&c->problem, 400,
                       "Inference-Header-Content-Length must be a number of at most %zu, the "
                       "length of the body",
                       c->body_size);
  *length = (size_t)number;
  return true;
}

/* A body without JSON is the model's input: FP32, as many images as it has bytes for. */
static void read_raw(call *c, const model_info *model, infer *request) {
  const size_t image = model_info_inputs(model) * sizeof(float);
  const uint64_t count = c->body_size / image;
  tensor t = {.type = DATATYPE_FP32};

  for (size_t i = 0; i < V2_OUTPUTS; i++)
    request->wanted[i] = true;
  if (count < 1 || c->body_size % image != 0 || count > c->service->max_images) {
    problem_set(&c->problem, 400, "the body must be of %zu bytes for each of 1 to %u images", image,
                c->service->max_images);
    return;
  }
  t.images = (uint32_t)count;
  t.elements = count * model_info_inputs(model);
  job *const j = tensor_from_bytes(&t, c->body, c->body_size, &c->problem);
  if (j)
    (void)call_set_job(c, j);
}

static void read_json(call *c, const model_info *model, infer *request, size_t length) {
  request->json = json_in_read(c->body, length, &c->problem);
  if (!request->json || !read_id(request, &c->problem) || !read_outputs(request, &c->problem))
    return;
  job *const j = read_input(c, model, request, c->body + length, c->body_size - length);
  if (j)
    (void)call_set_job(c, j);
}

void infer_read(call *c, const model_info *model) {
  size_t length = 0;

  if (!read_header(c, &length))
    return;
  infer *const request = calloc(1, sizeof *request);
  if (!request) {
    problem_set(&c->problem, 503, "out of memory");
    return;
  }
  c->parsed = request;
  c->free_parsed = free_infer;
  if (c->inference_header && length == 0)
    read_raw(c, model, request);
  else
    read_json(c, model, request, length);
}
