/* The activation kernels on every instruction set: against their naive twins over all of float's
 * range, against values of Keras, and the same bytes wherever a range is cut. */
#include "dense_support.h"

#include "kernels/elementwise/naive_activation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How far a kernel may be from the exact value: so many units in the last place, or so far
 * absolutely. The absolute bound is what is left where sums cancel or results are subnormal. */
typedef struct bounds {
  double units, absolute;
} bounds;

typedef struct activation_case {
  mcnn_activation activation;
  float parameter;
  bounds forward, backward;
} activation_case;

static const activation_case cases[] = {
    {MCNN_ACTIVATION_LINEAR, 0, {0, 0}, {0, 0}},
    {MCNN_ACTIVATION_RELU, 0, {0, 0}, {0, 0}},
    {MCNN_ACTIVATION_RELU6, 0, {0, 0}, {0, 0}},
    {MCNN_ACTIVATION_LEAKY_RELU, 0.2f, {1, 0}, {0, 0}},
    {MCNN_ACTIVATION_ELU, 1, {4, 1e-40}, {4, 1e-40}},
    {MCNN_ACTIVATION_ELU, 0.3f, {4, 1e-40}, {4, 1e-40}},
    {MCNN_ACTIVATION_SELU, 0, {4, 1e-40}, {4, 1e-40}},
    {MCNN_ACTIVATION_SIGMOID, 0, {4, 1e-40}, {4, 1e-40}},
    {MCNN_ACTIVATION_TANH, 0, {4, 1e-40}, {4, 1e-40}},
    {MCNN_ACTIVATION_SWISH, 0, {4, 1e-40}, {4, 2e-7}},
    {MCNN_ACTIVATION_GELU, 0, {4, 2e-7}, {4, 2e-7}},
    {MCNN_ACTIVATION_GELU_TANH, 0, {4, 2e-7}, {4, 2e-7}},
    {MCNN_ACTIVATION_SOFTPLUS, 0, {4, 1e-40}, {4, 1e-40}},
    {MCNN_ACTIVATION_HARD_SIGMOID, 0, {4, 2e-7}, {1, 0}},
    {MCNN_ACTIVATION_HARD_SWISH, 0, {4, 2e-7}, {4, 2e-7}},
};
enum { NUM_CASES = sizeof cases / sizeof cases[0] };

/* --- inputs ----------------------------------------------------------------------------------- */

/* Floats spread over all there are, infinities and NaN among them, then a close sweep of where
 * functions bend, and edges. */
enum { SPREAD_STEP = 30011, SPREAD = 143113, SWEEP = 48001, EDGES = 24 };
#define NUM_INPUTS ((size_t)SPREAD + SWEEP + EDGES)

static const float edges[EDGES] = {0.0f,
                                   -0.0f,
                                   1e-45f,
                                   -1e-45f,
                                   1.17549435e-38f,
                                   -1.17549435e-38f,
                                   3e-39f,
                                   -3e-39f,
                                   INFINITY,
                                   -INFINITY,
                                   NAN,
                                   -NAN,
                                   3.40282347e38f,
                                   -3.40282347e38f,
                                   3.0f,
                                   -3.0f,
                                   6.0f,
                                   -6.0f,
                                   88.0f,
                                   -88.0f,
                                   103.5f,
                                   -103.5f,
                                   2.9999998f,
                                   -2.9999998f};

static float *make_inputs(void) {
  float *x = malloc(NUM_INPUTS * sizeof *x);
  for (uint32_t i = 0; i < SPREAD; i++) {
    const uint32_t bits = i * SPREAD_STEP;
    memcpy(x + i, &bits, sizeof bits);
  }
  for (int i = 0; i < SWEEP; i++)
    x[SPREAD + i] = (float)(i - SWEEP / 2) / 1999.0f;
  memcpy(x + SPREAD + SWEEP, edges, sizeof edges);
  return x;
}

/* --- against the naive twins ------------------------------------------------------------------ */

/* The distance between the floats around `value`. */
static double unit_of(double value) {
  int exponent;
  (void)frexp(value, &exponent);
  return ldexp(1.0, exponent < -125 ? -149 : exponent - 24);
}

typedef struct worst {
  double units, absolute; /* the most units among those that are beyond the absolute bound */
} worst;

static void compare(float got, double want, const bounds *allowed, float x, worst *seen) {
  if (isnan(want) || isnan(got)) {
    if (!isnan(want) || !isnan(got))
      fail_msg("at %.9g: %.9g, expected %.9g", (double)x, (double)got, want);
    return;
  }
  if ((double)got == want || got == (float)want)
    return;
  const double error = fabs((double)got - want), units = error / unit_of(want);
  if (!(error <= allowed->absolute || units <= allowed->units)) {
    fail_msg("at %.9g: %.9g, expected %.17g: %.3g units, %.3g", (double)x, (double)got, want, units,
             error);
  }
  if (error > allowed->absolute && units > seen->units)
    seen->units = units;
  if (units > allowed->units && error > seen->absolute)
    seen->absolute = error;
}

