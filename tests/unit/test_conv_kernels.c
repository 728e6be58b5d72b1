/* Convolution blocks (convolution, bias, ReLU, max-pooling; forward and backward) of every
 * instruction set against their naive twin, over many shapes. */
#include "conv_cases.h"

#include "kernels/conv/algorithms.h"
#include "kernels/conv/conv.h"
#include "kernels/conv/naive_conv.h"

#include <math.h>

/* Relative to the largest value of the tensor. Winograd's transforms of the 5x5 kernel lose about
 * a decimal digit against plain summation, which is what the first bound leaves room for. */
#define FORWARD_TOLERANCE  1e-5
#define BACKWARD_TOLERANCE 1e-5
#define IMAGES             ((size_t)5) /* more than the kernels take together */

/* One convolution with everything it reads and writes. */
typedef struct block {
  const mcnn_kernels *kernels;
  mcnn_conv_geometry g;
  size_t in_size, out_size, grad_size;
  float *w, *bias, *x, *packed, *scratch, *y, *dy, *grad, *dx, *dw, *db;
  uint8_t *argmax;
} block;

static block new_block(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, uint64_t seed) {
  block b = {.kernels = kernels, .g = *g};
  numbers r = {.state = seed};
  b.in_size = mcnn_conv_in_size(g);
  b.out_size = mcnn_conv_pooled_size(g);
  b.grad_size = mcnn_conv_grad_floats(kernels, g);
  b.w = new_floats(mcnn_conv_weight_size(g));
  b.bias = new_floats(g->out_channels);
  b.x = new_floats(IMAGES * b.in_size);
  b.packed = new_floats(mcnn_conv_packed_floats(kernels, g, 1));
  b.scratch = new_floats(mcnn_conv_scratch_floats(kernels, g, 1));
  b.y = new_floats(IMAGES * b.out_size);
  b.dy = new_floats(IMAGES * b.out_size);
  b.argmax = new_bytes(IMAGES * b.out_size);
  b.grad = new_floats(b.grad_size);
  b.dx = new_floats(IMAGES * b.in_size);
  b.dw = new_floats(mcnn_conv_weight_size(g));
  b.db = new_floats(g->out_channels);
  fill_uniform(&r, mcnn_conv_weight_size(g), b.w);
  fill_uniform(&r, g->out_channels, b.bias);
  fill_sparse(&r, IMAGES * b.in_size, b.x);
  fill_uniform(&r, IMAGES * b.out_size, b.dy);
  memset(b.grad, 0, b.grad_size * sizeof *b.grad);
  mcnn_conv_pack(kernels, g, b.w, 1, b.packed);
  return b;
}

/* The whole gradient from `count` partial ones. */
static void finish(const block *b, const float *grads, size_t count, float *dw, float *db) {
  mcnn_conv_grad_finish(b->kernels, &b->g, grads, count, b->grad_size, dw, db, 0,
                        mcnn_conv_patch_size(&b->g));
}

static void free_block(block *b) {
  float *const all[] = {b->w,  b->bias, b->x,  b->packed, b->scratch, b->y,
                        b->dy, b->grad, b->dx, b->dw,     b->db};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i)
    free(all[i]);
  free(b->argmax);
}

static uint8_t *argmax_of(const block *b) {
  return mcnn_conv_is_pooled(&b->g) ? b->argmax : NULL;
}

static void run_forward(const block *b, size_t first, size_t images, float *y) {
  uint8_t *argmax = argmax_of(b);
  mcnn_conv_forward(b->kernels, &b->g, b->packed, b->bias, b->x + first * b->in_size, images,
                    y + first * b->out_size, !argmax ? NULL : argmax + first * b->out_size,
                    b->scratch);
}

/* From the first image on the gradient is overwritten, from another one it is added to. */
static void run_backward(const block *b, size_t first, size_t images, float *grad, float *dx) {
  for (size_t i = 0; first == 0 && i < mcnn_conv_grad_floats(b->kernels, &b->g); ++i)
    grad[i] = NAN;
  const uint8_t *argmax = argmax_of(b);
  mcnn_conv_backward(b->kernels, &b->g, b->packed, b->x + first * b->in_size,
                     b->y + first * b->out_size, !argmax ? NULL : argmax + first * b->out_size,
                     b->dy + first * b->out_size, images, first > 0, grad,
                     !dx ? NULL : dx + first * b->in_size, b->scratch);
}

