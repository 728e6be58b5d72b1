/* Functions of single numbers, of one value, two or three. */
#include "exchange/graph/flow_work.h"
#include "exchange/graph/functions.h"

#include <string.h>

/* How many functions of functions are looked at as one. */
enum { MAX_CHAIN = 32 };
static const uint32_t no_value = UINT32_MAX;

/* Memory of the builder for one of these. */
static void *make(mcnn_flow *flow, size_t size) {
  void *const made = mcnn_builder_floats(flow->builder, size / sizeof(float) + 1);
  if (made)
    memset(made, 0, size);
  return made;
}

/* The function that leaves each number as it is, of a settled tensor. */
static void identity(mcnn_samples *samples) {
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
    samples->y[i] = mcnn_sample_x(i);
}

/* The value as a function of a tensor that is settled. */
static mnistcnn_status as_samples(mcnn_flow *flow, uint32_t id, mcnn_samples *samples,
                                  uint32_t *chain) {
  mcnn_flow_value *const value = &flow->values[id];
  if (value->kind == MCNN_FLOW_POINTWISE && value->pointwise->chain < MAX_CHAIN &&
      !value->pointwise->lines) {
    *samples = value->pointwise->all;
    *chain = value->pointwise->chain;
    return MNISTCNN_OK;
  }
  identity(samples);
  *chain = 0;
  return mcnn_flow_settle(flow, id);
}

/* `out` as a function of the tensor that value `in` is one of. */
static mnistcnn_status set_pointwise(mcnn_flow *flow, uint32_t in, uint32_t out,
                                     const mcnn_pointwise *p) {
  mcnn_flow_value *const value = &flow->values[out];
  value->pointwise = make(flow, sizeof *p);
  if (!value->pointwise)
    return MNISTCNN_OUT_OF_MEMORY;
  *value->pointwise = *p;
  value->pointwise->place = mcnn_builder_keep_place(flow->builder);
  value->kind = MCNN_FLOW_POINTWISE;
  value->tensor = flow->values[in].tensor;
  return value->pointwise->place ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

int mcnn_flow_is_open(const mcnn_flow *flow, uint32_t id) {
  const mcnn_flow_value *const value = &flow->values[id];
  mcnn_recognised recognised;
  return value->kind == MCNN_FLOW_POINTWISE && !value->pointwise->lines &&
         (value->readers == 1 || !mcnn_recognise(&value->pointwise->all, &recognised));
}

mnistcnn_status mcnn_flow_move(mcnn_flow *flow, uint32_t in, uint32_t out,
                               const mcnn_tensor *tensor) {
  const mcnn_pointwise *const from = flow->values[in].pointwise;
  mcnn_pointwise p = {.all = from->all, .operands = {in, 0}, .num_operands = 1, .is_moved = 1};
  p.chain = from->chain;
  const mnistcnn_status status = set_pointwise(flow, in, out, &p);
  if (status != MNISTCNN_OK)
    return status;
  flow->values[out].pointwise->place = from->place;
  flow->values[out].tensor = *tensor;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_flow_unary(mcnn_flow *flow, uint32_t in, uint32_t out, mcnn_unary_fn fn,
                                const double parameters[2]) {
  mcnn_pointwise p = {.operands = {in, 0}, .num_operands = 1};
  const mnistcnn_status status = as_samples(flow, in, &p.all, &p.chain);
  if (status != MNISTCNN_OK)
    return status;
  p.chain++;
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++) {
    p.all.y[i] = fn(p.all.y[i], parameters);
    p.own.y[i] = fn(mcnn_sample_x(i), parameters);
  }
  return set_pointwise(flow, in, out, &p);
}

/* --- two values ------------------------------------------------------------------------------- */

double mcnn_flow_add(double a, double b) {
  return a + b;
}

double mcnn_flow_subtract(double a, double b) {
  return a - b;
}

double mcnn_flow_multiply(double a, double b) {
  return a * b;
}

double mcnn_flow_divide(double a, double b) {
  return a / b;
}

double mcnn_flow_minimum(double a, double b) {
  return a < b ? a : b;
}

double mcnn_flow_maximum(double a, double b) {
  return a > b ? a : b;
}

double mcnn_flow_greater(double a, double b) {
  return a > b;
}

double mcnn_flow_greater_or_equal(double a, double b) {
  return a >= b;
}

double mcnn_flow_less(double a, double b) {
  return a < b;
}

double mcnn_flow_less_or_equal(double a, double b) {
  return a <= b;
}

/* With one number on one side. */
static mnistcnn_status with_number(mcnn_flow *flow, uint32_t in, uint32_t out, double number,
                                   int is_first, mcnn_binary_fn fn) {
  mcnn_pointwise p = {.operands = {in, 0}, .num_operands = 1};
  const mnistcnn_status status = as_samples(flow, in, &p.all, &p.chain);
  if (status != MNISTCNN_OK)
    return status;
  p.chain++;
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++) {
    const double x = mcnn_sample_x(i), y = p.all.y[i];
    p.all.y[i] = is_first ? fn(number, y) : fn(y, number);
    p.own.y[i] = is_first ? fn(number, x) : fn(x, number);
  }
  return set_pointwise(flow, in, out, &p);
}

