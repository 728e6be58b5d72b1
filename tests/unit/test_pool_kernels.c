/* Max-pooling of every instruction set against its naive twin: exact, ties included. */
#include "kernel_support.h"
#include "kernels/conv/naive_conv.h"

#define POOL(height, width, channels, pool_height, pool_width)                                     \
  { height, width, channels, pool_height, pool_width, pool_height, pool_width }

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forward_is_the_naive_twin),
      cmocka_unit_test(backward_is_the_naive_twin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
