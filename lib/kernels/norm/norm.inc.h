/* Normalisation by channel. The arrays of the channels are `period` floats long, which a row of
 * them is here: the channels, or so many repetitions of few that vectors are full. n ends with a
 * whole channel, not always with a whole row. Included once per instruction set. */

/* Vectors of a row whose sums are in registers together. */
#define NORM_VECTORS MCNN_NORM_VECTORS

VF_INLINE vf norm_dz(uint32_t relu, const float *y, const float *dy, size_t lanes) {
  const vf dz = vf_load_some(dy, lanes);
  return relu ? vf_where_positive(vf_load_some(y, lanes), dz) : dz;
}

/* Sums of some columns of the rows. */
typedef struct norm_columns {
  int moments;             /* dz is x - mean */
  const float *x, *y, *dy; /* of the next row */
  const float *mean;
  vf sum[NORM_VECTORS], product[NORM_VECTORS];
} norm_columns;

/* Adds so many rows, the first n floats of each; moments: dz is x - mean. */
VF_INLINE void norm_add_rows(const int moments, const uint32_t relu, const mcnn_norm *norm,
                             norm_columns *c, size_t rows, size_t n) {
  const size_t period = norm->period;
  const float *x = c->x, *y = c->y, *dy = c->dy;
  vf mean[NORM_VECTORS], sum[NORM_VECTORS], product[NORM_VECTORS];
  size_t lanes[NORM_VECTORS];
  VF_EACH (v, NORM_VECTORS) {
    lanes[v] = n > v * VF_LANES ? lanes_left(n, v * VF_LANES) : 0;
    mean[v] = vf_load_some(c->mean + v * VF_LANES, lanes[v]);
    sum[v] = c->sum[v];
    product[v] = c->product[v];
  }
  for (; rows > 0; --rows, x += period, y += period, dy += period) {
    VF_EACH (v, NORM_VECTORS) {
      const size_t at = v * VF_LANES;
      const vf centered = vf_sub(vf_load_some(x + at, lanes[v]), mean[v]);
      const vf dz = moments ? centered : norm_dz(relu, y + at, dy + at, lanes[v]);
      sum[v] = vf_add(sum[v], dz);
      product[v] = vf_fma(dz, centered, product[v]);
    }
  }
  VF_EACH (v, NORM_VECTORS) {
    c->sum[v] = sum[v];
    c->product[v] = product[v];
  }
  c->x = x;
  c->y = y;
  c->dy = dy;
}

static void norm_add_moments(const mcnn_norm *norm, norm_columns *c, size_t rows, size_t n) {
  norm_add_rows(1, 0, norm, c, rows, n);
}

static void norm_add_gradients(const mcnn_norm *norm, norm_columns *c, size_t rows, size_t n) {
  norm_add_rows(0, norm->relu, norm, c, rows, n);
}

static void norm_sums(const mcnn_norm *norm, size_t n, const float *x, const float *y,
                      const float *dy, float *sums, float *products) {
  const size_t period = norm->period, rest = n % period;
  void (*const add_rows)(const mcnn_norm *, norm_columns *, size_t, size_t) =
      dy ? norm_add_gradients : norm_add_moments;
  y = dy ? y : x;
  dy = dy ? dy : x;
  for (size_t i = 0; i < period; i += NORM_VECTORS * VF_LANES) {
    norm_columns c = {.x = x + i, .y = y + i, .dy = dy + i, .mean = norm->mean + i};
    add_rows(norm, &c, n / period, period - i);
    if (rest > i)
      add_rows(norm, &c, 1, rest - i);
    VF_LOOP (v, NORM_VECTORS) {
      const size_t at = i + v * VF_LANES, lanes = at < period ? lanes_left(period, at) : 0;
      vf_store_some(sums + at, c.sum[v], lanes);
      vf_store_some(products + at, c.product[v], lanes);
    }
  }
}

/* --- forward ---------------------------------------------------------------------------------- */

VF_INLINE void norm_vector(const int partial, const mcnn_norm *norm, vf least, size_t i,
                           size_t lanes, const float *x, float *y) {
  const vf centered =
      vf_sub(load_some(partial, x + i, lanes), load_some(partial, norm->mean + i, lanes));
  const vf result = vf_fma(centered, load_some(partial, norm->scale + i, lanes),
                           load_some(partial, norm->shift + i, lanes));
  store_some(partial, y + i, vf_max(least, result), lanes);
}

static void norm_forward(const mcnn_norm *norm, size_t n, const float *x, float *y) {
  const vf least = vf_set1(norm->relu ? 0.0f : -INFINITY);
  for (size_t rows = n; rows > 0;) {
    const size_t length = rows < norm->period ? rows : norm->period;
    size_t i = 0;
    for (; i + VF_LANES <= length; i += VF_LANES)
      norm_vector(0, norm, least, i, VF_LANES, x, y);
    if (i < length)
      norm_vector(1, norm, least, i, length - i, x, y);
    rows -= length;
    x += length;
    y += length;
  }
}

/* --- backward --------------------------------------------------------------------------------- */

/* dx = scale dz - constant - (x - mean) slope */
VF_INLINE void norm_dx_vector(const int partial, const mcnn_norm *norm, size_t i, size_t lanes,
                              const float *x, const float *y, const float *dy, float *dx) {
  const vf dz = norm_dz(norm->relu, y + i, dy + i, lanes);
  const vf centered =
      vf_sub(load_some(partial, x + i, lanes), load_some(partial, norm->mean + i, lanes));
  const vf constant = vf_fma(centered, load_some(partial, norm->slope + i, lanes),
                             load_some(partial, norm->constant + i, lanes));
  const vf scaled = vf_mul(dz, load_some(partial, norm->scale + i, lanes));
  store_some(partial, dx + i, vf_sub(scaled, constant), lanes);
}

static void norm_backward(const mcnn_norm *norm, size_t n, const float *x, const float *y,
                          const float *dy, float *dx) {
  for (size_t rows = n; rows > 0;) {
    const size_t length = rows < norm->period ? rows : norm->period;
    size_t i = 0;
    for (; i + VF_LANES <= length; i += VF_LANES)
      norm_dx_vector(0, norm, i, VF_LANES, x, y, dy, dx);
    if (i < length)
      norm_dx_vector(1, norm, i, length - i, x, y, dy, dx);
    rows -= length;
    x += length;
    y += length;
    dy += length;
    dx += length;
  }
}

/* The members of an instruction set's table that are above. */
#define NORM_KERNELS                                                                               \
  .norm_sums = norm_sums, .norm_forward = norm_forward, .norm_backward = norm_backward
