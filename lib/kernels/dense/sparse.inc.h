/* Dense layers whose input is the output of a ReLU: about half of x is 0, scattered, and whatever a
 * 0 is multiplied with need not be computed. The tiles of gemm/tile.inc.h share every vector they
 * load between several rows, all of which would have to be 0; here a panel of columns lies in the
 * first-level cache instead, where a multiply-add takes its operand from for nothing, and every
 * element of x that is not 0 passes through it alone.
 *
 * A panel is mostly copied, so that its vectors are aligned and its rows do not compete for the
 * same few lines of the cache (as they do when a row is a multiple of 4 KiB); columns that are
 * missing in the last one are zeros. */

/* Vectors of a panel: as many sums stay in registers. So does w where there are 32 of them; where
 * there are 16 it is read from the cache instead, and with panels half as wide that keep it in
 * registers everything took a fifth longer. */
#if VF_LANES == 16
#define PANEL_VECTORS  ((size_t)8)
#define W_IN_REGISTERS 1
#elif VF_REGISTERS == 32
#define PANEL_VECTORS  ((size_t)12)
#define W_IN_REGISTERS 1
#else
#define PANEL_VECTORS  ((size_t)12)
#define W_IN_REGISTERS 0
#endif
#define PANEL_COLUMNS (PANEL_VECTORS * VF_LANES)

/* Forward there are no more registers needed than sums; with as few lanes, what comes once an input
 * takes long beside a panel's sums. */
#if VF_LANES == 4 && VF_REGISTERS == 32
#define FORWARD_VECTORS ((size_t)16)
#else
#define FORWARD_VECTORS PANEL_VECTORS
#endif
#define FORWARD_COLUMNS (FORWARD_VECTORS * VF_LANES)

/* With 12 vectors there is a panel of 8, too, since 64 and 128 are usual numbers of columns. */
#if VF_LANES == 8
#define NARROW_VECTORS ((size_t)8)
#endif

/* The panel for so many columns: a whole one, or half of one where that is enough. */
static size_t panel_width(size_t whole, size_t columns) {
  return columns <= whole / 2 ? whole / 2 : whole;
}

static size_t forward_width(size_t columns) {
#ifdef NARROW_VECTORS
  if (columns > FORWARD_COLUMNS / 2 && columns <= NARROW_VECTORS * VF_LANES)
    return NARROW_VECTORS * VF_LANES;
#endif
  return panel_width(FORWARD_COLUMNS, columns);
}

/* No call of memcpy(), which would take longer; three copies of it would be large. */
__attribute__((noinline)) static void copy_columns(const float *from, size_t columns, float *to) {
  size_t j = 0;
  for (; j + VF_LANES <= columns; j += VF_LANES)
    vf_store(to + j, vf_in_register(vf_load(from + j)));
  if (j < columns)
    vf_store_n(to + j, vf_load_n(from + j, columns - j), columns - j);
}

/* rows of `columns` floats, `step` apart, to rows of `width` floats, the others 0 */
static void copy_panel(const float *from, size_t step, size_t rows, size_t columns, size_t width,
                       float *to) {
  const size_t whole = columns / VF_LANES * VF_LANES;
  for (size_t r = 0; r < rows; r++, from += step, to += width) {
    for (size_t j = 0; j < whole; j += VF_LANES)
      vf_store(to + j, vf_in_register(vf_load(from + j)));
    for (size_t j = whole; j < width; j += VF_LANES)
      vf_store(to + j, vf_load_n(from + j, j < columns ? columns - j : 0));
  }
}

/* --- forward ---------------------------------------------------------------------------------- */

/* Rows of w at a time: a panel of them is 32 KiB with AVX-512, 24 with AVX2. */
#define FORWARD_DEPTH ((size_t)64)

/* Rows of x at a time, whose rows of y stay in the second-level cache from one block of w to the
 * next, while a panel of w serves as many. */
#define FORWARD_ROWS ((size_t)128)

typedef struct forward_panel {
  const float *w; /* rows of `width` floats, `step` apart */
  size_t width, step;
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
    const float *w = vf_one_register(p->w + k * p->step);
    add_multiples(vectors, vf_load_factor(x + k), w, sum);
  }
  VF_EACH (v, vectors)
    vf_store(y + v * VF_LANES, finished(p->least, sum[v]));
}

static void forward_row_any(const forward_panel *p, const float *x, uint64_t active,
                            const float *start, float *y) {
  if (p->width == FORWARD_COLUMNS)
    forward_row(FORWARD_VECTORS, p, x, active, start, y);
#ifdef NARROW_VECTORS
  else if (p->width == NARROW_VECTORS * VF_LANES)
    forward_row(NARROW_VECTORS, p, x, active, start, y);
#endif
  else
    forward_row(FORWARD_VECTORS / 2, p, x, active, start, y);
}

