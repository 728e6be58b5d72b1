#include "kernels/conv/indirect_tiles.h"

#include "kernels/conv/frame.h"

#include <math.h>

/* Images that are worked on together: so many floats of their inputs, or of the gradients of their
 * outputs. */
#define GROUP_FLOATS ((size_t)64 * 1024)
#define GROUP_IMAGES ((size_t)8)

/* --- panels of columns ------------------------------------------------------------------------ */

/* As many vectors as there are kernels for, about as many in each panel. */
static size_t panel_vectors(const mcnn_kernels *kernels, size_t vectors) {
  const size_t most = kernels->conv.indirect[2].run ? MCNN_INDIRECT_VECTORS : 2;
  return mcnn_ceil_div(vectors, mcnn_ceil_div(vectors, most));
}

int mcnn_next_panel(const mcnn_kernels *kernels, size_t columns, mcnn_panel *p) {
  p->first += p->columns;
  if (p->first == columns)
    return 0;
  const size_t vectors = panel_vectors(kernels, mcnn_ceil_div(columns, kernels->lanes));
  p->columns = mcnn_min(columns - p->first, vectors * kernels->lanes);
  p->vectors = mcnn_ceil_div(p->columns, kernels->lanes);
  return 1;
}

size_t mcnn_whole_vectors(const mcnn_kernels *kernels, size_t columns) {
  return mcnn_ceil_div(columns, kernels->lanes) * kernels->lanes;
}

/* --- rows of tiles ---------------------------------------------------------------------------- */

typedef struct place {
  size_t index[2];
  size_t x, c;
} place;

/* Where the next line of rows begins, which are those of the last index; 0 behind the last. */
static int next_line(const mcnn_grid *g, place *at) {
  for (size_t i = 2; i-- > 0;) {
    at->x += g->x_step[i];
    at->c += g->c_step[i];
    if (++at->index[i] < g->count[i])
      return 1;
    at->x -= g->count[i] * g->x_step[i];
    at->c -= g->count[i] * g->c_step[i];
    at->index[i] = 0;
  }
  return 0;
}

void mcnn_indirect_rows(const mcnn_kernels *kernels, const mcnn_grid *g, const mcnn_panel *columns,
                        mcnn_indirect *tile, const float *x, float *c) {
  const int is_half = kernels->conv.indirect_half && columns->columns <= kernels->lanes / 2;
  const mcnn_indirect_kernel *kernel =
      is_half ? kernels->conv.indirect_half : &kernels->conv.indirect[columns->vectors - 1];
  const size_t last = columns->columns - (columns->vectors - 1) * kernels->lanes;
  const size_t rows = kernel->rows, x_step = g->x_step[2], c_step = g->c_step[2];
  place at = {.x = 0};
  size_t r = 0;
  if (g->count[0] == 0 || g->count[1] == 0)
    return;
  do {
    const float *from = x + at.x;
    float *to = c + at.c + columns->first;
    for (size_t left = g->count[2]; left > 0; left--, from += x_step, to += c_step) {
      tile->x[r] = from;
      tile->c[r] = to;
      if (++r == rows) {
        tile->count = rows;
        kernel->run(tile, last);
        r = 0;
      }
    }
  } while (next_line(g, &at));
  if (r == 0)
    return;
  tile->count = r;
  for (; r < rows; r++) {
    tile->x[r] = tile->x[r - 1];
    tile->c[r] = tile->c[r - 1];
  }
  kernel->run(tile, last);
}

void mcnn_indirect_blocks(const mcnn_kernels *kernels, const mcnn_grid *g, mcnn_indirect tile,
                          size_t columns, const float *x, const float *b, const float *start,
                          float *c) {
  const size_t depth = mcnn_max(tile.tap_columns * tile.run, 1), rows = tile.tap_rows;
  const size_t block = mcnn_max(MCNN_INDIRECT_DEPTH / depth, 1);
  const float least = tile.least;
  static const float zeros[MCNN_INDIRECT_VECTORS * MCNN_MAX_LANES];
  for (mcnn_panel p = {0}; mcnn_next_panel(kernels, columns, &p); b += rows * depth * tile.b_step) {
    tile.b_step = p.vectors * kernels->lanes;
    tile.b_tap_column = tile.run * tile.b_step;
    tile.b_tap_row = tile.tap_columns * tile.b_tap_column;
    size_t row = 0;
    do {
      tile.tap_rows = mcnn_min(rows - row, block);
      tile.b = b + row * tile.b_tap_row;
      tile.start = row > 0 ? NULL : start ? start + p.first : zeros;
      tile.least = row + tile.tap_rows < rows ? -INFINITY : least;
      mcnn_indirect_rows(kernels, g, &p, &tile, x + (ptrdiff_t)row * tile.x_tap_row, c);
      row += tile.tap_rows;
    } while (row < rows);
  }
}

/* --- shapes ----------------------------------------------------------------------------------- */

size_t mcnn_framed_floats(const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(g);
  return mcnn_conv_in_size(&framed);
}

size_t mcnn_framed_pitch(const mcnn_conv_geometry *g) {
  return ((size_t)g->in_width + g->pad_left + g->pad_right) * g->in_channels;
}

size_t mcnn_group_images(size_t floats) {
  return mcnn_max(mcnn_min(GROUP_FLOATS / floats, GROUP_IMAGES), 1);
}

size_t mcnn_sums_floats(const mcnn_conv_geometry *g) {
  return mcnn_conv_is_pooled(g) ? mcnn_round_up_cache_line(mcnn_conv_out_size(g)) : 0;
}

mcnn_pool_geometry mcnn_sums_pool(const mcnn_conv_geometry *g) {
  const mcnn_pool_geometry pool = {.in_height = g->out_height,
                                   .in_width = g->out_width,
                                   .channels = g->out_channels,
                                   .pool_height = g->pool_height,
                                   .pool_width = g->pool_width,
                                   .stride_height = g->pool_stride_height,
                                   .stride_width = g->pool_stride_width};
  return pool;
}
