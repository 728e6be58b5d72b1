/* Normalisation by channel of every instruction set against its naive twin. */
#include "kernel_support.h"
#include "kernels/norm/naive_norm.h"
#include "kernels/norm/norm.h"

typedef struct norm_case {
  size_t channels, positions;
  float offset; /* of x: far from 0 its mean matters */
} norm_case;

static const norm_case cases[] = {
    {1, 1, 0},      {1, 37, 0},     {3, 25, 1},   {8, 129, 0},   {16, 16, 0},
    {17, 40, -3},   {63, 9, 0},     {64, 9, 0},   {65, 7, 0},    {100, 5, 0},
    {33, 1000, 50}, {7, 5000, 200}, {176, 64, 2}, {130, 300, 0}, {2, 3, -1000},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* A case's arrays: those of the channels, and the same repeated to the kernels' period. */
typedef struct norm_data {
  const mcnn_kernels *kernels;
  size_t channels, positions, n, period;
  float *x, *dy, *scratch;
  float *values[5]; /* mean, scale, shift, constant, slope */
  float *repeated[5];
  mcnn_norm norm, naive;
} norm_data;

static mcnn_norm norm_of(float *const values[5], size_t period, uint32_t relu) {
  return (mcnn_norm){.period = period,
                     .mean = values[0],
                     .scale = values[1],
                     .shift = values[2],
                     .constant = values[3],
                     .slope = values[4],
                     .relu = relu};
}

static norm_data set_up(const mcnn_kernels *kernels, size_t index, uint32_t relu) {
  norm_data d = {
      .kernels = kernels, .channels = cases[index].channels, .positions = cases[index].positions};
  numbers r = {.state = index};
  d.n = d.channels * d.positions;
  d.period = mcnn_norm_period(kernels, d.channels);
  d.x = new_floats(d.n);
  d.dy = new_floats(d.n);
  d.scratch = new_floats(mcnn_norm_scratch_floats(kernels, d.channels));
  fill_uniform(&r, d.n, d.x);
  fill_uniform(&r, d.n, d.dy);
  for (size_t i = 0; i < d.n; i++)
    d.x[i] += cases[index].offset;
  for (size_t i = 0; i < 5; i++) {
    d.values[i] = new_floats(d.channels);
    d.repeated[i] = new_floats(d.period);
    fill_uniform(&r, d.channels, d.values[i]);
    for (size_t c = 0; i == 0 && c < d.channels; c++)
      d.values[0][c] += cases[index].offset;
    mcnn_norm_repeat(d.channels, d.period, d.values[i], d.repeated[i]);
  }
  d.norm = norm_of(d.repeated, d.period, relu);
  d.naive = norm_of(d.values, d.channels, relu);
  return d;
}

static void tear_down(norm_data *d) {
  for (size_t i = 0; i < 5; i++) {
    free(d->values[i]);
    free(d->repeated[i]);
  }
  free(d->scratch);
  free(d->dy);
  free(d->x);
}

/* Of sums of `terms` terms no larger than `size`. */
static void assert_sum(double actual, double expected, double terms, double size) {
  const double bound = 3e-7 * terms * size;
  if (!(actual - expected <= bound && expected - actual <= bound))
    fail_msg("%.9g, expected %.9g (bound %.3g)", actual, expected, bound);
}

static void check_moments(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < CASES; i++) {
    norm_data d = set_up(kernels, i, 0);
    double *mean = new_doubles(d.channels), *squares = new_doubles(d.channels);
    mcnn_norm_moments(kernels, d.channels, d.positions, d.x, mean, squares, d.scratch);
    for (size_t c = 0; c < d.channels; c++) {
      double want_mean, want_squares;
      mcnn_naive_moments(d.channels, d.positions, d.x, c, &want_mean, &want_squares);
      const double offset = (double)cases[i].offset;
      assert_sum(mean[c], want_mean, 1, 1 + (offset < 0 ? -offset : offset));
      assert_sum(squares[c], want_squares, (double)d.positions, 1);
    }
    free(squares);
    free(mean);
    tear_down(&d);
  }
}

static void check_forward(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < 2 * CASES; i++) {
    norm_data d = set_up(kernels, i / 2, i % 2);
    double *want = new_doubles(d.n);
    float *y = new_floats(d.n);
    mcnn_naive_norm_forward(&d.naive, d.positions, d.x, want);
    kernels->norm_forward(&d.norm, d.n, d.x, y);
    assert_close(d.n, y, want, 1e-6);
    kernels->norm_forward(&d.norm, d.n, d.x, d.x); /* in place */
    assert_same_bytes(d.n, d.x, y);
    free(y);
    free(want);
    tear_down(&d);
  }
}

static void check_gradient_sums(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < 2 * CASES; i++) {
    norm_data d = set_up(kernels, i / 2, i % 2);
    double *dz = new_doubles(d.channels), *dzx = new_doubles(d.channels);
    mcnn_norm_gradient_sums(kernels, &d.norm, d.channels, d.positions, d.x, d.dy, dz, dzx,
                            d.scratch);
    for (size_t c = 0; c < d.channels; c++) {
      double want_dz, want_dzx;
      mcnn_naive_norm_gradient_sums(&d.naive, d.positions, d.x, d.dy, c, &want_dz, &want_dzx);
      assert_sum(dz[c], want_dz, (double)d.positions, 1);
      assert_sum(dzx[c], want_dzx, (double)d.positions, 2);
    }
    free(dzx);
    free(dz);
    tear_down(&d);
  }
}