static void for_each_case(void (*check)(block *b)) {
  for (int i = 0; i < (int)MCNN_ISA_COUNT; ++i) {
    for (size_t c = 0; mcnn_isa_available((mcnn_isa)i) && c < CASE_COUNT; ++c) {
      const mcnn_conv_geometry g = case_geometry(c);
      block b = new_block(mcnn_kernels_for((mcnn_isa)i), &g, c + 1);
      check(&b);
      free_block(&b);
    }
  }
}

/* The argmax position holds the largest sum of its window, to within rounding. */
static void check_chosen(const block *b, const double *sums, double bound) {
  const mcnn_conv_geometry *g = &b->g;
  for (size_t i = 0; i < IMAGES * b->out_size; ++i) {
    const size_t channel = i % g->out_channels;
    const size_t column = i / g->out_channels % mcnn_conv_pooled_width(g) * g->pool_width;
    const size_t row = i / g->out_channels / mcnn_conv_pooled_width(g) %
                       mcnn_conv_pooled_height(g) * g->pool_height;
    const double *image = sums + i / b->out_size * mcnn_conv_out_size(g);
    assert_true(b->argmax[i] < g->pool_height * g->pool_width);
    double argmax = 0;
    double largest = -1e30;
    for (size_t offset = 0; offset < (size_t)g->pool_height * g->pool_width; ++offset) {
      const size_t at =
          (row + offset / g->pool_width) * g->out_width + column + offset % g->pool_width;
      const double value = image[at * g->out_channels + channel];
      largest = value > largest ? value : largest;
      argmax = offset == b->argmax[i] ? value : argmax;
    }
    assert_true(argmax >= largest - bound);
  }
}

static void check_forward(block *b) {
  const size_t units = IMAGES * mcnn_conv_out_size(&b->g);
  double *sums = new_doubles(units);
  double *expected = new_doubles(IMAGES * b->out_size);
  float *expected_y = new_floats(IMAGES * b->out_size);
  run_forward(b, 0, IMAGES, b->y);
  mcnn_naive_conv_sums(&b->g, b->w, b->bias, b->x, IMAGES, sums);
  mcnn_naive_conv_output(&b->g, sums, IMAGES, expected_y, NULL);
  const double bound = FORWARD_TOLERANCE * largest_magnitude(units, sums);
  for (size_t i = 0; i < IMAGES * b->out_size; ++i) {
    expected[i] = (double)expected_y[i];
    assert_true((double)b->y[i] - expected[i] <= bound);
    assert_true(expected[i] - (double)b->y[i] <= bound);
  }
  if (argmax_of(b))
    check_chosen(b, sums, bound);
  free(expected_y);
  free(expected);
  free(sums);
}

static void forward_is_the_naive_twin(void **state) {
  (void)state;
  for_each_case(check_forward);
}

static void check_backward(block *b) {
  const size_t weights = mcnn_conv_weight_size(&b->g);
  double *dw = new_doubles(weights);
  double *db = new_doubles(b->g.out_channels);
  double *dx = new_doubles(IMAGES * b->in_size);
  run_forward(b, 0, IMAGES, b->y);
  run_backward(b, 0, IMAGES, b->grad, b->dx);
  finish(b, b->grad, 1, b->dw, b->db);
  mcnn_naive_conv_backward(&b->g, b->w, b->x, b->y, argmax_of(b), b->dy, IMAGES, dw, db, dx);
  assert_close(weights, b->dw, dw, BACKWARD_TOLERANCE);
  assert_close(b->g.out_channels, b->db, db, BACKWARD_TOLERANCE);
  for (size_t i = 0; b->g.input_is_relu && i < IMAGES * b->in_size; i++)
    if (b->x[i] == 0.0f && b->dx[i] == 0.0f)
      dx[i] = 0;
  assert_close(IMAGES * b->in_size, b->dx, dx, BACKWARD_TOLERANCE);
  free(dx);
  free(db);
  free(dw);
}

static void backward_is_the_naive_twin(void **state) {
  (void)state;
  for_each_case(check_backward);
}

/* Where sums are transformed once a call, they round differently. */
static void assert_gradients_are_close(const block *b, const float *a, const float *c) {
  const size_t weights = mcnn_conv_weight_size(&b->g);
  double *expected = new_doubles(b->grad_size);
  for (size_t i = 0; i < b->grad_size; ++i)
    expected[i] = (double)c[i];
  assert_close(weights, a, expected, BACKWARD_TOLERANCE);
  assert_close(b->g.out_channels, a + weights, expected + weights, BACKWARD_TOLERANCE);
  free(expected);
}

