/* The dense kernels in bfloat16 against the plainest loops over numbers rounded the same way. */
#include "dense_support.h"

#include "naive_dense.h"

#include <math.h>
#include <string.h>

typedef struct dense_case {
  uint32_t inputs, outputs, relu;
  size_t rows;
} dense_case;

static const dense_case cases[] = {
    {1, 1, 0, 1},     {2, 1, 1, 3},     {3, 47, 1, 8},   {16, 48, 0, 4},    {17, 49, 1, 7},
    {31, 64, 0, 13},  {33, 96, 1, 9},   {64, 10, 0, 32}, {65, 65, 1, 33},   {128, 128, 1, 15},
    {130, 97, 0, 31}, {37, 259, 1, 70}, {7, 144, 0, 2},  {512, 1000, 1, 3}, {300, 10, 0, 45}};
#define CASES (sizeof cases / sizeof *cases)

static const mcnn_reduced_kernels *kernels_or_skip(void) {
  const mcnn_reduced_kernels *kernels = mcnn_reduced_kernels_for(MCNN_ISA_AVX512);
  if (!kernels)
    skip();
  return kernels;
}

/* To the nearest of the numbers with 8 significant bits, to the even one of two: by arithmetic on
 * values, not on bits as the processor does it. Not for denormal numbers. */
static float round_to_bf16(float value) {
  int exponent;
  const double fraction = frexp((double)value, &exponent); /* 0.5 <= |fraction| < 1 */
  return (float)ldexp(nearbyint(fraction * 256.0) / 256.0, exponent);
}

static guarded rounded_copy(const guarded *from) {
  guarded g = guarded_copy(from);
  for (size_t i = 0; i < g.n; i++)
    g.data[i] = round_to_bf16(g.data[i]);
  return g;
}

/* Sizes are of 32-bit numbers, which the guarded arrays of floats are as well. */
static uint32_t *pairs_of(const guarded *g) {
  void *data = g->data;
  return data;
}

typedef struct fixture {
  mcnn_dense_geometry g;
  guarded w, bias, x, packed, scratch;
} fixture;

static fixture set_up(const mcnn_reduced_kernels *kernels, const dense_case *c) {
  fixture f = {.g = {.inputs = c->inputs,
                     .outputs = c->outputs,
                     .x_step = c->inputs,
                     .y_step = c->outputs,
                     .relu = c->relu}};
  f.w = guarded_random((size_t)c->inputs * c->outputs, 1);
  f.bias = guarded_random(c->outputs, 2);
  f.x = guarded_random(c->rows * c->inputs, 3);
  f.packed = guarded_create(kernels->dense_packed_pairs(&f.g));
  f.scratch = guarded_create(kernels->dense_scratch_pairs(&f.g));
  kernels->dense_pack(&f.g, f.w.data, pairs_of(&f.packed));
  return f;
}

static void tear_down(fixture *f) {
  guarded *all[] = {&f->w, &f->bias, &f->x, &f->packed, &f->scratch};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    guarded_free(all[i]);
}

static void run(const mcnn_reduced_kernels *kernels, const fixture *f, const float *x, size_t rows,
                float *y) {
  kernels->dense_forward(&f->g, pairs_of(&f->packed), f->bias.data, x, rows, y,
                         pairs_of(&f->scratch));
}

static void check_case(const mcnn_reduced_kernels *kernels, const dense_case *c) {
  fixture f = set_up(kernels, c);
  guarded w = rounded_copy(&f.w), x = rounded_copy(&f.x);
  guarded y = guarded_create(c->rows * c->outputs), expected = guarded_create(y.n);
  run(kernels, &f, f.x.data, c->rows, y.data);
  mcnn_naive_dense_forward(&f.g, w.data, f.bias.data, x.data, c->rows, expected.data);
  assert_close(y.n, y.data, expected.data, 1e-6 * (2.0 + sqrt((double)c->inputs)));
  guarded_free(&expected);
  guarded_free(&y);
  guarded_free(&x);
  guarded_free(&w);
  tear_down(&f);
}

