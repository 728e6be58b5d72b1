/* A product with one row, where inputs are 0. */

/* The inputs of one row that are not 0: after ReLU and max-pooling half of them are. A product with
 * one row only waits for w, so that rows of w that are not read save their time. Where all of w is
 * finite the result is that of the tiles, to the last bit. */
#define SPARSE_INPUTS ((size_t)512)

typedef struct sparse_inputs {
  size_t count;
  size_t at[SPARSE_INPUTS];
} sparse_inputs;

static void find_inputs(sparse_inputs *s, const float *x, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    s->at[count] = i;
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    count += bits << 1 != 0; /* the sign of a zero does not matter */
  }
  s->count = count;
}

/* y += the products of `inputs` inputs; the next ones are on their way from memory meanwhile. */
#if VF_LANES == 4 && VF_REGISTERS == 32
#define SPARSE_STEP ((size_t)8)
#else
#define SPARSE_STEP ((size_t)4)
#endif

VF_INLINE void add_inputs(const size_t inputs, const size_t *at, const float *x, const float *w,
                          size_t w_row, float *y, size_t n) {
  vf_factor xi[SPARSE_STEP];
  const float *wi[SPARSE_STEP];
  VF_EACH (i, inputs) {
    xi[i] = vf_load_factor(x + at[i]);
    wi[i] = w + at[i] * w_row;
  }
  size_t j = 0;
  for (; j + VF_LANES <= n; j += VF_LANES) {
    vf sum = vf_load(y + j);
    VF_EACH (i, inputs)
      sum = vf_fma_factor(xi[i], vf_load(wi[i] + j), sum);
    vf_store(y + j, sum);
  }
  if (j == n)
    return;
  vf sum = vf_load_n(y + j, n - j);
  VF_EACH (i, inputs)
    sum = vf_fma_factor(xi[i], vf_load_n(wi[i] + j, n - j), sum);
  vf_store_n(y + j, sum, n - j);
}

static void add_sparse_inputs(const sparse_inputs *s, const float *x, const float *w, size_t w_row,
                              float *y, size_t n) {
  size_t i = 0;
  for (; i + SPARSE_STEP <= s->count; i += SPARSE_STEP)
    add_inputs(SPARSE_STEP, s->at + i, x, w, w_row, y, n);
  for (; i < s->count; i++)
    add_inputs(1, s->at + i, x, w, w_row, y, n);
}

/* The same for few outputs, whose sums then never leave their registers. */
VF_INLINE void add_narrow(const size_t vectors, const sparse_inputs *s, const float *x,
                          const float *w, size_t w_row, float *y, size_t last) {
  vf sum[MCNN_TILE_VECTORS];
  VF_EACH (v, vectors)
    sum[v] = load_some(v + 1 == vectors, y + v * VF_LANES, last);
  for (size_t i = 0; i < s->count; i++)
    tile_step(1, vectors, 1, x + s->at[i], 0, w + s->at[i] * w_row, last, &sum);
  VF_EACH (v, vectors)
    store_some(v + 1 == vectors, y + v * VF_LANES, sum[v], last);
}

static void add_sparse_inputs_narrow(const sparse_inputs *s, const float *x, const float *w,
                                     size_t w_row, float *y, size_t n) {
  if (n <= VF_LANES)
    add_narrow(1, s, x, w, w_row, y, n);
  else if (n <= (size_t)2 * VF_LANES)
    add_narrow(2, s, x, w, w_row, y, n - VF_LANES);
  else
    add_narrow(3, s, x, w, w_row, y, n - (size_t)2 * VF_LANES);
}

static void finish_row(vf least, float *y, size_t n) {
  size_t j = 0;
  for (; j + VF_LANES <= n; j += VF_LANES)
    vf_store(y + j, finished(least, vf_load(y + j)));
  vf_store_n(y + j, finished(least, vf_load_n(y + j, n - j)), n - j);
}

static void multiply_row(const mcnn_product *p, size_t n) {
  if (p->start)
    memcpy(p->c, p->start, n * sizeof *p->c);
  else
    memset(p->c, 0, n * sizeof *p->c);
  sparse_inputs sparse;
  for (size_t k = 0; k < p->depth; k += SPARSE_INPUTS) {
    const size_t some = p->depth - k < SPARSE_INPUTS ? p->depth - k : SPARSE_INPUTS;
    find_inputs(&sparse, p->a + k, some);
    (n <= TILE_COLUMNS ? add_sparse_inputs_narrow : add_sparse_inputs)(
        &sparse, p->a + k, p->b + k * p->b_step, p->b_step, p->c, n);
  }
  finish_row(vf_set1(p->least), p->c, n);
}
