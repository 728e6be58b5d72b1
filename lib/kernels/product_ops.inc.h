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
#endif
};

void MCNN_ISA_SUFFIX(mcnn_gemm)(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                                const float *a, size_t lda, const float *b, size_t ldb,
                                int accumulate, float *c, size_t ldc) {
  mcnn_product_gemm(&ops, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc);
}

void MCNN_ISA_SUFFIX(mcnn_dense_forward)(const mcnn_dense_geometry *g, const float *w,
                                         const float *bias, const float *x, size_t rows, float *y,
                                         size_t begin, size_t end) {
  mcnn_dense_forward(&ops, g, w, bias, x, rows, y, begin, end);
}

void MCNN_ISA_SUFFIX(mcnn_dense_backward)(const mcnn_dense_geometry *g, const float *w,
                                          const float *x, const float *dz, size_t rows, float *dw,
                                          float *dx, size_t begin, size_t end) {
  mcnn_dense_backward(&ops, g, w, x, dz, rows, dw, dx, begin, end);
}