/* Nothing depends on how a batch was cut, most often not even the gradients added up. */
static void check_cuts(block *b) {
  const size_t outputs = IMAGES * b->out_size;
  float *y = new_floats(outputs);
  float *dx = new_floats(IMAGES * b->in_size);
  float *grad = new_floats(b->grad_size);
  uint8_t *argmax = new_bytes(outputs);
  memset(grad, 0, b->grad_size * sizeof *grad);
  run_forward(b, 0, IMAGES, y);
  memcpy(argmax, b->argmax, outputs);
  run_forward(b, 0, 1, b->y);
  run_forward(b, 1, IMAGES - 1, b->y);
  assert_same_bytes(outputs, y, b->y);
  assert_memory_equal(argmax, b->argmax, outputs);
  run_backward(b, 0, IMAGES, grad, dx);
  run_backward(b, 0, 2, b->grad, b->dx);
  run_backward(b, 2, IMAGES - 2, b->grad, b->dx);
  assert_same_bytes(IMAGES * b->in_size, dx, b->dx);
  if (mcnn_winograd_backward_supports(b->kernels, &b->g))
    assert_gradients_are_close(b, grad, b->grad);
  else
    assert_same_bytes(b->grad_size, grad, b->grad);
  free(grad);
  free(argmax);
  free(dx);
  free(y);
}

static void results_do_not_depend_on_how_a_batch_is_cut(void **state) {
  (void)state;
  for_each_case(check_cuts);
}

/* The same piece gives the same bytes, with or without dx, whatever the scratch held before. */
static void check_repeatable(block *b) {
  float *again = new_floats(b->grad_size);
  memset(again, 0, b->grad_size * sizeof *again);
  run_forward(b, 0, IMAGES, b->y);
  run_backward(b, 0, IMAGES, b->grad, b->dx);
  memset(b->scratch, 0xFF, mcnn_conv_scratch_floats(b->kernels, &b->g, 1) * sizeof(float));
  run_backward(b, 0, IMAGES, again, NULL);
  assert_same_bytes(b->grad_size, b->grad, again);
  free(again);
}

static void the_same_block_gives_the_same_gradient(void **state) {
  (void)state;
  for_each_case(check_repeatable);
}

/* Without `argmax` and with weights packed for prediction only, y is the same. */
static void check_prediction(block *b) {
  float *packed = new_floats(mcnn_conv_packed_floats(b->kernels, &b->g, 0));
  float *scratch = new_floats(mcnn_conv_scratch_floats(b->kernels, &b->g, 0));
  float *y = new_floats(IMAGES * b->out_size);
  run_forward(b, 0, IMAGES, b->y);
  mcnn_conv_pack(b->kernels, &b->g, b->w, 0, packed);
  mcnn_conv_forward(b->kernels, &b->g, packed, b->bias, b->x, IMAGES, y, NULL, scratch);
  assert_same_bytes(IMAGES * b->out_size, y, b->y);
  free(y);
  free(scratch);
  free(packed);
}

static void prediction_gives_what_training_gave(void **state) {
  (void)state;
  for_each_case(check_prediction);
}

/* The rows [begin, end) of one image's y, of which nothing else changes. */
static void run_rows(const block *b, size_t begin, size_t end, float *y) {
  mcnn_conv_forward_rows(b->kernels, &b->g, b->packed, b->bias, b->x, begin, end, y, b->scratch);
}

/* Parts of so many rows, the last ones first. */
static void check_rows_of(const block *b, size_t rows, const float *want) {
  const size_t height = mcnn_conv_pooled_height(&b->g);
  float *y = new_floats(b->out_size);
  for (size_t part = mcnn_ceil_div(height, rows); part-- > 0;)
    run_rows(b, part * rows, mcnn_min((part + 1) * rows, height), y);
  assert_same_bytes(b->out_size, want, y);
  free(y);
}

static void check_rows(block *b) {
  const size_t step = mcnn_conv_part_rows(b->kernels, &b->g);
  float *want = new_floats(b->out_size), *scratch = b->scratch;
  b->scratch = new_floats(mcnn_conv_scratch_floats(b->kernels, &b->g, 0));
  run_forward(b, 0, 1, want);
  for (size_t parts = 1; step > 0 && parts <= 3; parts++)
    check_rows_of(b, parts * step, want);
  free(b->scratch);
  b->scratch = scratch;
  free(want);
}

static void parts_of_an_image_are_the_whole(void **state) {
  (void)state;
  for_each_case(check_rows);
}

