/* Register tiles of matrix products.
 *
 * Broadcast tile: rows of C from single elements of A times vectors of B. Any strides of A, so it
 * serves A and A transposed. Every element of C is one chain of multiply-adds in the order of k,
 * whatever the tile it fell into: results do not depend on how a product is cut.
 *
 * Dot tile: elements of C as dot products of rows of A with rows of B (B transposed). Lane l adds
 * up the products k = l, l + VF_LANES, ... in order; the lanes are added in the order of vf_sum().
 */

/* 24 of 32 registers hold sums on AVX-512; 12 of 16 elsewhere. */
#if VF_LANES == 16
#define TILE_ROWS ((size_t)8)
#else
#define TILE_ROWS ((size_t)4)
#endif
#define TILE_VECTORS ((size_t)3)
#define TILE_COLUMNS (TILE_VECTORS * VF_LANES)

/* Vectors of four lanes are the baseline's, which on x86-64 serves processors from before 2013
 * only: there the fewest forms of each kernel do. */
#define FEW_FORMS (VF_LANES == 4)

typedef enum tile_finish { FINISH_STORE, FINISH_LINEAR, FINISH_RELU } tile_finish;

/* C[rows][columns] = start + sum over k < depth of A(row, k) B[k][column] */
typedef struct product {
  const float *a;
  size_t a_row, a_step; /* floats from row to row, from k to k + 1 */
  const float *b;
  size_t b_step;
  float *c;
  size_t c_row;
  const float *start; /* NULL: zeros */
  size_t start_row;   /* 0: the same for every row (a bias) */
  size_t depth;
  tile_finish finish;
} product;

/* Adding +0 turns -0 into +0: whether zero inputs were skipped or multiplied leaves no trace. */
VF_INLINE vf finished(tile_finish finish, vf sum) {
  if (finish == FINISH_STORE)
    return sum;
  sum = vf_add(sum, vf_zero());
  return finish == FINISH_RELU ? vf_max(vf_zero(), sum) : sum;
}

/* sum[r][v] += A(r, k) B[k][v] for one k. `last`: lanes of the last vector, all unless partial. */
VF_INLINE void tile_step(const size_t rows, const size_t vectors, const int partial, const float *a,
                         size_t a_row, const float *b, size_t last, vf sum[][TILE_VECTORS]) {
  vf bk[TILE_VECTORS];
  VF_EACH (v, vectors)
    bk[v] = vf_in_register(load_some(partial && v + 1 == vectors, b + v * VF_LANES, last));
  VF_EACH (r, rows) {
    const vf ak = vf_set1(a[r * a_row]);
    VF_EACH (v, vectors)
      sum[r][v] = vf_fma(ak, bk[v], sum[r][v]);
  }
}

VF_INLINE void tile(const size_t rows, const size_t vectors, const int partial, const product *p,
                    size_t last) {
  vf sum[TILE_ROWS][TILE_VECTORS];
  VF_EACH (r, rows)
    VF_EACH (v, vectors)
      sum[r][v] = p->start ? load_some(partial && v + 1 == vectors,
                                       p->start + r * p->start_row + v * VF_LANES, last)
                           : vf_zero();

  const float *a = p->a, *b = p->b;
  const size_t a_row = p->a_row, a_step = p->a_step, b_step = p->b_step;
  for (size_t k = p->depth; k > 0; k--, a += a_step, b += b_step)
    tile_step(rows, vectors, partial, a, a_row, b, last, sum);

  VF_EACH (r, rows)
    VF_EACH (v, vectors)
      store_some(partial && v + 1 == vectors, p->c + r * p->c_row + v * VF_LANES,
                 finished(p->finish, sum[r][v]), last);
}

typedef void (*tile_function)(const product *p, size_t last);

/* With AVX-512 a masked load costs what a whole one does, so that one tile serves both. */
#define MASK_IS_FREE (VF_LANES == 16)

/* Few forms: three vectors are whole ones, and instead of two there is one at a time. */
#define ALWAYS_WHOLE(vectors) (FEW_FORMS && (vectors) > 1)

#define TILE(rows, vectors)                                                                        \
  static void tile_##rows##x##vectors(const product *p, size_t last) {                             \
    if (ALWAYS_WHOLE(vectors) || (last == VF_LANES && !MASK_IS_FREE))                              \
      tile(rows, vectors, 0, p, last);                                                             \
    else                                                                                           \
      tile(rows, vectors, 1, p, last);                                                             \
  }
TILE(1, 1)
TILE(1, 3)
TILE(4, 1)
TILE(4, 3)
#if FEW_FORMS
#define tile_1x2 NULL
#define tile_4x2 NULL
#else
TILE(1, 2)
TILE(4, 2)
#endif
#if VF_LANES == 16
TILE(8, 1)
TILE(8, 2)
TILE(8, 3)
#endif
#undef TILE

/* rows: 1, 4 or, on AVX-512, 8 */
static tile_function tile_of(size_t rows, size_t vectors) {
  static const tile_function tiles[][TILE_VECTORS] = {
    {tile_1x1, tile_1x2, tile_1x3},
    {tile_4x1, tile_4x2, tile_4x3},
#if VF_LANES == 16
    {tile_8x1, tile_8x2, tile_8x3},
#endif
  };
  return tiles[rows / 4][vectors - 1];
}

/* How many of `rows` rows the next tile takes: tile_of()'s sizes. */
static size_t tile_rows(size_t rows) {
  return rows >= TILE_ROWS ? TILE_ROWS : rows >= 4 ? 4 : 1;
}

