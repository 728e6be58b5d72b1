/* Convolution by im2col and the matrix product against its naive twin: small images, which are one
 * block, and those that are cut into several. */
#include "conv_cases.h"

#include "kernels/conv/algorithms.h"
#include "kernels/conv/naive_conv.h"
#include "kernels/gemm/gemm.h"

#include <math.h>

#define TOLERANCE 1e-5
#define IMAGES    ((size_t)2)

/* What makes more than one block of an image. */
static const conv_case block_cases[] = {
    {40, 41, 9, 7, 7, 0, 3, 1, 1, 1},      /* patches */
    {41, 40, 9, 7, 7, 1, 3, 0, 3, 2},      /* patches of one region, and what fills no window */
    {3, 3, 4000, 3, 3, 1, 2, 1, 1, 1},     /* as few positions as there may be */
    {24, 24, 1, 1, 1, 0, 500, 1, 1, 1},    /* sums */
    {62, 61, 1, 3, 3, 1, 100, 1, 3, 3},    /* rows of windows */
    {16, 67, 2, 1, 2, 0, 300, 0, 16, 8},   /* some windows of a row */
    {33, 50, 1, 2, 1, 1, 1100, 1, 16, 16}, /* some channels of a window */
    {256, 3, 1, 1, 1, 0, 1030, 1, 256, 1}, /* the same of a tall one */
};

static const stepping_case block_steps[] = {
    {{83, 80, 9, 7, 7, 1, 3, 0, 3, 2}, 2, 2, 1, 1},
    {{50, 51, 9, 7, 7, 0, 3, 1, 1, 1}, 1, 1, 2, 3},
};

enum { BLOCK_CASES = sizeof block_cases / sizeof block_cases[0] };

/* One convolution, and what the naive twin makes of it. */
typedef struct problem {
  const mcnn_kernels *kernels;
  mcnn_conv_geometry g;
  size_t weights, inputs, outputs; /* of all images */
  float *w, *bias, *x, *y, *dy, *grad, *dx, *scratch;
  uint8_t *argmax; /* NULL without pooling */
} problem;

static problem new_problem(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  problem p = {.kernels = kernels, .g = *g};
  numbers r = {.state = 11};
  p.weights = mcnn_conv_weight_size(g);
  p.inputs = IMAGES * mcnn_conv_in_size(g);
  p.outputs = IMAGES * mcnn_conv_pooled_size(g);
  p.w = new_floats(p.weights);
  p.bias = new_floats(g->out_channels);
  p.x = new_floats(p.inputs);
  p.y = new_floats(p.outputs);
  p.dy = new_floats(p.outputs);
  p.grad = new_floats(mcnn_conv_gemm_grad_floats(g));
  p.dx = new_floats(p.inputs);
  p.scratch = new_floats(mcnn_conv_gemm_scratch_floats(g));
  p.argmax = mcnn_conv_is_pooled(g) ? new_bytes(p.outputs) : NULL;
  fill_uniform(&r, p.weights, p.w);
  fill_uniform(&r, g->out_channels, p.bias);
  fill_uniform(&r, p.inputs, p.x);
  fill_uniform(&r, p.outputs, p.dy);
  memset(p.grad, 0, mcnn_conv_gemm_grad_floats(g) * sizeof *p.grad);
  return p;
}

static void free_problem(problem *p) {
  float *const all[] = {p->w, p->bias, p->x, p->y, p->dy, p->grad, p->dx, p->scratch};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i)
    free(all[i]);
  free(p->argmax);
}

static void check_forward(const problem *p) {
  const size_t units = IMAGES * mcnn_conv_out_size(&p->g);
  double *sums = new_doubles(units);
  float *expected = new_floats(p->outputs);
  mcnn_conv_gemm_forward(p->kernels, &p->g, p->w, p->bias, p->x, IMAGES, p->y, p->argmax,
                         p->scratch);
  mcnn_naive_conv_sums(&p->g, p->w, p->bias, p->x, IMAGES, sums);
  mcnn_naive_conv_output(&p->g, sums, IMAGES, expected, NULL);
  const double bound = TOLERANCE * largest_magnitude(units, sums);
  for (size_t i = 0; i < p->outputs; ++i)
    assert_true(fabs((double)p->y[i] - (double)expected[i]) <= bound);
  free(expected);
  free(sums);
}