static void check_case(const mcnn_kernels *kernels, const activation_case *c, const float *x) {
  float *y = malloc(NUM_INPUTS * sizeof *y), *ones = malloc(NUM_INPUTS * sizeof *ones);
  worst forward = {0, 0}, backward = {0, 0};
  for (size_t i = 0; i < NUM_INPUTS; i++)
    ones[i] = 1.0f;
  kernels->activation_forward(c->activation, c->parameter, NUM_INPUTS, x, y);
  for (size_t i = 0; i < NUM_INPUTS; i++) {
    const double want = mcnn_naive_activation(c->activation, (double)c->parameter, (double)x[i]);
    compare(y[i], want, &c->forward, x[i], &forward);
  }
  kernels->activation_backward(c->activation, c->parameter, NUM_INPUTS, x, ones, y);
  for (size_t i = 0; i < NUM_INPUTS; i++) {
    const double want =
        mcnn_naive_activation_slope(c->activation, (double)c->parameter, (double)x[i]);
    if (!isnan(x[i]))
      compare(y[i], want, &c->backward, x[i], &backward);
  }
  print_message(
      "    activation %d: forward %.2f units, else %.1e; backward %.2f units, else %.1e\n",
      (int)c->activation, forward.units, forward.absolute, backward.units, backward.absolute);
  free(ones);
  free(y);
}

static void check_isa(const mcnn_kernels *kernels) {
  float *x = make_inputs();
  for (size_t i = 0; i < NUM_CASES; i++)
    check_case(kernels, &cases[i], x);
  free(x);
}

static void near_naive_everywhere(void **state) {
  (void)state;
  for_each_isa(check_isa);
}

/* The naive derivative is that of the naive function, but at a kink. */
static void naive_slopes_are_differences(void **state) {
  const double h = 1e-6;
  (void)state;
  for (size_t i = 0; i < NUM_CASES; i++) {
    const double parameter = (double)cases[i].parameter;
    for (double x = -9.0123; x < 9; x += 0.037) {
      const double up = mcnn_naive_activation(cases[i].activation, parameter, x + h);
      const double down = mcnn_naive_activation(cases[i].activation, parameter, x - h);
      const double slope = mcnn_naive_activation_slope(cases[i].activation, parameter, x);
      if (!(fabs((up - down) / (2 * h) - slope) <= 1e-8))
        fail_msg("activation %d at %g: %.12g", (int)cases[i].activation, x, slope);
    }
  }
}

/* Keras' slopes where they jump, as TensorFlow takes them. */
static void check_kinks(const mcnn_kernels *kernels) {
  static const struct {
    mcnn_activation activation;
    float parameter, x, slope;
  } kinks[] = {{MCNN_ACTIVATION_RELU, 0, 0, 0},
               {MCNN_ACTIVATION_RELU6, 0, 0, 0},
               {MCNN_ACTIVATION_RELU6, 0, 6, 0},
               {MCNN_ACTIVATION_LEAKY_RELU, 0.2f, 0, 0.2f},
               {MCNN_ACTIVATION_ELU, 0.5f, 0, 0.5f},
               {MCNN_ACTIVATION_SELU, 0, 0, 1.05070099f},
               {MCNN_ACTIVATION_SELU, 0, -0.0f, 1.05070099f},
               {MCNN_ACTIVATION_HARD_SIGMOID, 0, -3, 0},
               {MCNN_ACTIVATION_HARD_SIGMOID, 0, 3, 0},
               {MCNN_ACTIVATION_HARD_SWISH, 0, -3, 0},
               {MCNN_ACTIVATION_HARD_SWISH, 0, 3, 1}};
  for (size_t i = 0; i < sizeof kinks / sizeof kinks[0]; i++) {
    const float one = 1;
    float dx;
    kernels->activation_backward(kinks[i].activation, kinks[i].parameter, 1, &kinks[i].x, &one,
                                 &dx);
    assert_same_bytes(1, &dx, &kinks[i].slope);
  }
}

static void kinks_as_keras(void **state) {
  (void)state;
  for_each_isa(check_kinks);
}

/* --- the same bytes --------------------------------------------------------------------------- */

#define LONGEST ((size_t)67)

