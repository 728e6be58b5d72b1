/* The inner loops of the gradient of the weights for few input channels without pooling
 * (few_dw.c). Included once per instruction set. */

/* One pass over an image: some rows of the kernel, of one input channel, by some output channels.
 */
typedef struct few_pass {
  const mcnn_conv_geometry *g;
  const float *x, *y, *dy; /* y: NULL without a ReLU */
  float *dw, *db;          /* db: NULL in all passes but one */
  size_t lanes[2];         /* of each vector of output channels */
} few_pass;

/* The gradients before the activation at one position. */
VF_INLINE void few_gradients(const few_pass *p, size_t vectors, const float *y, const float *dy,
                             vf *dz) {
  VF_EACH (v, vectors)
    dz[v] = vf_load_some(dy + v * VF_LANES, p->lanes[v]);
  if (y)
    VF_EACH (v, vectors)
      dz[v] = vf_where_positive(vf_load_some(y + v * VF_LANES, p->lanes[v]), dz[v]);
}

/* What they add: to the sums of some taps, and to those of the biases behind them. */
VF_INLINE void few_add(size_t rows, size_t width, size_t vectors, const float *x, size_t pitch,
                       size_t step, const vf *dz, vf *sums) {
  VF_EACH (v, vectors)
    sums[rows * width * vectors + v] = vf_add(sums[rows * width * vectors + v], dz[v]);
  VF_EACH (i, rows) {
    VF_EACH (j, width) {
      const vf_factor pixel = vf_load_factor(x + i * pitch + j * step);
      vf *const tap = sums + (i * width + j) * vectors;
      VF_EACH (v, vectors)
        tap[v] = vf_fma_factor(pixel, dz[v], tap[v]);
    }
  }
}

/* Every sum is one chain over the positions of all images: the same however they are cut. */
VF_INLINE void few_image(const few_pass *p, size_t rows, size_t width, size_t vectors, vf *all) {
  const mcnn_conv_geometry *g = p->g;
  const size_t channels = g->out_channels, step = g->in_channels;
  const size_t x_step = g->stride_width * step;
  const size_t pitch = (size_t)g->in_width * step, count = (rows * width + 1) * vectors;
  const size_t y_step = p->y ? channels : 0;
  const float *y = p->y, *dy = p->dy;
  vf sums[32];
  VF_EACH (t, count)
    sums[t] = all[t];
  for (size_t row = 0; row < g->out_height; ++row) {
    const float *x = p->x + row * g->stride_height * pitch;
    for (size_t column = g->out_width; column > 0; --column) {
      vf dz[2];
      few_gradients(p, vectors, y, dy, dz);
      few_add(rows, width, vectors, x, pitch, step, dz, sums);
      x += x_step;
      y += y_step;
      dy += channels;
    }
  }
  VF_EACH (t, count)
    all[t] = sums[t];
}

/* What comes once a pass goes through memory, so that it can be a loop. */
VF_INLINE void few_taps(const few_pass *p, size_t rows, size_t width, size_t vectors) {
  const size_t tap = (size_t)p->g->in_channels * p->g->out_channels;
  const size_t taps = rows * width, stored = taps + (p->db ? 1 : 0);
  vf all[32];
  VF_LOOP (t, taps + 1) {
    const float *const from = t == taps && p->db ? p->db : p->dw + t % taps * tap;
    VF_EACH (v, vectors)
      all[t * vectors + v] = vf_load_rest(from + v * VF_LANES, p->lanes[v]);
  }
  few_image(p, rows, width, vectors, all);
  VF_LOOP (t, stored) {
    float *const to = t == taps ? p->db : p->dw + t * tap;
    VF_EACH (v, vectors)
      vf_store_rest(to + v * VF_LANES, all[t * vectors + v], p->lanes[v]);
  }
}

/* As many vectors of output channels at once as the registers suffice for. */
#if VF_REGISTERS == 32
#define FEW_VECTORS ((size_t)2)
static void few_3x3_narrow(const few_pass *p) {
  few_taps(p, 3, 3, 1);
}
#else
#define FEW_VECTORS ((size_t)1)
#endif

static void few_3x3(const few_pass *p) {
  few_taps(p, 3, 3, FEW_VECTORS);
}

static void few_1x5(const few_pass *p) {
  few_taps(p, 1, 5, 2);
}

/* A row at a time. */
static void few_5x5(const few_pass *all) {
  few_pass p = *all;
  for (size_t row = 0; row < 5; ++row) {
    few_1x5(&p);
    p.x += (size_t)p.g->in_width * p.g->in_channels;
    p.dw += (size_t)5 * p.g->in_channels * p.g->out_channels;
    p.db = NULL;
  }
}

static void few_kernel(const few_pass *p) {
  if (p->g->kernel_width == 5)
    few_5x5(p);
#if VF_REGISTERS == 32
  else if (p->lanes[1] == 0)
    few_3x3_narrow(p);
#endif
  else
    few_3x3(p);
}

/* grad (dw as HWIO, then db) += from one framed image x. */
static void few_dw(const mcnn_conv_geometry *g, const float *x, const float *y, const float *dy,
                   float *grad) {
  const int relu = g->activation == MCNN_ACTIVATION_RELU;
  const size_t most = (g->kernel_width == 3 ? FEW_VECTORS : 2) * VF_LANES;
  for (size_t c = 0, count; c < g->out_channels; c += count) {
    count = mcnn_min(g->out_channels - c, most);
    for (size_t ic = 0; ic < g->in_channels; ++ic) {
      const few_pass p = {
          .g = g,
          .x = x + ic,
          .y = relu ? y + c : NULL,
          .dy = dy + c,
          .dw = grad + ic * g->out_channels + c,
          .db = ic == 0 ? grad + mcnn_conv_weight_size(g) + c : NULL,
          .lanes = {mcnn_min(count, VF_LANES), count > VF_LANES ? count - VF_LANES : 0}};
      few_kernel(&p);
    }
  }
}
