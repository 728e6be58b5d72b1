/* The dense layer's kernels against their naive twins, on every instruction set. */
#include "dense_support.h"

#include "kernels/dense/dense.h"
#include "kernels/dense/naive_dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct dense_case {
  uint32_t inputs, outputs, activation;
  size_t rows;
  uint32_t input_is_relu;
} dense_case;

static const dense_case cases[] = {
    {1, 1, 0, 1, 0},       {1, 1, 1, 3, 0},       {3, 2, 1, 1, 0},      {5, 17, 1, 2, 0},
    {16, 16, 0, 4, 0},     {17, 33, 1, 7, 0},     {64, 10, 0, 32, 0},   {63, 63, 1, 8, 0},
    {65, 65, 1, 9, 0},     {100, 10, 1, 1, 0},    {128, 128, 1, 15, 0}, {130, 97, 0, 31, 0},
    {192, 200, 1, 33, 0},  {37, 259, 1, 16, 0},   {1100, 70, 1, 5, 0},  {2100, 49, 1, 1, 0},
    {512, 1000, 1, 3, 0},  {512, 100, 1, 32, 0},  {70, 1500, 0, 6, 0},  {9, 1, 1, 40, 0},
    {300, 10, 0, 130, 0},  {65, 20, 1, 65, 0},    {66, 64, 0, 12, 0},   {129, 150, 1, 64, 0},
    {130, 300, 1, 300, 0}, {100, 256, 0, 129, 0}, {100, 208, 1, 32, 0}};
#define CASES (sizeof cases / sizeof *cases)

/* Rounding grows with the length of a sum; inputs lie in [-1, 1). */
static double tolerance(size_t terms) {
  return 1e-6 * (2.0 + sqrt((double)terms));
}

static mcnn_dense_geometry geometry_of(const dense_case *c) {
  return (mcnn_dense_geometry){.inputs = c->inputs,
                               .outputs = c->outputs,
                               .x_step = c->inputs,
                               .y_step = c->outputs,
                               .dz_step = c->outputs,
                               .activation = c->activation,
                               .input_is_relu = c->input_is_relu};
}

/* As after a ReLU: about half the elements 0, some of them -0. */
static void make_sparse(guarded *x) {
  for (size_t i = 0; i < x->n; i++)
    if (x->data[i] < 0.0f)
      x->data[i] = i % 7 == 0 ? -0.0f : 0.0f;
}

/* The columns [begin, end) of w, which has as many as the case outputs. */
static guarded columns_of(const dense_case *c, const guarded *w, size_t begin, size_t end) {
  const size_t rows = w->n / c->outputs;
  guarded columns = guarded_create(rows * (end - begin));
  for (size_t i = 0; i < rows; i++) {
    memcpy(columns.data + i * (end - begin), w->data + i * c->outputs + begin,
           (end - begin) * sizeof(float));
  }
  return columns;
}

/* Cut into layers of at most `step` outputs. */
static void run_forward(const mcnn_kernels *kernels, const dense_case *c, size_t step,
                        const guarded *w, const guarded *bias, const guarded *x, guarded *y) {
  mcnn_dense_geometry g = geometry_of(c);
  for (size_t begin = 0; begin < c->outputs; begin += step) {
    const size_t end = begin + step < c->outputs ? begin + step : c->outputs;
    guarded columns = columns_of(c, w, begin, end);
    g.outputs = (uint32_t)(end - begin);
    mcnn_dense_forward(kernels, &g, columns.data, bias->data + begin, x->data, c->rows,
                       y->data + begin);
    guarded_free(&columns);
  }
}

