/* Dense layers. */

void MCNN_ISA_SUFFIX(mcnn_dense_forward)(const mcnn_dense_geometry *g, const float *w,
                                         const float *bias, const float *x, size_t rows, float *y,
                                         size_t begin, size_t end) {
  const product p = {.a = x,
                     .a_row = g->inputs,
                     .a_step = 1,
                     .b = w + begin,
                     .b_step = g->outputs,
                     .c = y + begin,
                     .c_row = g->outputs,
                     .start = bias + begin,
                     .start_row = 0,
                     .depth = g->inputs,
                     .finish = g->relu ? FINISH_RELU : FINISH_LINEAR};
  multiply(p, rows, end - begin);
}

/* dw[begin..end) = x^T dz */
static void weight_gradient(const mcnn_dense_geometry *g, const float *x, const float *dz,
                            size_t rows, float *dw, size_t begin, size_t end) {
  const product p = {.a = x + begin,
                     .a_row = 1,
                     .a_step = g->inputs,
                     .b = dz,
                     .b_step = g->outputs,
                     .c = dw + begin * g->outputs,
                     .c_row = g->outputs,
                     .depth = rows,
                     .finish = FINISH_STORE};
  multiply(p, end - begin, g->outputs);
}

/* dx[rows][begin..end) = dz w[begin..end)^T */
static void input_gradient(const mcnn_dense_geometry *g, const float *w, const float *dz,
                           size_t rows, float *dx, size_t begin, size_t end) {
  const dot_product p = {.a = dz,
                         .a_row = g->outputs,
                         .b = w + begin * g->outputs,
                         .b_row = g->outputs,
                         .c = dx + begin,
                         .c_row = g->inputs,
                         .depth = g->outputs,
                         .accumulate = 0};
  multiply_dots(p, rows, end - begin);
}

void MCNN_ISA_SUFFIX(mcnn_dense_backward)(const mcnn_dense_geometry *g, const float *w,
                                          const float *x, const float *dz, size_t rows, float *dw,
                                          float *dx, size_t begin, size_t end) {
  if (dx)
    input_gradient(g, w, dz, rows, dx, begin, end);
  weight_gradient(g, x, dz, rows, dw, begin, end);
}

VF_INLINE void mask_vector(const mcnn_dense_geometry *g, const float *y, const float *dy,
                           size_t rows, float *dz, float *db, size_t lanes) {
  vf sum = vf_zero();
  for (size_t r = 0; r < rows; r++) {
    const size_t at = r * g->outputs;
    vf d = vf_load_n(dy + at, lanes);
    if (g->relu)
      d = vf_where_positive(vf_load_n(y + at, lanes), d);
    vf_store_n(dz + at, d, lanes);
    sum = vf_add(sum, d);
  }
  vf_store_n(db, sum, lanes);
}

void MCNN_ISA_SUFFIX(mcnn_dense_mask)(const mcnn_dense_geometry *g, const float *y, const float *dy,
                                      size_t rows, float *dz, float *db) {
  for (size_t j = 0; j < g->outputs; j += VF_LANES) {
    const size_t rest = g->outputs - j;
    mask_vector(g, y + j, dy + j, rows, dz + j, db + j, rest < VF_LANES ? rest : VF_LANES);
  }
}
