/* The dense kernels in 8-bit integers against the plainest loops over whole numbers: to the last
 * bit, as sums of integers have no order. */
#include "dense_support.h"

#include "kernels/dense/int8.h"
#include "kernels/dense/naive_dense.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct dense_case {
  uint32_t inputs, outputs, activation;
  size_t rows;
} dense_case;

static const dense_case cases[] = {
    {1, 1, 0, 1},     {2, 1, 1, 3},     {3, 47, 1, 8},   {16, 48, 0, 4},    {17, 49, 1, 7},
    {31, 64, 0, 13},  {33, 96, 1, 9},   {64, 10, 0, 32}, {65, 65, 1, 33},   {128, 128, 1, 15},
    {130, 97, 0, 31}, {37, 259, 1, 70}, {7, 144, 0, 2},  {512, 1000, 1, 3}, {300, 10, 0, 45}};
#define CASES (sizeof cases / sizeof *cases)

/* The kernels under test: those of each instruction set that this processor has, in turn. */
static const mcnn_int8_kernels *tested;

static const mcnn_int8_kernels *kernels_or_skip(void) {
  if (!tested)
    skip();
  return tested;
}

/* Sizes are of 32-bit numbers, which the guarded arrays of floats are as well. */
static uint32_t *words_of(const guarded *g) {
  void *data = g->data;
  return data;
}

typedef struct fixture {
  const mcnn_int8_kernels *kernels;
  mcnn_dense_geometry g;
  size_t rows;
  guarded w, bias, x, packed, scratch, y;
} fixture;

/* Random weights, and inputs as a ReLU gives them: half of them 0. */
static fixture set_up(const dense_case *c) {
  fixture f = {.kernels = kernels_or_skip(),
               .g = {.inputs = c->inputs,
                     .outputs = c->outputs,
                     .x_step = c->inputs,
                     .y_step = c->outputs,
                     .activation = c->activation,
                     .input_is_relu = 1},
               .rows = c->rows};
  f.w = guarded_random((size_t)c->inputs * c->outputs, 1);
  f.bias = guarded_random(c->outputs, 2);
  f.x = guarded_random(c->rows * c->inputs, 3);
  for (size_t i = 0; i < f.x.n; i++)
    f.x.data[i] = f.x.data[i] > 0.0f ? f.x.data[i] : 0.0f;
  f.packed = guarded_create(f.kernels->dense_packed_words(&f.g));
  f.scratch = guarded_create(f.kernels->dense_scratch_words(&f.g));
  f.y = guarded_create(c->rows * c->outputs);
  return f;
}

static void tear_down(fixture *f) {
  guarded *all[] = {&f->w, &f->bias, &f->x, &f->packed, &f->scratch, &f->y};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    guarded_free(all[i]);
}

static void run_rows(const fixture *f, size_t first, size_t rows, float *y) {
  f->kernels->dense_forward(&f->g, words_of(&f->packed), f->bias.data,
                            f->x.data + first * f->g.inputs, rows, y, words_of(&f->scratch));
}

static void run(const fixture *f) {
  f->kernels->dense_pack(&f->g, f->w.data, words_of(&f->packed));
  run_rows(f, 0, f->rows, f->y.data);
}

/* --- the naive twin --------------------------------------------------------------------------- */

/* n values that lie `stride` apart, as multiples of a step: `most` of them make the largest. */
static float round_values(const float *values, size_t n, size_t stride, float most,
                          int32_t *rounded) {
  float largest = 0.0f;
  for (size_t i = 0; i < n; i++)
    largest = fmaxf(largest, fabsf(values[i * stride]));
  const float count = largest > 1e-36f ? most / largest : 0.0f;
  for (size_t i = 0; i < n; i++) {
    const float scaled = values[i * stride] * count;
    rounded[i] = (int32_t)nearbyintf(scaled);
  }
  return largest / most;
}

static void naive_forward(const fixture *f, float *y) {
  const size_t inputs = f->g.inputs, outputs = f->g.outputs;
  int32_t *x = malloc(inputs * sizeof *x), *w = malloc(inputs * sizeof *w);
  assert_true(x && w);
  for (size_t r = 0; r < f->rows; r++) {
    const float x_step = round_values(f->x.data + r * inputs, inputs, 1, 255.0f, x);
    for (size_t j = 0; j < outputs; j++) {
      const float w_step = round_values(f->w.data + j, inputs, outputs, 127.0f, w);
      int32_t sum = 0;
      for (size_t i = 0; i < inputs; i++)
        sum += x[i] * w[i];
      const float step = x_step * w_step;
      const float value = fmaf((float)sum, step, f->bias.data[j]);
      y[r * outputs + j] = f->g.activation == MCNN_ACTIVATION_RELU && value < 0.0f ? 0.0f : value;
    }
  }
  free(w);
  free(x);
}