static void check_forward(const mcnn_kernels *kernels, const dense_case *c) {
  const mcnn_dense_geometry g = geometry_of(c);
  guarded w = guarded_random((size_t)c->inputs * c->outputs, 1),
          bias = guarded_random(c->outputs, 2);
  guarded x = guarded_random(c->rows * c->inputs, 3);
  guarded y = guarded_create(c->rows * c->outputs), expected = guarded_create(y.n);
  make_sparse(&x);
  mcnn_naive_dense_forward(&g, w.data, bias.data, x.data, c->rows, expected.data);
  run_forward(kernels, c, c->outputs, &w, &bias, &x, &y);
  assert_close(y.n, y.data, expected.data, tolerance(c->inputs));

  guarded cut = guarded_create(y.n);
  static const size_t steps[] = {7, 64, 150};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    run_forward(kernels, c, steps[i], &w, &bias, &x, &cut);
    assert_same_bytes(y.n, cut.data, y.data);
  }
  guarded_free(&cut);
  guarded_free(&expected);
  guarded_free(&y);
  guarded_free(&x);
  guarded_free(&bias);
  guarded_free(&w);
}

/* Without bias: as with one of zeros. */
static void check_without_bias(const mcnn_kernels *kernels, const dense_case *c) {
  const mcnn_dense_geometry g = geometry_of(c);
  guarded w = guarded_random((size_t)c->inputs * c->outputs, 1), bias = guarded_create(c->outputs);
  guarded x = guarded_random(c->rows * c->inputs, 3);
  guarded y = guarded_create(c->rows * c->outputs), expected = guarded_create(y.n);
  make_sparse(&x);
  memset(bias.data, 0, c->outputs * sizeof(float));
  mcnn_dense_forward(kernels, &g, w.data, NULL, x.data, c->rows, y.data);
  mcnn_dense_forward(kernels, &g, w.data, bias.data, x.data, c->rows, expected.data);
  assert_same_bytes(y.n, y.data, expected.data);
  mcnn_naive_dense_forward(&g, w.data, NULL, x.data, c->rows, expected.data);
  assert_close(y.n, y.data, expected.data, tolerance(c->inputs));
  guarded_free(&expected);
  guarded_free(&y);
  guarded_free(&x);
  guarded_free(&bias);
  guarded_free(&w);
}

static void forward_isa(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < CASES; i++) {
    dense_case c = cases[i];
    check_forward(kernels, &c);
    check_without_bias(kernels, &c);
    c.input_is_relu = 1;
    check_forward(kernels, &c);
    check_without_bias(kernels, &c);
  }
}

static void test_forward(void **state) {
  (void)state;
  for_each_isa(forward_isa);
}

/* Every row alone gives the bytes it gives within a batch, of which the first rows are all zeros,
 * negative zeros and tiny numbers whose products underflow; and it makes no difference to them
 * whether zeros are skipped because they come out of a ReLU. */
static void check_batch(const mcnn_kernels *kernels, uint32_t input_is_relu) {
  const dense_case c = {200, 143, 0, 37, input_is_relu};
  mcnn_dense_geometry g = geometry_of(&c);
  guarded w = guarded_random((size_t)c.inputs * c.outputs, 1), bias = guarded_random(c.outputs, 2);
  guarded x = guarded_random(c.rows * c.inputs, 3), y = guarded_create(c.rows * c.outputs);
  make_sparse(&x);
  memset(x.data, 0, c.inputs * sizeof *x.data);
  for (size_t i = 0; i < c.inputs; i++) {
    x.data[c.inputs + i] = -0.0f;
    x.data[2 * c.inputs + i] = i % 3 ? 0.0f : -1e-38f;
  }
  for (size_t j = 0; j < c.outputs; j++) {
    bias.data[j] = j % 3 == 0 ? -0.0f : j % 3 == 1 ? 0.0f : bias.data[j];
    w.data[j] *= 1e-30f;
  }
  mcnn_dense_forward(kernels, &g, w.data, bias.data, x.data, c.rows, y.data);
  g.input_is_relu = 0;
  for (size_t rows = 1; rows <= 9; rows++) {
    for (size_t r = 0; r + rows <= c.rows; r += rows) {
      g.input_is_relu = !g.input_is_relu;
      guarded some = guarded_create(rows * c.outputs);
      mcnn_dense_forward(kernels, &g, w.data, bias.data, x.data + r * c.inputs, rows, some.data);
      assert_same_bytes(some.n, some.data, y.data + r * c.outputs);
      guarded_free(&some);
    }
  }
  guarded_free(&y);
  guarded_free(&x);
  guarded_free(&bias);
  guarded_free(&w);
}

