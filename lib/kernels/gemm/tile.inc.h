/* Register tiles of matrix products.
 *
 * Broadcast tile: rows of C from single elements of A times vectors of B. Any strides of A, so it
 * serves A and A transposed. Every element of C is one chain of multiply-adds in the order of k,
 * whatever the tile it fell into: results do not depend on how a product is cut.
 *
 * Dot tile: elements of C as dot products of rows of A with rows of B (B transposed). Lane l adds
 * up the products k = l, l + VF_LANES, ... in order; the lanes are added in the order of vf_sum().
 */

/* The rows of the largest tiles of 1, 2 and 3 vectors: 24 of 32 registers hold sums, or 12 of 16.
 */
#if VF_REGISTERS == 32
#define TILE_ROWS                                                                                  \
  { 8, 8, 8 }
#elif !VF_FEW_SUMS && !VF_SMALL
#define TILE_ROWS                                                                                  \
  { 4, 6, 4 }
#else
#define TILE_ROWS                                                                                  \
  { 4, 4, 4 }
#endif
#define TILE_MOST_ROWS ((size_t)8)
#define TILE_COLUMNS   (MCNN_TILE_VECTORS * VF_LANES)

/* Adding +0 turns -0 into +0: whether zero inputs were skipped or multiplied leaves no trace. */
VF_INLINE vf finished(vf least, vf sum) {
  return vf_max(least, vf_add(sum, vf_zero()));
}

/* sum[r][v] += A(r, k) B[k][v] for one k. `last`: lanes of the last vector, all unless partial. */
VF_INLINE void tile_step(const size_t rows, const size_t vectors, const int partial, const float *a,
                         size_t a_row, const float *b, size_t last, vf sum[][MCNN_TILE_VECTORS]) {
  vf bk[MCNN_TILE_VECTORS];
  VF_EACH (v, vectors)
    bk[v] = vf_in_register(load_some(partial && v + 1 == vectors, b + v * VF_LANES, last));
  VF_EACH (r, rows) {
    const vf_factor ak = vf_load_factor(a + r * a_row);
    VF_EACH (v, vectors)
      sum[r][v] = vf_fma_factor(ak, bk[v], sum[r][v]);
  }
}

VF_INLINE void store_product_tile(const size_t rows, const size_t vectors, const int partial,
                                  const mcnn_product *p, const vf *sums, size_t last) {
  const vf least = vf_set1(p->least);
  float *c = p->c;
  VF_LOOP (r, rows) {
    VF_EACH (v, vectors)
      store_some(partial && v + 1 == vectors, c + v * VF_LANES,
                 finished(least, sums[r * vectors + v]), last);
    c += p->c_row;
  }
}

VF_INLINE void tile(const size_t rows, const size_t vectors, const int partial,
                    const mcnn_product *p, size_t last) {
  vf sum[TILE_MOST_ROWS][MCNN_TILE_VECTORS];
  VF_EACH (r, rows)
    VF_EACH (v, vectors)
      sum[r][v] =
          load_some(partial && v + 1 == vectors, p->start + r * p->start_row + v * VF_LANES, last);

  const float *a = p->a, *b = p->b;
  const size_t a_row = p->a_row, a_step = p->a_step, b_step = p->b_step;
  size_t k = p->depth;
  do { /* at least once, so that there are no sums but those of the loop */
    tile_step(rows, vectors, partial, a, a_row, b, last, sum);
    a += a_step;
    b += b_step;
  } while (--k > 0);

  /* Through memory, so that what comes once a tile can be a loop. */
  vf all[MCNN_TILE_VECTORS * TILE_MOST_ROWS];
  VF_EACH (r, rows)
    VF_EACH (v, vectors)
      all[r * vectors + v] = sum[r][v];
  store_product_tile(rows, vectors, partial, p, all, last);
}

/* With AVX-512 a masked load costs what a whole one does, with AVX2 little more, so that one tile
 * serves both. */
#define ALWAYS_PARTIAL(rows, vectors)                                                              \
  (VF_LANES == 16 || (VF_LANES == 8 && ((rows) == 1 || (vectors) == 2)))

/* Few forms: three vectors are whole ones, and instead of two there is one at a time. */
#define ALWAYS_WHOLE(vectors) (VF_SMALL && (vectors) > 1)

#define TILE(rows, vectors)                                                                        \
  static void tile_##rows##x##vectors(const mcnn_product *p, size_t last) {                        \
    if (ALWAYS_WHOLE(vectors) || (last == VF_LANES && !ALWAYS_PARTIAL(rows, vectors)))             \
      tile(rows, vectors, 0, p, last);                                                             \
    else                                                                                           \
      tile(rows, vectors, 1, p, last);                                                             \
  }
