/* Dense layers. Measured on one core of a shared Zen 4, processor time in us/image: the medians
 * that tests/bench/bench_dense.c prints (41 rounds), with half of x 0 as behind a ReLU; OpenBLAS
 * 0.3.21 whole, and in pieces that stay on the calling thread. 32 x 512 x 1000 at the processor's
 * peak of 118 GF/s takes 8.8.
 *
 *                                   AVX-512   AVX2   OpenBLAS   in pieces
 *   512 -> 1000 forward, 1 row         13.0   12.5       26.6        26.3
 *   512 -> 1000 forward, 32 rows        9.8   11.5       12.1        10.4
 *   512 -> 1000 forward, 1000 rows      9.7    8.2       10.5        11.4
 *   512 -> 1000 dw, 32 rows             7.0    9.7       10.8         9.4
 *   512 -> 1000 dw and dx, 32 rows     13.6   15.2       24.6        23.1
 *   1000 -> 10 forward, 32 rows         0.28   0.34       0.30        0.30
 *   1000 -> 10 dw and dx, 32 rows       0.61   0.78       0.65        0.70
 *
 * So these kernels serve every dense layer; OpenBLAS would also tie results to the batch.
 */

/* --- forward --------------------------------------------------------------------------------- */

#if !FEW_FORMS
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
#define SPARSE_STEP ((size_t)4)

