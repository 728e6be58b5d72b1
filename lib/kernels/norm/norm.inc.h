/* Normalisation by channel. The arrays of the channels are `period` floats long, which a row of
 * them is here: the channels, or so many repetitions of few that vectors are full. n ends with a
 * whole channel, not always with a whole row. Included once per instruction set. */

/* Vectors of a row that are worked on together, with what belongs to them in registers. */
#if VF_REGISTERS == 32
#define NORM_VECTORS ((size_t)4)
#else
#define NORM_VECTORS ((size_t)2)
#endif
#define NORM_SUM_VECTORS ((size_t)4) /* of sums, which need fewer */

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

VF_INLINE norm_column norm_begin(const int kind, const int partial, const mcnn_norm *norm,
                                 size_t at, size_t lanes) {
  norm_column c = {.sum = vf_zero(), .product = vf_zero()};
  if (kind != NORM_SUMS)
    c.mean = load_some(partial, norm->mean + at, lanes);
  if (kind >= NORM_GRADIENTS) {
    c.scale = load_some(partial, norm->scale + at, lanes);
    c.shift = load_some(partial, norm->shift + at, lanes);
  }
  if (kind == NORM_BACKWARD) {
    c.constant = load_some(partial, norm->constant + at, lanes);
    c.slope = load_some(partial, norm->slope + at, lanes);
  }
  return c;
}

/* The vector at `at` of a row; its lanes beyond `lanes` add nothing. */
VF_INLINE void norm_add(const int kind, const int partial, const uint32_t relu,
                        const norm_rows *rows, size_t at, size_t lanes, norm_column *c) {
  const vf x = load_some(partial, rows->x + at, lanes);
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
    store_some(partial, rows->out + at, relu ? vf_max(vf_zero(), y) : y, lanes);
    return;
  }
  const vf dy = load_some(partial, rows->dy + at, lanes);
  const vf dz = relu ? vf_where_positive(y, dy) : dy;
  if (kind == NORM_BACKWARD) {
    const vf constant = vf_fma(centered, c->slope, c->constant);
    store_some(partial, rows->out + at, vf_sub(vf_mul(dz, c->scale), constant), lanes);
    return;
  }
  c->sum = vf_add(c->sum, dz);
  c->product = vf_fma(dz, centered, c->product);
}

/* All rows, of the vectors from `i` of a row on; the last row ends after n floats of them all. */
VF_INLINE void norm_columns(const int kind, const size_t vectors, const mcnn_norm *norm, size_t n,
                            size_t i, norm_rows rows, float *sums, float *products) {
  const size_t period = norm->period;
  const uint32_t relu = norm->relu;
  const int partial = vectors == 1;
  norm_column columns[NORM_SUM_VECTORS];
  VF_EACH (v, vectors) {
    const size_t at = i + v * VF_LANES;
    columns[v] = norm_begin(kind, partial, norm, at, lanes_left(period, at));
  }
  for (; n >= period; n -= period) {
    VF_EACH (v, vectors) {
      const size_t at = i + v * VF_LANES;
      norm_add(kind, partial, relu, &rows, at, lanes_left(period, at), &columns[v]);
    }
    rows = (norm_rows){rows.x + period, rows.dy + period, rows.out + period};
  }
  VF_EACH (v, vectors) {
    const size_t at = i + v * VF_LANES, lanes = lanes_left(period, at);
    if (n > at) {
      const size_t left = lanes_left(n, at);
      if (kind == NORM_SQUARES) /* 0 in the lanes that are to add nothing */
        columns[v].mean = load_some(1, norm->mean + at, left);
      norm_add(kind, 1, relu, &rows, at, left, &columns[v]);
    }
    if (kind <= NORM_GRADIENTS)
      store_some(partial, sums + at, columns[v].sum, lanes);
    if (kind == NORM_GRADIENTS)
      store_some(partial, products + at, columns[v].product, lanes);
  }
}

VF_INLINE void norm_all(const int kind, const mcnn_norm *norm, size_t n, norm_rows rows,
                        float *sums, float *products) {
  const size_t vectors = kind < NORM_GRADIENTS ? NORM_SUM_VECTORS : NORM_VECTORS;
  size_t i = 0;
  for (; i + vectors * VF_LANES <= norm->period; i += vectors * VF_LANES)
    norm_columns(kind, vectors, norm, n, i, rows, sums, products);
  for (; i < norm->period; i += VF_LANES)
    norm_columns(kind, 1, norm, n, i, rows, sums, products);
}

static void norm_sums(const mcnn_norm *norm, size_t n, const float *x, float *sums) {
  norm_all(NORM_SUMS, norm, n, (norm_rows){x, x, sums}, sums, NULL);
}

static void norm_squares(const mcnn_norm *norm, size_t n, const float *x, float *sums) {
  norm_all(NORM_SQUARES, norm, n, (norm_rows){x, x, sums}, sums, NULL);
}

static void norm_gradient_sums(const mcnn_norm *norm, size_t n, const float *x, const float *dy,
                               float *sums, float *products) {
  norm_all(NORM_GRADIENTS, norm, n, (norm_rows){x, dy, sums}, sums, products);
}

/* Rows that stay in the first-level cache from one column to the next. */
#define NORM_BAND ((size_t)16)

static void norm_forward(const mcnn_norm *norm, size_t n, const float *x, float *y) {
  const size_t band = NORM_BAND * norm->period;
  for (size_t at = 0; at < n; at += band) {
    const size_t left = n - at < band ? n - at : band;
    norm_all(NORM_FORWARD, norm, left, (norm_rows){x + at, x, y + at}, NULL, NULL);
  }
}

static void norm_backward(const mcnn_norm *norm, size_t n, const float *x, const float *dy,
                          float *dx) {
  const size_t band = NORM_BAND * norm->period;
  for (size_t at = 0; at < n; at += band) {
    const size_t left = n - at < band ? n - at : band;
    const norm_rows rows = {x + at, dy + at, dx + at};
    norm_all(NORM_BACKWARD, norm, left, rows, NULL, NULL);
  }
}

/* The members of an instruction set's table that are above. */
#define NORM_KERNELS                                                                               \
  .norm_sums = norm_sums, .norm_squares = norm_squares, .norm_forward = norm_forward,              \
  .norm_gradient_sums = norm_gradient_sums, .norm_backward = norm_backward