static void batch_isa(const mcnn_kernels *kernels) {
  check_batch(kernels, 0);
  check_batch(kernels, 1);
}

static void test_rows_do_not_depend_on_the_batch(void **state) {
  (void)state;
  for_each_isa(batch_isa);
}

/* The parts of a layer with so many outputs, each with weights, dz and dw of its own. */
typedef struct parts_of_layer {
  mcnn_dense_block *list;
  guarded *w, *dz, *dw;
  size_t count, outputs;
} parts_of_layer;

static parts_of_layer parts_create(const dense_case *c, size_t outputs, const guarded *w,
                                   const guarded *dz) {
  parts_of_layer p = {.count = (c->outputs + outputs - 1) / outputs, .outputs = outputs};
  p.list = calloc(p.count, sizeof *p.list);
  p.w = calloc(p.count, sizeof *p.w);
  p.dz = calloc(p.count, sizeof *p.dz);
  p.dw = calloc(p.count, sizeof *p.dw);
  assert_true(p.list && p.w && p.dz && p.dw);
  for (size_t i = 0; i < p.count; i++) {
    const size_t begin = i * outputs;
    const size_t end = begin + outputs < c->outputs ? begin + outputs : c->outputs;
    p.w[i] = columns_of(c, w, begin, end);
    p.dz[i] = columns_of(c, dz, begin, end);
    p.dw[i] = guarded_create(p.w[i].n);
    p.list[i].outputs = p.list[i].dz_step = end - begin;
    p.list[i].dz = p.dz[i].data;
  }
  return p;
}

static void parts_free(parts_of_layer *p) {
  for (size_t i = 0; i < p->count; i++) {
    guarded_free(&p->w[i]);
    guarded_free(&p->dz[i]);
    guarded_free(&p->dw[i]);
  }
  free(p->list);
  free(p->w);
  free(p->dz);
  free(p->dw);
}

/* Cut into rectangles of `inputs` by `outputs`, to each its own dz, up to three of which are handed
 * over together; dw as for the whole layer, dx NULL when nobody needs it. */
static void run_backward(const mcnn_kernels *kernels, const dense_case *c, size_t inputs,
                         size_t outputs, const guarded *w, const guarded *x, const guarded *dz,
                         guarded *dw, guarded *dx) {
  enum { TOGETHER = 3 };
  mcnn_dense_geometry g = geometry_of(c);
  parts_of_layer p = parts_create(c, outputs, w, dz);
  const size_t groups = (p.count + TOGETHER - 1) / TOGETHER;
  for (size_t i = 0; i < c->inputs; i += inputs) {
    g.inputs = (uint32_t)(c->inputs - i < inputs ? c->inputs - i : inputs);
    const size_t stride = mcnn_dense_dx_floats(kernels, &g, c->rows);
    guarded partial = guarded_create(groups * stride);
    for (size_t part = 0; part < p.count; part++) {
      p.list[part].w = p.w[part].data + i * p.list[part].outputs;
      p.list[part].dw = p.dw[part].data + i * p.list[part].outputs;
    }
    for (size_t group = 0; group < groups; group++) {
      const size_t left = p.count - group * TOGETHER;
      mcnn_dense_backward(kernels, &g, p.list + group * TOGETHER, left < TOGETHER ? left : TOGETHER,
                          x->data + i, c->rows, dx ? partial.data + group * stride : NULL);
    }
    if (dx) {
      mcnn_dense_dx_finish(kernels, &g, x->data + i, c->rows, partial.data, groups, stride,
                           dx->data + i);
    }
    guarded_free(&partial);
  }
  for (size_t part = 0; part < p.count; part++) {
    for (size_t r = 0; r < c->inputs; r++) {
      memcpy(dw->data + r * c->outputs + part * outputs, p.dw[part].data + r * p.list[part].outputs,
             p.list[part].outputs * sizeof(float));
    }
  }
  parts_free(&p);
}