/* The next rows of w are fetched from further away while the panel is worked with, NEXT_ROWS beside
 * each row of x: 32 rows, a usual batch, fetch the next panel. To fetch behind the end is no error.
 */
#define NEXT_ROWS ((size_t)2)

VF_INLINE void preprefetch_input(const float *w, size_t step) {
  VF_LOOP (k, NEXT_ROWS)
    VF_LOOP (j, FORWARD_COLUMNS / 16)
      __builtin_prefetch(w + k * step + j * 16, 0, 2);
}

/* For so few rows of x a panel is read where it is if its rows are aligned and not a multiple of an
 * eighth of a page apart; for more a copy pays. */
#define ROWS_IN_PLACE ((size_t)32)

static int panel_usable_in_place(const mcnn_product *p, size_t rows, size_t columns,
                                 const forward_panel *panel) {
  return p->b_step == panel->width ||
         (rows <= ROWS_IN_PLACE && columns == panel->width && p->b_step % VF_LANES == 0 &&
          p->b_step % 128 != 0 && (uintptr_t)panel->w % sizeof(vf) == 0);
}

/* Some rows of x by some rows of w: inputs [k, k + depth). */
typedef struct forward_block {
  const mcnn_product *p;
  size_t rows, k, depth;
  int is_last;
  uint64_t active[FORWARD_ROWS]; /* bit i: input k + i of a row is not 0 */
  _Alignas(64) float copy[FORWARD_DEPTH * FORWARD_COLUMNS];
} forward_block;

static void find_row(forward_block *b, size_t r) {
  const float *x = b->p->a + r * b->p->a_row + b->k;
  b->active[r] = nonzero_bits(x, b->depth);
  VF_LOOP (i, FORWARD_DEPTH / 16)
    __builtin_prefetch(x + FORWARD_DEPTH + i * 16);
}

/* Columns [j, j + columns), a whole panel. `find`: the active inputs of the rows behind the first
 * are still to be found; `next`: of w, what will be needed after this. */
static void forward_columns(forward_block *b, size_t j, size_t columns, int find,
                            const float *next) {
  const mcnn_product *p = b->p;
  forward_panel panel = {.w = p->b + b->k * p->b_step + j,
                         .width = forward_width(columns),
                         .step = p->b_step,
                         .least = vf_set1(b->is_last ? p->least : -INFINITY)};
  static const float zeros[FORWARD_COLUMNS];
  const float *x = p->a + b->k, *first = p->start ? p->start + j : zeros;
  const float *start = b->k == 0 ? first : p->c + j;
  const size_t start_row = b->k == 0 ? p->start_row : p->c_row;
  float *y = p->c + j;
  if (!panel_usable_in_place(p, b->rows, columns, &panel)) {
    panel.step = panel.width;
    copy_panel(panel.w, p->b_step, b->depth, columns, panel.width, b->copy);
    panel.w = b->copy;
  }
  for (size_t r = 0; r < b->rows; r++, next += NEXT_ROWS * p->b_step) {
    if (find && r + 1 < b->rows)
      find_row(b, r + 1);
    if (r < FORWARD_DEPTH / NEXT_ROWS)
      preprefetch_input(next, p->b_step);
    forward_row_any(&panel, x, b->active[r], start, y);
    x += p->a_row;
    start += start_row;
    y += p->c_row;
  }
}

/* Whole panels of y and of what it starts with. All panels of a block of w come before the next
 * block: what the processor fetches ahead from long rows of w is then what is needed soon, and the
 * inputs that are not 0 are found once. With one panel only that is done beside its products. */
__attribute__((noinline)) static void forward_rows(const mcnn_product *p, size_t rows,
                                                   size_t columns) {
  const int one_panel = columns <= FORWARD_COLUMNS;
  forward_block b;
  b.p = p;
  b.rows = rows;
  for (b.k = 0; b.k < p->depth; b.k += b.depth) {
    b.depth = mcnn_min(p->depth - b.k, FORWARD_DEPTH);
    b.is_last = b.k + b.depth == p->depth;
    for (size_t r = 0; r < (one_panel ? 1 : rows); r++)
      find_row(&b, r);
    for (size_t j = 0; j < columns; j += FORWARD_COLUMNS) {
      const size_t left = columns - j, n = mcnn_min(left, FORWARD_COLUMNS);
      const size_t next_k = n < left ? b.k : b.k + b.depth;
      forward_columns(&b, j, n, one_panel, p->b + next_k * p->b_step + (n < left ? j + n : 0));
    }
  }
}

