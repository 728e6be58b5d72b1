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

/* Every sum is one chain over the positions of all images: the same however they are cut. The last
 * `vectors` of the sums are those of the biases. */
VF_INLINE void few_image(const few_pass *p, size_t rows, size_t width, size_t vectors, vf *all) {
  const mcnn_conv_geometry *g = p->g;
  const size_t channels = g->out_channels, step = g->in_channels;
  const size_t pitch = (size_t)g->in_width * step, count = rows * width * vectors;
  const float *y = p->y, *dy = p->dy;
  vf sums[32];
  VF_EACH (t, count + vectors)
    sums[t] = all[t];
  for (size_t row = 0; row < g->out_height; ++row) {
    const float *x = p->x + row * pitch;
    for (size_t column = g->out_width; column > 0; --column, x += step, dy += channels) {
      vf dz[2];
      VF_EACH (v, vectors)
        dz[v] = vf_load_some(dy + v * VF_LANES, p->lanes[v]);
      if (y) {
        VF_EACH (v, vectors)
          dz[v] = vf_where_positive(vf_load_some(y + v * VF_LANES, p->lanes[v]), dz[v]);
        y += channels;
      }
      VF_EACH (v, vectors)
        sums[count + v] = vf_add(sums[count + v], dz[v]);
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
  VF_EACH (t, count + vectors)
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

static void few_3x3(const few_pass *p) {
  few_taps(p, 3, 3, 1);
}

/* Vectors of output channels that a 3x3 kernel's registers suffice for. */
#if VF_REGISTERS == 32
#define FEW_VECTORS ((size_t)2)
static void few_3x3x2(const few_pass *p) {
  few_taps(p, 3, 3, 2);
}
#else
#define FEW_VECTORS ((size_t)1)
#define few_3x3x2   few_3x3
#endif

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
      if (g->kernel_width == 5)
        few_5x5(&p);
      else
        (count > VF_LANES ? few_3x3x2 : few_3x3)(&p);
    }
  }
}