/* All rows of one panel of at most TILE_COLUMNS columns. */
static void multiply_panel(product p, size_t rows, size_t columns) {
  const size_t vectors = (columns + VF_LANES - 1) / VF_LANES;
  const size_t last = columns - (vectors - 1) * VF_LANES;
  while (rows > 0) {
    const size_t take = tile_rows(rows);
    tile_of(take, vectors)(&p, last);
    p.a += take * p.a_row;
    p.c += take * p.c_row;
    if (p.start)
      p.start += take * p.start_row;
    rows -= take;
  }
}

/* So many k at a time that the panel of B stays in the second-level cache for all rows. */
#define PANEL_DEPTH ((size_t)1024)

static void multiply_columns(product p, size_t rows, size_t columns) {
  const tile_finish finish = p.finish;
  size_t depth = p.depth;
  do {
    p.depth = depth < PANEL_DEPTH ? depth : PANEL_DEPTH;
    depth -= p.depth;
    p.finish = depth > 0 ? FINISH_STORE : finish;
    multiply_panel(p, rows, columns);
    p.a += p.depth * p.a_step;
    p.b += p.depth * p.b_step;
    p.start = p.c;
    p.start_row = p.c_row;
  } while (depth > 0);
}

/* The next panel of the columns that are left. */
static size_t panel_columns(size_t columns) {
  if (columns >= TILE_COLUMNS)
    return TILE_COLUMNS;
  return FEW_FORMS && columns > VF_LANES ? VF_LANES : columns;
}

static void multiply(product p, size_t rows, size_t columns) {
  for (size_t j = 0, wide; j < columns; j += wide) {
    wide = panel_columns(columns - j);
    product panel = p;
    panel.b += j;
    panel.c += j;
    if (p.start)
      panel.start += j;
    multiply_columns(panel, rows, wide);
  }
}

#if !FEW_FORMS

/* C[rows][columns] (+)= A[rows][depth] B[columns][depth]^T */
typedef struct dot_product {
  const float *a;
  size_t a_row;
  const float *b;
  size_t b_row;
  float *c;
  size_t c_row;
  size_t depth;
  int accumulate;
} dot_product;

#if VF_LANES == 16
#define DOT_ROWS ((size_t)4)
#else
#define DOT_ROWS ((size_t)2)
#endif
#define DOT_COLUMNS ((size_t)4)

VF_INLINE void dot_step(const size_t rows, const size_t columns, const int partial,
                        const dot_product *p, size_t k, size_t lanes,
                        vf sum[DOT_ROWS][DOT_COLUMNS]) {
  vf ak[DOT_ROWS];
  VF_EACH (r, rows)
    ak[r] = vf_in_register(load_some(partial, p->a + r * p->a_row + k, lanes));
  VF_EACH (c, columns) {
    const vf bk = vf_in_register(load_some(partial, p->b + c * p->b_row + k, lanes));
    VF_EACH (r, rows)
      sum[r][c] = vf_fma(ak[r], bk, sum[r][c]);
  }
}

VF_INLINE void dot_store(const size_t columns, const vf sum[DOT_COLUMNS], int accumulate,
                         float *c) {
  float sums[DOT_COLUMNS];
  if (columns == DOT_COLUMNS)
    vf_store_sums(sums, sum[0], sum[1], sum[2], sum[3]);
  else
    sums[0] = vf_sum(sum[0]);
  for (size_t i = 0; i < columns; i++)
    c[i] = (accumulate ? c[i] : 0.0f) + sums[i];
}

/* `columns`: DOT_COLUMNS or 1 */
VF_INLINE void dot_tile(const size_t rows, const size_t columns, const dot_product *p) {
  vf sum[DOT_ROWS][DOT_COLUMNS];
  VF_EACH (r, rows)
    VF_EACH (c, columns)
      sum[r][c] = vf_zero();
  size_t k = 0;
  for (; k + VF_LANES <= p->depth; k += VF_LANES)
    dot_step(rows, columns, 0, p, k, VF_LANES, sum);
  if (k < p->depth)
    dot_step(rows, columns, 1, p, k, p->depth - k, sum);
  VF_EACH (r, rows)
    dot_store(columns, sum[r], p->accumulate, p->c + r * p->c_row);
}

static void dot_whole(const dot_product *p) {
  dot_tile(DOT_ROWS, DOT_COLUMNS, p);
}

static void dot_row(const dot_product *p) {
  dot_tile(1, DOT_COLUMNS, p);
}

static void dot_column(const dot_product *p) {
  dot_tile(DOT_ROWS, 1, p);
}

static void dot_element(const dot_product *p) {
  dot_tile(1, 1, p);
}

/* Columns go slowest: few rows of B stay in the first-level cache while all of A passes by. */
static void multiply_dots(dot_product p, size_t rows, size_t columns) {
  for (size_t c = 0, wide; c < columns; c += wide) {
    wide = columns - c >= DOT_COLUMNS ? DOT_COLUMNS : 1;
    for (size_t r = 0, high; r < rows; r += high) {
      high = rows - r >= DOT_ROWS ? DOT_ROWS : 1;
      dot_product t = p;
      t.a += r * p.a_row;
      t.b += c * p.b_row;
      t.c += r * p.c_row + c;
      if (high > 1)
        (wide > 1 ? dot_whole : dot_column)(&t);
      else
        (wide > 1 ? dot_row : dot_element)(&t);
    }
  }
}

#endif
