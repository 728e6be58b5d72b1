/* The inner loops of convolution, which each instruction set has its own of. Everything around them
 * (which algorithm a shape takes, where things lie in memory, the loops over images, rows and
 * channels) is compiled once: conv.c, direct.c, indirect*.c, nonzero.c, winograd.c, sparse*.c,
 * patch_dx.c, gather_dw.c. */
#ifndef MCNN_KERNELS_CONV_LOOPS_H
#define MCNN_KERNELS_CONV_LOOPS_H

#include "kernels/conv/shape.h"

/* --- forward: tiles of outputs that hold whole 2x2 pooling windows ---------------------------- */

#define MCNN_CONV_TILE   ((size_t)4) /* columns of a tile */
#define MCNN_DIRECT_ROWS ((size_t)2) /* rows of a tile of direct convolution */

/* How many of the rows of a kernel that are left direct convolution takes at once: where it has
 * fewer, weights are zeros, and rows below the image are without a non-zero. */
static inline size_t mcnn_direct_rows(size_t left) {
  return left <= 3 || left == 6 ? 3 : 5;
}

#define MCNN_PIXEL_KERNEL ((size_t)5) /* rows and columns of a kernel that goes pixel by pixel */

/* Where a tile's outputs go. */
typedef struct mcnn_tile_output {
  const mcnn_conv_geometry *g;
  size_t height, width; /* of the output, after pooling */
  const float *bias;
  size_t row, column; /* of the convolution */
  float *y;           /* of the image */
  uint8_t *argmax;
} mcnn_tile_output;

/* What Winograd's algorithm works on; sizes in floats. */
typedef struct mcnn_winograd {
  mcnn_conv_geometry framed; /* padded so that whole tiles fit ... */
  mcnn_conv_geometry padded; /* ... and the same without padding */
  size_t points;             /* of one dimension: 6 and 8 for 3x3 and 5x5 kernels; 9: stride 2 */
  size_t filter_points;      /* the same of the filters: the last one is that of all others */
  size_t step;               /* rows and columns of inputs from tile to tile */
  size_t tile_rows, tile_columns; /* tiles of one image */
  size_t block;                   /* tiles that the forward pass works on at a time */
  size_t channels;                /* output channels rounded up to whole vectors */
  size_t filter_group;            /* of those, how many lie together in filters */
  size_t filter_point;            /* from point to point of the transformed filters */
  int is_far;                     /* filters are too many for a second-level cache */
  size_t input_tile, input_point; /* from tile to tile, point to point of the transformed inputs */
  size_t product_block;           /* from vector to vector of products: all points of one */
  size_t product_tile;            /* from tile to tile of them: all vectors of one */
} mcnn_winograd;

/* What the backward pass adds up of the products of some input channels and some output channels,
 * those of one group or fewer: [point][input channel][output channel], whole vectors of these. */
typedef struct mcnn_winograd_sums {
  const float *sums;
  size_t point; /* from point to point */
  size_t in_channels, first_out_channel, out_channels;
} mcnn_winograd_sums;

/* --- backward: the active outputs of pooled convolutions --------------------------------------
 * Max-pooling passes a window's gradient to one of its positions and ReLU to none where the output
 * is 0, so that the gradient of the convolution's output is at most one in pool_height * pool_width
 * non-zero. Listing what is left turns the backward pass into a few axpys of whole patches. */

/* The gradient of one active output, as the inner loops want it. */
typedef struct mcnn_sparse_grad {
  int32_t offset; /* floats: of the patch under it, or of its filter */
  float gradient;
} mcnn_sparse_grad;

/* What active outputs are listed from; a window's channels lie together. */
typedef struct mcnn_grad_source {
  const float *y, *dy;
  const uint8_t *argmax;
} mcnn_grad_source;

/* The active outputs of a few images by channel. */
typedef struct mcnn_channel_lists {
  mcnn_sparse_grad *entries; /* [out_channels][capacity] */
  uint32_t *counts;          /* [out_channels] */
  size_t capacity;
} mcnn_channel_lists;

/* The active outputs of one image by the column of their maximum. */
typedef struct mcnn_column_lists {
  mcnn_sparse_grad *entries; /* [columns][capacity] */
  uint32_t *counts;          /* [columns] */
  uint32_t *starts; /* [rows of windows + 1][columns]: how many lie above each row of windows */
  size_t columns, capacity;
  size_t filter_row, filter; /* floats of one row of a packed filter, and of a filter */
} mcnn_column_lists;

/* A block of the patch: `rows` runs of `vectors` vectors, the last of them of `last` lanes. */
typedef struct mcnn_patch_block {
  size_t rows, vectors, last;
  size_t x_pitch; /* floats from run to run in the image ... */
  size_t w_pitch; /* ... and in the gradient */
} mcnn_patch_block;

