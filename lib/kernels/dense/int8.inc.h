/* Dense layers in 8-bit integers. The processor multiplies words of four: inputs of a row that
 * follow each other with the weights of a column beside them, signed. So weights are packed by four
 * rows, in panels of a few vectors of columns, zeros where the matrix ends, and behind each panel
 * the scales of its columns. Rows of inputs lie likewise, and behind them their scale.
 *
 * Some processors multiply signed integers only: there 128 is taken from each input, and behind a
 * panel, in front of the scales, is 128 times the sum of each column, which makes up for it.
 *
 * Sums of integers are exact: the same bytes however the rows are cut and added up.
 *
 * Besides the words of isa/simd_*.h it wants
 *
 *   vi                  a vector of VF_LANES integers of 32 bits; vi_zero(), vi_load(), vi_store(),
 *                       vi_add(), and vi_set1()
 *   vi_max()            the larger ones, without sign; vi_max_lane() the largest lane
 *   vi_of_bits(), vf_of_bits() the same bits as integers and as floats
 *   vi_round()          floats to the nearest integer, ties to even; vf_convert() the reverse
 *   vi_push_byte()      the lanes eight places to the left, and the lowest byte of others there
 *   int8_store_chunk()  n of up to INT8_CHUNK floats times a factor, rounded, as bytes
 *   INT8_SIGNED         1 where 128 is taken from the inputs
 *   INT8_STEP           words that are multiplied at once: rows and columns are whole steps
 *   INT8_VECTORS        of a panel
 *   INT8_PAIRS          1: rows lie in pairs, two words of one and two of the other, and so do the
 *                       words of a column: [words / 2][columns][2]
 */

#define PANEL (INT8_VECTORS * VF_LANES) /* columns */
#define BLOCK ((size_t)32) /* rows quantised at once; they stay in the first-level cache */

#define MAX_UINT8 255.0f
#define MAX_INT8  127.0f

static size_t words_of(const mcnn_dense_geometry *g) {
  return mcnn_ceil_div(g->inputs, 4 * INT8_STEP) * INT8_STEP;
}

/* With its scale. */
static size_t row_words(const mcnn_dense_geometry *g) {
  return words_of(g) + 1;
}

static size_t column_words(const mcnn_dense_geometry *g) {
  return words_of(g) + 1 + INT8_SIGNED;
}

/* --- quantising ------------------------------------------------------------------------------- */

/* In each lane: x is about scale * q, q = x * inv_scale rounded to the nearest integer. */
typedef struct quant_scale {
  vf scale, inv_scale;
} quant_scale;

/* The larger magnitudes, as the bits they are: so a NaN is larger than all numbers. */
static vi larger(vi largest, vf values) {
  return vi_max(largest, vi_of_bits(vf_abs(values)));
}

/* q = `max` for the largest. Below 1e-36, where the inverse scale is infinite, all q are 0. */
static quant_scale make_scale(vi largest, float max) {
  const vf reach = vf_of_bits(largest), least = vf_set1(1e-36f);
  const vf divisor = vf_where_greater(reach, least, reach, vf_set1(1.0f));
  return (quant_scale){
      .scale =
          vf_where_greater(vf_set1(INFINITY), reach, vf_div(reach, vf_set1(max)), vf_set1(NAN)),
      .inv_scale = vf_where_greater(reach, least, vf_div(vf_set1(max), divisor), vf_zero()),
  };
}

/* --- weights ---------------------------------------------------------------------------------- */

static size_t int8_packed_words(const mcnn_dense_geometry *g) {
  return mcnn_ceil_div(g->outputs, PANEL) * PANEL * column_words(g);
}

/* The rows from 4 * word on, four or as many as there are, of n columns. Adds them to the sums. */
static vi pack_word(const mcnn_dense_geometry *g, const float *w, size_t word, size_t n,
                    vf inv_scale, vi *sums) {
  const size_t first = mcnn_min(4 * word, g->inputs);
  const size_t end = mcnn_min(first + 4, g->inputs);
  vi packed = vi_zero();
  for (size_t i = end; i-- > first;) {
    const vi weights = vi_round(vf_mul(vf_load_n(w + i * g->outputs, n), inv_scale));
    *sums = vi_add(*sums, weights);
    packed = vi_push_byte(packed, weights);
  }
  return packed;
}

/* One vector of a panel, from its column `at` on. */
static void store_weights(uint32_t *panel, size_t word, size_t at, vi packed) {
#if INT8_PAIRS
  uint32_t lanes[VF_LANES];
  vi_store(lanes, packed);
  panel += word / 2 * 2 * PANEL + word % 2;
  VF_LOOP (i, VF_LANES)
    panel[2 * (at + i)] = lanes[i];
#else
  vi_store(panel + word * PANEL + at, packed);
#endif
}

/* n columns of w, one vector of a panel. */
static void pack_columns(const mcnn_dense_geometry *g, const float *w, size_t n, uint32_t *panel,
                         size_t at) {
  const size_t words = words_of(g);
  vi largest = vi_zero(), sums = vi_zero();
  for (size_t i = 0; i < g->inputs; i++)
    largest = larger(largest, vf_load_n(w + i * g->outputs, n));
  const quant_scale by = make_scale(largest, MAX_INT8);
  for (size_t word = 0; word < words; word++)
    store_weights(panel, word, at, pack_word(g, w, word, n, by.inv_scale, &sums));
#if INT8_SIGNED
  VF_EACH (doubled, 7)
    sums = vi_add(sums, sums);
  vi_store(panel + words * PANEL + at, sums);
#endif
  vi_store(panel + (words + INT8_SIGNED) * PANEL + at, vi_of_bits(by.scale));
}

