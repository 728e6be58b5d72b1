/* Sums of dense layers in 8-bit integers (int8.inc.h), by instructions that multiply a matrix of
 * two rows of eight with one of eight rows and two columns: for INT8_PAIRS. Besides int8.inc.h's
 * words:
 *
 *   vi_matrix()     adds the products of two rows and two columns, [row][column]
 *   vi_first_row()  of two vectors of such sums, the sums of the first row; vi_second_row()
 */

#define TILE_PAIRS  ((size_t)4) /* of rows: 16 sums, 4 vectors of weights and one of inputs */
#define TWO_COLUMNS (PANEL / 2) /* vectors of weights */

static void finish_pair(const panel *p, const vi sums[TWO_COLUMNS], const uint32_t *scales,
                        size_t rows, float *y) {
  vi row[INT8_VECTORS];
  VF_EACH (v, INT8_VECTORS)
    row[v] = vi_first_row(sums[2 * v], sums[2 * v + 1]);
  finish_row(p, row, scales[0], y);
  if (rows == 1)
    return;
  VF_EACH (v, INT8_VECTORS)
    row[v] = vi_second_row(sums[2 * v], sums[2 * v + 1]);
  finish_row(p, row, scales[1], y + p->y_row);
}

/* Of the last pair there may be one row alone. */
VF_INLINE void multiply(const size_t pairs, const panel *p, const uint32_t *x, size_t rows,
                        float *y) {
  const size_t words = p->words;
  const uint32_t *w = p->w;
  vi sum[TILE_PAIRS][TWO_COLUMNS], sums[TILE_PAIRS][TWO_COLUMNS];
  VF_EACH (r, pairs)
    VF_EACH (c, TWO_COLUMNS)
      sum[r][c] = vi_zero();
  for (size_t i = 0; i < words; i += 2, w += 2 * PANEL) {
    vi wi[TWO_COLUMNS];
    VF_EACH (c, TWO_COLUMNS)
      wi[c] = vi_load(w + c * VF_LANES);
    VF_EACH (r, pairs) {
      const vi xi = vi_load(x + r * 2 * (words + 1) + 2 * i);
      VF_EACH (c, TWO_COLUMNS)
        sum[r][c] = vi_matrix(sum[r][c], xi, wi[c]);
    }
  }
  /* Through memory, so that what comes once a tile can be a loop. */
  VF_EACH (r, pairs)
    VF_EACH (c, TWO_COLUMNS)
      sums[r][c] = sum[r][c];
  for (size_t r = 0; r < pairs; r++)
    finish_pair(p, sums[r], x + r * 2 * (words + 1) + 2 * words, mcnn_min(rows - 2 * r, 2),
                y + 2 * r * p->y_row);
}

static void multiply_4(const panel *p, const uint32_t *x, size_t rows, float *y) {
  multiply(4, p, x, rows, y);
}
static void multiply_1(const panel *p, const uint32_t *x, size_t rows, float *y) {
  multiply(1, p, x, rows, y);
}

static void multiply_rows(const panel *p, uint32_t *block, size_t rows, float *y) {
  const uint32_t *x = block;
  while (rows) {
    const size_t pairs = rows >= 7 ? 4 : 1;
    const size_t now = mcnn_min(rows, 2 * pairs);
    (pairs == 4 ? multiply_4 : multiply_1)(p, x, now, y);
    x += pairs * 2 * (p->words + 1);
    y += now * p->y_row;
    rows -= now;
  }
}
