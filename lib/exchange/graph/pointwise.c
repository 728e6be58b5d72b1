#include "exchange/graph/pointwise.h"

#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Between -9 and 9 in sixteenths, where activations differ; close to 0, where one may have a step
 * or be flat; and a few far out. */
enum { NUM_FAR = 6, NUM_TINY = 5, PER_UNIT = 16, NUM_NEAR = 9 * PER_UNIT };
static const double far_out[NUM_FAR] = {16, 40, 100, 1000, 1e5, 1e6};
static const double tiny[NUM_TINY] = {1e-5, 1e-4, 1e-3, 1e-2, 0.03};

static double positive_sample(uint32_t index) {
  if (index == 0)
    return 0;
  if (index <= NUM_TINY)
    return tiny[index - 1];
  const uint32_t near = index - NUM_TINY;
  return near <= NUM_NEAR ? (double)near / PER_UNIT : far_out[near - NUM_NEAR - 1];
}

double mcnn_sample_x(uint32_t index) {
  const uint32_t zero = MCNN_NUM_SAMPLES / 2;
  return index < zero ? -positive_sample(zero - index) : positive_sample(index - zero);
}

/* --- activations ------------------------------------------------------------------------------ */

static double relu(double x) {
  return fmax(x, 0);
}

static double relu6(double x) {
  return fmin(fmax(x, 0), 6);
}

static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

static double swish(double x) {
  return x * sigmoid(x);
}

static double softplus(double x) {
  return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static double selu(double x) {
  const double alpha = 1.6732632423543772, scale = 1.0507009873554805;
  return scale * (x > 0 ? x : alpha * expm1(x));
}

static double gelu(double x) {
  return 0.5 * x * (1 + erf(x * sqrt(0.5)));
}

static double gelu_tanh(double x) {
  const double two_over_pi = 0.6366197723675814;
  return 0.5 * x * (1 + tanh(sqrt(two_over_pi) * (x + 0.044715 * x * x * x)));
}

static double hard_sigmoid(double x) {
  return relu6(x + 3) / 6;
}

static double hard_swish(double x) {
  return x * hard_sigmoid(x);
}

static const struct {
  const char *name;
  double (*fn)(double x);
} activations[] = {{"relu", relu},
                   {"relu6", relu6},
                   {"sigmoid", sigmoid},
                   {"tanh", tanh},
                   {"swish", swish},
                   {"gelu", gelu},
                   {"gelu_tanh", gelu_tanh},
                   {"softplus", softplus},
                   {"selu", selu},
                   {"hard_sigmoid", hard_sigmoid},
                   {"hard_swish", hard_swish}};

/* --- recognition ------------------------------------------------------------------------------ */

/* Files have their constants as floats. */
static int is_close(double a, double b) {
  const double tolerance = 4e-6;
  return fabs(a - b) <= tolerance * fmax(1, fabs(b));
}

/* Far out, a spelling may overflow where the function does not, as log(1 + exp(x)) does. */
static int is_overflow(const mcnn_samples *samples, uint32_t index) {
  return !isfinite(samples->y[index]) && fabs(mcnn_sample_x(index)) >= 100;
}

static int is_function(const mcnn_samples *samples, double (*fn)(double x)) {
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
    if (!is_overflow(samples, i) && !is_close(samples->y[i], fn(mcnn_sample_x(i))))
      return 0;
  return 1;
}

static double at(const mcnn_samples *samples, double x) {
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
    if (mcnn_sample_x(i) == x)
      return samples->y[i];
  return (double)NAN;
}

/* A number that a file has as a float. */
static double rounded(double number) {
  return (double)(float)number;
}

static int is_affine(const mcnn_samples *samples, mcnn_recognised *r) {
  r->offset = at(samples, 0);
  r->scale = (at(samples, 1000) - r->offset) / 1000;
  if (r->scale == 0)
    return 0;
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
    if (!is_close(samples->y[i], mcnn_sample_x(i) * r->scale + r->offset))
      return 0;
  if (is_close(r->scale, 1))
    r->scale = 1;
  return 1;
}

/* Below 0 a slope or an exponential, above it the number itself. */
static int is_leaky(const mcnn_samples *samples, mcnn_recognised *r) {
  char text[MCNN_DECIMAL_CAPACITY];
  const double slope = rounded(-at(samples, -1000) / 1000), alpha = rounded(-at(samples, -1000));
  int leaky = slope > 0, elu = alpha > 0;
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++) {
    const double x = mcnn_sample_x(i);
    leaky = leaky && is_close(samples->y[i], x > 0 ? x : x * slope);
    elu = elu && is_close(samples->y[i], x > 0 ? x : alpha * expm1(x));
  }
  if ((!leaky && !elu) || !mcnn_decimal_write((float)(leaky ? slope : alpha), text))
    return 0;
  (void)snprintf(r->activation, sizeof r->activation, "%s %s", leaky ? "leaky_relu" : "elu", text);
  return 1;
}

