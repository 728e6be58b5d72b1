/* Dense layers whose inputs come out of a ReLU: about half of x is 0, scattered, and whatever a 0
 * is multiplied with need not be computed. The tiles of gemm_tile.inc.h share every vector they
 * load between several rows, all of which would have to be 0; here a panel of columns lies in the
 * first-level cache instead, where a multiply-add takes its operand from for nothing, and every
 * element of x that is not 0 passes through it alone.
 *
 * A panel is copied, so that its vectors are aligned and its rows do not compete for the same few
 * lines of the cache (as they do when a row is a multiple of 4 KiB); columns that are missing in
 * the last one are zeros. */

/* Vectors of a panel: as many sums, and as many vectors of w, stay in registers. */
#if VF_LANES == 16
#define PANEL_VECTORS ((size_t)8)
#else
#define PANEL_VECTORS ((size_t)6)
#endif
#define PANEL_COLUMNS (PANEL_VECTORS * VF_LANES)

/* The panel for so many columns: a whole one, or half of one where that is enough. */
static size_t panel_width(size_t whole, size_t columns) {
  return columns <= whole / 2 ? whole / 2 : whole;
}

/* rows of `columns` floats, `step` apart, to rows of `width` floats */
static void copy_panel(const float *from, size_t step, size_t rows, size_t columns, size_t width,
                       float *to) {
  for (size_t r = 0; r < rows; r++, from += step, to += width) {
    if (columns == width) {
      for (size_t j = 0; j < width; j += VF_LANES)
        vf_store(to + j, vf_load(from + j));
    } else {
      memcpy(to, from, columns * sizeof *to);
      memset(to + columns, 0, (width - columns) * sizeof *to);
    }
  }
}

/* Bit i: x[i] is not 0. n <= 64 */
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

/* --- forward --------------------------------------------------------------------------------- */

/* Rows of w at a time: 32 KiB with AVX-512. */
#define FORWARD_DEPTH   ((size_t)64)
#define FORWARD_VECTORS ((size_t)8)
#define FORWARD_COLUMNS (FORWARD_VECTORS * VF_LANES)

typedef struct forward_panel {
  _Alignas(64) float w[FORWARD_DEPTH * FORWARD_COLUMNS];
  size_t width, columns;
  vf least;
} forward_panel;

/* y = finished(start + x w) for one row, over the inputs that are not 0 */
VF_INLINE void forward_row(const size_t vectors, const forward_panel *p, const float *x,
                           uint64_t active, const float *start, float *y) {
  vf sum[FORWARD_VECTORS];
  VF_EACH (v, vectors)
    sum[v] = vf_load(start + v * VF_LANES);
  while (active) {
    const size_t k = take_bit(&active);
    const float *w = p->w + k * vectors * VF_LANES;
    const vf xk = vf_set1(x[k]);
    VF_EACH (v, vectors)
      sum[v] = vf_fma(xk, vf_load(w + v * VF_LANES), sum[v]);
  }
  VF_EACH (v, vectors)
    vf_store(y + v * VF_LANES, finished(p->least, sum[v]));
}

static void forward_row_any(const forward_panel *p, const float *x, uint64_t active,
                            const float *start, float *y) {
  if (p->width == FORWARD_COLUMNS)
    forward_row(FORWARD_VECTORS, p, x, active, start, y);
  else
    forward_row(FORWARD_VECTORS / 2, p, x, active, start, y);
}

/* The same where the row of y ends within the panel. */
static void forward_row_short(const forward_panel *p, const float *x, uint64_t active,
                              const float *start, float *y) {
  float sums[FORWARD_COLUMNS] = {0};
  memcpy(sums, start, p->columns * sizeof *sums);
  forward_row_any(p, x, active, sums, sums);
  memcpy(y, sums, p->columns * sizeof *sums);
}

