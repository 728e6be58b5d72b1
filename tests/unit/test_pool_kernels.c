/* Pooling of every instruction set against its naive twin: the largest exact, ties included, and
 * against values of Keras. */
#include "kernel_support.h"
#include "kernels/conv/naive_conv.h"
#include "kernels/pool/naive_pool.h"

#define POOL(height, width, channels, pool_height, pool_width)                                     \
  { height, width, channels, pool_height, pool_width, pool_height, pool_width, 0, 0, 0, 0 }

static const mcnn_pool_geometry cases[] = {
    POOL(4, 4, 1, 2, 2),     POOL(24, 24, 16, 2, 2), POOL(9, 7, 17, 2, 2), POOL(9, 10, 3, 3, 3),
    POOL(5, 8, 33, 2, 3),    POOL(6, 5, 32, 1, 2),   POOL(3, 3, 5, 1, 1),  POOL(7, 7, 2, 7, 7),
    POOL(32, 16, 8, 16, 16), POOL(11, 4, 15, 5, 1),
};

#define IMAGES     ((size_t)3)
#define CASE_COUNT (sizeof cases / sizeof cases[0])

typedef struct pool_sizes {
  size_t in, out;
} pool_sizes;

static pool_sizes sizes_of(const mcnn_pool_geometry *g) {
  const pool_sizes sizes = {.in = (size_t)g->in_height * g->in_width * g->channels,
                            .out = (size_t)(g->in_height / g->pool_height) *
                                   (g->in_width / g->pool_width) * g->channels};
  return sizes;
}

/* Few distinct values, so that ties are common. */
static void fill_with_ties(numbers *r, size_t n, float *p) {
  for (size_t i = 0; i < n; ++i)
    p[i] = (float)(next_number(r) % 4) - 2.0f;
}

static void check_forward(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const pool_sizes size = sizes_of(&cases[c]);
    float *x = new_floats(IMAGES * size.in);
    float *y = new_floats(IMAGES * size.out);
    float *expected = new_floats(IMAGES * size.out);
    uint8_t *argmax = new_bytes(IMAGES * size.out);
    uint8_t *expected_chosen = new_bytes(IMAGES * size.out);
    numbers r = {.state = c};
    fill_with_ties(&r, IMAGES * size.in, x);
    mcnn_naive_maxpool_forward(&cases[c], x, IMAGES, expected, expected_chosen);
    kernels->maxpool_forward(&cases[c], x, IMAGES, y, argmax);
    assert_same_bytes(IMAGES * size.out, y, expected);
    assert_memory_equal(argmax, expected_chosen, IMAGES * size.out);
    memset(y, 0, IMAGES * size.out * sizeof *y);
    kernels->maxpool_forward(&cases[c], x, IMAGES, y, NULL);
    assert_same_bytes(IMAGES * size.out, y, expected);
    free(expected_chosen);
    free(argmax);
    free(expected);
    free(y);
    free(x);
  }
}

static void forward_is_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_forward);
}

static void check_backward(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const pool_sizes size = sizes_of(&cases[c]);
    const uint32_t window = cases[c].pool_height * cases[c].pool_width;
    float *dy = new_floats(IMAGES * size.out);
    float *dx = new_floats(IMAGES * size.in);
    float *expected = new_floats(IMAGES * size.in);
    uint8_t *argmax = new_bytes(IMAGES * size.out);
    numbers r = {.state = c};
    fill_uniform(&r, IMAGES * size.out, dy);
    for (size_t i = 0; i < IMAGES * size.out; ++i)
      argmax[i] = (uint8_t)(next_number(&r) % window);
    mcnn_naive_maxpool_backward(&cases[c], argmax, dy, IMAGES, expected);
    kernels->maxpool_backward(&cases[c], argmax, dy, IMAGES, dx);
    assert_same_bytes(IMAGES * size.in, dx, expected);
    free(argmax);
    free(expected);
    free(dx);
    free(dy);
  }
}

static void backward_is_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_backward);
}

/* --- any stride and padding ------------------------------------------------------------------- */

/* As Keras pads: "same" as much as ceil(size / stride) positions need, the odd one behind. */
typedef struct window_case {
  uint32_t height, width, channels;
  uint32_t pool_height, pool_width, stride_height, stride_width;
  int same;
} window_case;

static const window_case windows[] = {
    {5, 5, 1, 3, 3, 2, 2, 1},     {5, 5, 1, 2, 2, 2, 2, 1},      {6, 6, 16, 3, 3, 2, 2, 1},
    {9, 7, 17, 3, 2, 1, 2, 0},    {9, 10, 3, 2, 2, 3, 3, 1},     {9, 10, 3, 2, 2, 4, 3, 0},
    {4, 3, 33, 5, 7, 1, 1, 1},    {1, 1, 8, 3, 3, 2, 2, 1},      {7, 8, 5, 1, 1, 2, 3, 0},
    {18, 17, 2, 16, 16, 1, 1, 0}, {3, 4, 20, 16, 16, 16, 16, 1}, {6, 5, 31, 1, 3, 2, 1, 1},
};