/* backward() adds to grad, and finish() adds the parts in their order. */
static void check_parts(block *b) {
  const size_t weights = mcnn_conv_weight_size(&b->g);
  float *parts = new_floats(2 * b->grad_size);
  float *sum = new_floats(weights + b->g.out_channels);
  float *dw = new_floats(weights);
  float *db = new_floats(b->g.out_channels);
  memset(parts, 0, 2 * b->grad_size * sizeof *parts);
  run_forward(b, 0, IMAGES, b->y);
  run_backward(b, 0, 2, parts, NULL);
  run_backward(b, 2, IMAGES - 2, parts + b->grad_size, NULL);
  finish(b, parts, 1, sum, sum + weights);
  finish(b, parts + b->grad_size, 1, dw, db);
  finish(b, parts, 2, b->dw, b->db);
  for (size_t i = 0; i < weights; ++i)
    assert_true(b->dw[i] == sum[i] + dw[i]);
  for (size_t i = 0; i < b->g.out_channels; ++i)
    assert_true(b->db[i] == sum[weights + i] + db[i]);
  free(db);
  free(dw);
  free(sum);
  free(parts);
}

static void partial_gradients_add_up_in_order(void **state) {
  (void)state;
  for_each_case(check_parts);
}

/* Finished in slices, everything is the same. */
static void check_row_blocks(block *b) {
  const size_t rows = mcnn_conv_patch_size(&b->g);
  float *dw = new_floats(mcnn_conv_weight_size(&b->g));
  float *db = new_floats(b->g.out_channels);
  run_forward(b, 0, IMAGES, b->y);
  run_backward(b, 0, IMAGES, b->grad, NULL);
  finish(b, b->grad, 1, b->dw, b->db);
  for (size_t r = 0; r < rows; r += MCNN_CONV_ROWS) {
    const size_t end = r + MCNN_CONV_ROWS < rows ? r + MCNN_CONV_ROWS : rows;
    mcnn_conv_grad_finish(b->kernels, &b->g, b->grad, 1, b->grad_size, dw, db, r, end);
  }
  assert_same_bytes(mcnn_conv_weight_size(&b->g), dw, b->dw);
  assert_same_bytes(b->g.out_channels, db, b->db);
  free(db);
  free(dw);
}

static void blocks_of_rows_are_the_whole(void **state) {
  (void)state;
  for_each_case(check_row_blocks);
}

/* The gradient of the biases belongs to the first rows: tasks for others may run at the same time.
 */
static void check_biases(block *b) {
  const size_t rows = mcnn_conv_patch_size(&b->g);
  if (rows <= MCNN_CONV_ROWS)
    return;
  run_forward(b, 0, IMAGES, b->y);
  run_backward(b, 0, IMAGES, b->grad, NULL);
  for (size_t i = 0; i < b->g.out_channels; i++)
    b->db[i] = -7;
  mcnn_conv_grad_finish(b->kernels, &b->g, b->grad, 1, b->grad_size, b->dw, b->db, MCNN_CONV_ROWS,
                        rows);
  for (size_t i = 0; i < b->g.out_channels; i++)
    assert_true(b->db[i] == -7);
}

static void biases_come_with_the_first_rows(void **state) {
  (void)state;
  for_each_case(check_biases);
}

/* <conv x, dy> = <x, dx> + <bias, db>, and = <w, dw> + <bias, db>, where nothing is cut off. */
static void check_adjoint(block *b) {
  if (b->g.activation == MCNN_ACTIVATION_RELU || mcnn_conv_is_pooled(&b->g))
    return;
  double forward = 0;
  double through_x = 0;
  double through_w = 0;
  double scale = 0;
  run_forward(b, 0, IMAGES, b->y);
  run_backward(b, 0, IMAGES, b->grad, b->dx);
  finish(b, b->grad, 1, b->dw, b->db);
  for (size_t i = 0; i < IMAGES * b->out_size; ++i) {
    const double term = (double)b->y[i] * (double)b->dy[i];
    forward += term;
    scale += term < 0 ? -term : term;
  }
  for (size_t i = 0; i < b->g.out_channels; ++i)
    forward -= (double)b->bias[i] * (double)b->db[i];
  for (size_t i = 0; i < IMAGES * b->in_size; ++i)
    through_x += (double)b->x[i] * (double)b->dx[i];
  for (size_t i = 0; i < mcnn_conv_weight_size(&b->g); ++i)
    through_w += (double)b->w[i] * (double)b->dw[i];
  const double bound = 1e-5 * (scale + 1);
  assert_true(forward - through_x < bound && through_x - forward < bound);
  assert_true(forward - through_w < bound && through_w - forward < bound);
}

static void the_gradients_are_adjoint(void **state) {
  (void)state;
  for_each_case(check_adjoint);
}