/* dw += the sum over the entries of gradient * patch, for blocks of one size. */
typedef struct mcnn_block_kernel {
  size_t rows, vectors;
  void (*accumulate)(const mcnn_patch_block *b, const mcnn_sparse_grad *entries, size_t count,
                     const float *x, float *dw);
} mcnn_block_kernel;

/* Rows [band * pool_height, ...) of dx, channels [c, c + n) of them. */
typedef struct mcnn_dx_band {
  const mcnn_conv_geometry *g;
  const mcnn_column_lists *lists;
  const float *filters; /* of this block of channels, at the band's row */
  size_t first, last;   /* rows of windows that reach the band, first <= last + 1 */
  size_t rows;          /* of dx, at most pool_height */
  size_t n;
  float *dx;
} mcnn_dx_band;

/* One image's windows over anything but zeros, for convolutions of few input channels. */
typedef struct mcnn_gather_windows {
  size_t channels;   /* output channels rounded up to whole vectors */
  uint32_t *corners; /* offset of the window's first pixel in the panels */
  float *gradients;  /* [window][channels] */
  uint32_t *offsets; /* the same shape: from that pixel to the one of the maximum */
  size_t count;
} mcnn_gather_windows;

/* One input channel in panels, one for each column of windows: the pixels under it, so wide. So the
 * rows of a patch are a constant distance apart, whatever the width of the image. */
#define MCNN_GATHER_WIDTH ((size_t)8)

/* Rows of a kernel whose gradient is finished at once. */
#define MCNN_CONV_ROWS 64

/* --- forward and backward: tiles of rows that begin anywhere ---------------------------------- */

#define MCNN_INDIRECT_ROWS ((size_t)16) /* the most of a tile */

/* c[r][columns] = start + the sum over taps and over k < run of x(r, tap, k) b(tap, k)[columns],
 * then the larger of that and `least`: of some rows, which begin at x[r] and c[r], and of 1 to 3
 * vectors of columns. The loops over taps, row by row, step by *_tap_row and *_tap_column in x and
 * in b, those within a run by x_step and b_step. */
typedef struct mcnn_indirect {
  const float *x[MCNN_INDIRECT_ROWS];
  float *c[MCNN_INDIRECT_ROWS];
  size_t count; /* of rows that are stored; x and c point somewhere for all */
  size_t tap_rows, tap_columns, run;
  ptrdiff_t x_tap_row, x_tap_column, x_step;
  const float *b; /* whole vectors */
  size_t b_tap_row, b_tap_column, b_step;
  const float *start; /* the same for all rows (a bias); NULL: c */
  float least;        /* 0 for a ReLU, else minus infinity */
} mcnn_indirect;

/* `last`: lanes of the last vector that are there. */
typedef struct mcnn_indirect_kernel {
  size_t rows;
  void (*run)(const mcnn_indirect *p, size_t last);
} mcnn_indirect_kernel;

#define MCNN_INDIRECT_VECTORS ((size_t)3)

/* --- forward: what is not 0 in the input ------------------------------------------------------ */

#define MCNN_NONZERO_COLUMNS ((size_t)64) /* of a panel of weights */

/* c[position][columns] = start + the sum over taps and over the channels whose bits are set of
 * x[position step + tap][channel] w[tap][channel][columns], then the larger of that and `least`. A
 * tap whose pixel is flat adds flat[tap][columns] instead. Pixels lie x_tap floats apart, and
 * `words` words of bits. */
typedef struct mcnn_nonzero_row {
  size_t positions, step, taps;
  size_t columns; /* that are there in start and c */
  const float *x;
  const uint64_t *bits;
  const uint8_t *is_flat;
  size_t x_tap, words;
  const float *w, *flat; /* panels */
  size_t w_tap;
  const float *start;
  float *c;
  size_t start_step, c_step;
  float least;
} mcnn_nonzero_row;

/* --- the table -------------------------------------------------------------------------------- */