VF_INLINE void add_inputs(const size_t inputs, const size_t *at, const float *x, const float *w,
                          size_t w_row, float *y, size_t n) {
  vf xi[SPARSE_STEP];
  const float *wi[SPARSE_STEP];
  VF_EACH (i, inputs) {
    xi[i] = vf_set1(x[at[i]]);
    wi[i] = w + at[i] * w_row;
  }
  size_t j = 0;
  for (; j + VF_LANES <= n; j += VF_LANES) {
    vf sum = vf_load(y + j);
    VF_EACH (i, inputs)
      sum = vf_fma(xi[i], vf_load(wi[i] + j), sum);
    vf_store(y + j, sum);
  }
  if (j == n)
    return;
  vf sum = vf_load_n(y + j, n - j);
  VF_EACH (i, inputs)
    sum = vf_fma(xi[i], vf_load_n(wi[i] + j, n - j), sum);
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
  vf sum[TILE_VECTORS];
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

static void finish_row(tile_finish finish, float *y, size_t n) {
  size_t j = 0;
  for (; j + VF_LANES <= n; j += VF_LANES)
    vf_store(y + j, finished(finish, vf_load(y + j)));
  vf_store_n(y + j, finished(finish, vf_load_n(y + j, n - j)), n - j);
}

static void multiply_row(const product *p, size_t n) {
  memcpy(p->c, p->start, n * sizeof *p->c);
  sparse_inputs sparse;
  for (size_t k = 0; k < p->depth; k += SPARSE_INPUTS) {
    const size_t some = p->depth - k < SPARSE_INPUTS ? p->depth - k : SPARSE_INPUTS;
    find_inputs(&sparse, p->a + k, some);
    (n <= TILE_COLUMNS ? add_sparse_inputs_narrow : add_sparse_inputs)(
        &sparse, p->a + k, p->b + k * p->b_step, p->b_step, p->c, n);
  }
  finish_row(p->finish, p->c, n);
}

static void multiply_forward(product p, size_t rows, size_t columns, uint32_t relu_input) {
  if (relu_input && rows >= SPARSE_LEAST_ROWS && columns >= SPARSE_LEAST_COLUMNS) {
    multiply_sparse(p, rows, columns);
    return;
  }
  const size_t tiled = rows / 4 * 4;
  if (tiled > 0)
    multiply(p, tiled, columns);
  p.a += tiled * p.a_row;
  p.c += tiled * p.c_row;
  for (size_t r = tiled; r < rows; r++, p.a += p.a_row, p.c += p.c_row)
    multiply_row(&p, columns);
}

#endif

void MCNN_ISA_SUFFIX(mcnn_dense_forward)(const mcnn_dense_geometry *g, const float *w,
                                         const float *bias, const float *x, size_t rows, float *y) {
  product p = {.a = x,
               .a_row = g->x_step,
               .a_step = 1,
               .b = w,
               .b_step = g->outputs,
               .c = y,
               .c_row = g->y_step,
               .start = bias,
               .start_row = 0,
               .depth = g->inputs,
               .finish = g->relu ? FINISH_RELU : FINISH_LINEAR};
#if FEW_FORMS
  multiply(p, rows, g->outputs);
#else
  multiply_forward(p, rows, g->outputs, g->relu_input);
#endif
}

/* --- backward -------------------------------------------------------------------------------- */

static void weight_gradient(const mcnn_dense_geometry *g, const float *x, const float *dz,
                            size_t rows, float *dw) {
  const product p = {.a = x,
                     .a_row = 1,
                     .a_step = g->x_step,
                     .b = dz,
                     .b_step = g->y_step,
                     .c = dw,
                     .c_row = g->outputs,
                     .depth = rows,
                     .finish = FINISH_STORE};
  multiply(p, g->inputs, g->outputs);
}

#if !FEW_FORMS
/* Parts of a layer are sparse or not alike, so that their partial gradients can be added up. */
static int is_sparse(const mcnn_dense_geometry *g) {
  return g->relu_input && g->y_step >= SPARSE_LEAST_COLUMNS;
}
#endif

/* Partial gradients of x: [rows][inputs], but sparse ones, which see. */
void MCNN_ISA_SUFFIX(mcnn_dense_backward)(const mcnn_dense_geometry *g, const float *w,
                                          const float *x, const float *dz, size_t rows, float *dw,
                                          float *partial_dx) {
#if !FEW_FORMS
  if (is_sparse(g)) {
    backward_sparse(g, w, x, dz, rows, dw, partial_dx);
    return;
  }
#endif
  if (partial_dx)
    gemm(0, 1, rows, g->inputs, g->outputs, dz, g->y_step, w, g->outputs, 0, partial_dx, g->inputs);
  weight_gradient(g, x, dz, rows, dw);
}

size_t MCNN_ISA_SUFFIX(mcnn_dense_dx_floats)(const mcnn_dense_geometry *g, size_t rows) {
#if !FEW_FORMS
  if (is_sparse(g))
    return sparse_dx_floats(g, rows);
#endif
  return rows * g->inputs;
}

void MCNN_ISA_SUFFIX(mcnn_dense_dx_finish)(const mcnn_dense_geometry *g, const float *x,
                                           size_t rows, const float *partial_dx, size_t parts,
                                           size_t stride, float *dx) {
#if !FEW_FORMS
  if (is_sparse(g)) {
    finish_sparse_dx(g, x, rows, partial_dx, parts, stride, dx);
    return;
  }
#endif
  (void)x;
  for (size_t r = 0; r < rows; r++, partial_dx += g->inputs, dx += g->x_step) {
    memcpy(dx, partial_dx, g->inputs * sizeof *dx);
    for (size_t part = 1; part < parts; part++)
      MCNN_ISA_SUFFIX(mcnn_add)(g->inputs, partial_dx + part * stride, dx);
  }
}

VF_INLINE void mask_vector(const mcnn_dense_geometry *g, const float *y, const float *dy,
                           size_t rows, float *dz, float *db, size_t lanes) {
  vf sum = vf_zero();
  for (size_t r = 0; r < rows; r++) {
    const size_t at = r * g->y_step;
    vf d = vf_load_n(dy + at, lanes);
    if (g->relu)
      d = vf_where_positive(vf_load_n(y + at, lanes), d);
    vf_store_n(dz + at, d, lanes);
    sum = vf_add(sum, d);
  }
  vf_store_n(db, sum, lanes);
}

void MCNN_ISA_SUFFIX(mcnn_dense_mask)(const mcnn_dense_geometry *g, const float *y, const float *dy,
                                      size_t rows, float *dz, float *db) {
  for (size_t j = 0; j < g->outputs; j += VF_LANES) {
    const size_t rest = g->outputs - j;
    mask_vector(g, y + j, dy + j, rows, dz + j, db + j, rest < VF_LANES ? rest : VF_LANES);
  }
}