/* Where x came out of a ReLU and is 0, the gradient may be left out: taken for what is expected. */
static void allow_left_out(const dense_case *c, const guarded *x, const guarded *dx,
                           guarded *expected) {
  for (size_t i = 0; i < x->n; i++)
    if (c->input_is_relu && x->data[i] == 0.0f && dx->data[i] == 0.0f)
      expected->data[i] = 0.0f;
}

static void check_backward(const mcnn_kernels *kernels, const dense_case *c) {
  const mcnn_dense_geometry g = geometry_of(c);
  guarded w = guarded_random((size_t)c->inputs * c->outputs, 1);
  guarded x = guarded_random(c->rows * c->inputs, 2), dz = guarded_random(c->rows * c->outputs, 3);
  guarded dw = guarded_create(w.n), dx = guarded_create(x.n);
  guarded dw_expected = guarded_create(w.n), dx_expected = guarded_create(x.n);
  make_sparse(&x);
  make_sparse(&dz);
  mcnn_naive_dense_backward(&g, w.data, x.data, dz.data, c->rows, dw_expected.data,
                            dx_expected.data);
  run_backward(kernels, c, c->inputs, c->outputs, &w, &x, &dz, &dw, &dx);
  assert_close(dw.n, dw.data, dw_expected.data, tolerance(c->rows));
  allow_left_out(c, &x, &dx, &dx_expected);
  assert_close(dx.n, dx.data, dx_expected.data, tolerance(c->outputs));

  /* Cut by inputs nothing changes; cut by outputs only the order in which dx is added up. */
  guarded dw_cut = guarded_create(w.n), dx_cut = guarded_create(x.n);
  run_backward(kernels, c, 64, c->outputs, &w, &x, &dz, &dw_cut, &dx_cut);
  assert_same_bytes(dw.n, dw_cut.data, dw.data);
  assert_same_bytes(dx.n, dx_cut.data, dx.data);
  run_backward(kernels, c, 130, kernels->dense_block_n, &w, &x, &dz, &dw_cut, &dx_cut);
  assert_same_bytes(dw.n, dw_cut.data, dw.data);
  assert_close(dx.n, dx_cut.data, dx_expected.data, tolerance(c->outputs));
  run_backward(kernels, c, 192, c->outputs, &w, &x, &dz, &dw_cut, NULL);
  assert_same_bytes(dw.n, dw_cut.data, dw.data);
  guarded *all[] = {&w, &x, &dz, &dw, &dx, &dw_expected, &dx_expected, &dw_cut, &dx_cut};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    guarded_free(all[i]);
}

static void backward_isa(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < CASES; i++) {
    dense_case c = cases[i];
    check_backward(kernels, &c);
    c.input_is_relu = 1;
    check_backward(kernels, &c);
  }
}

static void test_backward(void **state) {
  (void)state;
  for_each_isa(backward_isa);
}

static void check_mask(const mcnn_kernels *kernels, const dense_case *c) {
  const mcnn_dense_geometry g = geometry_of(c);
  guarded y = guarded_random(c->rows * c->outputs, 1), dy = guarded_random(y.n, 2);
  guarded dz = guarded_create(y.n), db = guarded_create(c->outputs);
  guarded dz_expected = guarded_create(y.n), db_expected = guarded_create(c->outputs);
  make_sparse(&y);
  mcnn_naive_dense_mask(&g, y.data, dy.data, c->rows, dz_expected.data, db_expected.data);
  kernels->dense_mask(&g, y.data, dy.data, c->rows, dz.data, db.data);
  assert_same_bytes(dz.n, dz.data, dz_expected.data);
  assert_close(db.n, db.data, db_expected.data, tolerance(c->rows));
  kernels->dense_mask(&g, y.data, dy.data, c->rows, dy.data, db.data);
  assert_same_bytes(dz.n, dy.data, dz_expected.data);
  guarded *all[] = {&y, &dy, &dz, &db, &dz_expected, &db_expected};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    guarded_free(all[i]);
}

static void mask_isa(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < CASES; i++)
    check_mask(kernels, &cases[i]);
}

static void test_mask(void **state) {
  (void)state;
  for_each_isa(mask_isa);
}

