/* Normalisation by channel. The arrays of the channels are `period` floats long, which a row of
 * them is here: the channels, or so many repetitions of few that vectors are full. n ends with a
 * whole channel, not always with a whole row. Included once per instruction set. */

/* Vectors of a row whose sums are in registers together. */
#define NORM_VECTORS ((size_t)4)

/* What is added up. */
#define NORM_SUMS      0 /* x */
#define NORM_SQUARES   1 /* (x - mean)^2 */
#define NORM_GRADIENTS 2 /* dz, and dz (x - mean) */

/* The rows of a run of memory. */
typedef struct norm_rows {
  const float *x, *y, *dy;
} norm_rows;

VF_INLINE vf norm_dz(const int partial, const mcnn_norm *norm, const float *y, const float *dy,
                     size_t lanes) {
  const vf dz = load_some(partial, dy, lanes);
  return norm->relu ? vf_where_positive(load_some(partial, y, lanes), dz) : dz;
}

/* Adds the vector at `at` of a row; its lanes beyond `lanes` add nothing. */
VF_INLINE void norm_add(const int kind, const int partial, const mcnn_norm *norm,
                        const norm_rows *rows, size_t at, size_t lanes, vf *sum, vf *product) {
  const vf x = load_some(partial, rows->x + at, lanes);
  if (kind == NORM_SUMS) {
    *sum = vf_add(*sum, x);
    return;
  }
  const vf centered = vf_sub(x, load_some(partial, norm->mean + at, lanes));
  if (kind == NORM_SQUARES) {
    *sum = vf_fma(centered, centered, *sum);
    return;
  }
  const vf dz = norm_dz(partial, norm, rows->y + at, rows->dy + at, lanes);
  *sum = vf_add(*sum, dz);
  *product = vf_fma(dz, centered, *product);
}

/* The sums over all rows, for the vectors from `i` of a row on; the last row ends after n floats
 * of them all. */
VF_INLINE void norm_columns(const int kind, const size_t vectors, const mcnn_norm *norm, size_t n,
                            size_t i, norm_rows rows, float *sums, float *products) {
  const size_t period = norm->period;
  vf sum[NORM_VECTORS], product[NORM_VECTORS];
  VF_EACH (v, vectors)
    sum[v] = product[v] = vf_zero();
  for (; n >= period; n -= period, rows.x += period, rows.y += period, rows.dy += period)
    VF_EACH (v, vectors)
      norm_add(kind, vectors == 1, norm, &rows, i + v * VF_LANES,
               lanes_left(period, i + v * VF_LANES), &sum[v], &product[v]);
  VF_EACH (v, vectors) {
    const size_t at = i + v * VF_LANES, lanes = lanes_left(period, at);
    if (n > at)
      norm_add(kind, 1, norm, &rows, at, lanes_left(n, at), &sum[v], &product[v]);
    store_some(vectors == 1, sums + at, sum[v], lanes);
    if (kind == NORM_GRADIENTS)
      store_some(vectors == 1, products + at, product[v], lanes);
  }
}

VF_INLINE void norm_add_up(const int kind, const mcnn_norm *norm, size_t n, norm_rows rows,
                           float *sums, float *products) {
  size_t i = 0;
  for (; i + NORM_VECTORS * VF_LANES <= norm->period; i += NORM_VECTORS * VF_LANES)
    norm_columns(kind, NORM_VECTORS, norm, n, i, rows, sums, products);
  for (; i < norm->period; i += VF_LANES)
    norm_columns(kind, 1, norm, n, i, rows, sums, products);
}

static void norm_sums(const mcnn_norm *norm, size_t n, const float *x, float *sums) {
  norm_add_up(NORM_SUMS, norm, n, (norm_rows){x, x, x}, sums, NULL);
}

static void norm_squares(const mcnn_norm *norm, size_t n, const float *x, float *sums) {
  norm_add_up(NORM_SQUARES, norm, n, (norm_rows){x, x, x}, sums, NULL);
}

static void norm_gradient_sums(const mcnn_norm *norm, size_t n, const float *x, const float *y,
                               const float *dy, float *sums, float *products) {
  norm_add_up(NORM_GRADIENTS, norm, n, (norm_rows){x, y, dy}, sums, products);
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
  const vf dz = norm_dz(partial, norm, y + i, dy + i, lanes);
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
  .norm_sums = norm_sums, .norm_squares = norm_squares, .norm_forward = norm_forward,              \
  .norm_gradient_sums = norm_gradient_sums, .norm_backward = norm_backward