#define WINDOW_COUNT (sizeof windows / sizeof windows[0])

static uint32_t positions_of(uint32_t size, uint32_t window, uint32_t stride, int same) {
  return same ? (size + stride - 1) / stride : (size - window) / stride + 1;
}

static uint32_t padding_of(uint32_t size, uint32_t window, uint32_t stride, int same) {
  const uint32_t reach = (positions_of(size, window, stride, same) - 1) * stride + window;
  return same && reach > size ? (reach - size) / 2 : 0;
}

static mcnn_pool_geometry geometry_of(const window_case *w) {
  return (mcnn_pool_geometry){
      .in_height = w->height,
      .in_width = w->width,
      .channels = w->channels,
      .pool_height = w->pool_height,
      .pool_width = w->pool_width,
      .stride_height = w->stride_height,
      .stride_width = w->stride_width,
      .pad_top = padding_of(w->height, w->pool_height, w->stride_height, w->same),
      .pad_left = padding_of(w->width, w->pool_width, w->stride_width, w->same),
      .out_height = positions_of(w->height, w->pool_height, w->stride_height, w->same),
      .out_width = positions_of(w->width, w->pool_width, w->stride_width, w->same)};
}

typedef struct window_run {
  mcnn_pool_geometry g;
  size_t in, out; /* floats of all images */
  float *x, *y, *dy, *dx, *expected;
  double *expected_dx;
  uint8_t *argmax, *expected_chosen;
} window_run;

static window_run start_run_of(const mcnn_pool_geometry *g, uint64_t seed) {
  window_run run = {.g = *g,
                    .in = IMAGES * g->in_height * g->in_width * g->channels,
                    .out = IMAGES * g->out_height * g->out_width * g->channels};
  numbers r = {.state = seed};
  run.x = new_floats(run.in);
  run.y = new_floats(run.out);
  run.dy = new_floats(run.out);
  run.dx = new_floats(run.in);
  run.expected = new_floats(run.out);
  run.expected_dx = new_doubles(run.in);
  run.argmax = new_bytes(run.out);
  run.expected_chosen = new_bytes(run.out);
  fill_with_ties(&r, run.in, run.x);
  fill_uniform(&r, run.out, run.dy);
  return run;
}

static window_run start_run(size_t c) {
  const mcnn_pool_geometry g = geometry_of(&windows[c]);
  return start_run_of(&g, c);
}

static void end_run(window_run *run) {
  free(run->expected_chosen);
  free(run->argmax);
  free(run->expected_dx);
  free(run->expected);
  free(run->dx);
  free(run->dy);
  free(run->y);
  free(run->x);
}

static void check_window_max(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < WINDOW_COUNT; ++c) {
    window_run run = start_run(c);
    mcnn_naive_window_max_forward(&run.g, run.x, IMAGES, run.expected, run.expected_chosen);
    kernels->window_max_forward(&run.g, run.x, IMAGES, run.y, run.argmax);
    assert_same_bytes(run.out, run.y, run.expected);
    assert_memory_equal(run.argmax, run.expected_chosen, run.out);
    memset(run.y, 0, run.out * sizeof *run.y);
    kernels->window_max_forward(&run.g, run.x, IMAGES, run.y, NULL);
    assert_same_bytes(run.out, run.y, run.expected);
    mcnn_naive_window_max_backward(&run.g, run.argmax, run.dy, IMAGES, run.expected_dx);
    kernels->window_max_backward(&run.g, run.argmax, run.dy, IMAGES, run.dx);
    assert_close(run.in, run.dx, run.expected_dx, 1e-5);
    end_run(&run);
  }
}

static void the_largest_of_windows_is_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_window_max);
}

/* Windows side by side have kernels of their own, which must choose alike. */
static void check_windows_side_by_side(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    mcnn_pool_geometry g = cases[c];
    g.out_height = g.in_height / g.pool_height;
    g.out_width = g.in_width / g.pool_width;
    window_run run = start_run_of(&g, c);
    kernels->maxpool_forward(&g, run.x, IMAGES, run.expected, run.expected_chosen);
    kernels->window_max_forward(&g, run.x, IMAGES, run.y, run.argmax);
    assert_same_bytes(run.out, run.y, run.expected);
    assert_memory_equal(run.argmax, run.expected_chosen, run.out);
    end_run(&run);
  }
}

static void windows_side_by_side_are_the_same(void **state) {
  (void)state;
  for_each_isa(check_windows_side_by_side);
}

/* Padding never wins, though all of the image is below 0. */
static void check_padding_is_never_chosen(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < WINDOW_COUNT; ++c) {
    window_run run = start_run(c);
    for (size_t i = 0; i < run.in; ++i)
      run.x[i] = -1.0f - (float)(i % 5);
    kernels->window_max_forward(&run.g, run.x, IMAGES, run.y, run.argmax);
    for (size_t i = 0; i < run.out; ++i)
      assert_true(run.y[i] <= -1.0f);
    end_run(&run);
  }
}

