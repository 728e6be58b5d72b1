/* A product with one row, where inputs are 0. */

#define MOST_BITS ((size_t)64)

/* Bit i: x[i] is not 0. n <= MOST_BITS */
static uint64_t nonzero_bits(const float *x, size_t n) {
  uint64_t bits = 0;
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    bits |= (uint64_t)vf_nonzero_bits(vf_load(x + i)) << i;
  if (i < n)
    bits |= (uint64_t)vf_nonzero_bits(vf_load_n(x + i, n - i)) << i;
  return bits;
}

/* The first set bit, which it clears. */
VF_INLINE size_t take_bit(uint64_t *bits) {
  const size_t first = (size_t)__builtin_ctzll(*bits);
  *bits &= *bits - 1;
  return first;
}

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

/* The same for few outputs, whose sums then never leave their registers: while they wait for each
 * other there is time to look for what is not 0. */
VF_INLINE void add_narrow(const size_t vectors, const mcnn_product *p, size_t last) {
  const float *x = p->a, *w = p->b;
  vf sum[MCNN_TILE_VECTORS];
  VF_EACH (v, vectors)
    sum[v] = load_some(v + 1 == vectors, p->c + v * VF_LANES, last);
  for (size_t left = p->depth, some; left > 0; left -= some, x += some, w += some * p->b_step) {
    some = mcnn_min(left, MOST_BITS);
    uint64_t active = nonzero_bits(x, some);
    while (active) {
      const size_t k = take_bit(&active);
      tile_step(1, vectors, 1, x + k, 0, w + k * p->b_step, last, &sum);
    }
  }
  VF_EACH (v, vectors)
    store_some(v + 1 == vectors, p->c + v * VF_LANES, sum[v], last);
}

static void add_sparse_inputs_narrow(const mcnn_product *p, size_t n) {
  if (n <= VF_LANES)
    add_narrow(1, p, n);
  else if (n <= (size_t)2 * VF_LANES)
    add_narrow(2, p, n - VF_LANES);
  else
    add_narrow(3, p, n - (size_t)2 * VF_LANES);
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
  if (n <= TILE_COLUMNS)
    add_sparse_inputs_narrow(p, n);
  sparse_inputs sparse;
  for (size_t k = 0; n > TILE_COLUMNS && k < p->depth; k += SPARSE_INPUTS) {
    const size_t some = p->depth - k < SPARSE_INPUTS ? p->depth - k : SPARSE_INPUTS;
    find_inputs(&sparse, p->a + k, some);
    add_sparse_inputs(&sparse, p->a + k, p->b + k * p->b_step, p->b_step, p->c, n);
  }
  finish_row(vf_set1(p->least), p->c, n);
}