/* The last columns where they are less than a panel: in a panel of its own, some rows at a time.
 * All rows start with the same. */
#define SHORT_ROWS ((size_t)32)

static void forward_short(const mcnn_product *all, size_t rows, size_t columns) {
  _Alignas(64) float y[SHORT_ROWS * FORWARD_COLUMNS];
  float start[FORWARD_COLUMNS] = {0}, *c = all->c;
  mcnn_product p = *all;
  if (p.start)
    memcpy(start, p.start, columns * sizeof *start);
  p.start = start;
  p.c = y;
  p.c_row = forward_width(columns);
  for (size_t r = 0; r < rows; r += SHORT_ROWS, p.a += SHORT_ROWS * p.a_row) {
    const size_t n = mcnn_min(rows - r, SHORT_ROWS);
    forward_rows(&p, n, columns);
    for (size_t i = 0; i < n; i++, c += all->c_row)
      memcpy(c, y + i * p.c_row, columns * sizeof *c);
  }
}

static void multiply_sparse(mcnn_product p, size_t rows, size_t columns) {
  const size_t rest = columns % FORWARD_COLUMNS;
  const size_t whole = rest == forward_width(rest) ? columns : columns - rest;
  for (size_t n; rows > 0; rows -= n) {
    n = mcnn_min(rows, FORWARD_ROWS);
    if (whole > 0)
      forward_rows(&p, n, whole);
    if (whole < columns) {
      mcnn_product last = p;
      last.b += whole;
      last.c += whole;
      if (p.start)
        last.start += whole;
      forward_short(&last, n, columns - whole);
    }
    p.a += n * p.a_row;
    p.c += n * p.c_row;
  }
}

/* --- backward --------------------------------------------------------------------------------- */

#define BLOCK_ROWS   MCNN_SPARSE_ROWS
#define BLOCK_INPUTS ((size_t)64)

/* Panels that are worked on together, input by input: what they give to the gradient of x adds up
 * lane by lane, and the lanes are added up once for all of them. */
#define BLOCK_PANELS ((size_t)2)

/* One panel of the gradients of the outputs, and the weights that belong to it. */
typedef struct backward_panel {
  _Alignas(64) float copy[BLOCK_ROWS * PANEL_COLUMNS];
  const float *dz; /* rows of `width` floats: the copy, unless it is such a panel as it is */
  const float *w;
  float *dw;
  size_t step; /* floats from row to row of w and dw */
  size_t width, columns;
} backward_panel;

/* A block of samples and inputs. Partial gradients of x are [block of samples][input][BLOCK_ROWS],
 * of each input those of the samples that have it other than 0, one after the other. */
typedef struct backward_block {
  backward_panel panels[BLOCK_PANELS];
  size_t count;                               /* of panels */
  _Alignas(64) uint32_t active[BLOCK_INPUTS]; /* bit r: x of sample r is not 0 */
  float dots[BLOCK_ROWS * VF_LANES];
  float zeros[VF_LANES];
  float row[PANEL_COLUMNS], gradient[PANEL_COLUMNS]; /* of w and dw, see backward_input_short() */
  const float *x;
  size_t x_step;
  float *dx; /* [inputs][BLOCK_ROWS]; NULL when nobody needs it */
  size_t rows, inputs;
  int is_first;   /* dx is overwritten, not added to */
  int accumulate; /* add to dw */
} backward_block;

/* One input, panel p: dw = the sum of x dz over its active samples; dots of each sample's dz with
 * w, their lanes not added up yet, from panel 0 on. Every vector of dz serves both. */
VF_INLINE void backward_input(const size_t vectors, backward_block *b, size_t p, size_t i,
                              const float *w, float *dw) {
  vf sum[PANEL_VECTORS], wi[PANEL_VECTORS];
  VF_EACH (v, vectors) {
    sum[v] = b->accumulate ? vf_load(dw + v * VF_LANES) : vf_zero();
    if (W_IN_REGISTERS)
      wi[v] = vf_load(w + v * VF_LANES);
  }
  float *dots = b->dots;
  const float *before = p == 0 ? b->zeros : dots;
  const size_t before_step = p == 0 ? 0 : VF_LANES;
  const float *const panel_dz = b->panels[p].dz, *const x = b->x + i;
  const size_t x_step = b->x_step;
  for (uint32_t active = b->active[i]; active; dots += VF_LANES, before += before_step) {
    const uint32_t r = (uint32_t)__builtin_ctz(active);
    active &= active - 1;
    const float *dz = vf_one_register(panel_dz + r * vectors * VF_LANES);
    const vf_factor xr = vf_load_factor(x + r * x_step);
    vf dot[2] = {vf_load(before), vf_zero()};
    VF_EACH (v, vectors) {
      const vf d = vf_in_register(vf_load(dz + v * VF_LANES));
      const vf wv = W_IN_REGISTERS ? wi[v] : vf_load(w + v * VF_LANES);
      sum[v] = vf_fma_factor(xr, d, sum[v]);
      dot[v % 2] = v == 1 ? vf_mul(wv, d) : vf_fma(wv, d, dot[v % 2]);
    }
    vf_store(dots, vf_add(dot[0], dot[1]));
  }
  VF_EACH (v, vectors)
    vf_store(dw + v * VF_LANES, sum[v]);
}

