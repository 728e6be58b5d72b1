/* Dense layers in bfloat16. The processor multiplies pairs: two inputs of a row that follow each
 * other with the two weights of a column beside them. So weights are packed by pairs of rows, in
 * panels of 48 columns: [panel][pair][48], zeros where the matrix ends.
 *
 * Every output is one sum that starts at the bias and takes up the pairs in their order, whichever
 * tile it falls into: the same bytes however the rows are cut. */
#include "kernels/dense_bf16.h"

#include "kernels/simd.h"

#define VECTORS ((size_t)3)          /* of a panel */
#define PANEL   (VECTORS * VF_LANES) /* columns */
#define TILE    ((size_t)8)          /* rows: 24 sums, 3 weights and an input fill 28 registers */
#define BLOCK   ((size_t)32)         /* rows rounded at once; they stay in the first-level cache */

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static size_t pairs_of(const mcnn_dense_geometry *g) {
  return ((size_t)g->inputs + 1) / 2;
}

/* --- weights ---------------------------------------------------------------------------------- */

size_t mcnn_dense_bf16_packed_pairs(const mcnn_dense_geometry *g) {
  return (g->outputs + PANEL - 1) / PANEL * PANEL * pairs_of(g);
}

static __m512i rounded(const float *values, size_t n) {
  return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(vf_load_n(values, n)));
}

/* The rows 2 * pair and, where there is one, the next, of n columns. */
static void pack_pair(const mcnn_dense_geometry *g, const float *w, size_t pair, size_t n,
                      uint32_t *packed) {
  const float *even = w + 2 * pair * g->outputs;
  const int whole = 2 * pair + 1 < g->inputs;
  const __m512i odd = whole ? rounded(even + g->outputs, n) : _mm512_setzero_si512();
  _mm512_storeu_si512(packed, _mm512_or_si512(rounded(even, n), _mm512_slli_epi32(odd, 16)));
}

void mcnn_dense_bf16_pack(const mcnn_dense_geometry *g, const float *w, uint32_t *packed) {
  for (size_t first = 0; first < g->outputs; first += PANEL)
    for (size_t pair = 0; pair < pairs_of(g); pair++)
      for (size_t v = 0; v < VECTORS; v++, packed += VF_LANES) {
        const size_t column = smaller(first + v * VF_LANES, g->outputs);
        pack_pair(g, w + column, pair, smaller(g->outputs - column, VF_LANES), packed);
      }
}

/* --- inputs ----------------------------------------------------------------------------------- */

size_t mcnn_dense_bf16_scratch_pairs(const mcnn_dense_geometry *g) {
  return BLOCK * pairs_of(g);
}

static void round_row(size_t n, const float *x, uint32_t *pairs) {
  for (size_t i = 0; i < n; i += VF_LANES) {
    const size_t count = smaller(n - i, VF_LANES);
    const __m256i values = (__m256i)_mm512_cvtneps_pbh(vf_load_n(x + i, count));
    _mm256_mask_storeu_epi32(pairs + i / 2, (__mmask8)((1u << (count + 1) / 2) - 1u), values);
  }
}

static void round_rows(const mcnn_dense_geometry *g, const float *x, size_t rows, uint32_t *pairs) {
  for (size_t r = 0; r < rows; r++)
    round_row(g->inputs, x + r * g->inputs, pairs + r * pairs_of(g));
}

/* --- products --------------------------------------------------------------------------------- */

/* What a tile works on: one panel of the weights and the rows of x it is multiplied with. */
typedef struct panel {
  const uint32_t *w;
  const float *bias;
  size_t pairs;
  size_t y_row;
  size_t at[VECTORS];      /* the columns of each vector: the first, */
  __mmask16 mask[VECTORS]; /* and which there are */
  vf least;                /* 0 for ReLU, else minus infinity */
} panel;

static panel panel_of(const mcnn_dense_geometry *g, const uint32_t *packed, const float *bias,
                      size_t first) {
  panel p = {.w = packed + first * pairs_of(g),
             .bias = bias + first,
             .pairs = pairs_of(g),
             .y_row = g->outputs,
             .least = vf_set1(g->relu ? 0.0f : -INFINITY)};
  for (size_t v = 0; v < VECTORS; v++) {
    p.at[v] = smaller(v * VF_LANES, g->outputs - first);
    p.mask[v] = vf_mask(smaller(g->outputs - first - p.at[v], VF_LANES));
  }
  return p;
}

VF_INLINE void multiply(const size_t rows, const panel *p, const uint32_t *x, float *y) {
  const size_t pairs = p->pairs;
  const uint32_t *w = p->w;
  vf sum[TILE][VECTORS];
  VF_EACH (v, VECTORS) {
    const vf bias = _mm512_maskz_loadu_ps(p->mask[v], p->bias + p->at[v]);
    VF_EACH (r, rows)
      sum[r][v] = bias;
  }
  for (size_t i = 0; i < pairs; i++, w += PANEL) {
    __m512bh wi[VECTORS];
    VF_EACH (v, VECTORS)
      wi[v] = (__m512bh)_mm512_loadu_si512(w + v * VF_LANES);
    VF_EACH (r, rows) {
      const __m512bh xi = (__m512bh)_mm512_set1_epi32((int)x[r * pairs + i]);
      VF_EACH (v, VECTORS)
        sum[r][v] = _mm512_dpbf16_ps(sum[r][v], xi, wi[v]);
    }
  }
  /* By way of memory, so that what comes once a tile can be a loop. The larger of two is the second
   * where one of them is a NaN, so that NaNs stay. */
  vf all[TILE * VECTORS];
  VF_EACH (r, rows)
    VF_EACH (v, VECTORS)
      all[r * VECTORS + v] = sum[r][v];
  VF_LOOP (r, rows)
    VF_EACH (v, VECTORS)
      _mm512_mask_storeu_ps(y + r * p->y_row + p->at[v], p->mask[v],
                            _mm512_max_ps(p->least, all[r * VECTORS + v]));
}

static void multiply_8(const panel *p, const uint32_t *x, float *y) {
  multiply(8, p, x, y);
}
static void multiply_4(const panel *p, const uint32_t *x, float *y) {
  multiply(4, p, x, y);
}
static void multiply_1(const panel *p, const uint32_t *x, float *y) {
  multiply(1, p, x, y);
}

static void multiply_rows(const panel *p, const uint32_t *x, size_t rows, float *y) {
  while (rows) {
    const size_t now = rows >= 8 ? 8 : rows >= 4 ? 4 : 1;
    (now == 8 ? multiply_8 : now == 4 ? multiply_4 : multiply_1)(p, x, y);
    x += now * p->pairs;
    y += now * p->y_row;
    rows -= now;
  }
}

void mcnn_dense_bf16_forward(const mcnn_dense_geometry *g, const uint32_t *packed,
                             const float *bias, const float *x, size_t rows, float *y,
                             uint32_t *scratch) {
  for (size_t r = 0; r < rows; r += BLOCK) {
    const size_t count = smaller(rows - r, BLOCK);
    round_rows(g, x + r * g->inputs, count, scratch);
    for (size_t first = 0; first < g->outputs; first += PANEL) {
      const panel p = panel_of(g, packed, bias, first);
      multiply_rows(&p, scratch, count, y + r * g->outputs + first);
    }
  }
}