/* The dimension of the tensor along which a constant has its numbers; 0 where it has several. */
static int find_axis(const mcnn_array *array, const mcnn_tensor *tensor, uint32_t *axis) {
  const uint32_t rank = tensor->is_vector ? 1 : tensor->rank;
  uint32_t found = 0;
  *axis = rank - 1;
  for (uint32_t i = 0; i < array->rank; i++) {
    const uint32_t from_end = array->rank - i;
    if (array->dims[i] == 1)
      continue;
    if (from_end > rank)
      return 0;
    *axis = rank - from_end;
    found++;
  }
  return found == 1 && mcnn_tensor_dim(tensor, *axis) == array->count;
}

/* x scale + offset of a function of two of which one is constant; 0 where it is no line. */
static int is_line(double number, int is_first, mcnn_binary_fn fn, double *scale, double *offset) {
  const double at_0 = is_first ? fn(number, 0) : fn(0, number);
  const double at_1 = is_first ? fn(number, 1) : fn(1, number);
  const double at_2 = is_first ? fn(number, 2) : fn(2, number);
  *offset = at_0;
  *scale = at_1 - at_0;
  return at_2 - at_1 == at_1 - at_0;
}

static int has_lines(const mcnn_flow_value *value) {
  return value->kind == MCNN_FLOW_POINTWISE && value->pointwise->lines;
}

/* A function that is none of this library's yet, with a scale and an offset for each channel: they
 * wait, too, as converters put factors inside of activations. 0 where this is another case. */
static int keep_lines(mcnn_flow *flow, uint32_t in, uint32_t out, const mcnn_array *array,
                      double *lines, mnistcnn_status *status) {
  const mcnn_flow_value *const value = &flow->values[in];
  uint32_t axis;
  if ((!has_lines(value) && !mcnn_flow_is_open(flow, in)) || value->readers != 1 ||
      !find_axis(array, &value->tensor, &axis))
    return 0;
  mcnn_pointwise p = *value->pointwise;
  if (p.lines && p.axis != axis)
    return 0;
  const size_t n = array->count;
  for (size_t i = 0; i < n && p.lines; i++) {
    lines[n + i] += p.lines[n + i] * lines[i];
    lines[i] *= p.lines[i];
  }
  p.lines = lines;
  p.count = n;
  p.axis = axis;
  *status = set_pointwise(flow, in, out, &p);
  if (*status == MNISTCNN_OK)
    flow->values[out].pointwise->place = p.place;
  return 1;
}

static mnistcnn_status with_array(mcnn_flow *flow, uint32_t in, uint32_t out,
                                  const mcnn_array *array, int is_first, mcnn_binary_fn fn) {
  mcnn_builder *const builder = flow->builder;
  mcnn_flow_value *const value = &flow->values[in];
  uint32_t axis;
  double *const lines = make(flow, 2 * array->count * sizeof *lines);
  if (!lines)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < array->count; i++)
    if (!is_line(mcnn_array_number(array, i), is_first, fn, &lines[i], &lines[array->count + i]))
      return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                               "combines an image with several constants in another manner than "
                               "a sum or product");
  if (value->kind == MCNN_FLOW_LINEAR && value->readers == 1 &&
      mcnn_linear_scale(flow, value, array, lines, &flow->values[out]))
    return flow->values[out].kind == MCNN_FLOW_LINEAR ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  mnistcnn_status status = MNISTCNN_OK;
  if (keep_lines(flow, in, out, array, lines, &status))
    return status;
  status = mcnn_flow_settle(flow, in);
  if (status != MNISTCNN_OK)
    return status;
  if (!find_axis(array, &value->tensor, &axis))
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "combines an image with a constant that has not one number for each "
                             "channel");
  mcnn_flow_value *const made = &flow->values[out];
  mcnn_flow_set_tensor(flow, out, &value->tensor);
  return mcnn_build_affine(builder, &made->tensor, axis, lines, lines + array->count, array->count);
}