/* The input's dx are, or gain, the sums of the dots' lanes, four dots at a time. */
static void finish_dots(backward_block *b, size_t i) {
  const size_t count = (size_t)__builtin_popcount(b->active[i]);
  float *dx = b->dx + i * BLOCK_ROWS;
  for (size_t n = 0; n < count; n += 4) {
    const float *dots = b->dots + n * VF_LANES;
    vf_store_sums(dx + n, !b->is_first, vf_load(dots), vf_load(dots + VF_LANES),
                  vf_load(dots + 2 * VF_LANES), vf_load(dots + 3 * VF_LANES));
  }
}

static void backward_input_any(backward_block *b, size_t p, size_t i, const float *w, float *dw) {
  if (b->panels[p].width == PANEL_COLUMNS)
    backward_input(PANEL_VECTORS, b, p, i, w, dw);
  else
    backward_input(PANEL_VECTORS / 2, b, p, i, w, dw);
}

/* The same where the rows of w and dw end within the panel: what is behind them is 0. */
static void backward_input_short(backward_block *b, size_t p, size_t i, const float *w, float *dw) {
  const size_t columns = b->panels[p].columns;
  copy_columns(w, columns, b->row);
  if (b->accumulate)
    copy_columns(dw, columns, b->gradient);
  backward_input_any(b, p, i, b->row, b->gradient);
  copy_columns(b->gradient, columns, dw);
}

static void add_panel(backward_block *b, const mcnn_dense_block *block, size_t input, size_t row,
                      size_t column) {
  backward_panel *p = &b->panels[b->count++];
  const size_t left = block->outputs - column;
  p->columns = mcnn_min(left, PANEL_COLUMNS);
  p->width = panel_width(PANEL_COLUMNS, p->columns);
  p->step = block->outputs;
  p->w = block->w + input * p->step + column;
  p->dw = block->dw + input * p->step + column;
  p->dz = block->dz + row * block->dz_step + column;
  if (block->dz_step != p->width || p->columns != p->width) {
    copy_panel(p->dz, block->dz_step, b->rows, p->columns, p->width, p->copy);
    p->dz = p->copy;
  }
}

/* All inputs of the block, with the panels there are. */
static void backward_panels(backward_block *b) {
  for (size_t i = 0; i < b->inputs; i++) {
    for (size_t k = 0; k < b->count; k++) {
      const backward_panel *p = &b->panels[k];
      (p->columns == p->width ? backward_input_any : backward_input_short)(
          b, k, i, p->w + i * p->step, p->dw + i * p->step);
    }
    if (b->dx)
      finish_dots(b, i);
  }
  b->count = 0;
  b->is_first = 0;
}

/* Inputs [0, inputs) of samples [0, rows), at most BLOCK_INPUTS and BLOCK_ROWS of them. */
static void find_active(const float *x, size_t x_step, size_t rows, size_t inputs,
                        uint32_t *active) {
  for (size_t i = 0; i < inputs; i += VF_LANES) {
    const size_t lanes = inputs - i < VF_LANES ? inputs - i : VF_LANES;
    vf_bits bits = vf_no_bits();
    for (size_t r = 0; r < rows; r++)
      bits = vf_set_bit_if_nonzero(bits, r, vf_load_n(x + r * x_step + i, lanes));
    vf_store_bits(active + i, bits);
  }
}

/* Samples [row, row + b->rows) and inputs [input, input + b->inputs). */
static void backward_blocks(backward_block *b, const mcnn_dense_block *blocks, size_t count,
                            size_t input, size_t row) {
  find_active(b->x, b->x_step, b->rows, b->inputs, b->active);
  b->is_first = 1;
  for (size_t n = 0; n < count; n++)
    for (size_t j = 0; j < blocks[n].outputs; j += PANEL_COLUMNS) {
      add_panel(b, &blocks[n], input, row, j);
      if (b->count == BLOCK_PANELS)
        backward_panels(b);
    }
  if (b->count > 0)
    backward_panels(b);
}

