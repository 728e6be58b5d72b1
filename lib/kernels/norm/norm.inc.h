/* Normalisation by channel. The arrays of the channels are `period` floats long, which a row of
 * them is here: the channels, or so many repetitions of few that vectors are full. n ends with a
 * whole channel, not always with a whole row. Included once per instruction set. */

/* Vectors of a row that are worked on together, with what belongs to them in registers. */
#if VF_REGISTERS == 32
#define NORM_VECTORS ((size_t)4)
#elif !VF_SMALL
#define NORM_VECTORS ((size_t)2)
#else
#define NORM_VECTORS ((size_t)1)
#endif
#define NORM_SUM_VECTORS ((size_t)(NORM_VECTORS > 1 ? 4 : 1)) /* of sums, which need fewer */

/* What is computed. */
#define NORM_SUMS      0 /* the sum of x */
#define NORM_SQUARES   1 /* that of (x - mean)^2 */
#define NORM_GRADIENTS 2 /* those of dz, and of dz (x - mean) */
#define NORM_FORWARD   3 /* y = (x - mean) scale + shift */
#define NORM_BACKWARD  4 /* dx = scale dz - constant - (x - mean) slope */

/* The rows of a run of memory. */
typedef struct norm_rows {
  const float *x, *dy;
  float *out;
} norm_rows;

/* What belongs to a vector of a row. */
typedef struct norm_column {
  vf mean, scale, shift, constant, slope;
  vf sum, product;
} norm_column;

/* A whole vector, or one that memory may end in. */
VF_INLINE vf norm_load(const int partial, const float *p, size_t lanes) {
  return partial ? vf_load_some(p, lanes) : vf_load(p);
}

VF_INLINE void norm_store(const int partial, float *p, vf a, size_t lanes) {
  if (partial)
    vf_store_some(p, a, lanes);
  else
    vf_store(p, a);
}

VF_INLINE norm_column norm_begin(const int kind, const int partial, const mcnn_norm *norm,
                                 size_t at, size_t lanes) {
  norm_column c = {.sum = vf_zero(), .product = vf_zero()};
  if (kind != NORM_SUMS)
    c.mean = norm_load(partial, norm->mean + at, lanes);
  if (kind >= NORM_GRADIENTS) {
    c.scale = norm_load(partial, norm->scale + at, lanes);
    c.shift = norm_load(partial, norm->shift + at, lanes);
  }
  if (kind == NORM_BACKWARD) {
    c.constant = norm_load(partial, norm->constant + at, lanes);
    c.slope = norm_load(partial, norm->slope + at, lanes);
  }
  return c;
}

/* The vector at `at` of a row; its lanes beyond `lanes` add nothing. */
VF_INLINE void norm_add(const int kind, const int partial, const uint32_t relu,
                        const norm_rows *rows, size_t at, size_t lanes, norm_column *c) {
  const vf x = norm_load(partial, rows->x + at, lanes);
  if (kind == NORM_SUMS) {
    c->sum = vf_add(c->sum, x);
    return;
  }
  const vf centered = vf_sub(x, c->mean);
  if (kind == NORM_SQUARES) {
    c->sum = vf_fma(centered, centered, c->sum);
    return;
  }
  /* As the forward pass has it, to the last bit: to compute it takes less than to fetch it. */
  const vf y = vf_fma(centered, c->scale, c->shift);
  if (kind == NORM_FORWARD) {
    norm_store(partial, rows->out + at, relu ? vf_max(vf_zero(), y) : y, lanes);
    return;
  }
  const vf dy = norm_load(partial, rows->dy + at, lanes);
  const vf dz = relu ? vf_where_positive(y, dy) : dy;
  if (kind == NORM_BACKWARD) {
    const vf constant = vf_fma(centered, c->slope, c->constant);
    norm_store(partial, rows->out + at, vf_sub(vf_mul(dz, c->scale), constant), lanes);
    return;
  }
  c->sum = vf_add(c->sum, dz);
  c->product = vf_fma(dz, centered, c->product);
}

/* `count` rows, of the vectors from `i` on: several whole ones, or one that the row may end in
 * after `width` floats. Sums go on from those in memory. */