/* 1 where the window of output i of one image sees input row `row` and column `column`. */
static int window_sees(const mcnn_conv_geometry *g, size_t i, size_t row, size_t column) {
  const size_t window = i / g->out_channels;
  const size_t top = window / mcnn_conv_pooled_width(g) * g->pool_height;
  const size_t left = window % mcnn_conv_pooled_width(g) * g->pool_width;
  const size_t padded_row = row + g->pad_top;
  const size_t padded_column = column + g->pad_left;
  return padded_row >= top && padded_row < top + g->pool_height + g->kernel_height - 1 &&
         padded_column >= left && padded_column < left + g->pool_width + g->kernel_width - 1;
}

/* Empty background is skipped where that pays. A pixel that makes its neighbourhood non-empty must
 * not change one bit of what does not see it. */
static void check_empty_background(const mcnn_kernels *kernels) {
  const conv_case c = {28, 28, 1, 5, 5, 0, 16, 1, 2, 2};
  const mcnn_conv_geometry g = geometry_of(&c);
  block b = new_block(kernels, &g, 5);
  memset(b.x, 0, IMAGES * b.in_size * sizeof *b.x);
  for (size_t i = 0; i < 9; ++i)
    b.x[(10 + i) * 28 + 8 + i / 2] = 0.5f; /* a stroke */
  run_forward(&b, 0, 1, b.y);
  for (size_t pixel = 0; pixel < b.in_size; pixel += 5) {
    const float before = b.x[pixel];
    float *y = new_floats(b.out_size);
    b.x[pixel] += 1.0f;
    run_forward(&b, 0, 1, y);
    for (size_t i = 0; i < b.out_size; ++i)
      assert_true(window_sees(&g, i, pixel / 28, pixel % 28) || y[i] == b.y[i]);
    b.x[pixel] = before;
    free(y);
  }
  free_block(&b);
}

static void empty_background_changes_no_bit(void **state) {
  (void)state;
  for_each_isa(check_empty_background);
}

/* Behind a ReLU, or of one channel, pixels like an image's first one are added up once: beside a
 * blot, under padding, and in images whose first pixels are alike or not. */
static void draw_background(block *b) {
  const size_t channels = b->g.in_channels, width = b->g.in_width;
  numbers r = {.state = 77};
  for (size_t i = 0; i < IMAGES; i++) {
    float *const image = b->x + i * b->in_size;
    if (i % 2 == 0) /* others have the background of the image before */
      fill_sparse(&r, channels, image);
    else
      memcpy(image, image - b->in_size, channels * sizeof *image);
    for (size_t at = channels; at < b->in_size; at++) {
      const size_t row = at / channels / width, column = at / channels % width;
      if (row < 3 || row > 6 || column < 4 || column > 5 + i)
        image[at] = image[at % channels];
    }
  }
}

static void check_flat_background(const mcnn_kernels *kernels) {
  static const stepping_case cases[] = {{{13, 13, 32, 3, 3, 0, 64, 1, 1, 1}, 2, 2, 1, 1},
                                        {{12, 14, 67, 3, 3, 1, 70, 1, 1, 1}, 2, 3, 1, 1},
                                        {{9, 9, 16, 9, 9, 0, 50, 0, 1, 1}, 2, 2, 1, 1}};
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    const mcnn_conv_geometry g = stepping_geometry_of(&cases[c]);
    block b = new_block(kernels, &g, c + 3);
    assert_true(c == 1 ||
                mcnn_nonzero_supports(kernels, &g) == (kernels->conv.nonzero_row != NULL));
    draw_background(&b);
    check_forward(&b);
    check_cuts(&b);
    free_block(&b);
  }
}

static void check_flat_pixels(const mcnn_kernels *kernels) {
  static const conv_case cases[] = {{28, 28, 1, 5, 5, 0, 16, 1, 2, 2},
                                    {17, 14, 1, 5, 5, 1, 5, 0, 2, 2},
                                    {40, 13, 1, 5, 5, 1, 7, 1, 1, 1}};
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    const mcnn_conv_geometry g = geometry_of(&cases[c]);
    block b = new_block(kernels, &g, c + 3);
    draw_background(&b);
    check_forward(&b);
    check_cuts(&b);
    b.x[0] = NAN; /* which no pixel is like */
    run_forward(&b, 0, 1, b.y);
    assert_true(isnan(b.y[b.out_size - 1]) == 0);
    free_block(&b);
  }
}

static void a_flat_background_is_the_naive_twin(void **state) {
  (void)state;
  for_each_isa(check_flat_background);
  for_each_isa(check_flat_pixels);
}

