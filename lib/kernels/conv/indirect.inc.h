/* The register tiles of indirect convolution (indirect.c): rows of sums from single elements, each
 * row's from a place of its own, times vectors of weights. Included once per instruction set. */

/* As many rows as leave registers for the weights and an element. Where vectors are short,
 * processors begin up to four multiply-adds in a cycle, which take four: 16 sums or more. */
#if VF_REGISTERS == 32 && VF_LANES == 4
#define INDIRECT_ROWS(vectors)                                                                     \
  ((vectors) == 3 ? (size_t)8 : (vectors) == 2 ? (size_t)12 : (size_t)16)
#elif VF_REGISTERS == 32
#define INDIRECT_ROWS(vectors) ((size_t)8)
#else
#define INDIRECT_ROWS(vectors) ((vectors) == 3 ? (size_t)4 : (vectors) == 2 ? (size_t)6 : (size_t)8)
#endif

#ifdef VF_HAS_LANES
/* Four elements that lie side by side are one load, where one by one each multiply-add of a tile
 * one vector wide would need a load of its own. A few rows at a time, so that no sum waits for
 * itself. */
#define INDIRECT_STRIP ((size_t)4)

VF_INLINE void indirect_four(const size_t rows, const float *const *x, ptrdiff_t at, const float *b,
                             vf sum[][MCNN_TILE_VECTORS]) {
  vf weights[VF_LANES];
  VF_EACH (lane, VF_LANES)
    weights[lane] = vf_load(b + lane * VF_LANES);
  VF_EACH (first, rows / INDIRECT_STRIP) {
    vf elements[INDIRECT_STRIP];
    VF_EACH (i, INDIRECT_STRIP)
      elements[i] = vf_load(x[first * INDIRECT_STRIP + i] + at);
    VF_EACH (lane, VF_LANES) {
      VF_EACH (i, INDIRECT_STRIP) {
        vf *const s = &sum[first * INDIRECT_STRIP + i][0];
        *s = vf_fma_lane(elements[i], lane, weights[lane], *s);
      }
    }
  }
}
#endif

/* One run: sum[r][v] += x(r, k) b[k][v]. */
VF_INLINE void indirect_run(const size_t rows, const size_t vectors, const mcnn_indirect *p,
                            const float *const *x, ptrdiff_t at, const float *b,
                            vf sum[][MCNN_TILE_VECTORS]) {
  const size_t b_step = p->b_step;
  const ptrdiff_t x_step = p->x_step;
  size_t k = p->run;
#ifdef VF_HAS_LANES
  if (vectors == 1 && x_step == 1 && b_step == VF_LANES)
    for (; k >= VF_LANES; k -= VF_LANES, at += VF_LANES, b += VF_LANES * VF_LANES)
      indirect_four(rows, x, at, b, sum);
#endif
  for (; k > 0; k--, at += x_step, b += b_step) {
    vf weights[MCNN_TILE_VECTORS];
    VF_EACH (v, vectors)
      weights[v] = vf_in_register(vf_load(b + v * VF_LANES));
    VF_EACH (r, rows) {
      const vf_factor element = vf_load_factor(x[r] + at);
      VF_EACH (v, vectors)
        sum[r][v] = vf_fma_factor(element, weights[v], sum[r][v]);
    }
  }
}

/* Through memory, so that what comes once a tile can be a loop. */
VF_INLINE void indirect_store(const size_t vectors, const mcnn_indirect *p, const vf *sums,
                              size_t last) {
  const vf least = vf_set1(p->least);
  VF_LOOP (r, p->count)
    VF_EACH (v, vectors)
      vf_store_some(p->c[r] + v * VF_LANES, vf_max(least, vf_add(sums[r * vectors + v], vf_zero())),
                    v + 1 == vectors ? last : VF_LANES);
}

/* What the sums start with: the same in all rows, or what is there. */
VF_INLINE void indirect_start(const size_t rows, const size_t vectors, const mcnn_indirect *p,
                              size_t last, vf sum[][MCNN_TILE_VECTORS]) {
  const float *const first = p->start ? p->start : p->c[0];
  VF_EACH (v, vectors)
    sum[0][v] = vf_load_some(first + v * VF_LANES, v + 1 == vectors ? last : VF_LANES);
  VF_EACH (r, rows)
    VF_EACH (v, vectors)
      sum[r][v] = sum[0][v];
  if (p->start)
    return;
  VF_EACH (r, rows)
    VF_EACH (v, vectors)
      sum[r][v] = vf_load_some(p->c[r] + v * VF_LANES, v + 1 == vectors ? last : VF_LANES);
}

VF_INLINE void indirect_tile(const size_t rows, const size_t vectors, const mcnn_indirect *p,
                             size_t last) {
  vf sum[MCNN_INDIRECT_ROWS][MCNN_TILE_VECTORS];
  const float *x[MCNN_INDIRECT_ROWS];
  indirect_start(rows, vectors, p, last, sum);
  VF_EACH (r, rows)
    x[r] = p->x[r];
  const float *b_row = p->b;
  ptrdiff_t x_row = 0;
  for (size_t i = p->tap_rows; i > 0; i--, b_row += p->b_tap_row, x_row += p->x_tap_row) {
    const float *b = b_row;
    ptrdiff_t at = x_row;
    for (size_t j = p->tap_columns; j > 0; j--, b += p->b_tap_column, at += p->x_tap_column)
      indirect_run(rows, vectors, p, x, at, b, sum);
  }
  vf all[MCNN_TILE_VECTORS * MCNN_INDIRECT_ROWS];
  VF_EACH (r, rows)
    VF_EACH (v, vectors)
      all[r * vectors + v] = sum[r][v];
  indirect_store(vectors, p, all, last);
}

static void indirect_1(const mcnn_indirect *p, size_t last) {
  indirect_tile(INDIRECT_ROWS(1), 1, p, last);
}

static void indirect_2(const mcnn_indirect *p, size_t last) {
  indirect_tile(INDIRECT_ROWS(2), 2, p, last);
}

/* Where a product takes a register before it is added, that is one too many for 4 rows of 3
 * vectors. */
#if VF_FEW_SUMS
#define INDIRECT_3                                                                                 \
  { 0, NULL }
#else
static void indirect_3(const mcnn_indirect *p, size_t last) {
  indirect_tile(INDIRECT_ROWS(3), 3, p, last);
}
#define INDIRECT_3                                                                                 \
  { INDIRECT_ROWS(3), indirect_3 }
#endif

/* The members of an instruction set's table that are above. */
#define INDIRECT_KERNELS                                                                           \
  .indirect = {{INDIRECT_ROWS(1), indirect_1}, {INDIRECT_ROWS(2), indirect_2}, INDIRECT_3}
