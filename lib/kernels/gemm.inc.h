/* The built-in matrix product of one instruction set. */

/* Transposed pieces of B, where the broadcast tile needs rows of it: 16 KiB of stack. */
#define PIECE_DEPTH   ((size_t)64)
#define PIECE_COLUMNS ((size_t)64)

static void transpose_piece(const float *b, size_t ldb, size_t depth, size_t columns,
                            float piece[PIECE_DEPTH * PIECE_COLUMNS]) {
  for (size_t j = 0; j < columns; j++)
    for (size_t k = 0; k < depth; k++)
      piece[k * PIECE_COLUMNS + j] = b[j * ldb + k];
}

/* B is [columns][depth]; p->b is not used. */
static void multiply_transposed(product p, const float *b, size_t ldb, size_t rows,
                                size_t columns) {
  float piece[PIECE_DEPTH * PIECE_COLUMNS];
  const size_t depth = p.depth;
  for (size_t j = 0; j < columns; j += PIECE_COLUMNS) {
    const size_t width = columns - j < PIECE_COLUMNS ? columns - j : PIECE_COLUMNS;
    product t = p;
    t.b = piece;
    t.b_step = PIECE_COLUMNS;
    t.c = p.c + j;
    t.start = p.start ? p.start + j : NULL;
    t.start_row = p.start_row;
    for (size_t k = 0; k < depth; k += PIECE_DEPTH) {
      t.a = p.a + k * p.a_step;
      t.depth = depth - k < PIECE_DEPTH ? depth - k : PIECE_DEPTH;
      transpose_piece(b + j * ldb + k, ldb, t.depth, width, piece);
      multiply(t, rows, width);
      t.start = t.c;
      t.start_row = t.c_row;
    }
  }
}

/* Below, adding up the lanes takes longer than transposing B. */
#define DOT_LEAST_DEPTH ((size_t)64)

static void clear_rows(size_t rows, size_t columns, float *c, size_t ldc) {
  for (size_t i = 0; i < rows; i++)
    memset(c + i * ldc, 0, columns * sizeof *c);
}

static void gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const float *a,
                 size_t lda, const float *b, size_t ldb, int accumulate, float *c, size_t ldc) {
  if (k == 0) {
    if (!accumulate)
      clear_rows(m, n, c, ldc);
    return;
  }
  const product p = {.a = a,
                     .a_row = transpose_a ? 1 : lda,
                     .a_step = transpose_a ? lda : 1,
                     .b = b,
                     .b_step = ldb,
                     .c = c,
                     .c_row = ldc,
                     .depth = k,
                     .start = accumulate ? c : NULL,
                     .start_row = ldc,
                     .finish = FINISH_STORE};
  if (!transpose_b)
    multiply(p, m, n);
  else if (FEW_FORMS || transpose_a || k <= DOT_LEAST_DEPTH)
    multiply_transposed(p, b, ldb, m, n);
#if !FEW_FORMS
  else
    multiply_dots((dot_product){a, lda, b, ldb, c, ldc, k, accumulate}, m, n);
#endif
}

void MCNN_ISA_SUFFIX(mcnn_gemm)(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                                const float *a, size_t lda, const float *b, size_t ldb,
                                int accumulate, float *c, size_t ldc) {
  gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc);
}
