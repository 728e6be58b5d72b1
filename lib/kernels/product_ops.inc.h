/* The table of inner loops, and the entries of the kernel table that hand it on. Included once per
 * instruction set, last. */

static const mcnn_product_ops ops = {
    .lanes = VF_LANES,
    .tile_rows = TILE_ROWS,
    .tiles =
        {
            {tile_1x1, tile_1x2, tile_1x3},
            {tile_4x1, tile_4x2, tile_4x3},
#if VF_LANES == 16
            {tile_8x1, tile_8x2, tile_8x3},
#endif
        },
#if !FEW_FORMS
    .dot_rows = DOT_ROWS,
    .dot_tile = dot_whole,
    .dot_element = dot_element,
    .multiply_row = multiply_row,
    .multiply_sparse = multiply_sparse,
    .backward_sparse = backward_sparse,
    .finish_sparse_dx = finish_sparse_dx,
#endif
};

void MCNN_ISA_SUFFIX(mcnn_gemm)(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                                const float *a, size_t lda, const float *b, size_t ldb,
                                int accumulate, float *c, size_t ldc) {
  mcnn_product_gemm(&ops, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc);
}

void MCNN_ISA_SUFFIX(mcnn_dense_forward)(const mcnn_dense_geometry *g, const float *w,
                                         const float *bias, const float *x, size_t rows, float *y) {
  mcnn_dense_forward(&ops, g, w, bias, x, rows, y);
}

void MCNN_ISA_SUFFIX(mcnn_dense_backward)(const mcnn_dense_geometry *g,
                                          const mcnn_dense_part *parts, size_t count,
                                          const float *x, size_t rows, float *partial_dx) {
  mcnn_dense_backward(&ops, g, parts, count, x, rows, partial_dx);
}

size_t MCNN_ISA_SUFFIX(mcnn_dense_dx_floats)(const mcnn_dense_geometry *g, size_t rows) {
  return mcnn_dense_dx_floats(&ops, g, rows);
}

void MCNN_ISA_SUFFIX(mcnn_dense_dx_finish)(const mcnn_dense_geometry *g, const float *x,
                                           size_t rows, const float *partial_dx, size_t parts,
                                           size_t stride, float *dx) {
  mcnn_dense_dx_finish(&ops, g, x, rows, partial_dx, parts, stride, dx);
}