static void check_backward(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < 2 * CASES; i++) {
    norm_data d = set_up(kernels, i / 2, i % 2);
    double *want = new_doubles(d.n);
    float *dx = new_floats(d.n);
    mcnn_naive_norm_backward(&d.naive, d.positions, d.x, d.dy, want);
    kernels->norm_backward(&d.norm, d.n, d.x, d.dy, dx);
    assert_close(d.n, dx, want, 1e-6);
    kernels->norm_backward(&d.norm, d.n, d.x, d.dy, d.dy); /* in place */
    assert_same_bytes(d.n, d.dy, dx);
    free(dx);
    free(want);
    tear_down(&d);
  }
}

/* --- with max-pooling ------------------------------------------------------------------------- */

static const mcnn_pool_geometry pools[] = {
    {4, 4, 1, 2, 2, 2, 2, 0, 0, 2, 2},     {9, 7, 17, 2, 2, 2, 2, 0, 0, 4, 3},
    {6, 5, 32, 1, 2, 1, 2, 0, 0, 6, 2},    {7, 8, 33, 3, 2, 3, 2, 0, 0, 2, 4},
    {40, 36, 3, 2, 2, 2, 2, 0, 0, 20, 18}, {5, 5, 70, 5, 3, 5, 3, 0, 0, 1, 1},
};

/* As the two kernels one after the other. */
static void check_pooled(const mcnn_kernels *kernels, const mcnn_pool_geometry *g, uint32_t relu) {
  const size_t positions = (size_t)g->in_height * g->in_width, n = positions * g->channels;
  const size_t out = (size_t)g->out_height * g->out_width * g->channels;
  const size_t period = mcnn_norm_period(kernels, g->channels);
  float *x = new_floats(n), *full = new_floats(n), *full_dy = new_floats(n), *dx = new_floats(n);
  float *y = new_floats(out), *want = new_floats(out), *dy = new_floats(out);
  float *want_dx = new_floats(n),
        *scratch = new_floats(mcnn_norm_scratch_floats(kernels, g->channels)), *values[5];
  uint8_t *argmax = new_bytes(out), *want_argmax = new_bytes(out);
  double *sums = new_doubles(4 * g->channels);
  numbers r = {.state = n};
  fill_uniform(&r, n, x);
  fill_uniform(&r, out, dy);
  for (size_t i = 0; i < 5; i++) {
    values[i] = new_floats(period);
    fill_uniform(&r, g->channels, values[i]);
    for (size_t c = g->channels; c < period; c++)
      values[i][c] = values[i][c - g->channels];
  }
  const mcnn_norm norm = norm_of(values, period, relu);
  kernels->norm_forward(&norm, n, x, full);
  kernels->maxpool_forward(g, full, 1, want, want_argmax);
  kernels->norm_pool_forward(&norm, g, x, y, argmax);
  assert_same_bytes(out, y, want);
  for (size_t i = 0; i < out; i++) /* among zeros of the ReLU any may be the first */
    assert_true(argmax[i] == want_argmax[i] || (relu && !(y[i] > 0)));
  kernels->norm_pool_forward(&norm, g, x, y, NULL);
  assert_same_bytes(out, y, want);
  kernels->maxpool_backward(g, argmax, dy, 1, full_dy);
  mcnn_norm_gradient_sums(kernels, &norm, g->channels, positions, x, full_dy, sums,
                          sums + g->channels, scratch);
  mcnn_norm_pool_gradient_sums(kernels, &norm, g, x, y, argmax, dy, sums + 2 * g->channels,
                               sums + 3 * g->channels, scratch);
  for (size_t i = 0; i < 2 * g->channels; i++)
    assert_sum(sums[2 * g->channels + i], sums[i], (double)positions, 2);
  kernels->norm_backward(&norm, n, x, full_dy, want_dx);
  mcnn_norm_pool_backward(kernels, &norm, g, x, y, argmax, dy, dx);
  for (size_t i = 0; i < n; i++)
    assert_sum((double)dx[i], (double)want_dx[i], 1, 4);
  for (size_t i = 0; i < 5; i++)
    free(values[i]);
  free(sums);
  free(want_argmax);
  free(argmax);
  free(scratch);
  free(want_dx);
  free(dy);
  free(want);
  free(y);
  free(dx);
  free(full_dy);
  free(full);
  free(x);
}

static void check_pools(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < 2 * (sizeof pools / sizeof pools[0]); i++)
    check_pooled(kernels, &pools[i / 2], i % 2);
}

static void pooled_is_normalised_and_pooled(void **state) {
  (void)state;
  for_each_isa(check_pools);
}

static void check_add(const mcnn_kernels *kernels) {
  for (size_t i = 0; i < 2 * CASES; i++) {
    norm_data d = set_up(kernels, i / 2, i % 2);
    float *sum = new_floats(d.n);
    kernels->add_forward(d.n, d.x, d.dy, i % 2, sum);
    for (size_t j = 0; j < d.n; j++) {
      const float want = d.x[j] + d.dy[j];
      assert_true(sum[j] == (i % 2 && want < 0 ? 0 : want));
    }
    free(sum);
    tear_down(&d);
  }
}

static void moments_match(void **state) {
  (void)state;
  for_each_isa(check_moments);
}

static void forward_matches(void **state) {
  (void)state;
  for_each_isa(check_forward);
}

static void gradient_sums_match(void **state) {
  (void)state;
  for_each_isa(check_gradient_sums);
}

static void backward_matches(void **state) {
  (void)state;
  for_each_isa(check_backward);
}

static void sums_of_two_match(void **state) {
  (void)state;
  for_each_isa(check_add);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(moments_match),       cmocka_unit_test(forward_matches),
      cmocka_unit_test(gradient_sums_match), cmocka_unit_test(backward_matches),
      cmocka_unit_test(sums_of_two_match),   cmocka_unit_test(pooled_is_normalised_and_pooled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
