/* Depthwise convolution of every instruction set against its naive twin, and against values of
 * Keras. */
#include "kernel_support.h"
#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/naive_depthwise.h"

#include <math.h>

#define IMAGES ((size_t)3)

/* As Keras pads: "same" as much as ceil(size / stride) positions need, the odd one behind. */
typedef struct depthwise_case {
  uint32_t height, width, channels;
  uint32_t kernel_height, kernel_width, stride_height, stride_width;
  uint32_t dilation_height, dilation_width, multiplier;
  int same, relu;
} depthwise_case;

static const depthwise_case cases[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0},
    {5, 7, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {9, 11, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {9, 10, 8, 3, 3, 2, 2, 1, 1, 1, 1, 1},
    {6, 6, 128, 3, 3, 1, 1, 1, 1, 1, 1, 0},
    {3, 3, 256, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {25, 5, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {1, 1, 32, 3, 3, 1, 1, 1, 1, 1, 1, 0}, /* whole vectors at every edge at once */
    {2, 1, 48, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {1, 7, 8, 3, 3, 1, 1, 1, 1, 1, 1, 0},
    {5, 6, 8, 3, 3, 1, 1, 1, 1, 1, 0, 1},
    {7, 5, 8, 3, 3, 2, 1, 1, 1, 1, 1, 1},
    {7, 6, 8, 3, 3, 1, 1, 2, 1, 1, 1, 0},
    {12, 20, 16, 3, 3, 1, 1, 1, 1, 1, 0, 1},
    {7, 9, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {7, 9, 5, 2, 4, 1, 1, 1, 1, 1, 1, 0},
    {8, 13, 17, 5, 5, 1, 1, 1, 1, 1, 1, 1},
    {13, 9, 24, 3, 5, 2, 1, 1, 1, 1, 1, 1},
    {13, 9, 2, 5, 3, 1, 3, 1, 1, 1, 0, 1},
    {11, 12, 33, 7, 7, 2, 2, 1, 1, 1, 1, 0},
    {11, 12, 4, 3, 3, 1, 1, 2, 3, 1, 1, 1},
    {11, 13, 7, 3, 2, 1, 1, 3, 2, 1, 0, 1},
    {14, 15, 6, 3, 3, 2, 3, 2, 2, 1, 1, 1},
    {14, 15, 9, 3, 4, 4, 6, 2, 4, 1, 0, 0},
    {9, 7, 1, 3, 3, 1, 1, 1, 1, 2, 1, 1},
    {9, 7, 5, 3, 3, 2, 2, 1, 1, 3, 1, 1},
    {6, 5, 16, 3, 3, 1, 1, 2, 1, 2, 1, 0},
    {5, 4, 3, 1, 1, 3, 2, 1, 1, 1, 0, 1},
    {4, 3, 10, 7, 5, 1, 1, 1, 1, 1, 1, 1},
    {20, 18, 3, 2, 2, 16, 16, 1, 1, 1, 1, 1},
    {3, 2, 12, 2, 2, 16, 16, 1, 1, 2, 1, 1},
    {40, 33, 2, 3, 3, 16, 1, 16, 16, 1, 0, 1},
    {1, 30, 15, 1, 9, 1, 1, 1, 1, 1, 1, 1},
    {30, 1, 31, 4, 1, 1, 1, 1, 1, 1, 1, 1},
    /* Larger than what is copied at once, and strides that leave most of it where it is. */
    {130, 131, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {61, 70, 16, 3, 3, 2, 2, 1, 1, 1, 1, 1},
    {60, 59, 17, 5, 4, 3, 2, 1, 1, 1, 1, 0},
    {64, 61, 7, 3, 3, 2, 3, 1, 1, 1, 0, 1},
    {67, 64, 5, 21, 35, 5, 4, 1, 1, 1, 1, 0},
    {70, 66, 4, 3, 3, 1, 1, 4, 5, 3, 1, 1},
    {9, 90, 40, 8, 2, 7, 1, 1, 1, 1, 1, 1},
    {3, 200, 200, 3, 3, 1, 2, 1, 1, 1, 1, 1},
};

#define CASE_COUNT (sizeof cases / sizeof cases[0])

static uint32_t positions_of(uint32_t size, uint32_t reach, uint32_t stride, int same) {
  return same ? (size + stride - 1) / stride : (size - reach) / stride + 1;
}

static uint32_t padding_of(uint32_t size, uint32_t reach, uint32_t stride, int same) {
  const uint32_t end = (positions_of(size, reach, stride, same) - 1) * stride + reach;
  return same && end > size ? end - size : 0;
}

static mcnn_depthwise_geometry geometry_of(const depthwise_case *c) {
  const uint32_t tall = (c->kernel_height - 1) * c->dilation_height + 1;
  const uint32_t wide = (c->kernel_width - 1) * c->dilation_width + 1;
  const uint32_t rows = padding_of(c->height, tall, c->stride_height, c->same);
  const uint32_t columns = padding_of(c->width, wide, c->stride_width, c->same);
  return (mcnn_depthwise_geometry){
      .in_height = c->height,
      .in_width = c->width,
      .channels = c->channels,
      .kernel_height = c->kernel_height,
      .kernel_width = c->kernel_width,
      .stride_height = c->stride_height,
      .stride_width = c->stride_width,
      .dilation_height = c->dilation_height,
      .dilation_width = c->dilation_width,
      .pad_top = rows / 2,
      .pad_left = columns / 2,
      .pad_bottom = rows - rows / 2,
      .pad_right = columns - columns / 2,
      .multiplier = c->multiplier,
      .out_height = positions_of(c->height, tall, c->stride_height, c->same),
      .out_width = positions_of(c->width, wide, c->stride_width, c->same),
      .activation = c->relu ? MCNN_ACTIVATION_RELU : MCNN_ACTIVATION_LINEAR};
}

typedef struct run {
  mcnn_depthwise_geometry g;
  size_t in, out, weights, channels; /* floats of one image, of the kernel, of the bias */
  float *x, *w, *bias, *y, *dy, *dx, *packed, *scratch, *grad;
  double *want_y, *want_dw, *want_db, *want_dx;
} run;

static run start_run(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g, uint64_t seed) {
  run r = {.g = *g,
           .in = (size_t)g->in_height * g->in_width * g->channels,
           .out = (size_t)g->out_height * g->out_width * g->channels * g->multiplier,
           .weights = mcnn_depthwise_weights(g),
           .channels = mcnn_depthwise_channels(g)};
  numbers n = {.state = seed};
  r.x = new_floats(IMAGES * r.in);
  r.w = new_floats(r.weights);
  r.bias = new_floats(r.channels);
  r.y = new_floats(IMAGES * r.out);
  r.dy = new_floats(IMAGES * r.out);
  r.dx = new_floats(IMAGES * r.in);
  r.packed = new_floats(mcnn_depthwise_packed_floats(kernels, g));
  r.scratch = new_floats(mcnn_depthwise_scratch_floats(g, 1));
  r.grad = new_floats(mcnn_depthwise_grad_floats(g));
  r.want_y = new_doubles(IMAGES * r.out);
  r.want_dw = new_doubles(r.weights);
  r.want_db = new_doubles(r.channels);
  r.want_dx = new_doubles(IMAGES * r.in);
  fill_uniform(&n, IMAGES * r.in, r.x);
  fill_uniform(&n, r.weights, r.w);
  fill_uniform(&n, r.channels, r.bias);
  fill_uniform(&n, IMAGES * r.out, r.dy);
  mcnn_depthwise_pack(kernels, g, r.w, r.packed);
  return r;
}

static void end_run(run *r) {
  void *const all[] = {r->x,       r->w,    r->bias,   r->y,       r->dy,      r->dx,     r->packed,
                       r->scratch, r->grad, r->want_y, r->want_dw, r->want_db, r->want_dx};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i)
    free(all[i]);
}

static void forward(const mcnn_kernels *kernels, run *r) {
  mcnn_depthwise_forward(kernels, &r->g, r->packed, r->bias, r->x, IMAGES, r->y, r->scratch);
}

static void check_forward(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const mcnn_depthwise_geometry g = geometry_of(&cases[c]);
    run r = start_run(kernels, &g, c);
    mcnn_naive_depthwise_forward(&g, r.w, r.bias, r.x, IMAGES, r.want_y);
    forward(kernels, &r);
    assert_close(IMAGES * r.out, r.y, r.want_y, 5e-6);
    memset(r.bias, 0, r.channels * sizeof *r.bias);
    mcnn_naive_depthwise_forward(&g, r.w, r.bias, r.x, IMAGES, r.want_y);
    mcnn_depthwise_forward(kernels, &g, r.packed, NULL, r.x, IMAGES, r.y, r.scratch);
    assert_close(IMAGES * r.out, r.y, r.want_y, 5e-6);
    end_run(&r);
  }
}

static void forward_is_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_forward);
}

static void check_backward(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const mcnn_depthwise_geometry g = geometry_of(&cases[c]);
    run r = start_run(kernels, &g, c);
    forward(kernels, &r);
    mcnn_naive_depthwise_backward(&g, r.w, r.x, r.y, r.dy, IMAGES, r.want_dw, r.want_db, r.want_dx);
    mcnn_depthwise_backward(kernels, &g, r.packed, r.x, r.y, r.dy, IMAGES, 0, r.grad, r.dx,
                            r.scratch);
    assert_close(r.weights, r.grad, r.want_dw, 1e-5);
    assert_close(r.channels, r.grad + r.weights, r.want_db, 1e-5);
    assert_close(IMAGES * r.in, r.dx, r.want_dx, 5e-6);
    end_run(&r);
  }
}

static void backward_is_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_backward);
}