static void forward_columns(mcnn_product p, size_t rows, size_t columns) {
  forward_panel panel = {.width = panel_width(FORWARD_COLUMNS, columns), .columns = columns};
  for (size_t k = 0; k < p.depth; k += FORWARD_DEPTH) {
    const size_t depth = p.depth - k < FORWARD_DEPTH ? p.depth - k : FORWARD_DEPTH;
    panel.least = vf_set1(k + depth < p.depth ? -INFINITY : p.least);
    copy_panel(p.b + k * p.b_step, p.b_step, depth, columns, panel.width, panel.w);
    for (size_t r = 0; r < rows; r++) {
      const float *x = p.a + r * p.a_row + k;
      (columns == panel.width ? forward_row_any : forward_row_short)(
          &panel, x, nonzero_bits(x, depth), p.start + r * p.start_row, p.c + r * p.c_row);
    }
    p.start = p.c;
    p.start_row = p.c_row;
  }
}

static void multiply_sparse(mcnn_product p, size_t rows, size_t columns) {
  for (size_t j = 0; j < columns; j += FORWARD_COLUMNS) {
    mcnn_product panel = p;
    panel.b += j;
    panel.c += j;
    panel.start += j;
    forward_columns(panel, rows, columns - j < FORWARD_COLUMNS ? columns - j : FORWARD_COLUMNS);
  }
}

/* --- backward -------------------------------------------------------------------------------- */

#define BLOCK_ROWS   ((size_t)32)
#define BLOCK_INPUTS MCNN_DENSE_UNIT

/* A block of samples and inputs, and one panel of the gradients of their outputs. */
typedef struct backward_block {
  _Alignas(64) float dz[BLOCK_ROWS * PANEL_COLUMNS];
  float x[BLOCK_ROWS][BLOCK_INPUTS];
  float dx[BLOCK_INPUTS][BLOCK_ROWS]; /* of the samples in `active`, one after the other */
  float dots[BLOCK_ROWS * VF_LANES];
  uint32_t active[BLOCK_INPUTS]; /* bit r: x of sample r is not 0 */
  size_t rows, inputs;
  size_t width, columns; /* of the panel */
  int accumulate;        /* add to dw */
} backward_block;

/* One input: dw = the sum of x dz over its active samples; dots of each sample's dz with w, their
 * lanes not added up yet. Every vector of dz serves both. */
VF_INLINE void backward_input(const size_t vectors, backward_block *b, size_t i, const float *w,
                              float *dw) {
  vf sum[PANEL_VECTORS], wi[PANEL_VECTORS];
  VF_EACH (v, vectors) {
    sum[v] = b->accumulate ? vf_load(dw + v * VF_LANES) : vf_zero();
    wi[v] = vf_load(w + v * VF_LANES);
  }
  float *dots = b->dots;
  for (uint64_t active = b->active[i]; active; dots += VF_LANES) {
    const size_t r = take_bit(&active);
    const float *dz = b->dz + r * vectors * VF_LANES;
    const vf xr = vf_set1(b->x[r][i]);
    vf dot[2] = {vf_zero(), vf_zero()};
    VF_EACH (v, vectors) {
      const vf d = vf_in_register(vf_load(dz + v * VF_LANES));
      sum[v] = vf_fma(xr, d, sum[v]);
      dot[v % 2] = vf_fma(wi[v], d, dot[v % 2]);
    }
    vf_store(dots, vf_add(dot[0], dot[1]));
  }
  VF_EACH (v, vectors)
    vf_store(dw + v * VF_LANES, sum[v]);
}

/* The inputs' dx += the dots' lanes, four dots at a time. */
static void add_dots(backward_block *b, size_t i) {
  const size_t count = (size_t)__builtin_popcount(b->active[i]);
  VF_LOOP (four, (count + 3) / 4) {
    const size_t n = 4 * four;
    const float *dots = b->dots + n * VF_LANES;
    float sums[4];
    vf_store_sums(sums, vf_load(dots), vf_load(dots + VF_LANES), vf_load(dots + 2 * VF_LANES),
                  vf_load(dots + 3 * VF_LANES));
    for (size_t j = 0; j < 4; j++)
      b->dx[i][n + j] += sums[j];
  }
}