/* Every length, at every alignment within a vector, in place too, and nothing beyond. */
static void check_length(const mcnn_kernels *kernels, const activation_case *c, size_t n,
                         size_t shift, const float *y, const float *dx) {
  guarded x = guarded_random(n, 1), dy = guarded_random(n, 2), out = guarded_create(n);
  guarded whole_x = guarded_random(LONGEST + 16, 1), whole_dy = guarded_random(LONGEST + 16, 2);
  memcpy(x.data, whole_x.data + shift, n * sizeof(float));
  memcpy(dy.data, whole_dy.data + shift, n * sizeof(float));
  kernels->activation_forward(c->activation, c->parameter, n, x.data, out.data);
  assert_same_bytes(n, out.data, y + shift);
  kernels->activation_backward(c->activation, c->parameter, n, x.data, dy.data, out.data);
  assert_same_bytes(n, out.data, dx + shift);
  guarded_check(&out);
  kernels->activation_backward(c->activation, c->parameter, n, x.data, dy.data, dy.data);
  assert_same_bytes(n, dy.data, dx + shift);
  kernels->activation_forward(c->activation, c->parameter, n, x.data, x.data);
  assert_same_bytes(n, x.data, y + shift);
  guarded_free(&whole_dy);
  guarded_free(&whole_x);
  guarded_free(&out);
  guarded_free(&dy);
  guarded_free(&x);
}

static void check_lengths(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < NUM_CASES; i++) {
    const activation_case *c = &cases[i];
    const size_t all = LONGEST + 16;
    guarded x = guarded_random(all, 1), dy = guarded_random(all, 2);
    guarded y = guarded_create(all), dx = guarded_create(all);
    kernels->activation_forward(c->activation, c->parameter, all, x.data, y.data);
    kernels->activation_backward(c->activation, c->parameter, all, x.data, dy.data, dx.data);
    for (size_t n = 0; n <= LONGEST; n++)
      check_length(kernels, c, n, n % 16, y.data, dx.data);
    guarded_free(&dx);
    guarded_free(&y);
    guarded_free(&dy);
    guarded_free(&x);
  }
}

static void same_bytes_at_any_cut(void **state) {
  (void)state;
  for_each_isa(check_lengths);
}

/* --- against Keras ---------------------------------------------------------------------------- */

/* Printed by Keras 3.15, to seven digits. */
enum { POINTS = 9 };
static const float keras_x[POINTS] = {-3, -2.5f, -1, -0.5f, 0, 0.5f, 1, 2.5f, 3};
static const struct {
  mcnn_activation activation;
  float parameter;
  double y[POINTS];
} keras[] = {
    {MCNN_ACTIVATION_ELU, 1, {-0.950213, -0.917915, -0.6321205, -0.3934693, 0, 0.5, 1, 2.5, 3}},
    {MCNN_ACTIVATION_SELU,
     0,
     {-1.6705687, -1.6137857, -1.1113307, -0.6917582, 0, 0.5253505, 1.050701, 2.6267526, 3.152103}},
    {MCNN_ACTIVATION_SOFTPLUS,
     0,
     {0.0485874, 0.0788897, 0.3132617, 0.474077, 0.6931472, 0.9740769, 1.3132616, 2.5788898,
      3.0485873}},
    {MCNN_ACTIVATION_SIGMOID,
     0,
     {0.0474259, 0.0758582, 0.2689414, 0.3775407, 0.5, 0.6224594, 0.7310585, 0.9241418, 0.9525741}},
    {MCNN_ACTIVATION_HARD_SIGMOID,
     0,
     {0, 0.0833333, 0.3333333, 0.4166667, 0.5, 0.5833333, 0.6666667, 0.9166667, 1}},
    {MCNN_ACTIVATION_HARD_SWISH,
     0,
     {0, -0.2083333, -0.3333333, -0.2083333, 0, 0.2916667, 0.6666667, 2.2916667, 3}},
    {MCNN_ACTIVATION_SWISH,
     0,
     {-0.1422776, -0.1896454, -0.2689414, -0.1887703, 0, 0.3112297, 0.7310585, 2.3103545,
      2.8577223}},
    {MCNN_ACTIVATION_GELU,
     0,
     {-0.0040497, -0.0155242, -0.1586553, -0.1542688, 0, 0.3457312, 0.8413447, 2.4844759,
      2.9959502}},
    {MCNN_ACTIVATION_GELU_TANH,
     0,
     {-0.0036374, -0.0150842, -0.158808, -0.154286, 0, 0.345714, 0.841192, 2.4849157, 2.9963627}},
};

static void check_keras(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < sizeof keras / sizeof keras[0]; i++) {
    float y[POINTS];
    kernels->activation_forward(keras[i].activation, keras[i].parameter, POINTS, keras_x, y);
    for (size_t j = 0; j < POINTS; j++)
      if (!(fabs((double)y[j] - keras[i].y[j]) <= 3e-7 * (1 + fabs(keras[i].y[j]))))
        fail_msg("activation %d at %g: %.9g, Keras has %.9g", (int)keras[i].activation,
                 (double)keras_x[j], (double)y[j], keras[i].y[j]);
  }
}

static void as_keras(void **state) {
  (void)state;
  for_each_isa(check_keras);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(near_naive_everywhere),
      cmocka_unit_test(naive_slopes_are_differences),
      cmocka_unit_test(kinks_as_keras),
      cmocka_unit_test(same_bytes_at_any_cut),
      cmocka_unit_test(as_keras),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