static void assert_as_naive(const fixture *f) {
  guarded expected = guarded_create(f->y.n);
  naive_forward(f, expected.data);
  assert_same_bytes(f->y.n, f->y.data, expected.data);
  guarded_free(&expected);
}

/* --- what is tested --------------------------------------------------------------------------- */

static void sums_of_whole_numbers(void **state) {
  (void)state;
  for (size_t i = 0; i < CASES; i++) {
    fixture f = set_up(&cases[i]);
    run(&f);
    assert_as_naive(&f);
    tear_down(&f);
  }
}

/* Inputs are up to 1, in steps of 1/255, weights likewise in steps of 1/127: each is off by up to
 * half a step. */
static void close_to_float32(void **state) {
  (void)state;
  for (size_t i = 0; i < CASES; i++) {
    fixture f = set_up(&cases[i]);
    guarded exact = guarded_create(f.y.n);
    const double bound = cases[i].inputs * 0.5 * (1.0 / 255 + 1.0 / 127 + 0.5 / 255 / 127);
    run(&f);
    mcnn_naive_dense_forward(&f.g, f.w.data, f.bias.data, f.x.data, f.rows, exact.data);
    for (size_t k = 0; k < exact.n; k++)
      assert_true(fabs((double)f.y.data[k] - (double)exact.data[k]) <= bound + 1e-5);
    guarded_free(&exact);
    tear_down(&f);
  }
}

/* With 255 and 127 for the largest, steps are 1: the rounding shows as it is. */
static void to_the_nearest_even(void **state) {
  static const float x[] = {255.0f, 0.5f, 1.5f, 2.5f, 0.49f, 3.51f};
  static const float rounded_x[] = {255.0f, 0.0f, 2.0f, 2.0f, 0.0f, 4.0f};
  static const float w[] = {127.0f, -127.0f, 0.5f, -1.5f, -2.5f, 0.51f};
  static const float rounded_w[] = {127.0f, -127.0f, 0.0f, -2.0f, -2.0f, 1.0f};
  const dense_case c = {6, 1, 0, 1};
  fixture f = set_up(&c);
  float sum = 0.0f;
  (void)state;
  memcpy(f.x.data, x, sizeof x);
  memcpy(f.w.data, w, sizeof w);
  f.bias.data[0] = 0.0f;
  for (size_t i = 0; i < c.inputs; i++)
    sum += rounded_x[i] * rounded_w[i];
  run(&f);
  assert_true(f.y.data[0] == sum);
  tear_down(&f);
}

/* The largest products, of either sign, as many as there may be. */
static void the_largest_sums_fit(void **state) {
  const dense_case c = {65536, 3, 0, 9};
  fixture f = set_up(&c);
  (void)state;
  for (size_t i = 0; i < f.x.n; i++)
    f.x.data[i] = 2.0f;
  for (size_t i = 0; i < f.w.n; i++)
    f.w.data[i] = i % 3 == 0 ? 0.5f : i % 3 == 1 ? -0.5f : 0.0f;
  run(&f);
  assert_as_naive(&f);
  for (size_t r = 0; r < f.rows; r++) {
    assert_true(fabsf(f.y.data[3 * r] - 65536.0f) < 2.0f);
    assert_true(fabsf(f.y.data[3 * r + 1] + 65536.0f) < 2.0f);
    assert_true(f.y.data[3 * r + 2] == f.bias.data[2]);
  }
  tear_down(&f);
}

static void no_bias_is_one_of_zeros(void **state) {
  const dense_case c = {70, 67, 0, 5};
  fixture f = set_up(&c);
  guarded y = guarded_create(f.y.n);
  (void)state;
  memset(f.bias.data, 0, c.outputs * sizeof(float));
  run(&f);
  f.kernels->dense_forward(&f.g, words_of(&f.packed), NULL, f.x.data, f.rows, y.data,
                           words_of(&f.scratch));
  assert_same_bytes(y.n, y.data, f.y.data);
  guarded_free(&y);
  tear_down(&f);
}

/* Rows and columns of zeros, of both signs, and of numbers too small to be told from them. */
static void zeros_leave_the_bias(void **state) {
  static const float zeros[] = {0.0f, -0.0f, 1e-37f, FLT_TRUE_MIN};
  const dense_case c = {19, 50, 0, 4};
  fixture f = set_up(&c);
  (void)state;
  for (size_t i = 0; i < f.x.n; i++)
    f.x.data[i] = zeros[i / c.inputs];
  for (size_t i = 0; i < c.inputs; i++)
    f.w.data[i * c.outputs + 49] = zeros[i % 4];
  run(&f);
  for (size_t r = 0; r < c.rows; r++)
    assert_same_bytes(c.outputs, f.y.data + r * c.outputs, f.bias.data);
  f.x.data[0] = 1.0f;
  run(&f);
  assert_as_naive(&f);
  assert_true(f.y.data[49] == f.bias.data[49]);
  assert_true(f.y.data[0] != f.bias.data[0]);
  tear_down(&f);
}