static int have_one_base(const mcnn_flow_value *a, const mcnn_flow_value *b) {
  return memcmp(&a->tensor, &b->tensor, sizeof a->tensor) == 0 && a->kind != MCNN_FLOW_LINEAR &&
         b->kind != MCNN_FLOW_LINEAR;
}

/* Two functions of one tensor, such as x and its sigmoid. */
static mnistcnn_status of_one_base(mcnn_flow *flow, uint32_t a, uint32_t b, uint32_t out,
                                   mcnn_binary_fn fn) {
  mcnn_pointwise p = {.operands = {a, b}, .num_operands = fn == mcnn_flow_add ? 2 : 0};
  mcnn_samples second;
  uint32_t chain = 0;
  mnistcnn_status status = as_samples(flow, a, &p.all, &p.chain);
  if (status == MNISTCNN_OK)
    status = as_samples(flow, b, &second, &chain);
  if (status != MNISTCNN_OK)
    return status;
  p.chain = (p.chain > chain ? p.chain : chain) + 1;
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
    p.all.y[i] = fn(p.all.y[i], second.y[i]);
  return set_pointwise(flow, a, out, &p);
}

static int is_scaled(const mcnn_pointwise *p) {
  for (size_t i = 0; i < p->count; i++)
    if (p->lines[p->count + i] != 0)
      return 0;
  return 1;
}

/* A function with a factor for each channel, times another function of the same tensor. */
static mnistcnn_status of_scaled(mcnn_flow *flow, uint32_t scaled, uint32_t other, uint32_t out) {
  mcnn_pointwise p = *flow->values[scaled].pointwise;
  mcnn_samples samples;
  uint32_t chain = 0;
  const mnistcnn_status status = as_samples(flow, other, &samples, &chain);
  if (status != MNISTCNN_OK)
    return status;
  p.chain = (p.chain > chain ? p.chain : chain) + 1;
  p.num_operands = 0;
  p.is_moved = 0;
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
    p.all.y[i] *= samples.y[i];
  return set_pointwise(flow, scaled, out, &p);
}

static mnistcnn_status of_two(mcnn_flow *flow, uint32_t a, uint32_t b, uint32_t out,
                              mcnn_binary_fn fn) {
  static const double minus_one = -1, no_offset = 0;
  mcnn_flow_value *const made = &flow->values[out];
  if (fn != mcnn_flow_add && fn != mcnn_flow_subtract)
    return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                             "combines two images in another manner than a sum or difference");
  mnistcnn_status status = mcnn_flow_settle(flow, a);
  if (status == MNISTCNN_OK)
    status = mcnn_flow_settle(flow, b);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_tensor other = flow->values[b].tensor;
  mcnn_flow_set_tensor(flow, out, &flow->values[a].tensor);
  if (fn == mcnn_flow_subtract)
    status = mcnn_build_affine(flow->builder, &other, other.is_vector ? 0 : other.rank - 1,
                               &minus_one, &no_offset, 1);
  return status == MNISTCNN_OK ? mcnn_build_sum(flow->builder, &made->tensor, &other) : status;
}

static mnistcnn_status with_constant(mcnn_flow *flow, uint32_t in, uint32_t out,
                                     const mcnn_array *array, int is_first, mcnn_binary_fn fn) {
  if (array->count == 1)
    return with_number(flow, in, out, mcnn_array_number(array, 0), is_first, fn);
  return with_array(flow, in, out, array, is_first, fn);
}

