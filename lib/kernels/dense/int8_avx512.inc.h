/* Dense layers in 8-bit integers. The processor multiplies words of four: inputs of a row that
 * follow each other, unsigned, with the weights of a column beside them, signed. So weights are
 * packed by four rows, in panels of 48 columns: [panel][word][48], zeros where the matrix ends,
 * and behind each panel the scales of its columns. Rows of inputs lie likewise, [word], and behind
 * them their scale.
 *
 * Sums of integers are exact: the same bytes however the rows are cut and added up. */

#define VECTORS ((size_t)3)          /* of a panel */
#define PANEL   (VECTORS * VF_LANES) /* columns */
#define TILE    ((size_t)8)          /* rows: 24 sums, 3 weights and an input fill 28 registers */
#define BLOCK   ((size_t)32) /* rows quantised at once; they stay in the first-level cache */

#define MAX_UINT8 255.0f
#define MAX_INT8  127.0f

static size_t words_of(const mcnn_dense_geometry *g) {
  return ((size_t)g->inputs + 3) / 4;
}

/* With its scale. */
static size_t row_words(const mcnn_dense_geometry *g) {
  return words_of(g) + 1;
}

/* --- quantising ------------------------------------------------------------------------------- */

/* In each lane: x is about scale * q, q = x * inv_scale rounded to the nearest integer. */
typedef struct quant_scale {
  vf scale, inv_scale;
} quant_scale;

/* The larger magnitudes, as the bits they are: so a NaN is larger than all numbers. */
static __m512i larger(__m512i largest, vf values) {
  return _mm512_max_epu32(largest, _mm512_castps_si512(_mm512_abs_ps(values)));
}

/* q = `max` for the largest. Below 1e-36, where the inverse scale is infinite, all q are 0. */
static quant_scale make_scale(__m512i largest, float max) {
  const vf reach = _mm512_castsi512_ps(largest);
  const __mmask16 finite = _mm512_cmp_ps_mask(reach, vf_set1(INFINITY), _CMP_LT_OQ);
  const __mmask16 enough = _mm512_cmp_ps_mask(reach, vf_set1(1e-36f), _CMP_GT_OQ);
  return (quant_scale){
      .scale = _mm512_mask_div_ps(vf_set1(NAN), finite, reach, vf_set1(max)),
      .inv_scale = _mm512_maskz_div_ps(enough, vf_set1(max), reach),
  };
}

static __m512i quantize(vf values, vf inv_scale) {
  return _mm512_cvtps_epi32(vf_mul(values, inv_scale));
}

/* --- weights ---------------------------------------------------------------------------------- */

static size_t int8_packed_words(const mcnn_dense_geometry *g) {
  return (g->outputs + PANEL - 1) / PANEL * PANEL * row_words(g);
}

/* The rows from 4 * word on, four or as many as there are, of n columns. */
static __m512i pack_word(const mcnn_dense_geometry *g, const float *w, size_t word, size_t n,
                         vf inv_scale) {
  const size_t first = 4 * word;
  const size_t end = mcnn_min(first + 4, g->inputs);
  __m512i packed = _mm512_setzero_si512();
  for (size_t i = end; i-- > first;) {
    const __m512i weights = quantize(vf_load_n(w + i * g->outputs, n), inv_scale);
    const __m512i low = _mm512_and_si512(weights, _mm512_set1_epi32(255));
    packed = _mm512_or_si512(_mm512_slli_epi32(packed, 8), low);
  }
  return packed;
}

/* n columns, one vector of a panel. */
static void pack_columns(const mcnn_dense_geometry *g, const float *w, size_t n, uint32_t *packed) {
  __m512i largest = _mm512_setzero_si512();
  for (size_t i = 0; i < g->inputs; i++)
    largest = larger(largest, vf_load_n(w + i * g->outputs, n));
  const quant_scale by = make_scale(largest, MAX_INT8);
  for (size_t word = 0; word < words_of(g); word++, packed += PANEL)
    _mm512_storeu_si512(packed, pack_word(g, w, word, n, by.inv_scale));
  _mm512_storeu_ps(packed, by.scale);
}

static void int8_pack(const mcnn_dense_geometry *g, const float *w, uint32_t *packed) {
  for (size_t first = 0; first < g->outputs; first += PANEL, packed += PANEL * row_words(g)) {
    for (size_t v = 0; v < VECTORS; v++) {
      const size_t column = mcnn_min(first + v * VF_LANES, g->outputs);
      pack_columns(g, w + column, mcnn_min(g->outputs - column, VF_LANES), packed + v * VF_LANES);
    }
  }
}

/* --- inputs ----------------------------------------------------------------------------------- */

static size_t int8_scratch_words(const mcnn_dense_geometry *g) {
  return BLOCK * row_words(g);
}

static quant_scale scale_of_row(size_t n, const float *x) {
  __m512i largest = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += VF_LANES)
    largest = larger(largest, vf_load_n(x + i, mcnn_min(n - i, VF_LANES)));
  return make_scale(_mm512_set1_epi32((int)_mm512_reduce_max_epu32(largest)), MAX_UINT8);
}