/* The same bytes however the images are cut; what nobody needs is not touched. */
static void check_cuts(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const mcnn_depthwise_geometry g = geometry_of(&cases[c]);
    run whole = start_run(kernels, &g, c), cut = start_run(kernels, &g, c);
    forward(kernels, &whole);
    mcnn_depthwise_backward(kernels, &g, whole.packed, whole.x, whole.y, whole.dy, IMAGES, 0,
                            whole.grad, whole.dx, whole.scratch);
    for (size_t i = 0; i < IMAGES; ++i) {
      const size_t in = i * cut.in, out = i * cut.out;
      mcnn_depthwise_forward(kernels, &g, cut.packed, cut.bias, cut.x + in, 1, cut.y + out,
                             cut.scratch);
      mcnn_depthwise_backward(kernels, &g, cut.packed, cut.x + in, cut.y + out, cut.dy + out, 1,
                              i > 0, cut.grad, NULL, cut.scratch);
      mcnn_depthwise_backward(kernels, &g, cut.packed, cut.x + in, cut.y + out, cut.dy + out, 1, 0,
                              NULL, cut.dx + in, cut.scratch);
    }
    assert_same_bytes(IMAGES * cut.out, cut.y, whole.y);
    assert_same_bytes(cut.weights + cut.channels, cut.grad, whole.grad);
    assert_same_bytes(IMAGES * cut.in, cut.dx, whole.dx);
    end_run(&whole);
    end_run(&cut);
  }
}