mnistcnn_status mcnn_flow_binary(mcnn_flow *flow, uint32_t a, uint32_t b, uint32_t out,
                                 mcnn_binary_fn fn) {
  mcnn_flow_value *const x = &flow->values[a], *const y = &flow->values[b];
  if (x->kind == MCNN_FLOW_ARRAY && y->kind == MCNN_FLOW_ARRAY) {
    mcnn_array combined = {0};
    const mnistcnn_status status =
        mcnn_array_combine(flow->builder, &x->array, &y->array, fn, &combined);
    mcnn_flow_set_array(flow, out, &combined);
    return status;
  }
  if (x->kind == MCNN_FLOW_ARRAY)
    return with_constant(flow, b, out, &x->array, 1, fn);
  if (y->kind == MCNN_FLOW_ARRAY)
    return with_constant(flow, a, out, &y->array, 0, fn);
  if (a == b && x->kind == MCNN_FLOW_LINEAR) {
    const mnistcnn_status status = mcnn_flow_settle(flow, a);
    if (status != MNISTCNN_OK)
      return status;
  }
  if (have_one_base(x, y) && fn == mcnn_flow_multiply && has_lines(x) != has_lines(y) &&
      is_scaled(has_lines(x) ? x->pointwise : y->pointwise))
    return has_lines(x) ? of_scaled(flow, a, b, out) : of_scaled(flow, b, a, out);
  if (has_lines(x) || has_lines(y))
    return of_two(flow, a, b, out, fn);
  return have_one_base(x, y) ? of_one_base(flow, a, b, out, fn) : of_two(flow, a, b, out, fn);
}

/* --- slopes ----------------------------------------------------------------------------------- */

static int are_equal(const mcnn_array *array) {
  for (size_t i = 1; i < array->count; i++)
    if (mcnn_array_number(array, i) != mcnn_array_number(array, 0))
      return 0;
  return array->count > 0;
}

mnistcnn_status mcnn_flow_prelu(mcnn_flow *flow, uint32_t in, uint32_t out,
                                const mcnn_array *slopes) {
  double parameters[2] = {0, 0};
  const float *floats = NULL;
  uint32_t axis = 0;
  if (are_equal(slopes)) {
    parameters[0] = mcnn_array_number(slopes, 0);
    return mcnn_flow_unary(flow, in, out, mcnn_function_leaky_relu, parameters);
  }
  mnistcnn_status status = mcnn_flow_settle(flow, in);
  if (status == MNISTCNN_OK && !find_axis(slopes, &flow->values[in].tensor, &axis))
    status = mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                               "has slopes that are not one for each channel");
  if (status == MNISTCNN_OK)
    status = mcnn_array_floats(flow->builder, slopes, &floats);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_flow_set_tensor(flow, out, &flow->values[in].tensor);
  return mcnn_build_slopes(flow->builder, &flow->values[out].tensor, axis, floats, slopes->count);
}

/* --- three values ----------------------------------------------------------------------------- */

/* One operand of a choice: a single number, or a function of the tensor that the others are of.
 * *base: a value that is no constant, no_value before the first. */
static mnistcnn_status choice_operand(mcnn_flow *flow, uint32_t id, uint32_t *base,
                                      mcnn_samples *samples, uint32_t *chain) {
  mcnn_flow_value *const value = &flow->values[id];
  *chain = 0;
  if (value->kind == MCNN_FLOW_ARRAY) {
    if (value->array.count != 1)
      return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                               "chooses from a constant with several numbers");
    for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
      samples->y[i] = mcnn_array_number(&value->array, 0);
    return MNISTCNN_OK;
  }
  const mnistcnn_status status = as_samples(flow, id, samples, chain);
  if (status != MNISTCNN_OK)
    return status;
  if (*base == no_value)
    *base = id;
  return have_one_base(value, &flow->values[*base])
             ? MNISTCNN_OK
             : mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                                 "chooses between the numbers of several images");
}

mnistcnn_status mcnn_flow_where(mcnn_flow *flow, uint32_t condition, uint32_t a, uint32_t b,
                                uint32_t out) {
  const uint32_t operands[3] = {condition, a, b};
  mcnn_pointwise p = {.num_operands = 0};
  mcnn_samples samples[3];
  uint32_t base = no_value, chain;
  for (size_t i = 0; i < 3; i++) {
    const mnistcnn_status status = choice_operand(flow, operands[i], &base, &samples[i], &chain);
    if (status != MNISTCNN_OK)
      return status;
    p.chain = chain >= p.chain ? chain + 1 : p.chain;
  }
  if (base == no_value)
    return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED, "chooses between constants");
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
    p.all.y[i] = samples[samples[0].y[i] != 0 ? 1 : 2].y[i];
  return set_pointwise(flow, base, out, &p);
}