static void quantize_row(size_t n, const float *x, uint32_t *words) {
  const quant_scale by = scale_of_row(n, x);
  for (size_t i = 0; i < n; i += VF_LANES) {
    const size_t count = mcnn_min(n - i, VF_LANES);
    const __m128i bytes = _mm512_cvtepi32_epi8(quantize(vf_load_n(x + i, count), by.inv_scale));
    _mm_mask_storeu_epi32(words + i / 4, (__mmask8)((1u << (count + 3) / 4) - 1u), bytes);
  }
  _mm512_mask_storeu_ps(words + (n + 3) / 4, 1, by.scale);
}

static void quantize_rows(const mcnn_dense_geometry *g, const float *x, size_t rows,
                          uint32_t *words) {
  for (size_t r = 0; r < rows; r++)
    quantize_row(g->inputs, x + r * g->inputs, words + r * row_words(g));
}

/* --- products --------------------------------------------------------------------------------- */

/* What a tile works on: one panel of the weights and the rows of x it is multiplied with. */
typedef struct panel {
  const uint32_t *w;
  const float *bias; /* NULL: none */
  size_t words;
  size_t y_row;
  size_t at[VECTORS];      /* the columns of each vector: the first, */
  __mmask16 mask[VECTORS]; /* and which there are */
  vf least;                /* 0 for ReLU, else minus infinity */
} panel;

static panel panel_of(const mcnn_dense_geometry *g, const uint32_t *packed, const float *bias,
                      size_t first) {
  panel p = {.w = packed + first * row_words(g),
             .bias = bias ? bias + first : NULL,
             .words = words_of(g),
             .y_row = g->outputs,
             .least = vf_set1(g->activation == MCNN_ACTIVATION_RELU ? 0.0f : -INFINITY)};
  for (size_t v = 0; v < VECTORS; v++) {
    p.at[v] = mcnn_min(v * VF_LANES, g->outputs - first);
    p.mask[v] = vf_mask(mcnn_min(g->outputs - first - p.at[v], VF_LANES));
  }
  return p;
}

/* Sums in quant_scale, as outputs. The larger of two is the second where one of them is a NaN, so
 * that NaNs stay. */
static void finish_row(const panel *p, const __m512i sum[VECTORS], const uint32_t *x, float *y) {
  const vf x_scale = _mm512_castsi512_ps(_mm512_set1_epi32((int)x[p->words]));
  const uint32_t *w_scales = p->w + p->words * PANEL;
  for (size_t v = 0; v < VECTORS; v++) {
    const vf scale = vf_mul(x_scale, _mm512_loadu_ps(w_scales + v * VF_LANES));
    const vf bias = p->bias ? _mm512_maskz_loadu_ps(p->mask[v], p->bias + p->at[v]) : vf_zero();
    const vf value = vf_fma(_mm512_cvtepi32_ps(sum[v]), scale, bias);
    _mm512_mask_storeu_ps(y + p->at[v], p->mask[v], _mm512_max_ps(p->least, value));
  }
}

VF_INLINE void multiply(const size_t rows, const panel *p, const uint32_t *x, float *y) {
  const size_t words = p->words;
  const uint32_t *w = p->w;
  __m512i sum[TILE][VECTORS], sums[TILE][VECTORS];
  VF_EACH (r, rows)
    VF_EACH (v, VECTORS)
      sum[r][v] = _mm512_setzero_si512();
  for (size_t i = 0; i < words; i++, w += PANEL) {
    __m512i wi[VECTORS];
    VF_EACH (v, VECTORS)
      wi[v] = _mm512_loadu_si512(w + v * VF_LANES);
    VF_EACH (r, rows) {
      const __m512i xi = _mm512_set1_epi32((int)x[r * (words + 1) + i]);
      VF_EACH (v, VECTORS)
        sum[r][v] = _mm512_dpbusd_epi32(sum[r][v], xi, wi[v]);
    }
  }
  /* Through memory, so that what comes once a tile can be a loop. */
  VF_EACH (r, rows)
    VF_EACH (v, VECTORS)
      sums[r][v] = sum[r][v];
  for (size_t r = 0; r < rows; r++)
    finish_row(p, sums[r], x + r * (words + 1), y + r * p->y_row);
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
    x += now * (p->words + 1);
    y += now * p->y_row;
    rows -= now;
  }
}

static void int8_forward(const mcnn_dense_geometry *g, const uint32_t *packed, const float *bias,
                         const float *x, size_t rows, float *y, uint32_t *scratch) {
  for (size_t r = 0; r < rows; r += BLOCK) {
    const size_t count = mcnn_min(rows - r, BLOCK);
    quantize_rows(g, x + r * g->inputs, count, scratch);
    for (size_t first = 0; first < g->outputs; first += PANEL) {
      const panel p = panel_of(g, packed, bias, first);
      multiply_rows(&p, scratch, count, y + r * g->outputs + first);
    }
  }
}