/* Sums that are equal by construction, and exact in whatever order they are added: the first
 * position of the window is argmax. */
static void check_ties(const mcnn_kernels *kernels) {
  const conv_case cases[] = {{8, 8, 3, 1, 1, 0, 17, 1, 2, 2}, {28, 28, 1, 5, 5, 0, 16, 1, 2, 2}};
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
    const mcnn_conv_geometry g = geometry_of(&cases[k]);
    block b = new_block(kernels, &g, 3);
    for (size_t i = 0; i < IMAGES * b.in_size; ++i)
      b.x[i] = i < b.in_size ? 0.0f : 0.75f;
    for (size_t i = 0; i < mcnn_conv_weight_size(&g); ++i)
      b.w[i] = (float)(i * 7 % 15) / 8.0f - 0.875f;
    mcnn_conv_pack(kernels, &g, b.w, 1, b.packed);
    run_forward(&b, 0, IMAGES, b.y);
    for (size_t i = 0; i < IMAGES * b.out_size; ++i)
      assert_int_equal(b.argmax[i], 0);
    free_block(&b);
  }
}

static void the_first_of_equals_is_chosen(void **state) {
  (void)state;
  for_each_isa(check_ties);
}

/* Dead units pass nothing on: all sums negative, all gradients zero. */
static void check_dead(const mcnn_kernels *kernels) {
  for (size_t k = 0; k < 3; ++k) {
    const mcnn_conv_geometry g = geometry_of(&chosen_cases[k]);
    block b = new_block(kernels, &g, 4);
    for (size_t i = 0; i < g.out_channels; ++i)
      b.bias[i] = -1e6f;
    run_forward(&b, 0, IMAGES, b.y);
    run_backward(&b, 0, IMAGES, b.grad, b.dx);
    for (size_t i = 0; i < b.grad_size; ++i)
      assert_true(b.grad[i] == 0.0f);
    for (size_t i = 0; i < IMAGES * b.in_size; ++i)
      assert_true(b.dx[i] == 0.0f);
    free_block(&b);
  }
}

static void inactive_outputs_pass_no_gradient(void **state) {
  (void)state;
  for_each_isa(check_dead);
}

/* NaN weights show up in the output instead of hiding behind ReLU. */
static void check_nan(const mcnn_kernels *kernels) {
  for (size_t c = 0; c < CASE_COUNT; ++c) {
    const mcnn_conv_geometry g = case_geometry(c);
    block b = new_block(kernels, &g, 6);
    for (size_t i = 0; i < g.out_channels; ++i)
      b.bias[i] = (float)strtod("nan", NULL);
    run_forward(&b, 0, 1, b.y);
    for (size_t i = 0; i < b.out_size; ++i)
      assert_true(b.y[i] != b.y[i]);
    free_block(&b);
  }
}

static void nan_passes_through_relu(void **state) {
  (void)state;
  for_each_isa(check_nan);
}

/* A convolution whose offsets do not fit in 32 bits takes the algorithm that has none. */
static void large_offsets_are_not_sparse(void **state) {
  static const conv_case small = {28, 28, 3, 5, 5, 0, 16, MCNN_ACTIVATION_RELU, 2, 2};
  static const conv_case filters = {256, 1, 1, 1, 1, 0, 270000, MCNN_ACTIVATION_RELU, 256, 1};
  static const conv_case image = {4096, 4096, 64, 3, 3, 1, 1, MCNN_ACTIVATION_RELU, 2, 2};
  const mcnn_conv_geometry fits = geometry_of(&small), wide = geometry_of(&filters),
                           large = geometry_of(&image);
  (void)state;
  for (int isa = 0; isa < MCNN_ISA_COUNT; isa++) {
    if (!mcnn_isa_available((mcnn_isa)isa))
      continue;
    const mcnn_kernels *kernels = mcnn_kernels_for((mcnn_isa)isa);
    assert_true(mcnn_sparse_supports(kernels, &fits));
    assert_false(mcnn_sparse_supports(kernels, &large));
    if (kernels->lanes == 16)
      assert_false(mcnn_sparse_supports(kernels, &wide));
  }
}

/* What a shape reads and writes, in floats. */
static size_t data_floats(const mcnn_conv_geometry *g) {
  return mcnn_conv_in_size(g) + mcnn_conv_pooled_size(g) + mcnn_conv_weight_size(g);
}