TILE(1, 1)
TILE(1, 3)
TILE(4, 1)
#if VF_FEW_SUMS
TILE(4, 2)

/* Two vectors, then one, whose sums stay in registers. Where C does not start with what is there,
 * the last vector may begin within the one before it instead of being there in part: what both have
 * is the same. */
static void tile_4x3(const mcnn_product *p, size_t last) {
  const size_t back = p->start != p->c ? VF_LANES - last : 0;
  const size_t column = 2 * VF_LANES - back;
  mcnn_product rest = *p;
  rest.b += column;
  rest.start += column;
  rest.c += column;
  tile_4x2(p, VF_LANES);
  tile_4x1(&rest, last + back);
}
#else
TILE(4, 3)
#endif
#if VF_SMALL
#define tile_1x2 NULL
#define tile_4x2 NULL
#else
TILE(1, 2)
#if !VF_FEW_SUMS
TILE(4, 2)
#if VF_REGISTERS == 16
TILE(6, 2)
#endif
#endif
#endif
#if VF_REGISTERS == 32
TILE(8, 1)
TILE(8, 2)
TILE(8, 3)
#endif
#undef TILE

#if !VF_SMALL

/* 16 of 32 registers hold sums; or 12 of 16, beside as many vectors of A as rows and one of B. */
#if VF_REGISTERS == 32
#define DOT_ROWS ((size_t)4)
#elif !VF_FEW_SUMS
#define DOT_ROWS ((size_t)3)
#else
#define DOT_ROWS ((size_t)2)
#endif

/* Pointers of their own to each row, not an index that is added to each. */
typedef struct dot_rows {
  const float *a[DOT_ROWS], *b[MCNN_DOT_COLUMNS];
} dot_rows;

VF_INLINE void dot_step(const int partial, const dot_rows *from, size_t k, size_t lanes,
                        vf sum[DOT_ROWS][MCNN_DOT_COLUMNS]) {
  vf ak[DOT_ROWS];
  VF_EACH (r, DOT_ROWS)
    ak[r] = vf_in_register(load_some(partial, from->a[r] + k, lanes));
  VF_EACH (c, MCNN_DOT_COLUMNS) {
    const vf bk = vf_in_register(load_some(partial, from->b[c] + k, lanes));
    VF_EACH (r, DOT_ROWS)
      sum[r][c] = vf_fma(ak[r], bk, sum[r][c]);
  }
}

VF_INLINE void dot_store(const mcnn_dot_product *p, const vf sum[MCNN_DOT_COLUMNS], float *c) {
  float some[MCNN_DOT_COLUMNS] = {0};
  float *const to = p->columns == MCNN_DOT_COLUMNS ? c : some;
  if (to == some)
    memcpy(some, c, p->columns * sizeof *c);
  vf_store_sums(to, p->accumulate, sum[0], sum[1], sum[2], sum[3]);
  if (to == some)
    memcpy(c, some, p->columns * sizeof *c);
}

/* Rows and columns that are missing are the last one again, and not stored. */
static void dot_tile(const mcnn_dot_product *p) {
  vf sum[DOT_ROWS][MCNN_DOT_COLUMNS];
  dot_rows from;
  VF_EACH (r, DOT_ROWS)
    from.a[r] = vf_one_register(p->a + mcnn_min(r, p->rows - 1) * p->a_row);
  VF_EACH (c, MCNN_DOT_COLUMNS)
    from.b[c] = vf_one_register(p->b + mcnn_min(c, p->columns - 1) * p->b_row);
  VF_EACH (r, DOT_ROWS)
    VF_EACH (c, MCNN_DOT_COLUMNS)
      sum[r][c] = vf_zero();
  size_t k = 0;
  for (; k + VF_LANES <= p->depth; k += VF_LANES)
    dot_step(0, &from, k, VF_LANES, sum);
  if (k < p->depth)
    dot_step(1, &from, k, p->depth - k, sum);
  /* Through memory, so that what comes once a tile can be a loop. */
  vf all[DOT_ROWS][MCNN_DOT_COLUMNS];
  VF_EACH (r, DOT_ROWS)
    VF_EACH (c, MCNN_DOT_COLUMNS)
      all[r][c] = sum[r][c];
  VF_LOOP (r, p->rows)
    dot_store(p, all[r], p->c + r * p->c_row);
}

#endif