VF_INLINE void norm_columns(const int kind, const size_t vectors, const mcnn_norm *norm,
                            size_t count, size_t width, size_t i, norm_rows rows, float *sums,
                            float *products) {
  const size_t lanes = lanes_left(width, i), period = norm->period;
  const uint32_t relu = norm->relu;
  const int partial = vectors == 1;
  norm_column columns[NORM_SUM_VECTORS];
  VF_EACH (v, vectors) {
    const size_t at = i + v * VF_LANES;
    columns[v] = norm_begin(kind, partial, norm, at, lanes);
    if (kind <= NORM_GRADIENTS)
      columns[v].sum = norm_load(partial, sums + at, lanes);
    if (kind == NORM_GRADIENTS)
      columns[v].product = norm_load(partial, products + at, lanes);
  }
  for (; count > 0; count--) {
    VF_EACH (v, vectors)
      norm_add(kind, partial, relu, &rows, i + v * VF_LANES, lanes, &columns[v]);
    rows = (norm_rows){rows.x + period, rows.dy + period, rows.out + period};
  }
  VF_EACH (v, vectors) {
    const size_t at = i + v * VF_LANES;
    if (kind <= NORM_GRADIENTS)
      norm_store(partial, sums + at, columns[v].sum, lanes);
    if (kind == NORM_GRADIENTS)
      norm_store(partial, products + at, columns[v].product, lanes);
  }
}

/* Up to `band` rows at a time, of so many vectors. The row that n ends in comes last. */
VF_INLINE void norm_all(const int kind, const size_t vectors, size_t band, const mcnn_norm *norm,
                        size_t n, norm_rows rows, float *sums, float *products) {
  if (kind <= NORM_GRADIENTS)
    memset(sums, 0, norm->period * sizeof *sums);
  if (kind == NORM_GRADIENTS)
    memset(products, 0, norm->period * sizeof *products);
  while (n > 0) {
    const size_t width = mcnn_min(n, norm->period), count = mcnn_min(n / width, band);
    size_t i = 0;
    for (; vectors > 1 && i + vectors * VF_LANES <= width; i += vectors * VF_LANES)
      norm_columns(kind, vectors, norm, count, width, i, rows, sums, products);
    for (; i < width; i += VF_LANES)
      norm_columns(kind, 1, norm, count, width, i, rows, sums, products);
    const size_t done = count * width;
    rows = (norm_rows){rows.x + done, rows.dy + done, rows.out + done};
    n -= done;
  }
}

/* Rows that stay in the first-level cache from one column to the next. */
#define NORM_BAND ((size_t)16)

static void norm_sums(const mcnn_norm *norm, size_t n, const float *x, float *sums) {
  norm_all(NORM_SUMS, NORM_SUM_VECTORS, n, norm, n, (norm_rows){x, x, sums}, sums, NULL);
}

static void norm_squares(const mcnn_norm *norm, size_t n, const float *x, float *sums) {
  norm_all(NORM_SQUARES, NORM_SUM_VECTORS, n, norm, n, (norm_rows){x, x, sums}, sums, NULL);
}

static void norm_gradient_sums(const mcnn_norm *norm, size_t n, const float *x, const float *dy,
                               float *sums, float *products) {
  norm_all(NORM_GRADIENTS, NORM_VECTORS, n, norm, n, (norm_rows){x, dy, sums}, sums, products);
}

static void norm_forward(const mcnn_norm *norm, size_t n, const float *x, float *y) {
  norm_all(NORM_FORWARD, NORM_VECTORS, NORM_BAND, norm, n, (norm_rows){x, x, y}, NULL, NULL);
}

static void norm_backward(const mcnn_norm *norm, size_t n, const float *x, const float *dy,
                          float *dx) {
  norm_all(NORM_BACKWARD, NORM_VECTORS, NORM_BAND, norm, n, (norm_rows){x, dy, dx}, NULL, NULL);
}

/* The members of an instruction set's table that are above. */
#define NORM_KERNELS                                                                               \
  .norm_sums = norm_sums, .norm_squares = norm_squares, .norm_forward = norm_forward,              \
  .norm_gradient_sums = norm_gradient_sums, .norm_backward = norm_backward