static void padding_is_never_the_largest(void **state) {
  (void)state;
  for_each_isa(check_padding_is_never_chosen);
}

static void check_window_mean(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < WINDOW_COUNT; ++c) {
    window_run run = start_run(c);
    double *expected = new_doubles(run.out);
    mcnn_naive_window_mean_forward(&run.g, run.x, IMAGES, expected);
    kernels->window_mean_forward(&run.g, run.x, IMAGES, run.y);
    assert_close(run.out, run.y, expected, 1e-6);
    mcnn_naive_window_mean_backward(&run.g, run.dy, IMAGES, run.expected_dx);
    kernels->window_mean_backward(&run.g, run.dy, IMAGES, run.dx);
    assert_close(run.in, run.dx, run.expected_dx, 1e-5);
    free(expected);
    end_run(&run);
  }
}

static void the_mean_of_windows_is_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_window_mean);
}

/* Keras 3 over 0..24, 5x5, padding "same". */
static const struct {
  window_case window;
  float mean[9];
} keras[] = {
    {{5, 5, 1, 2, 2, 2, 2, 1}, {3, 5, 6.5f, 13, 15, 16.5f, 20.5f, 22.5f, 24}},
    {{5, 5, 1, 3, 3, 2, 2, 1}, {3, 4.5f, 6, 10.5f, 12, 13.5f, 18, 19.5f, 21}},
};

static void check_keras(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < sizeof keras / sizeof keras[0]; ++i) {
    const mcnn_pool_geometry g = geometry_of(&keras[i].window);
    float x[25], y[9];
    for (size_t j = 0; j < 25; ++j)
      x[j] = (float)j;
    assert_int_equal(g.out_height * g.out_width, 9);
    kernels->window_mean_forward(&g, x, 1, y);
    assert_same_bytes(9, y, keras[i].mean);
  }
}

static void means_are_those_of_keras(void **state) {
  (void)state;
  for_each_isa(check_keras);
}

/* --- the whole image -------------------------------------------------------------------------- */

/* More positions than a byte can name. */
static const mcnn_pool_geometry globals[] = {
    {40, 30, 19, 40, 30, 1, 1, 0, 0, 1, 1},
    {1, 1, 8, 1, 1, 1, 1, 0, 0, 1, 1},
    {7, 5, 33, 7, 5, 1, 1, 0, 0, 1, 1},
};

static void check_global(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < sizeof globals / sizeof globals[0]; ++c) {
    window_run run = start_run_of(&globals[c], c);
    double *mean = new_doubles(run.out);
    mcnn_naive_window_max_forward(&run.g, run.x, IMAGES, run.expected, NULL);
    kernels->window_max_forward(&run.g, run.x, IMAGES, run.y, NULL);
    assert_same_bytes(run.out, run.y, run.expected);
    mcnn_naive_global_max_backward(&run.g, run.x, run.y, run.dy, IMAGES, run.expected_dx);
    kernels->global_max_backward(&run.g, run.x, run.y, run.dy, IMAGES, run.dx);
    assert_close(run.in, run.dx, run.expected_dx, 0);
    mcnn_naive_window_mean_forward(&run.g, run.x, IMAGES, mean);
    kernels->window_mean_forward(&run.g, run.x, IMAGES, run.y);
    assert_close(run.out, run.y, mean, 1e-6);
    free(mean);
    end_run(&run);
  }
}

static void images_are_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_global);
}

/* A mean of many elements loses no more than the sums of rows and of columns lose. */
static void check_large_mean(const mcnn_kernels *kernels) {
  const mcnn_pool_geometry g = {1024, 1024, 1, 1024, 1024, 1, 1, 0, 0, 1, 1};
  const size_t count = (size_t)1024 * 1024;
  float *x = new_floats(count), y = 0;
  double expected = 0;
  for (size_t i = 0; i < count; ++i) {
    x[i] = 0.1f + (float)(i % 7) * 0.1f;
    expected += (double)x[i] / (double)count;
  }
  kernels->window_mean_forward(&g, x, 1, &y);
  assert_close(1, &y, &expected, 2e-5);
  free(x);
}

static void means_of_large_images_are_close(void **state) {
  (void)state;
  for_each_isa(check_large_mean);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forward_is_the_naive_twin),
      cmocka_unit_test(backward_is_the_naive_twin),
      cmocka_unit_test(the_largest_of_windows_is_the_naive_twin),
      cmocka_unit_test(windows_side_by_side_are_the_same),
      cmocka_unit_test(padding_is_never_the_largest),
      cmocka_unit_test(the_mean_of_windows_is_the_naive_twin),
      cmocka_unit_test(means_are_those_of_keras),
      cmocka_unit_test(images_are_the_naive_twin),
      cmocka_unit_test(means_of_large_images_are_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
