/* Tensor data in JSON: one flat array, or arrays nested exactly as the shape says. */
#include <jansson.h>
#include <string.h>

#include "text/base64.h"
#include "v2/tensor.h"
#include "json/json_in.h"

typedef struct reading {
  const tensor *tensor;
  buffer *data;
  job *job; /* of byte strings */
  uint64_t done;
  problem *problem;
} reading;

static bool wrong_element(reading *r, const json_t *value, const char *what) {
  return problem_set(r->problem, 400, "element %llu of the data is %s; it must be %s",
                     (unsigned long long)r->done, json_in_kind(value), what);
}

static bool add_byte(reading *r, const json_t *value) {
  if (!json_is_integer(value))
    return wrong_element(r, value, "an integer from 0 to 255");
  const json_int_t number = json_integer_value(value);
  if (number < 0 || number > UINT8_MAX)
    return problem_set(r->problem, 400, "element %llu of the data is %lld; UINT8 is 0 to 255",
                       (unsigned long long)r->done, (long long)number);
  buffer_byte(r->data, (uint8_t)number);
  return true;
}

static bool add_float(reading *r, const json_t *value) {
  if (!json_is_number(value))
    return wrong_element(r, value, "a number");
  const double number = json_number_value(value);
  if (!(number >= 0 && number <= 1))
    return problem_set(r->problem, 400,
                       "element %llu of the data is %g; FP32 values are intensities from 0 to 1 "
                       "(bytes are UINT8)",
                       (unsigned long long)r->done, number);
  const float single = (float)number;
  buffer_add(r->data, &single, sizeof single);
  return true;
}

/* There is room for all strings: see reserve(). */
static bool add_string(reading *r, const json_t *value) {
  size_t size, wrong_at;

  if (!json_is_string(value))
    return wrong_element(r, value, "a string of base64");
  uint8_t *const bytes = r->data->data + r->data->size;
  if (!base64_decode(json_string_value(value), json_string_length(value), bytes, &size, &wrong_at))
    return problem_set(r->problem, 400,
                       "element %llu of the data is no base64 from character %zu on",
                       (unsigned long long)r->done, wrong_at);
  r->data->size += size;
  r->job->files[r->done] = (job_file){bytes, size};
  return true;
}

static bool add_element(reading *r, const json_t *value) {
  bool done;

  if (r->done >= r->tensor->elements)
    return problem_set(r->problem, 400, "the data have more elements than the shape: %llu",
                       (unsigned long long)r->tensor->elements);
  switch (r->tensor->type) {
  case DATATYPE_UINT8:
    done = add_byte(r, value);
    break;
  case DATATYPE_FP32:
    done = add_float(r, value);
    break;
  default:
    done = add_string(r, value);
  }
  r->done++;
  return done;
}

static bool add_flat(reading *r, const json_t *list) {
  for (size_t i = 0; i < json_array_size(list); i++)
    if (!add_element(r, json_array_get(list, i)))
      return false;
  return true;
}

/* As deep as the shape, which is at most SHAPE_MAX_RANK. */
static bool add_nested(reading *r, const json_t *list, size_t side) {
  const shape *const s = &r->tensor->shape;

  if (!json_is_array(list) || json_array_size(list) != s->sides[side])
    return problem_set(r->problem, 400,
                       "the data are nested otherwise than the shape says: side %zu is %llu", side,
                       (unsigned long long)s->sides[side]);
  if (side + 1 == s->rank)
    return add_flat(r, list);
  for (size_t i = 0; i < json_array_size(list); i++)
    if (!add_nested(r, json_array_get(list, i), side + 1))
      return false;
  return true;
}

/* The bytes that all strings below a value can decode to. */
static size_t string_bytes(const json_t *value) {
  size_t total = 0;

  if (json_is_string(value))
    return json_string_length(value) / 4 * 3 + 3;
  for (size_t i = 0; i < json_array_size(value); i++)
    total += string_bytes(json_array_get(value, i));
  return total;
}

static bool reserve(reading *r, const json_t *values) {
  const size_t element = datatype_size(r->tensor->type);
  const size_t size = element ? element * r->tensor->elements : string_bytes(values);

  return buffer_reserve(r->data, size + 1) || problem_set(r->problem, 503, "out of memory");
}

static bool read_values(reading *r, const json_t *values) {
  const bool is_nested = json_is_array(json_array_get(values, 0));

  if (!reserve(r, values) || !(is_nested ? add_nested(r, values, 0) : add_flat(r, values)))
    return false;
  if (r->done != r->tensor->elements)
    return problem_set(r->problem, 400, "the data have %llu elements; the shape is of %llu",
                       (unsigned long long)r->done, (unsigned long long)r->tensor->elements);
  return !r->data->failed || problem_set(r->problem, 503, "out of memory");
}

static uint32_t job_kind_of(datatype type) {
  return type == DATATYPE_BYTES ? JOB_PICTURES : type == DATATYPE_FP32 ? JOB_FLOATS : JOB_BYTES;
}

job *tensor_from_json(const tensor *t, const struct json_t *values, buffer *data, problem *p) {
  job *const j = job_create(job_kind_of(t->type), t->images);
  reading r = {.tensor = t, .data = data, .job = j, .problem = p};

  if (!j) {
    problem_set(p, 503, "out of memory");
    return NULL;
  }
  if (!read_values(&r, values)) {
    job_free(j);
    return NULL;
  }
  if (t->type != DATATYPE_BYTES)
    j->files[0] = (job_file){data->data, data->size};
  return j;
}
