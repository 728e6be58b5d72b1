/* The tiles of indirect convolution (indirect.c): a result is cut into panels of columns, and its
 * rows into tiles. */
#ifndef MCNN_KERNELS_CONV_INDIRECT_TILES_H
#define MCNN_KERNELS_CONV_INDIRECT_TILES_H

#include "kernels/kernels.h"

/* Products of one sum that are made at a stretch: the weights for them stay in the second-level
 * cache for all rows. */
#define MCNN_INDIRECT_DEPTH ((size_t)1024)

/* Columns of the result that a tile is wide. */
typedef struct mcnn_panel {
  size_t first, columns; /* of the result */
  size_t vectors;
} mcnn_panel;

/* The next panel, from an empty one on; 0 behind the last. */
int mcnn_next_panel(const mcnn_kernels *kernels, size_t columns, mcnn_panel *p);

/* Floats of so many columns in whole vectors. */
size_t mcnn_whole_vectors(const mcnn_kernels *kernels, size_t columns);

/* Where the rows of tiles begin, in three nested loops: counts, and floats from one to the next. */
typedef struct mcnn_grid {
  size_t count[3]; /* the innermost last */
  size_t x_step[3], c_step[3];
} mcnn_grid;

/* All rows of the grid, of one panel. A last tile that is not full repeats its last row. */
void mcnn_indirect_rows(const mcnn_kernels *kernels, const mcnn_grid *g, const mcnn_panel *columns,
                        mcnn_indirect *tile, const float *x, float *c);

/* All panels, in blocks of rows of taps. b: the weights, panel after panel. start: of all columns,
 * or NULL for zeros. */
void mcnn_indirect_blocks(const mcnn_kernels *kernels, const mcnn_grid *g, mcnn_indirect tile,
                          size_t columns, const float *x, const float *b, const float *start,
                          float *c);

/* --- shapes that both passes see -------------------------------------------------------------- */

/* Floats of an image with its padding, and of a row of it. */
size_t mcnn_framed_floats(const mcnn_conv_geometry *g);
size_t mcnn_framed_pitch(const mcnn_conv_geometry *g);

/* With pooling, the sums of one image before it. */
size_t mcnn_sums_floats(const mcnn_conv_geometry *g);

/* Images of so many floats that are worked on together, so that small ones fill the tiles. */
size_t mcnn_group_images(size_t floats);

/* The pooling of one image's sums. */
mcnn_pool_geometry mcnn_sums_pool(const mcnn_conv_geometry *g);

#endif