static void sums_of_rounded_products(void **state) {
  const mcnn_reduced_kernels *kernels = kernels_or_skip();
  (void)state;
  for (size_t i = 0; i < CASES; i++)
    check_case(kernels, &cases[i]);
}

/* One input and one weight: the product is exact, so that the rounding shows to the last bit. */
static void numbers_are_rounded_to_the_nearest_even(void **state) {
  static const float values[] = {1.0f,         1.00390625f,  1.01171875f, 1.003906369f, 1.0117186f,
                                 -1.00390625f, -1.01171875f, 0.0f,        255.5f,       3.0e38f,
                                 1.9960938f,   1.9980469f,   -1e-30f,     0.1f};
  const mcnn_reduced_kernels *kernels = kernels_or_skip();
  const dense_case one = {1, 1, 0, 1};
  (void)state;
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    fixture f = set_up(kernels, &one);
    float as_input, as_weight;
    const float unit = 1.0f;
    f.bias.data[0] = 0.0f;
    f.w.data[0] = unit;
    kernels->dense_pack(&f.g, f.w.data, pairs_of(&f.packed));
    run(kernels, &f, &values[i], 1, &as_input);
    f.w.data[0] = values[i];
    kernels->dense_pack(&f.g, f.w.data, pairs_of(&f.packed));
    run(kernels, &f, &unit, 1, &as_weight);
    assert_true(as_input == round_to_bf16(values[i]));
    assert_true(as_weight == round_to_bf16(values[i]));
    tear_down(&f);
  }
}

static void rows_do_not_depend_on_the_batch(void **state) {
  const mcnn_reduced_kernels *kernels = kernels_or_skip();
  const dense_case c = {201, 143, 0, 75};
  fixture f = set_up(kernels, &c);
  guarded y = guarded_create(c.rows * c.outputs);
  (void)state;
  run(kernels, &f, f.x.data, c.rows, y.data);
  for (size_t rows = 1; rows <= 40; rows += rows < 10 ? 1 : 10)
    for (size_t r = 0; r + rows <= c.rows; r += rows) {
      guarded some = guarded_create(rows * c.outputs);
      run(kernels, &f, f.x.data + r * c.inputs, rows, some.data);
      assert_same_bytes(some.n, some.data, y.data + r * c.outputs);
      guarded_free(&some);
    }
  guarded_free(&y);
  tear_down(&f);
}

static void nan_passes_through(void **state) {
  const mcnn_reduced_kernels *kernels = kernels_or_skip();
  const dense_case c = {21, 70, 1, 13};
  fixture f = set_up(kernels, &c);
  guarded y = guarded_create(c.rows * c.outputs);
  (void)state;
  for (size_t r = 0; r < c.rows; r++)
    f.x.data[r * c.inputs + r] = NAN;
  run(kernels, &f, f.x.data, c.rows, y.data);
  for (size_t i = 0; i < y.n; i++)
    assert_true(isnan(y.data[i]));
  guarded_free(&y);
  tear_down(&f);
}

static void other_instruction_sets_have_none(void **state) {
  (void)state;
  assert_null(mcnn_reduced_kernels_for(MCNN_ISA_PORTABLE));
  assert_null(mcnn_reduced_kernels_for(MCNN_ISA_AVX2));
  assert_int_equal(mcnn_reduced_kernels_for(MCNN_ISA_AVX512) != NULL, mcnn_bf16_available());
  assert_true(mcnn_isa_available(MCNN_ISA_AVX512) || !mcnn_bf16_available());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_of_rounded_products),
      cmocka_unit_test(numbers_are_rounded_to_the_nearest_even),
      cmocka_unit_test(rows_do_not_depend_on_the_batch),
      cmocka_unit_test(nan_passes_through),
      cmocka_unit_test(other_instruction_sets_have_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
