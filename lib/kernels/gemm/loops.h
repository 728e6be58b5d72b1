/* The inner loops of matrix products and dense layers, which each instruction set has its own of;
 * product.c and dense/dense.c are the loops around them, compiled once. */
#ifndef MCNN_KERNELS_GEMM_LOOPS_H
#define MCNN_KERNELS_GEMM_LOOPS_H

#include "kernels/geometry.h"

/* C[rows][columns] = start + sum over k < depth of A(row, k) B[k][column], then the larger of that
 * and `least`. */
typedef struct mcnn_product {
  const float *a;
  size_t a_row, a_step; /* floats from row to row, from k to k + 1 */
  const float *b;
  size_t b_step;
  float *c;
  size_t c_row;
  const float *start; /* NULL, but for a tile: zeros */
  size_t start_row;   /* 0: the same for every row (a bias, or zeros) */
  size_t depth;
  float least; /* 0 for a ReLU, else minus infinity */
} mcnn_product;

/* C[rows][columns] (+)= A[rows][depth] B[columns][depth]^T */
typedef struct mcnn_dot_product {
  const float *a;
  size_t a_row;
  const float *b;
  size_t b_row;
  float *c;
  size_t c_row;
  size_t rows, columns, depth;
  int accumulate;
} mcnn_dot_product;

#define MCNN_TILE_VECTORS ((size_t)3) /* the most of a tile */
#define MCNN_DOT_COLUMNS  ((size_t)4) /* the most of a dot tile */
#define MCNN_MAX_LANES    ((size_t)16)
#define MCNN_SPARSE_ROWS  ((size_t)32) /* samples of a block of sparse gradients */

/* One tile: so many rows of 1 to 3 vectors, `last` lanes of the last one. */
typedef void (*mcnn_tile_function)(const mcnn_product *p, size_t last);

typedef struct mcnn_product_loops {
  /* Rows of the largest tiles of 1, 2 and 3 vectors: 4, 6 or 8. */
  uint8_t tile_rows[MCNN_TILE_VECTORS];
  /* For 1, 4 and tile_rows rows (the third where those are more). NULL for two vectors: one at a
   * time. */
  mcnn_tile_function tiles[3][3];
  /* Tiles of up to dot_rows x MCNN_DOT_COLUMNS dot products; NULL: there are none, and B is
   * transposed instead. */
  size_t dot_rows;
  void (*dot_tile)(const mcnn_dot_product *p);

  /* Those that make use of zeros among the inputs; all NULL where there are none. */
  void (*multiply_row)(const mcnn_product *p, size_t columns);
  void (*multiply_sparse)(mcnn_product p, size_t rows, size_t columns);
  /* dense_backward() and dense_dx_finish() of kernels.h. */
  void (*backward_sparse)(const mcnn_dense_geometry *g, const mcnn_dense_block *blocks,
                          size_t count, const float *x, size_t rows, float *partial_dx);
  void (*finish_sparse_dx)(const mcnn_dense_geometry *g, const float *x, size_t rows,
                           const float *partial_dx, size_t count, size_t stride, float *dx);
} mcnn_product_loops;

#endif