/* The same as the three kernels it stands for. */
static void check_narrow(const mcnn_kernels *kernels, const dense_case *c) {
  const mcnn_dense_geometry g = geometry_of(c);
  const mcnn_dense_geometry front = {.outputs = c->inputs,
                                     .y_step = c->inputs,
                                     .dz_step = c->inputs,
                                     .activation = c->input_is_relu ? MCNN_ACTIVATION_RELU
                                                                    : MCNN_ACTIVATION_LINEAR};
  guarded w = guarded_random((size_t)c->inputs * c->outputs, 1);
  guarded x = guarded_random(c->rows * c->inputs, 2), dz = guarded_random(c->rows * c->outputs, 3);
  guarded dw = guarded_create(w.n), front_dz = guarded_create(x.n);
  guarded front_db = guarded_create(c->inputs);
  guarded dw_expected = guarded_create(w.n), dx = guarded_create(x.n);
  guarded db_expected = guarded_create(c->inputs);
  if (c->input_is_relu)
    make_sparse(&x);
  mcnn_naive_dense_backward(&g, w.data, x.data, dz.data, c->rows, dw_expected.data, dx.data);
  mcnn_naive_dense_mask(&front, x.data, dx.data, c->rows, dx.data, db_expected.data);
  kernels->dense_small_n_backward(&g, w.data, x.data, dz.data, c->rows, dw.data, front_dz.data,
                                  front_db.data);
  assert_close(dw.n, dw.data, dw_expected.data, tolerance(c->rows));
  assert_close(dx.n, front_dz.data, dx.data, tolerance(c->outputs));
  assert_close(front_db.n, front_db.data, db_expected.data, tolerance(c->rows * c->outputs));
  guarded *all[] = {&w, &x, &dz, &dw, &front_dz, &front_db, &dw_expected, &dx, &db_expected};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    guarded_free(all[i]);
}

static void narrow_isa(const mcnn_kernels *kernels) {
  static const dense_case narrow[] = {{1, 1, 0, 1, 1},    {7, 3, 0, 2, 1},     {8, 5, 0, 4, 0},
                                      {16, 6, 0, 5, 1},   {17, 10, 0, 32, 1},  {40, 12, 0, 33, 1},
                                      {96, 10, 0, 32, 0}, {104, 10, 0, 32, 1}, {127, 31, 0, 3, 1},
                                      {128, 32, 0, 70, 1}};
  for (size_t i = 0; kernels->dense_small_n_backward && i < sizeof narrow / sizeof *narrow; i++)
    check_narrow(kernels, &narrow[i]);
}

static void test_narrow(void **state) {
  (void)state;
  for_each_isa(narrow_isa);
}

/* A NaN among the inputs reaches the outputs through the ReLU, at every count of rows. */
static void check_nan(const mcnn_kernels *kernels, uint32_t input_is_relu) {
  const dense_case c = {20, 70, 1, 9, input_is_relu};
  const mcnn_dense_geometry g = geometry_of(&c);
  guarded w = guarded_random((size_t)c.inputs * c.outputs, 1), bias = guarded_random(c.outputs, 2);
  guarded x = guarded_random(c.rows * c.inputs, 3), y = guarded_create(c.rows * c.outputs);
  for (size_t r = 0; r < c.rows; r++)
    x.data[r * c.inputs + r] = NAN;
  for (size_t rows = 1; rows <= c.rows; rows++) {
    mcnn_dense_forward(kernels, &g, w.data, bias.data, x.data, rows, y.data);
    for (size_t i = 0; i < rows * c.outputs; i++)
      assert_true(isnan(y.data[i]));
  }
  guarded_free(&y);
  guarded_free(&x);
  guarded_free(&bias);
  guarded_free(&w);
}

static void nan_isa(const mcnn_kernels *kernels) {
  check_nan(kernels, 0);
  check_nan(kernels, 1);
}

static void test_nan_passes_through(void **state) {
  (void)state;
  for_each_isa(nan_isa);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_forward),  cmocka_unit_test(test_rows_do_not_depend_on_the_batch),
      cmocka_unit_test(test_backward), cmocka_unit_test(test_mask),
      cmocka_unit_test(test_narrow),   cmocka_unit_test(test_nan_passes_through),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
