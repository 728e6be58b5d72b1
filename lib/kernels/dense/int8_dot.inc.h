/* Sums of dense layers in 8-bit integers (int8.inc.h), by instructions that multiply words lane by
 * lane. Besides int8.inc.h's words:
 *
 *   vx         INT8_STEP words of a row; vx_load()
 *   vi_dot()   adds the products of word `index` of a row with a vector of weights
 *   INT8_TILE  rows: their sums, a step of weights and a vx fill the registers
 */

static void finish_rows(size_t rows, const panel *p, vi (*sums)[INT8_VECTORS], const uint32_t *x,
                        float *y) {
  const size_t words = p->words;
  for (size_t r = 0; r < rows; r++)
    finish_row(p, sums[r], x[r * (words + 1) + words], y + r * p->y_row);
}

VF_INLINE void clear(const size_t rows, vi (*sums)[INT8_VECTORS]) {
  VF_EACH (r, rows)
    VF_EACH (v, INT8_VECTORS)
      sums[r][v] = vi_zero();
}

VF_INLINE void multiply(const size_t rows, const panel *p, const uint32_t *x, float *y) {
  const size_t words = p->words;
  const uint32_t *w = p->w;
  vi sum[INT8_TILE][INT8_VECTORS], sums[INT8_TILE][INT8_VECTORS];
  clear(rows, sum);
  for (size_t i = 0; i < words; i += INT8_STEP, w += INT8_STEP * PANEL) {
    vi wi[INT8_STEP][INT8_VECTORS];
    VF_EACH (k, INT8_STEP)
      VF_EACH (v, INT8_VECTORS)
        wi[k][v] = vi_load(w + k * PANEL + v * VF_LANES);
    VF_EACH (r, rows) {
      const vx xi = vx_load(x + r * (words + 1) + i);
      VF_EACH (k, INT8_STEP)
        VF_EACH (v, INT8_VECTORS)
          sum[r][v] = vi_dot(sum[r][v], xi, k, wi[k][v]);
    }
  }
  /* Through memory, so that what comes once a tile can be a loop. */
  VF_EACH (r, rows)
    VF_EACH (v, INT8_VECTORS)
      sums[r][v] = sum[r][v];
  finish_rows(rows, p, sums, x, y);
}

#if INT8_TILE > 4
static void multiply_8(const panel *p, const uint32_t *x, float *y) {
  multiply(8, p, x, y);
}
#define MULTIPLY_TILE multiply_8
#else
#define MULTIPLY_TILE multiply_4
#endif
static void multiply_4(const panel *p, const uint32_t *x, float *y) {
  multiply(4, p, x, y);
}
static void multiply_1(const panel *p, const uint32_t *x, float *y) {
  multiply(1, p, x, y);
}

static void multiply_rows(const panel *p, uint32_t *block, size_t rows, float *y) {
  const uint32_t *x = block;
  while (rows) {
    const size_t now = rows >= INT8_TILE ? INT8_TILE : rows >= 4 ? 4 : 1;
    (now == INT8_TILE ? MULTIPLY_TILE : now == 4 ? multiply_4 : multiply_1)(p, x, y);
    x += now * (p->words + 1);
    y += now * p->y_row;
    rows -= now;
  }
}