/* All NULL where the matrix product serves every shape. */
typedef struct mcnn_conv_loops {
  /* nonzero[row][tile]: whether the segment of the framed image x under a tile of so many columns
   * has a non-zero. */
  void (*mark_nonzero_segments)(const mcnn_conv_geometry *framed, size_t tiles, size_t columns,
                                const float *x, uint8_t *nonzero);
  /* MCNN_CONV_TILE columns of outputs from `column` on of `rows` rows, which are whole tiles;
   * channels from c on. x is their corner in the framed image, nonzero[row * step] tells whether a
   * row of the input has a non-zero under them. */
  void (*direct_columns)(const mcnn_conv_geometry *framed, const uint8_t *nonzero, size_t step,
                         const float *w, const float *x, const mcnn_tile_output *out, size_t column,
                         size_t rows, size_t c);

  /* For one, two and three vectors. */
  mcnn_indirect_kernel indirect[MCNN_INDIRECT_VECTORS];
  /* One vector of half as many lanes, of which a processor computes more at a time; or NULL. */
  const mcnn_indirect_kernel *indirect_half;

  /* Which channels of each pixel are not 0, in words of 64 bits, and whether all are those of
   * `flat`. NULL where there is none. */
  void (*find_nonzero)(size_t pixels, size_t channels, const float *x, const float *flat,
                       uint64_t *bits, uint8_t *is_flat);
  void (*nonzero_row)(const mcnn_nonzero_row *p);

  /* Filters to [point][group][input channel][output channel of the group], rounded up to whole
   * vectors. */
  void (*winograd_pack)(const mcnn_conv_geometry *g, const mcnn_winograd *plan, const float *w,
                        float *packed);
  /* One tile's input, all its channels; writes up to `lanes` floats too many. */
  void (*winograd_input)(const mcnn_winograd *plan, const float *x, float *inputs);
  /* At one point: so many tiles by all output channels. */
  void (*winograd_multiply)(const mcnn_winograd *plan, size_t tiles, const float *inputs,
                            const float *filters, float *products);
  void (*winograd_output)(const mcnn_winograd *plan, const mcnn_tile_output *out,
                          const float *products);
  /* One tile of gradients of outputs, rows `row` floats apart; points are `point` floats apart, and
   * whole vectors of channels are written. */
  void (*winograd_gradient)(const mcnn_winograd *plan, const float *dz, size_t row, size_t point,
                            float *gradients);
  /* Adds what one tile's products make of dx to its corner in the framed image. */
  void (*winograd_dx)(const mcnn_winograd *plan, const float *products, float *dx);
  /* dw (HWIO, from the sums' first channels on) = the sums, transformed, or += them. */
  void (*winograd_weights)(const mcnn_winograd *plan, const mcnn_winograd_sums *sums,
                           int accumulate, float *dw);

  /* Of 3x3 and 5x5 kernels without pooling: grad (dw as HWIO, then db) += from
   * out_height rows of one image, whose x is framed. NULL where there is none. */
  void (*few_dw)(const mcnn_conv_geometry *framed, const float *x, const float *y, const float *dy,
                 float *grad);

  /* List the active outputs of `images` images, and add to the gradient of the biases. */
  void (*list_channels)(const mcnn_conv_geometry *g, mcnn_grad_source source, size_t images,
                        const mcnn_channel_lists *lists, float *db);
  /* The same of one image by columns. */
  void (*list_columns)(const mcnn_conv_geometry *g, mcnn_grad_source source,
                       const mcnn_column_lists *lists);
  /* Those of one position, with the offsets of filters that are so long; returns how many. */
  size_t (*list_outputs)(const mcnn_conv_geometry *g, const float *y, const float *dy,
                         size_t filter, mcnn_sparse_grad *entries);
  /* Larger ones first, down to 1 x 1. */
  const mcnn_block_kernel *blocks;
  /* dw (HWIO) = the sum of `count` gradients laid out as [out_channels][channel_stride]. */
  void (*sparse_finish)(const mcnn_conv_geometry *g, size_t channel_stride, const float *grads,
                        size_t count, size_t stride, float *dw, size_t begin, size_t end);
  void (*sweep)(const mcnn_dx_band *b);

  /* For few input channels, where there are vectors of at least MCNN_GATHER_WIDTH; else NULL. Packs
   * one input channel, of which MCNN_GATHER_WIDTH floats too many are read, into panels;
   * any[column][row] |= whether a row of a panel has a non-zero where patches reach. */
  void (*pack_columns)(const mcnn_conv_geometry *g, const float *plane, float *columns_of,
                       uint8_t *any);
  /* Gradients and offsets of channels [c, c + lanes) in the windows that are nonzero; those of all
   * windows are added to db. */
  void (*list_gather)(const mcnn_conv_geometry *g, const uint8_t *nonzero,
                      const mcnn_grad_source *source, size_t c, const mcnn_gather_windows *list,
                      float *db);
  /* 1: the lanes are the output channels, dw is [tap][output channel, rounded up]. 0: they are the
   * pixels of a row of one input channel, dw is [output channel][tap, to whole cache lines]. */
  int lanes_are_channels;
  /* As many output channels, one input channel's panels: dw += over the windows. */
  void (*accumulate_gather)(const mcnn_conv_geometry *g, const mcnn_gather_windows *list, size_t c,
                            const float *panels, float *dw);

  /* One framed image x of one channel by a kernel of MCNN_PIXEL_KERNEL, pixel by pixel; 0 where too
   * many differ from the first one, and NULL where direct_columns() is always as fast. Scratch, for
   * each pixel of the framed image with MCNN_PIXEL_KERNEL - 1 more rows and columns: as many floats
   * as there are lanes, and two. */
  int (*direct_pixels)(const mcnn_conv_geometry *framed, const float *w, const float *x,
                       const mcnn_tile_output *out, float *scratch);
} mcnn_conv_loops;

#endif
