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
  const size_t column = position % g->out_width * g->stride_width +
                        tap / g->in_channels % g->kernel_width * g->dilation_width - g->pad_left;
  const size_t row = position / g->out_width * g->stride_height +
                     tap / g->in_channels / g->kernel_width * g->dilation_height - g->pad_top;
  if (row >= g->in_height || column >= g->in_width)
    return 0;
  return x[(row * g->in_width + column) * g->in_channels + channel];
}

/* In blocks of `count` positions: all of them, or a few that end anywhere within a row. */
static void im2col_in_blocks(const mcnn_conv_geometry *g, size_t count, const float *x,
                             float *cols) {
  const mcnn_conv_region all = {.width = g->out_width};
  const size_t positions = mcnn_conv_positions(g);
  for (size_t at = 0; at < positions; at += count) {
    mcnn_im2col(g, &all, at, mcnn_min(count, positions - at), x,
                cols + at * mcnn_conv_patch_size(g));
  }
}

static void col2im_in_blocks(const mcnn_conv_geometry *g, size_t count, const float *cols,
                             float *dx) {
  const mcnn_conv_region all = {.width = g->out_width};
  const size_t positions = mcnn_conv_positions(g);
  memset(dx, 0, mcnn_conv_in_size(g) * sizeof *dx);
  for (size_t at = 0; at < positions; at += count) {
    mcnn_col2im(mcnn_kernels_for(mcnn_isa_best()), g, &all, at, mcnn_min(count, positions - at),
                cols + at * mcnn_conv_patch_size(g), dx);
  }
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
    im2col_in_blocks(&g, 1 + c % 2 * size, x, cols);
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
    im2col_in_blocks(&g, size, x, cols);
    col2im_in_blocks(&g, 1 + c % 5, y, back);
    const double difference = dot(size, cols, y) - dot(in_size, x, back);
    const double bound = 1e-6 * (double)size;
    assert_true(difference < bound && -difference < bound);
    free(back);
    free(y);
    free(cols);
    free(x);
  }
}

/* A region of a few columns holds those of its positions, row by row. */
static void a_region_is_a_part_of_all_positions(void **state) {
  (void)state;
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const mcnn_conv_geometry g = case_geometry(c);
    const size_t patch = mcnn_conv_patch_size(&g);
    const mcnn_conv_region region = {
        .row = g.out_height / 2, .column = g.out_width / 3, .width = (g.out_width + 2) / 3};
    const size_t count = (g.out_height - region.row) * region.width;
    float *x = new_floats(mcnn_conv_in_size(&g));
    float *all = new_floats(mcnn_conv_positions(&g) * patch);
    float *cols = new_floats(count * patch);
    numbers r = {.state = c + 2000};
    fill_uniform(&r, mcnn_conv_in_size(&g), x);
    im2col_in_blocks(&g, mcnn_conv_positions(&g), x, all);
    mcnn_im2col(&g, &region, 0, count, x, cols);
    for (size_t i = 0; i < count; ++i) {
      const size_t row = region.row + i / region.width, column = region.column + i % region.width;
      assert_same_bytes(patch, all + (row * g.out_width + column) * patch, cols + i * patch);
    }
    free(cols);
    free(all);
    free(x);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(patches_are_what_lies_under_the_kernel),
      cmocka_unit_test(a_region_is_a_part_of_all_positions),
      cmocka_unit_test(col2im_is_the_transpose),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