static void int8_pack(const mcnn_dense_geometry *g, const float *w, uint32_t *packed) {
  for (size_t first = 0; first < g->outputs; first += PANEL, packed += PANEL * column_words(g)) {
    for (size_t at = 0; at < PANEL; at += VF_LANES) {
      const size_t column = mcnn_min(first + at, g->outputs);
      pack_columns(g, w + column, mcnn_min(g->outputs - column, VF_LANES), packed, at);
    }
  }
}

/* --- inputs ----------------------------------------------------------------------------------- */

static size_t int8_scratch_words(const mcnn_dense_geometry *g) {
  return BLOCK * row_words(g);
}

/* What a word of a row lies behind another, of two words each where there are pairs. */
#define ROW_STEP (1 + INT8_PAIRS)

/* What one row of a block of quantised ones has. */
typedef struct quantized_row {
  uint32_t *words, *scale;
} quantized_row;

static quantized_row row_at(uint32_t *block, size_t words, size_t row) {
#if INT8_PAIRS
  uint32_t *const pair = block + row / 2 * 2 * (words + 1);
  return (quantized_row){pair + row % 2 * 2, pair + 2 * words + row % 2};
#else
  return (quantized_row){block + row * (words + 1), block + row * (words + 1) + words};
#endif
}

static quant_scale scale_of_row(size_t n, const float *x) {
  vi largest = vi_zero();
  for (size_t i = 0; i < n; i += VF_LANES)
    largest = larger(largest, vf_load_n(x + i, mcnn_min(n - i, VF_LANES)));
  return make_scale(vi_set1(vi_max_lane(largest)), MAX_UINT8);
}

static void quantize_row(size_t n, const float *x, quantized_row row) {
  const quant_scale by = scale_of_row(n, x);
  uint32_t scales[VF_LANES];
  for (size_t i = 0; i < n; i += INT8_CHUNK)
    int8_store_chunk(x + i, mcnn_min(n - i, INT8_CHUNK), by.inv_scale,
                     row.words + i / 4 * ROW_STEP);
  vi_store(scales, vi_of_bits(by.scale));
  *row.scale = scales[0];
}

static void quantize_rows(const mcnn_dense_geometry *g, const float *x, size_t rows,
                          uint32_t *block) {
  for (size_t r = 0; r < rows; r++)
    quantize_row(g->inputs, x + r * g->inputs, row_at(block, words_of(g), r));
#if INT8_PAIRS
  /* A row without another is multiplied with zeros beside it. */
  if (rows % 2 != 0)
    for (size_t i = 0; i < words_of(g); i++)
      row_at(block, words_of(g), rows).words[i / 2 * 4 + i % 2] = 0;
#endif
}

/* --- products --------------------------------------------------------------------------------- */

/* What a tile works on: one panel of the weights and the rows of x it is multiplied with. */
typedef struct panel {
  const uint32_t *w;
  const float *bias; /* NULL: none */
  size_t words;
  size_t y_row;
  size_t at[INT8_VECTORS];    /* the columns of each vector: the first, */
  size_t count[INT8_VECTORS]; /* and how many there are */
  vf least;                   /* 0 for ReLU, else minus infinity */
} panel;

static panel panel_of(const mcnn_dense_geometry *g, const uint32_t *packed, const float *bias,
                      size_t first) {
  panel p = {.w = packed + first * column_words(g),
             .bias = bias ? bias + first : NULL,
             .words = words_of(g),
             .y_row = g->outputs,
             .least = vf_set1(g->activation == MCNN_ACTIVATION_RELU ? 0.0f : -INFINITY)};
  for (size_t v = 0; v < INT8_VECTORS; v++) {
    p.at[v] = mcnn_min(v * VF_LANES, g->outputs - first);
    p.count[v] = mcnn_min(g->outputs - first - p.at[v], VF_LANES);
  }
  return p;
}

/* Sums in quant_scale, as outputs. The larger of two is the second where one of them is a NaN, so
 * that NaNs stay. */
static void finish_row(const panel *p, const vi sums[INT8_VECTORS], uint32_t x_scale, float *y) {
  const uint32_t *ends = p->w + p->words * PANEL;
  for (size_t v = 0; v < INT8_VECTORS; v++) {
    const vi sum = INT8_SIGNED ? vi_add(sums[v], vi_load(ends + v * VF_LANES)) : sums[v];
    const vf w_scale = vf_of_bits(vi_load(ends + INT8_SIGNED * PANEL + v * VF_LANES));
    const vf scale = vf_mul(vf_of_bits(vi_set1(x_scale)), w_scale);
    const vf bias = p->bias ? vf_load_n(p->bias + p->at[v], p->count[v]) : vf_zero();
    const vf value = vf_fma(vf_convert(sum), scale, bias);
    vf_store_n(y + p->at[v], vf_max(p->least, value), p->count[v]);
  }
}

/* int8_dot.inc.h or int8_matrix.inc.h: `rows` of a block. */
static void multiply_rows(const panel *p, uint32_t *block, size_t rows, float *y);

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

#define INT8_KERNELS                                                                               \
  {                                                                                                \
    .dense_packed_words = int8_packed_words, .dense_pack = int8_pack,                              \
    .dense_scratch_words = int8_scratch_words, .dense_forward = int8_forward                       \
  }