/* A line on one side of a point and flat on the other, such as the smaller of x and 0: a ReLU of
 * other sizes. */
static int is_hinge(const mcnn_samples *samples, mcnn_recognised *r) {
  const int is_flat_below = is_close(at(samples, -1e6), at(samples, -1e5));
  const double end = is_flat_below ? 1e6 : -1e6;
  const double flat = at(samples, -end),
               slope = (at(samples, end) - at(samples, end / 10)) / (end * 0.9);
  if (!(fabs(slope) > 0))
    return 0;
  const double bend = end - (at(samples, end) - flat) / slope;
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++) {
    const double x = mcnn_sample_x(i) - bend;
    if (!is_close(samples->y[i], flat + slope * (is_flat_below ? fmax(x, 0) : fmin(x, 0))))
      return 0;
  }
  r->scale = is_flat_below ? 1 : -1;
  r->offset = is_flat_below ? -bend : bend;
  (void)snprintf(r->activation, sizeof r->activation, "relu");
  r->scale_after = is_flat_below ? slope : -slope;
  r->offset_after = flat;
  return 1;
}

/* A line between two bounds, which the samples reach: a hard sigmoid of other sizes. */
static int is_clamp(const mcnn_samples *samples, mcnn_recognised *r) {
  const double low = at(samples, -1e6), high = at(samples, 1e6);
  double slope = 0, offset = 0;
  for (uint32_t i = 1; i < MCNN_NUM_SAMPLES; i++) {
    const double step = samples->y[i] - samples->y[i - 1];
    const double each = step / (mcnn_sample_x(i) - mcnn_sample_x(i - 1));
    if (fabs(each) <= fabs(slope))
      continue;
    slope = each;
    offset = samples->y[i] - slope * mcnn_sample_x(i);
  }
  if (!(fabs(high - low) > 0) || slope == 0 || !is_close(at(samples, -1e5), low) ||
      !is_close(at(samples, 1e5), high))
    return 0;
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++) {
    const double line = mcnn_sample_x(i) * slope + offset;
    if (!is_close(samples->y[i], fmin(fmax(line, fmin(low, high)), fmax(low, high))))
      return 0;
  }
  r->scale = 6 * slope / (high - low);
  r->offset = 6 * (offset - low) / (high - low) - 3;
  (void)snprintf(r->activation, sizeof r->activation, "hard_sigmoid");
  r->scale_after = high - low;
  r->offset_after = low;
  return 1;
}

int mcnn_recognise(const mcnn_samples *samples, mcnn_recognised *recognised) {
  static const mcnn_recognised nothing = {.scale = 1, .scale_after = 1};
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
    if (!isfinite(samples->y[i]) && !is_overflow(samples, i))
      return 0;
  *recognised = nothing;
  if (is_affine(samples, recognised))
    return 1;
  *recognised = nothing;
  for (size_t i = 0; i < sizeof activations / sizeof activations[0]; i++) {
    if (!is_function(samples, activations[i].fn))
      continue;
    (void)snprintf(recognised->activation, sizeof recognised->activation, "%s",
                   activations[i].name);
    return 1;
  }
  if (is_leaky(samples, recognised))
    return 1;
  *recognised = nothing;
  if (is_hinge(samples, recognised))
    return 1;
  *recognised = nothing;
  return is_clamp(samples, recognised);
}