static void check_memory(const mcnn_kernels *kernels) {
  static const conv_case cases[] = {
      {256, 16, 1, 1, 1, 0, 1000, MCNN_ACTIVATION_RELU, 256, 1}, /* tall and wide windows */
      {16, 256, 1, 1, 1, 0, 1000, MCNN_ACTIVATION_RELU, 1, 256},
      {256, 256, 16, 2, 1, 0, 1000, MCNN_ACTIVATION_RELU, 128, 2},
      {6, 6, 20000, 3, 3, 0, 1, MCNN_ACTIVATION_RELU, 1, 1}, /* one lane of a vector */
      {6, 6, 4, 3, 3, 1, 100000, MCNN_ACTIVATION_RELU, 1, 1},
      {512, 512, 4, 5, 5, 1, 600, MCNN_ACTIVATION_LINEAR, 1, 1},
      {4, 4, 4, 3, 3, 1, 100000, MCNN_ACTIVATION_RELU, 2, 2},
      {4096, 1, 1000, 1, 1, 0, 1, MCNN_ACTIVATION_RELU, 2, 1}, /* as narrow as can be */
      {4096, 4096, 3, 3, 3, 1, 16, MCNN_ACTIVATION_RELU, 2, 2},
      {4096, 4096, 3, 3, 3, 1, 16, MCNN_ACTIVATION_RELU, 16, 16},
      {64, 64, 3, 127, 127, 1, 8, MCNN_ACTIVATION_RELU, 2, 2},
  };
  static const stepping_case steps[] = {
      {{256, 16, 1, 1, 1, 0, 1000, MCNN_ACTIVATION_RELU, 16, 1}, 16, 1, 1, 1},
      {{6, 6, 20000, 3, 3, 0, 1, MCNN_ACTIVATION_RELU, 1, 1}, 2, 2, 1, 1},
      {{64, 64, 3, 7, 7, 1, 8, MCNN_ACTIVATION_RELU, 1, 1}, 1, 1, 16, 16},
      {{4096, 4096, 3, 3, 3, 1, 16, MCNN_ACTIVATION_RELU, 1, 1}, 2, 2, 1, 1},
      {{4096, 4096, 3, 3, 3, 1, 16, MCNN_ACTIVATION_RELU, 16, 16}, 2, 2, 1, 1},
      {{4096, 1, 1000, 1, 1, 0, 1, MCNN_ACTIVATION_RELU, 1, 1}, 16, 1, 1, 1},
      {{3, 3, 1, 3, 3, 1, 100000, MCNN_ACTIVATION_RELU, 1, 1}, 1, 1, 2, 2},
  };
  for (size_t c = 0; c < sizeof cases / sizeof cases[0] + sizeof steps / sizeof steps[0]; c++) {
    const size_t step = c - sizeof cases / sizeof cases[0];
    const mcnn_conv_geometry g = c < sizeof cases / sizeof cases[0]
                                     ? geometry_of(&cases[c])
                                     : stepping_geometry_of(&steps[step]);
    const size_t most = ((size_t)1 << 20) + 9 * data_floats(&g); /* the matrix product needs 2^20 */
    assert_true(mcnn_conv_packed_floats(kernels, &g, 0) <= most);
    assert_true(mcnn_conv_packed_floats(kernels, &g, 1) <= 2 * most);
    assert_true(mcnn_conv_scratch_floats(kernels, &g, 1) <= most);
  }
}

static void memory_is_in_proportion(void **state) {
  (void)state;
  for_each_isa(check_memory);
}

