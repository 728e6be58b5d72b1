/* Fused backward pass of a dense layer of few outputs and the preceding ReLU: with ten outputs a
 * matrix product has no rows worth a tile, while the layer's inputs make whole vectors. Every sum
 * is added up in the order of the general kernels (dense.c), and is the same to the last bit. */

#define SMALL_N_VECTORS ((size_t)2)
#define SMALL_N_ROWS    ((size_t)4) /* sums in registers: so many rows of so many vectors, or ... */
#define SMALL_N_OUTPUTS ((size_t)5) /* ... so many outputs of as many */

typedef struct small_n_columns {
  const mcnn_dense_geometry *g;
  const float *x, *dz, *w; /* w, dw: [outputs][MCNN_SMALL_N_INPUTS] */
  float *dw, *prev;
  size_t left[SMALL_N_VECTORS]; /* lanes that are there */
} small_n_columns;

/* prev_dz of `rows` rows: dz w^T, masked by the ReLU. Adds to the gradients of the biases. */
VF_INLINE void small_n_prev(const small_n_columns *c, const size_t rows, size_t row, vf *bias) {
  vf sums[SMALL_N_ROWS * SMALL_N_VECTORS];
  const mcnn_dense_geometry *g = c->g;
  const float *dz = c->dz + row * g->dz_step;
  const float *x = c->x + row * g->x_step;
  float *prev = c->prev + row * g->inputs;
  VF_EACH (i, rows * SMALL_N_VECTORS)
    sums[i] = vf_zero();
  for (size_t o = 0; o < g->outputs; o++)
    VF_EACH (r, rows) {
      const vf_factor d = vf_load_factor(dz + r * g->dz_step + o);
      VF_EACH (v, SMALL_N_VECTORS)
        sums[r * SMALL_N_VECTORS + v] =
            vf_fma_factor(d, vf_load(c->w + o * MCNN_SMALL_N_INPUTS + v * VF_LANES),
                          sums[r * SMALL_N_VECTORS + v]);
    }
  VF_LOOP (r, rows)
    VF_EACH (v, SMALL_N_VECTORS) {
      vf d = sums[r * SMALL_N_VECTORS + v];
      if (g->input_is_relu)
        d = vf_where_positive(vf_load_some(x + r * g->x_step + v * VF_LANES, c->left[v]), d);
      vf_store_some(prev + r * g->inputs + v * VF_LANES, d, c->left[v]);
      bias[v] = vf_add(bias[v], d);
    }
}

/* dw of `outputs` outputs: x^T dz. */
VF_INLINE void small_n_dw(const small_n_columns *c, const size_t outputs, size_t output,
                          size_t rows) {
  vf sums[SMALL_N_OUTPUTS * SMALL_N_VECTORS];
  VF_EACH (i, outputs * SMALL_N_VECTORS)
    sums[i] = vf_zero();
  for (size_t r = 0; r < rows; r++) {
    vf x[SMALL_N_VECTORS];
    VF_EACH (v, SMALL_N_VECTORS)
      x[v] = vf_load_some(c->x + r * c->g->x_step + v * VF_LANES, c->left[v]);
    VF_EACH (o, outputs) {
      const vf_factor d = vf_load_factor(c->dz + r * c->g->dz_step + output + o);
      VF_EACH (v, SMALL_N_VECTORS)
        sums[o * SMALL_N_VECTORS + v] = vf_fma_factor(d, x[v], sums[o * SMALL_N_VECTORS + v]);
    }
  }
  VF_EACH (i, outputs * SMALL_N_VECTORS)
    vf_store(c->dw + (output + i / SMALL_N_VECTORS) * MCNN_SMALL_N_INPUTS +
                 i % SMALL_N_VECTORS * VF_LANES,
             sums[i]);
}

static void small_n_block(const small_n_columns *c, size_t rows, float *prev_db) {
  vf bias[SMALL_N_VECTORS];
  size_t row = 0, output = 0;
  VF_EACH (v, SMALL_N_VECTORS)
    bias[v] = vf_zero();
  for (; row + SMALL_N_ROWS <= rows; row += SMALL_N_ROWS)
    small_n_prev(c, SMALL_N_ROWS, row, bias);
  for (; row < rows; row++)
    small_n_prev(c, 1, row, bias);
  for (; output + SMALL_N_OUTPUTS <= c->g->outputs; output += SMALL_N_OUTPUTS)
    small_n_dw(c, SMALL_N_OUTPUTS, output, rows);
  for (; output < c->g->outputs; output++)
    small_n_dw(c, 1, output, rows);
  VF_EACH (v, SMALL_N_VECTORS)
    vf_store_some(prev_db + v * VF_LANES, bias[v], c->left[v]);
}

/* Prefetches x of all rows: one row at a time, at a distance that the processor does not prefetch
 * by itself, each would be waited for. (Inlined, or gcc leaves the call out: to it the function
 * does nothing.) */
VF_INLINE void prefetch_input(const mcnn_dense_geometry *g, const float *x, size_t rows) {
  for (; rows > 0; rows--, x += g->x_step)
    for (size_t i = 0; i < g->inputs; i += 16)
      __builtin_prefetch(x + i);
}

static void dense_small_n_backward(const mcnn_dense_geometry *g, const float *w, const float *x,
                                   const float *dz, size_t rows, float *dw, float *prev_dz,
                                   float *prev_db) {
  assert(g->inputs <= MCNN_SMALL_N_INPUTS && g->outputs <= MCNN_SMALL_N_OUTPUTS);
  float columns[MCNN_SMALL_N_OUTPUTS * MCNN_SMALL_N_INPUTS];
  float gradients[MCNN_SMALL_N_OUTPUTS * MCNN_SMALL_N_INPUTS];
  prefetch_input(g, x, rows);
  mcnn_transpose(g->inputs, g->outputs, w, g->outputs, columns, MCNN_SMALL_N_INPUTS);
  for (size_t j = 0; j < g->inputs; j += SMALL_N_VECTORS * VF_LANES) {
    small_n_columns c = {
        .g = g, .x = x + j, .dz = dz, .w = columns + j, .dw = gradients + j, .prev = prev_dz + j};
    VF_EACH (v, SMALL_N_VECTORS)
      c.left[v] = g->inputs > j + v * VF_LANES ? lanes_left(g->inputs, j + v * VF_LANES) : 0;
    small_n_block(&c, rows, prev_db + j);
  }
  mcnn_transpose(g->outputs, g->inputs, gradients, MCNN_SMALL_N_INPUTS, dw, g->outputs);
}
