/* The inner loops of the gradient of the weights for few input channels without pooling
 * (few_dw.c). Included once per instruction set. */

/* One pass over an image: some rows of the kernel, of one input channel, by some output channels.
 */
typedef struct few_pass {
  const mcnn_conv_geometry *g;
  const float *x, *y, *dy; /* y: NULL without a ReLU */
  float *dw, *db;          /* db: NULL in all passes but one */
  size_t lanes;            /* of the last vector */
} few_pass;

VF_INLINE vf few_load(const few_pass *p, const float *from, size_t v, size_t vectors) {
  return vf_load_some(from + v * VF_LANES, v + 1 == vectors ? p->lanes : VF_LANES);
}

/* Every sum is one chain over the positions of all images: the same however they are cut. */
VF_INLINE void few_taps(const few_pass *p, size_t rows, size_t width, size_t vectors) {
  const mcnn_conv_geometry *g = p->g;
  const size_t channels = g->out_channels, step = g->in_channels, tap = step * channels;
  const size_t pitch = (size_t)g->in_width * step;
  vf sums[25], biases[2];
  VF_EACH (t, rows * width)
    VF_EACH (v, vectors)
      sums[t * vectors + v] = few_load(p, p->dw + t * tap, v, vectors);
  VF_EACH (v, vectors)
    biases[v] = p->db ? few_load(p, p->db, v, vectors) : vf_zero();
  const float *y = p->y, *dy = p->dy;
  for (size_t row = 0; row < g->out_height; ++row) {
    const float *x = p->x + row * pitch;
    for (size_t column = g->out_width; column > 0; --column, x += step, dy += channels) {
      vf dz[2];
      VF_EACH (v, vectors)
        dz[v] = few_load(p, dy, v, vectors);
      if (y) {
        VF_EACH (v, vectors)
          dz[v] = vf_where_positive(few_load(p, y, v, vectors), dz[v]);
        y += channels;
      }
      VF_EACH (v, vectors)
        biases[v] = vf_add(biases[v], dz[v]);
      VF_EACH (i, rows) {
        VF_EACH (j, width) {
          const vf pixel = vf_set1(x[i * pitch + j * step]);
          VF_EACH (v, vectors)
            sums[(i * width + j) * vectors + v] =
                vf_fma(pixel, dz[v], sums[(i * width + j) * vectors + v]);
        }
      }
    }
  }
  VF_EACH (t, rows * width)
    VF_EACH (v, vectors)
      vf_store_some(p->dw + t * tap + v * VF_LANES, sums[t * vectors + v],
                    v + 1 == vectors ? p->lanes : VF_LANES);
  VF_EACH (v, vectors)
    if (p->db)
      vf_store_some(p->db + v * VF_LANES, biases[v], v + 1 == vectors ? p->lanes : VF_LANES);
}

static void few_3x3(const few_pass *p) {
  few_taps(p, 3, 3, 1);
}

/* As many sums as fit into the registers: all of a 5x5 kernel, or some of its rows after others. */
#if VF_REGISTERS == 32
#define FEW_VECTORS ((size_t)2) /* of a 3x3 kernel */
static void few_3x3x2(const few_pass *p) {
  few_taps(p, 3, 3, 2);
}

static void few_5x5(const few_pass *p) {
  few_taps(p, 5, 5, 1);
}
#else
#define FEW_VECTORS ((size_t)1)
#define few_3x3x2   few_3x3
static void few_2x5(const few_pass *p) {
  few_taps(p, 2, 5, 1);
}

static void few_1x5(const few_pass *p) {
  few_taps(p, 1, 5, 1);
}

static void few_5x5(const few_pass *all) {
  few_pass p = *all;
  const size_t row = (size_t)p.g->in_width * p.g->in_channels;
  const size_t taps = (size_t)5 * p.g->in_channels * p.g->out_channels;
  few_1x5(&p);
  p.db = NULL;
  for (size_t i = 1; i < 5; i += 2) {
    p.x = all->x + i * row;
    p.dw = all->dw + i * taps;
    few_2x5(&p);
  }
}
#endif

/* grad (dw as HWIO, then db) += from one framed image x. */
static void few_dw(const mcnn_conv_geometry *g, const float *x, const float *y, const float *dy,
                   float *grad) {
  const int relu = g->activation == MCNN_ACTIVATION_RELU;
  const size_t most = g->kernel_width == 3 ? FEW_VECTORS * VF_LANES : VF_LANES;
  for (size_t c = 0, count; c < g->out_channels; c += count) {
    count = mcnn_min(g->out_channels - c, most);
    for (size_t ic = 0; ic < g->in_channels; ++ic) {
      const few_pass p = {.g = g,
                          .x = x + ic,
                          .y = relu ? y + c : NULL,
                          .dy = dy + c,
                          .dw = grad + ic * g->out_channels + c,
                          .db = ic == 0 ? grad + mcnn_conv_weight_size(g) + c : NULL,
                          .lanes = count > VF_LANES ? count - VF_LANES : count};
      if (g->kernel_width == 5)
        few_5x5(&p);
      else
        (count > VF_LANES ? few_3x3x2 : few_3x3)(&p);
    }
  }
}