static void large_numbers_stay_finite(void **state) {
  const dense_case c = {5, 17, 0, 9};
  fixture f = set_up(&c);
  (void)state;
  for (size_t i = 0; i < f.x.n; i++)
    f.x.data[i] *= FLT_MAX / 8.0f;
  run(&f);
  assert_as_naive(&f);
  for (size_t i = 0; i < f.y.n; i++)
    assert_true(isfinite(f.y.data[i]));
  tear_down(&f);
}

static void rows_do_not_depend_on_the_batch(void **state) {
  const dense_case c = {201, 143, 0, 75};
  fixture f = set_up(&c);
  (void)state;
  run(&f);
  for (size_t rows = 1; rows <= 40; rows += rows < 10 ? 1 : 10) {
    for (size_t r = 0; r + rows <= c.rows; r += rows) {
      guarded some = guarded_create(rows * c.outputs);
      run_rows(&f, r, rows, some.data);
      assert_same_bytes(some.n, some.data, f.y.data + r * c.outputs);
      guarded_free(&some);
    }
  }
  tear_down(&f);
}

/* A row with one is all NaN, a column with one among its weights too; the others do not notice. */
static void what_is_not_finite_becomes_nan(void **state) {
  static const float values[] = {NAN, -NAN, INFINITY, -INFINITY};
  const dense_case c = {21, 70, 1, 13};
  (void)state;
  for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
    fixture f = set_up(&c);
    guarded finite = guarded_create(f.y.n);
    run(&f);
    memcpy(finite.data, f.y.data, f.y.n * sizeof *f.y.data);
    f.x.data[4 * c.inputs + 20] = values[v];
    f.w.data[11 * c.outputs + 66] = values[v];
    run(&f);
    for (size_t i = 0; i < f.y.n; i++)
      if (i / c.outputs == 4 || i % c.outputs == 66)
        assert_true(isnan(f.y.data[i]));
      else
        assert_true(f.y.data[i] == finite.data[i]);
    guarded_free(&finite);
    tear_down(&f);
  }
}

static void each_goes_with_one_instruction_set(void **state) {
  static const mcnn_isa besides[MCNN_INT8_ISA_COUNT] = {
      [MCNN_INT8_AVX_VNNI] = MCNN_ISA_AVX2,
      [MCNN_INT8_AVX512_VNNI] = MCNN_ISA_AVX512,
      [MCNN_INT8_NEON_DOTPROD] = MCNN_ISA_NEON,
      [MCNN_INT8_NEON_I8MM] = MCNN_ISA_NEON,
  };
  const mcnn_int8_kernels *widest[MCNN_ISA_COUNT] = {NULL};
  (void)state;
  for (int i = 0; i < (int)MCNN_INT8_ISA_COUNT; i++) {
    const mcnn_int8_kernels *kernels = mcnn_int8_kernels_of((mcnn_int8_isa)i);
    assert_true(!kernels || mcnn_int8_isa_runs((mcnn_int8_isa)i));
    assert_true(!kernels || mcnn_isa_available(besides[i]));
    if (kernels)
      widest[besides[i]] = kernels;
  }
  for (int i = 0; i < (int)MCNN_ISA_COUNT; i++)
    assert_ptr_equal(mcnn_int8_kernels_for((mcnn_isa)i), widest[i]);
}

static int run_all(const char *name, const mcnn_int8_kernels *kernels) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_of_whole_numbers),
      cmocka_unit_test(close_to_float32),
      cmocka_unit_test(to_the_nearest_even),
      cmocka_unit_test(the_largest_sums_fit),
      cmocka_unit_test(no_bias_is_one_of_zeros),
      cmocka_unit_test(zeros_leave_the_bias),
      cmocka_unit_test(large_numbers_stay_finite),
      cmocka_unit_test(rows_do_not_depend_on_the_batch),
      cmocka_unit_test(what_is_not_finite_becomes_nan),
      cmocka_unit_test(each_goes_with_one_instruction_set),
  };
  tested = kernels;
  return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void) {
  static const char *const names[MCNN_INT8_ISA_COUNT] = {
      [MCNN_INT8_AVX_VNNI] = "AVX-VNNI",
      [MCNN_INT8_AVX512_VNNI] = "AVX512_VNNI",
      [MCNN_INT8_NEON_DOTPROD] = "NEON, dot products",
      [MCNN_INT8_NEON_I8MM] = "NEON, products of matrices",
  };
  int failed = 0, sets = 0;
  for (int i = 0; i < (int)MCNN_INT8_ISA_COUNT; i++) {
    const mcnn_int8_kernels *kernels = mcnn_int8_kernels_of((mcnn_int8_isa)i);
    sets += kernels != NULL;
    failed += kernels ? run_all(names[i], kernels) : 0;
  }
  return sets ? failed : run_all("none", NULL);
}