static void backward_input_any(backward_block *b, size_t i, const float *w, float *dw) {
  if (b->width == PANEL_COLUMNS)
    backward_input(PANEL_VECTORS, b, i, w, dw);
  else
    backward_input(PANEL_VECTORS / 2, b, i, w, dw);
  add_dots(b, i);
}

/* The same where the rows of w and dw end within the panel. */
static void backward_input_short(backward_block *b, size_t i, const float *w, float *dw) {
  float row[PANEL_COLUMNS] = {0}, gradient[PANEL_COLUMNS] = {0};
  memcpy(row, w, b->columns * sizeof *row);
  if (b->accumulate)
    memcpy(gradient, dw, b->columns * sizeof *gradient);
  backward_input_any(b, i, row, gradient);
  memcpy(dw, gradient, b->columns * sizeof *gradient);
}

static void backward_panel(backward_block *b, const float *w, const float *dz, size_t outputs,
                           float *dw) {
  copy_panel(dz, outputs, b->rows, b->columns, b->width, b->dz);
  for (size_t i = 0; i < b->inputs; i++)
    (b->columns == b->width ? backward_input_any : backward_input_short)(b, i, w + i * outputs,
                                                                         dw + i * outputs);
}

static void take_inputs(backward_block *b, const float *x, size_t step) {
  memset(b->x, 0, sizeof b->x);
  memset(b->active, 0, sizeof b->active);
  for (size_t r = 0; r < b->rows; r++) {
    memcpy(b->x[r], x + r * step, b->inputs * sizeof *x);
    for (size_t i = 0; i < BLOCK_INPUTS; i++)
      b->active[i] |= (uint32_t)(b->x[r][i] != 0.0f) << r;
  }
}

/* The place of x serves once more: what is not active is 0. */
static void give_input_gradients(backward_block *b, float *dx, size_t step) {
  memset(b->x, 0, sizeof b->x);
  for (size_t i = 0; i < b->inputs; i++) {
    const float *next = b->dx[i];
    for (uint64_t active = b->active[i]; active;)
      b->x[take_bit(&active)][i] = *next++;
  }
  for (size_t r = 0; r < b->rows; r++)
    memcpy(dx + r * step, b->x[r], b->inputs * sizeof *dx);
}

/* Samples [0, b->rows) and inputs [0, b->inputs) of what the pointers begin with. */
static void backward_block_panels(const mcnn_dense_geometry *g, backward_block *b, const float *w,
                                  const float *x, const float *dz, float *dw, float *dx) {
  take_inputs(b, x, g->inputs);
  memset(b->dx, 0, sizeof b->dx);
  for (size_t j = 0; j < g->outputs; j += b->columns) {
    b->columns = g->outputs - j < PANEL_COLUMNS ? g->outputs - j : PANEL_COLUMNS;
    b->width = panel_width(PANEL_COLUMNS, b->columns);
    backward_panel(b, w + j, dz + j, g->outputs, dw + j);
  }
  if (dx)
    give_input_gradients(b, dx, g->inputs);
}

/* dx, where nobody wants it, is computed all the same: only a network that begins with a ReLU does
 * not. */
static void backward_sparse(const mcnn_dense_geometry *g, const float *w, const float *x,
                            const float *dz, size_t rows, float *dw, float *dx, size_t begin,
                            size_t end) {
  backward_block b;
  memset(b.dots, 0, sizeof b.dots);
  for (size_t r = 0; r < rows; r += BLOCK_ROWS) {
    b.rows = rows - r < BLOCK_ROWS ? rows - r : BLOCK_ROWS;
    b.accumulate = r > 0;
    for (size_t i = begin; i < end; i += BLOCK_INPUTS) {
      b.inputs = end - i < BLOCK_INPUTS ? end - i : BLOCK_INPUTS;
      backward_block_panels(g, &b, w + i * g->outputs, x + r * g->inputs + i, dz + r * g->outputs,
                            dw + (i - begin) * g->outputs, dx ? dx + r * g->inputs + i : NULL);
    }
  }
}