static void images_are_independent(void **state) {
  (void)state;
  for_each_isa(check_cuts);
}

/* The sum of partial gradients, in their order. */
static void check_finish(const mcnn_kernels *kernels) {
  const mcnn_depthwise_geometry g = geometry_of(&cases[9]);
  run r = start_run(kernels, &g, 1);
  const size_t floats = mcnn_depthwise_grad_floats(&g), stride = floats + 5;
  float *partials = new_floats(3 * stride), *sum = new_floats(floats);
  numbers n = {.state = 3};
  fill_uniform(&n, 3 * stride, partials);
  mcnn_depthwise_grad_finish(kernels, &g, partials, 3, stride, r.w, r.bias);
  for (size_t i = 0; i < floats; ++i)
    sum[i] = partials[i] + partials[stride + i] + partials[2 * stride + i];
  assert_same_bytes(r.weights, r.w, sum);
  assert_same_bytes(r.channels, r.bias, sum + r.weights);
  free(partials);
  free(sum);
  end_run(&r);
}

static void partial_gradients_are_added_up(void **state) {
  (void)state;
  for_each_isa(check_finish);
}

/* The kernel [[1, 2], [3, 4]] of two channels on (1, 10). */
static void check_keras(const mcnn_kernels *kernels) {
  static const depthwise_case c = {1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 0, 0};
  static const float x[] = {1, 10}, w[] = {1, 2, 3, 4}, want[] = {1, 2, 30, 40};
  const mcnn_depthwise_geometry g = geometry_of(&c);
  run r = start_run(kernels, &g, 1);
  mcnn_depthwise_pack(kernels, &g, w, r.packed);
  mcnn_depthwise_forward(kernels, &g, r.packed, NULL, x, 1, r.y, r.scratch);
  assert_same_bytes(4, r.y, want);
  end_run(&r);
}

