/* The way back through a narrow dense layer and the ReLU in front of it, in one go: with ten
 * outputs a product of matrices has no rows worth a tile, while its inputs make whole vectors.
 * Every sum is added up in the order of the general way (dense.c), and is the same to the last bit.
 */

#define NARROW_VECTORS ((size_t)2)
#define NARROW_ROWS    ((size_t)4) /* sums in registers: so many rows of so many vectors, or ... */
#define NARROW_OUTPUTS ((size_t)5) /* ... so many outputs of as many */

typedef struct narrow_columns {
  const mcnn_dense_geometry *g;
  const float *x, *dz, *w; /* w, dw: [outputs][MCNN_NARROW_INPUTS] */
  float *dw, *front;
  size_t left[NARROW_VECTORS]; /* lanes that are there */
} narrow_columns;

/* The gradient in front, of `rows` rows: dz w^T behind the mask. Adds to the bias gradients. */
VF_INLINE void narrow_front(const narrow_columns *c, const size_t rows, size_t row, vf *bias) {
  vf sums[NARROW_ROWS * NARROW_VECTORS];
  const mcnn_dense_geometry *g = c->g;
  const float *dz = c->dz + row * g->dz_step;
  const float *x = c->x + row * g->x_step;
  float *front = c->front + row * g->inputs;
  VF_EACH (i, rows * NARROW_VECTORS)
    sums[i] = vf_zero();
  for (size_t o = 0; o < g->outputs; o++)
    VF_EACH (r, rows) {
      const vf d = vf_set1(dz[r * g->dz_step + o]);
      VF_EACH (v, NARROW_VECTORS)
        sums[r * NARROW_VECTORS + v] = vf_fma(
            d, vf_load(c->w + o * MCNN_NARROW_INPUTS + v * VF_LANES), sums[r * NARROW_VECTORS + v]);
    }
  VF_LOOP (r, rows)
    VF_EACH (v, NARROW_VECTORS) {
      vf d = sums[r * NARROW_VECTORS + v];
      if (g->input_is_relu)
        d = vf_where_positive(vf_load_some(x + r * g->x_step + v * VF_LANES, c->left[v]), d);
      vf_store_some(front + r * g->inputs + v * VF_LANES, d, c->left[v]);
      bias[v] = vf_add(bias[v], d);
    }
}

/* dw of `outputs` outputs: x^T dz. */
VF_INLINE void narrow_dw(const narrow_columns *c, const size_t outputs, size_t output,
                         size_t rows) {
  vf sums[NARROW_OUTPUTS * NARROW_VECTORS];
  VF_EACH (i, outputs * NARROW_VECTORS)
    sums[i] = vf_zero();
  for (size_t r = 0; r < rows; r++) {
    vf x[NARROW_VECTORS];
    VF_EACH (v, NARROW_VECTORS)
      x[v] = vf_load_some(c->x + r * c->g->x_step + v * VF_LANES, c->left[v]);
    VF_EACH (o, outputs) {
      const vf d = vf_set1(c->dz[r * c->g->dz_step + output + o]);
      VF_EACH (v, NARROW_VECTORS)
        sums[o * NARROW_VECTORS + v] = vf_fma(x[v], d, sums[o * NARROW_VECTORS + v]);
    }
  }
  VF_EACH (i, outputs * NARROW_VECTORS)
    vf_store(c->dw + (output + i / NARROW_VECTORS) * MCNN_NARROW_INPUTS +
                 i % NARROW_VECTORS * VF_LANES,
             sums[i]);
}

static void narrow_block(const narrow_columns *c, size_t rows, float *front_db) {
  vf bias[NARROW_VECTORS];
  size_t row = 0, output = 0;
  VF_EACH (v, NARROW_VECTORS)
    bias[v] = vf_zero();
  for (; row + NARROW_ROWS <= rows; row += NARROW_ROWS)
    narrow_front(c, NARROW_ROWS, row, bias);
  for (; row < rows; row++)
    narrow_front(c, 1, row, bias);
  for (; output + NARROW_OUTPUTS <= c->g->outputs; output += NARROW_OUTPUTS)
    narrow_dw(c, NARROW_OUTPUTS, output, rows);
  for (; output < c->g->outputs; output++)
    narrow_dw(c, 1, output, rows);
  VF_EACH (v, NARROW_VECTORS)
    vf_store_some(front_db + v * VF_LANES, bias[v], c->left[v]);
}

/* x of all rows is sent for: row by row, at a distance that the processor does not follow, each
 * would be waited for. (Inlined, or gcc leaves the call out: to it the function does nothing.) */
VF_INLINE void fetch_rows(const mcnn_dense_geometry *g, const float *x, size_t rows) {
  for (; rows > 0; rows--, x += g->x_step)
    for (size_t i = 0; i < g->inputs; i += 16)
      __builtin_prefetch(x + i);
}

void MCNN_ISA_SUFFIX(mcnn_dense_narrow_backward)(const mcnn_dense_geometry *g, const float *w,
                                                 const float *x, const float *dz, size_t rows,
                                                 float *dw, float *front_dz, float *front_db) {
  float columns[MCNN_NARROW_OUTPUTS * MCNN_NARROW_INPUTS];
  float gradients[MCNN_NARROW_OUTPUTS * MCNN_NARROW_INPUTS];
  fetch_rows(g, x, rows);
  mcnn_transpose(g->inputs, g->outputs, w, g->outputs, columns, MCNN_NARROW_INPUTS);
  for (size_t j = 0; j < g->inputs; j += NARROW_VECTORS * VF_LANES) {
    narrow_columns c = {
        .g = g, .x = x + j, .dz = dz, .w = columns + j, .dw = gradients + j, .front = front_dz + j};
    VF_EACH (v, NARROW_VECTORS)
      c.left[v] = g->inputs > j + v * VF_LANES ? lanes_left(g->inputs, j + v * VF_LANES) : 0;
    narrow_block(&c, rows, front_db + j);
  }
  mcnn_transpose(g->outputs, g->inputs, gradients, MCNN_NARROW_INPUTS, dw, g->outputs);
}
