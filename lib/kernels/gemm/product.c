/* The built-in matrix product: how it is cut into tiles. */
#include "kernels/gemm/product.h"

#include "base/sizes.h"

#include <math.h>
#include <string.h>

static const float zeros[MCNN_TILE_VECTORS * MCNN_MAX_LANES];

/* --- broadcast tiles -------------------------------------------------------------------------- */

/* How many of `rows` rows the next tile takes: not six of eight or nine, which are two times four.
 */
static size_t next_rows(size_t most, size_t rows) {
  if (rows >= most && (most != 6 || rows / 2 != 4))
    return most;
  return rows >= 4 ? 4 : 1;
}

/* All rows of one panel of columns, as wide as a tile at most. */
static void multiply_panel(const mcnn_kernels *kernels, mcnn_product p, size_t rows,
                           size_t columns) {
  const size_t vectors = (columns + kernels->lanes - 1) / kernels->lanes;
  const size_t last = columns - (vectors - 1) * kernels->lanes;
  while (rows > 0) {
    const size_t take = next_rows(kernels->product.tile_rows[vectors - 1], rows);
    kernels->product.tiles[(take + 2) / 4][vectors - 1](&p, last);
    p.a += take * p.a_row;
    p.c += take * p.c_row;
    p.start += take * p.start_row;
    rows -= take;
  }
}

/* So many k at a time that the panel of B stays in the second-level cache for all rows. */
#define PANEL_DEPTH ((size_t)1024)

static void multiply_columns(const mcnn_kernels *kernels, mcnn_product p, size_t rows,
                             size_t columns) {
  const float least = p.least;
  size_t depth = p.depth;
  do {
    p.depth = mcnn_min(depth, PANEL_DEPTH);
    depth -= p.depth;
    p.least = depth > 0 ? -INFINITY : least;
    multiply_panel(kernels, p, rows, columns);
    p.a += p.depth * p.a_step;
    p.b += p.depth * p.b_step;
    p.start = p.c;
    p.start_row = p.c_row;
  } while (depth > 0);
}

/* The next panel of the columns that are left: two of two vectors, not three and one, whose sums
 * would be too few. */
static size_t panel_columns(const mcnn_kernels *kernels, size_t columns) {
  const size_t lanes = kernels->lanes, most = MCNN_TILE_VECTORS * lanes;
  if (kernels->product.tiles[0][1] && columns > most && columns <= 4 * lanes)
    return 2 * lanes;
  if (columns >= most)
    return most;
  return columns > lanes && !kernels->product.tiles[0][1] ? lanes : columns;
}

void mcnn_multiply(const mcnn_kernels *kernels, mcnn_product p, size_t rows, size_t columns) {
  for (size_t j = 0, wide; j < columns; j += wide) {
    wide = panel_columns(kernels, columns - j);
    mcnn_product panel = p;
    panel.b += j;
    panel.c += j;
    if (p.start) {
      panel.start += j;
    } else {
      panel.start = zeros;
      panel.start_row = 0;
    }
    multiply_columns(kernels, panel, rows, wide);
  }
}

/* --- B transposed ----------------------------------------------------------------------------- */

/* Blocks of B, where the broadcast tile needs rows of it: 16 KiB of stack. */
#define TRANSPOSED_DEPTH   ((size_t)64)
#define TRANSPOSED_COLUMNS ((size_t)64)

static void transpose_block_of(const float *b, size_t ldb, size_t depth, size_t columns,
                               float block[TRANSPOSED_DEPTH * TRANSPOSED_COLUMNS]) {
  for (size_t j = 0; j < columns; j++)
    for (size_t k = 0; k < depth; k++)
      block[k * TRANSPOSED_COLUMNS + j] = b[j * ldb + k];
}

/* B is [columns][depth]; p->b is not used. */
static void multiply_transposed(const mcnn_kernels *kernels, const mcnn_product *p, const float *b,
                                size_t ldb, size_t rows, size_t columns) {
  float block[TRANSPOSED_DEPTH * TRANSPOSED_COLUMNS];
  for (size_t j = 0; j < columns; j += TRANSPOSED_COLUMNS) {
    const size_t width = mcnn_min(columns - j, TRANSPOSED_COLUMNS);
    mcnn_product t = *p;
    t.b = block;
    t.b_step = TRANSPOSED_COLUMNS;
    t.c = p->c + j;
    t.start = p->start ? p->start + j : NULL;
    for (size_t k = 0; k < p->depth; k += TRANSPOSED_DEPTH) {
      t.a = p->a + k * p->a_step;
      t.depth = mcnn_min(p->depth - k, TRANSPOSED_DEPTH);
      transpose_block_of(b + j * ldb + k, ldb, t.depth, width, block);
      mcnn_multiply(kernels, t, rows, width);
      t.start = t.c;
      t.start_row = t.c_row;
    }
  }
}

/* Columns go slowest: few rows of B stay in the first-level cache while all of A passes by. */
static void multiply_dots(const mcnn_kernels *kernels, const mcnn_dot_product *p, size_t rows,
                          size_t columns) {
  mcnn_dot_product t = *p;
  for (size_t c = 0; c < columns; c += MCNN_DOT_COLUMNS) {
    t.columns = mcnn_min(columns - c, MCNN_DOT_COLUMNS);
    t.b = p->b + c * p->b_row;
    for (size_t r = 0; r < rows; r += kernels->product.dot_rows) {
      t.rows = mcnn_min(rows - r, kernels->product.dot_rows);
      t.a = p->a + r * p->a_row;
      t.c = p->c + r * p->c_row + c;
      kernels->product.dot_tile(&t);
    }
  }
}

/* Up to here, adding up the lanes takes longer than transposing B does. */
#define DOT_MIN_DEPTH ((size_t)128)

static void clear_rows(size_t rows, size_t columns, float *c, size_t ldc) {
  for (size_t i = 0; i < rows; i++)
    memset(c + i * ldc, 0, columns * sizeof *c);
}

void mcnn_gemm_builtin(const mcnn_kernels *kernels, int transpose_a, int transpose_b, size_t m,
                       size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                       int accumulate, float *c, size_t ldc) {
  if (k == 0) {
    if (!accumulate)
      clear_rows(m, n, c, ldc);
    return;
  }
  const mcnn_product p = {.a = a,
                          .a_row = transpose_a ? 1 : lda,
                          .a_step = transpose_a ? lda : 1,
                          .b = b,
                          .b_step = ldb,
                          .c = c,
                          .c_row = ldc,
                          .depth = k,
                          .start = accumulate ? c : NULL,
                          .start_row = ldc,
                          .least = -INFINITY};
  if (!transpose_b) {
    mcnn_multiply(kernels, p, m, n);
  } else if (!kernels->product.dot_tile || transpose_a || k <= DOT_MIN_DEPTH) {
    multiply_transposed(kernels, &p, b, ldb, m, n);
  } else {
    const mcnn_dot_product dots = {.a = a,
                                   .a_row = lda,
                                   .b = b,
                                   .b_row = ldb,
                                   .c = c,
                                   .c_row = ldc,
                                   .depth = k,
                                   .accumulate = accumulate};
    multiply_dots(kernels, &dots, m, n);
  }
}