/* A 3x3 of ones, stride 2, "same", over 0..24 and 0..35. */
static void check_padding(const mcnn_kernels *kernels) {
  static const float want[2][9] = {{12, 27, 24, 63, 108, 81, 72, 117, 84},
                                   {63, 81, 63, 171, 189, 135, 168, 180, 126}};
  for (uint32_t i = 0; i < 2; ++i) {
    const depthwise_case c = {5 + i, 5 + i, 1, 3, 3, 2, 2, 1, 1, 1, 1, 0};
    const mcnn_depthwise_geometry g = geometry_of(&c);
    run r = start_run(kernels, &g, 1);
    for (size_t j = 0; j < 9; ++j)
      r.w[j] = 1;
    for (size_t j = 0; j < r.in; ++j)
      r.x[j] = (float)j;
    mcnn_depthwise_pack(kernels, &g, r.w, r.packed);
    mcnn_depthwise_forward(kernels, &g, r.packed, NULL, r.x, 1, r.y, r.scratch);
    assert_same_bytes(9, r.y, want[i]);
    end_run(&r);
  }
}

static void values_are_those_of_keras(void **state) {
  (void)state;
  for_each_isa(check_keras);
  for_each_isa(check_padding);
}

/* relu(NaN) is a NaN. */
static void check_nan(const mcnn_kernels *kernels) {
  static const depthwise_case c = {3, 9, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1};
  const mcnn_depthwise_geometry g = geometry_of(&c);
  run r = start_run(kernels, &g, 1);
  r.x[(size_t)(1 * 9 + 4) * 5 + 2] = NAN;
  mcnn_depthwise_forward(kernels, &g, r.packed, r.bias, r.x, 1, r.y, r.scratch);
  for (size_t i = 0; i < r.out; ++i) {
    const size_t column = i / 5 % 9;
    assert_int_equal(isnan(r.y[i]) ? 1 : 0, i % 5 == 2 && column >= 3 && column <= 5);
  }
  end_run(&r);
}

static void nans_stay_in_their_windows(void **state) {
  (void)state;
  for_each_isa(check_nan);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forward_is_the_naive_twin), cmocka_unit_test(backward_is_the_naive_twin),
      cmocka_unit_test(images_are_independent),    cmocka_unit_test(partial_gradients_are_added_up),
      cmocka_unit_test(values_are_those_of_keras), cmocka_unit_test(nans_stay_in_their_windows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