/* Ordinary networks keep the fast algorithms: layers of the default one and of larger ones. */
static void check_choice(const mcnn_kernels *kernels) {
  static const conv_case few = {32, 32, 3, 3, 3, 1, 16, 1, 1, 1};
  const mcnn_conv_geometry first = geometry_of(&few);
  assert_int_equal(mcnn_few_supports(kernels, &first), kernels->conv.direct_columns != NULL);
  static const conv_case pointwise = {25, 5, 64, 1, 1, 0, 64, 1, 1, 1};
  const mcnn_conv_geometry one = geometry_of(&pointwise);
  assert_true(mcnn_pointwise_supports(&one));
  assert_int_equal(mcnn_conv_packed_floats(kernels, &one, 0), 64 * 64);
  static const conv_case winograd[] = {{12, 12, 16, 5, 5, 0, 32, 1, 2, 2},
                                       {26, 26, 32, 3, 3, 1, 64, 1, 1, 1},
                                       {14, 14, 64, 3, 3, 1, 4, 1, 2, 2},
                                       {4, 4, 512, 3, 3, 1, 512, 1, 2, 2}};
  static const conv_case direct[] = {{28, 28, 1, 5, 5, 0, 16, 1, 2, 2},
                                     {28, 28, 3, 3, 3, 1, 1, 1, 2, 2},
                                     {224, 224, 3, 7, 7, 1, 64, 1, 2, 2},
                                     {28, 28, 1, 2, 2, 0, 48, 1, 2, 2}};
  static const stepping_case indirect[] = {{{7, 7, 1024, 1, 1, 0, 1000, 1, 2, 2}, 1, 1, 1, 1},
                                           {{7, 7, 1024, 1, 1, 0, 1000, 1, 1, 1}, 2, 2, 1, 1},
                                           {{28, 28, 1, 3, 3, 1, 32, 1, 1, 1}, 2, 2, 1, 1},
                                           {{224, 224, 3, 7, 7, 1, 64, 1, 2, 2}, 2, 2, 1, 1},
                                           {{32, 32, 64, 3, 3, 1, 64, 1, 1, 1}, 1, 1, 2, 2}};
  for (size_t c = 0; kernels->conv.direct_columns && c < 5; c++) {
    mcnn_conv_geometry i = stepping_geometry_of(&indirect[c]);
    i.input_is_relu = 0; /* else zeros are left out */
    assert_int_equal(mcnn_conv_packed_floats(kernels, &i, 0),
                     mcnn_round_up_cache_line(mcnn_indirect_packed_floats(kernels, &i)));
    if (mcnn_conv_is_plain(&i))
      continue; /* the gradient through its windows is sparse */
    assert_int_equal(
        mcnn_conv_packed_floats(kernels, &i, 1) - mcnn_conv_packed_floats(kernels, &i, 0),
        mcnn_indirect_gives_dx(kernels, &i) ? mcnn_indirect_dx_packed_floats(kernels, &i)
                                            : mcnn_conv_weight_size(&i));
  }
  static const stepping_case strided = {{16, 16, 32, 3, 3, 1, 64, 0, 1, 1}, 2, 2, 1, 1};
  const mcnn_conv_geometry half = stepping_geometry_of(&strided);
  if (kernels->conv.direct_columns) {
    assert_int_equal(mcnn_conv_packed_floats(kernels, &half, 0),
                     mcnn_round_up_cache_line(mcnn_winograd_packed_floats(kernels, &half)));
    assert_true(mcnn_winograd_backward_supports(kernels, &half));
  }
  for (size_t c = 0; kernels->conv.direct_columns && c < 4; c++) {
    const mcnn_conv_geometry w = geometry_of(&winograd[c]), d = geometry_of(&direct[c]);
    assert_int_equal(mcnn_conv_packed_floats(kernels, &w, 0),
                     mcnn_round_up_cache_line(mcnn_winograd_packed_floats(kernels, &w)));
    assert_int_equal(mcnn_conv_packed_floats(kernels, &d, 0),
                     mcnn_round_up_cache_line(mcnn_direct_packed_floats(kernels, &d)));
    if (mcnn_conv_is_pooled(&w))
      assert_int_equal(mcnn_conv_grad_floats(kernels, &w), mcnn_sparse_grad_floats(kernels, &w));
    else
      assert_true(mcnn_winograd_backward_supports(kernels, &w));
    if (mcnn_conv_is_pooled(&d))
      assert_int_equal(mcnn_conv_grad_floats(kernels, &d), mcnn_sparse_grad_floats(kernels, &d));
  }
}

static void ordinary_shapes_take_the_fast_algorithms(void **state) {
  (void)state;
  for_each_isa(check_choice);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(large_offsets_are_not_sparse),
      cmocka_unit_test(memory_is_in_proportion),
      cmocka_unit_test(ordinary_shapes_take_the_fast_algorithms),
      cmocka_unit_test(forward_is_the_naive_twin),
      cmocka_unit_test(backward_is_the_naive_twin),
      cmocka_unit_test(results_do_not_depend_on_how_a_batch_is_cut),
      cmocka_unit_test(the_same_block_gives_the_same_gradient),
      cmocka_unit_test(prediction_gives_what_training_gave),
      cmocka_unit_test(parts_of_an_image_are_the_whole),
      cmocka_unit_test(partial_gradients_add_up_in_order),
      cmocka_unit_test(blocks_of_rows_are_the_whole),
      cmocka_unit_test(biases_come_with_the_first_rows),
      cmocka_unit_test(the_gradients_are_adjoint),
      cmocka_unit_test(empty_background_changes_no_bit),
      cmocka_unit_test(a_flat_background_is_the_naive_twin),
      cmocka_unit_test(the_first_of_equals_is_chosen),
      cmocka_unit_test(inactive_outputs_pass_no_gradient),
      cmocka_unit_test(nan_passes_through_relu),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
