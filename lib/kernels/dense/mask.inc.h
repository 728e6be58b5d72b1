/* Backward pass through the ReLU of a dense layer, and the gradient of its biases. */

VF_INLINE void mask_vector(const mcnn_dense_geometry *g, const float *y, const float *dy,
                           size_t rows, float *dz, float *db, size_t lanes) {
  vf sum = vf_zero();
  for (size_t r = 0; r < rows; r++) {
    const size_t at = r * g->y_step;
    vf d = vf_load_some(dy + at, lanes);
    if (g->activation == MCNN_ACTIVATION_RELU)
      d = vf_where_positive(vf_load_some(y + at, lanes), d);
    vf_store_some(dz + r * g->dz_step, d, lanes);
    sum = vf_add(sum, d);
  }
  vf_store_some(db, sum, lanes);
}

static void dense_mask(const mcnn_dense_geometry *g, const float *y, const float *dy, size_t rows,
                       float *dz, float *db) {
  for (size_t j = 0; j < g->outputs; j += VF_LANES) {
    const size_t rest = g->outputs - j;
    mask_vector(g, y + j, dy + j, rows, dz + j, db + j, rest < VF_LANES ? rest : VF_LANES);
  }
}
