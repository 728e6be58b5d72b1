/* im2col and col2im: against their definition, and each the transpose of the other. */
#include "conv_cases.h"
#include "kernels/conv/im2col.h"

static double dot(size_t n, const float *a, const float *b) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    sum += (double)a[i] * (double)b[i];
  return sum;
}

/* The element of x under element i of cols, or 0 in the padding. */
static float element_under(const mcnn_conv_geometry *g, const float *x, size_t i) {
  const size_t position = i / mcnn_conv_patch_size(g);
  const size_t tap = i % mcnn_conv_patch_size(g);
  const size_t channel = tap % g->in_channels;
  const size_t column =
      position % g->out_width + tap / g->in_channels % g->kernel_width - g->pad_left;
  const size_t row = position / g->out_width + tap / g->in_channels / g->kernel_width - g->pad_top;
  if (row >= g->in_height || column >= g->in_width)
    return 0;
  return x[(row * g->in_width + column) * g->in_channels + channel];
}

static void patches_are_what_lies_under_the_kernel(void **state) {
  (void)state;
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const mcnn_conv_geometry g = case_geometry(c);
    const size_t size = mcnn_conv_positions(&g) * mcnn_conv_patch_size(&g);
    float *x = new_floats(mcnn_conv_in_size(&g));
    float *cols = new_floats(size);
    numbers r = {.state = c};
    fill_uniform(&r, mcnn_conv_in_size(&g), x);
    mcnn_im2col(&g, x, cols);
    for (size_t i = 0; i < size; ++i)
      assert_true(cols[i] == element_under(&g, x, i));
    free(cols);
    free(x);
  }
}

/* <im2col x, y> = <x, col2im y> */
static void col2im_is_the_transpose(void **state) {
  (void)state;
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const mcnn_conv_geometry g = case_geometry(c);
    const size_t size = mcnn_conv_positions(&g) * mcnn_conv_patch_size(&g);
    const size_t in_size = mcnn_conv_in_size(&g);
    float *x = new_floats(in_size);
    float *cols = new_floats(size);
    float *y = new_floats(size);
    float *back = new_floats(in_size);
    numbers r = {.state = c + 1000};
    fill_uniform(&r, in_size, x);
    fill_uniform(&r, size, y);
    mcnn_im2col(&g, x, cols);
    mcnn_col2im(&g, y, back);
    const double difference = dot(size, cols, y) - dot(in_size, x, back);
    const double bound = 1e-6 * (double)size;
    assert_true(difference < bound && -difference < bound);
    free(back);
    free(y);
    free(cols);
    free(x);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(patches_are_what_lies_under_the_kernel),
      cmocka_unit_test(col2im_is_the_transpose),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