static void backward_sparse(const mcnn_dense_geometry *g, const mcnn_dense_block *blocks,
                            size_t count, const float *x, size_t rows, float *partial_dx) {
  backward_block b;
  b.count = 0;
  b.x_step = g->x_step;
  memset(b.dots, 0, sizeof b.dots);
  memset(b.zeros, 0, sizeof b.zeros);
  memset(b.row, 0, sizeof b.row);
  memset(b.gradient, 0, sizeof b.gradient);
  for (size_t r = 0; r < rows; r += BLOCK_ROWS) {
    b.rows = mcnn_min(rows - r, BLOCK_ROWS);
    b.accumulate = r > 0 || blocks[0].accumulate;
    for (size_t i = 0; i < g->inputs; i += BLOCK_INPUTS) {
      b.inputs = mcnn_min(g->inputs - i, BLOCK_INPUTS);
      b.x = x + r * g->x_step + i;
      b.dx = partial_dx ? partial_dx + r * g->inputs + i * BLOCK_ROWS : NULL;
      backward_blocks(&b, blocks, count, i, r);
    }
  }
}

/* One block of samples and inputs: x_step lies between the rows of x and of dx. */
#ifdef VF_EXPANDS
/* Vector by vector of inputs and of samples: what is there of each input is spread to its samples,
 * and then the inputs of a sample lie together. */
static void finish_block_dx(const float *x, size_t x_step, size_t rows, size_t inputs,
                            const float *partial_dx, size_t count, size_t stride, float *dx) {
  _Alignas(64) uint32_t active[BLOCK_INPUTS];
  find_active(x, x_step, rows, inputs, active);
  for (size_t i = 0; i < inputs; i += VF_LANES, partial_dx += VF_LANES * BLOCK_ROWS) {
    for (size_t first = 0; first < rows; first += VF_LANES) {
      vf block[VF_LANES];
      VF_LOOP (lane, VF_LANES) {
        const uint32_t bits = active[i + lane], here = bits >> first;
        const float *from = partial_dx + lane * BLOCK_ROWS +
                            __builtin_popcount(bits & (((uint32_t)1 << first) - 1));
        block[lane] = vf_expand_load(here, from);
        for (size_t k = 1; k < count; k++)
          block[lane] = vf_add(block[lane], vf_expand_load(here, from + k * stride));
      }
      vf_transpose(block);
      VF_LOOP (r, mcnn_min(rows - first, VF_LANES))
        vf_store_some(dx + (first + r) * x_step + i, block[r], lanes_left(inputs, i));
    }
  }
}
#else
static void finish_block_dx(const float *x, size_t x_step, size_t rows, size_t inputs,
                            const float *partial_dx, size_t count, size_t stride, float *dx) {
  _Alignas(64) uint32_t active[BLOCK_INPUTS];
  float block[BLOCK_ROWS][BLOCK_INPUTS] = {{0}};
  find_active(x, x_step, rows, inputs, active);
  for (size_t i = 0; i < inputs; i++, partial_dx += BLOCK_ROWS) {
    float sums[BLOCK_ROWS];
    const float *next = sums;
    for (size_t n = 0; n < BLOCK_ROWS; n += VF_LANES) {
      vf sum = vf_load(partial_dx + n);
      for (size_t k = 1; k < count; k++)
        sum = vf_add(sum, vf_load(partial_dx + k * stride + n));
      vf_store(sums + n, sum);
    }
    for (uint64_t left = active[i]; left;)
      block[take_bit(&left)][i] = *next++;
  }
  for (size_t r = 0; r < rows; r++)
    memcpy(dx + r * x_step, block[r], inputs * sizeof *dx);
}
#endif

static void finish_sparse_dx(const mcnn_dense_geometry *g, const float *x, size_t rows,
                             const float *partial_dx, size_t count, size_t stride, float *dx) {
  for (size_t r = 0; r < rows; r += BLOCK_ROWS)
    for (size_t i = 0; i < g->inputs; i += BLOCK_INPUTS) {
      const size_t at = r * g->x_step + i;
      finish_block_dx(x + at, g->x_step, mcnn_min(rows - r, BLOCK_ROWS),
                      mcnn_min(g->inputs - i, BLOCK_INPUTS),
                      partial_dx + r * g->inputs + i * BLOCK_ROWS, count, stride, dx + at);
    }
}