/* The first image in two parts, which begin at any row. */
static void check_rows(const problem *p) {
  const size_t height = mcnn_conv_pooled_height(&p->g), cut = height / 3;
  const size_t size = mcnn_conv_pooled_size(&p->g);
  float *y = new_floats(size);
  if (mcnn_gemm_rows_are_independent(p->kernels)) {
    mcnn_conv_gemm_forward_rows(p->kernels, &p->g, p->w, p->bias, p->x, cut, height, y, p->scratch);
    if (cut > 0)
      mcnn_conv_gemm_forward_rows(p->kernels, &p->g, p->w, p->bias, p->x, 0, cut, y, p->scratch);
    assert_same_bytes(size, p->y, y);
  }
  free(y);
}

static void check_backward(const problem *p) {
  double *dw = new_doubles(p->weights);
  double *db = new_doubles(p->g.out_channels);
  double *dx = new_doubles(p->inputs);
  mcnn_conv_gemm_backward(p->kernels, &p->g, p->w, p->x, p->y, p->argmax, p->dy, IMAGES, p->grad,
                          p->dx, p->scratch);
  mcnn_naive_conv_backward(&p->g, p->w, p->x, p->y, p->argmax, p->dy, IMAGES, dw, db, dx);
  assert_close(p->weights, p->grad, dw, TOLERANCE);
  assert_close(p->g.out_channels, p->grad + p->weights, db, TOLERANCE);
  assert_close(p->inputs, p->dx, dx, TOLERANCE);
  free(dx);
  free(db);
  free(dw);
}

/* Each gradient alone is the same bytes as with the other. */
static void check_alone(const problem *p) {
  const size_t size = mcnn_conv_gemm_grad_floats(&p->g);
  float *grad = new_floats(size);
  float *dx = new_floats(p->inputs);
  memset(grad, 0, size * sizeof *grad);
  mcnn_conv_gemm_backward(p->kernels, &p->g, p->w, p->x, p->y, p->argmax, p->dy, IMAGES, grad, NULL,
                          p->scratch);
  mcnn_conv_gemm_backward(p->kernels, &p->g, p->w, p->x, p->y, p->argmax, p->dy, IMAGES, NULL, dx,
                          p->scratch);
  assert_same_bytes(size, grad, p->grad);
  assert_same_bytes(p->inputs, dx, p->dx);
  free(dx);
  free(grad);
}

static void check(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  problem p = new_problem(kernels, g);
  check_forward(&p);
  check_rows(&p);
  check_backward(&p);
  check_alone(&p);
  free_problem(&p);
}

static void check_small(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const mcnn_conv_geometry g = case_geometry(c);
    check(kernels, &g);
  }
}

static void small_images_are_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_small);
}

static void check_blocks(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < BLOCK_CASES; ++c) {
    const mcnn_conv_geometry g = geometry_of(&block_cases[c]);
    check(kernels, &g);
  }
  for (size_t c = 0; c < sizeof block_steps / sizeof block_steps[0]; ++c) {
    const mcnn_conv_geometry g = stepping_geometry_of(&block_steps[c]);
    check(kernels, &g);
  }
}

static void blocks_are_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_blocks);
}

/* However large image, window and number of channels are: four blocks and eight patches. */
static void scratch_is_bounded(void **state) {
  static const conv_case cases[] = {
      {4096, 4096, 3, 3, 3, 1, 64, 1, 1, 1},     {4096, 4096, 16, 1, 1, 0, 16, 1, 16, 16},
      {4096, 256, 1, 1, 1, 0, 256, 1, 256, 1},   {256, 4096, 3, 1, 9, 1, 256, 1, 1, 256},
      {512, 512, 3, 497, 497, 0, 1, 1, 16, 16},  {16, 16, 1, 1, 1, 0, 1000000, 1, 16, 16},
      {4096, 4096, 1, 4096, 4096, 0, 9, 0, 1, 1}};
  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
    const mcnn_conv_geometry g = geometry_of(&cases[c]);
    assert_true(mcnn_conv_gemm_scratch_floats(&g) <=
                ((size_t)1 << 20) + 8 * mcnn_conv_patch_size(&g));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_images_are_the_naive_twin),
      cmocka_unit_test(blocks_are_the_naive_twin),
      cmocka_unit_test(scratch_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
