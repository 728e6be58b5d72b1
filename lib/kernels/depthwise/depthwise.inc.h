/* Depthwise convolution, vectorised over the channels. Where several positions fit in a vector and
 * lie side by side (stride 1), a vector holds a group of positions; the packed kernel repeats its
 * channels for them. */

/* --- vectors of channels and positions -------------------------------------------------------- */

/* Positions in a vector. */
VF_INLINE size_t depthwise_group(size_t channels, int lie_together) {
  return lie_together && channels < VF_LANES ? VF_LANES / channels : 1;
}

/* The bias of a vector, repeated for a group; NULL: zeros. */
VF_INLINE vf depthwise_bias(const float *bias, size_t channels, size_t group) {
  float lanes[VF_LANES] = {0};
  if (!bias)
    return vf_zero();
  if (group == 1)
    return vf_load_some(bias, channels);
  for (size_t i = 0; i < group; ++i)
    memcpy(lanes + i * channels, bias, channels * sizeof *bias);
  return vf_load(lanes);
}

/* --- sums over windows ------------------------------------------------------------------------ */

/* A few outputs side by side, of n lanes. */
VF_INLINE void depthwise_tile(const size_t outputs, const int partial, const mcnn_depthwise_sums *s,
                              size_t n, vf bias, const float *x, const float *w, float *y) {
  const size_t x_column = s->x_column, y_column = s->y_column;
  const ptrdiff_t x_kernel_column = s->x_kernel_column, w_kernel_column = s->w_kernel_column;
  const vf least = vf_set1(s->least);
  vf sum[8];
  VF_EACH (i, outputs)
    sum[i] = bias;
  for (size_t row = s->kernel_rows; row > 0; --row) {
    const float *from = x, *factor = w;
    for (size_t column = s->kernel_width; column > 0; --column) {
      const vf weight = vf_load(factor);
      VF_EACH (i, outputs)
        sum[i] = vf_fma(weight, load_some(partial, from + i * x_column, n), sum[i]);
      from += x_kernel_column;
      factor += w_kernel_column;
    }
    x += s->x_kernel_row;
    w += s->w_kernel_row;
  }
  VF_EACH (i, outputs)
    store_some(partial, y + i * y_column, vf_max(least, sum[i]), n);
}

/* `outputs` of one row. */
VF_INLINE void depthwise_row(const int partial, const mcnn_depthwise_sums *s, size_t outputs,
                             size_t n, vf bias, const float *x, const float *w, float *y) {
  for (; outputs >= 8; outputs -= 8, x += 8 * s->x_column, y += 8 * s->y_column)
    depthwise_tile(8, partial, s, n, bias, x, w, y);
  if (outputs & 4) {
    depthwise_tile(4, partial, s, n, bias, x, w, y);
    x += 4 * s->x_column;
    y += 4 * s->y_column;
  }
  if (outputs & 2) {
    depthwise_tile(2, partial, s, n, bias, x, w, y);
    x += 2 * s->x_column;
    y += 2 * s->y_column;
  }
  if (outputs & 1)
    depthwise_tile(1, partial, s, n, bias, x, w, y);
}

static __attribute__((noinline)) void depthwise_row_some(const mcnn_depthwise_sums *s,
                                                         size_t outputs, size_t n, vf bias,
                                                         const float *x, const float *w, float *y) {
  depthwise_row(1, s, outputs, n, bias, x, w, y);
}

static __attribute__((noinline)) void depthwise_row_all(const mcnn_depthwise_sums *s,
                                                        size_t outputs, vf bias, const float *x,
                                                        const float *w, float *y) {
  depthwise_row(0, s, outputs, VF_LANES, bias, x, w, y);
}

/* One vector of channels of all rows; `left` positions do not fill the last group. */
static void depthwise_block(const mcnn_depthwise_sums *s, size_t n, size_t left, vf bias,
                            const float *x, const float *w, float *y) {
  const size_t outputs = s->columns;
  for (size_t row = 0; row < s->rows; ++row, x += s->x_row, y += s->y_row) {
    if (n == VF_LANES)
      depthwise_row_all(s, outputs, bias, x, w, y);
    else
      depthwise_row_some(s, outputs, n, bias, x, w, y);
    if (left > 0) {
      depthwise_row_some(s, 1, left * s->channels, bias, x + outputs * s->x_column, w,
                         y + outputs * s->y_column);
    }
  }
}

static void depthwise_sums(const mcnn_depthwise_sums *s, const float *x, const float *w,
                           const float *bias, float *y) {
  const int lie_together = s->x_column == s->channels && s->y_column == s->channels;
  const size_t group = depthwise_group(s->channels, lie_together);
  mcnn_depthwise_sums grouped = *s;
  grouped.columns /= group;
  grouped.x_column *= group;
  grouped.y_column *= group;
  for (size_t c = 0; c < s->channels; c += VF_LANES, w += s->w_block) {
    const size_t n = lanes_left(s->channels, c);
    depthwise_block(&grouped, n * group, s->columns % group,
                    depthwise_bias(bias ? bias + c : NULL, n, group), x + c, w, y + c);
  }
}

/* --- the gradient of the kernel --------------------------------------------------------------- */

/* Positions of the kernel whose sums are in registers together, with that of the bias. */
#define DEPTHWISE_TAPS ((size_t)9)
#define DEPTHWISE_FEW  ((size_t)3)

VF_INLINE void depthwise_add_products(const size_t taps, const int partial, const size_t *offsets,
                                      size_t n, const float *x, const float *dz, vf *sums) {
  const vf gradient = load_some(partial, dz, n);
  VF_EACH (i, taps)
    sums[i] = vf_fma(gradient, load_some(partial, x + offsets[i], n), sums[i]);
  sums[taps] = vf_add(gradient, sums[taps]);
}

/* sums[taps + 1] = the gradients of so many weights of a vector of channels, and of its bias. */
VF_INLINE void depthwise_sum_products(const size_t taps, const int partial,
                                      const mcnn_depthwise_gradient *d, const size_t *offsets,
                                      size_t n, size_t left, const float *x, const float *dz,
                                      float *sums) {
  vf sum[10];
  VF_EACH (i, taps + 1)
    sum[i] = vf_zero();
  for (size_t row = 0; row < d->rows; ++row, x += d->x_row, dz += d->dz_row) {
    const float *from = x, *gradient = dz;
    for (size_t column = d->columns; column > 0; --column) {
      depthwise_add_products(taps, partial, offsets, n, from, gradient, sum);
      from += d->x_column;
      gradient += d->dz_column;
    }
    if (left > 0)
      depthwise_add_products(taps, 1, offsets, left, from, gradient, sum);
  }
  VF_EACH (i, taps + 1)
    vf_store(sums + i * VF_LANES, sum[i]);
}

static __attribute__((noinline)) void
depthwise_products(size_t taps, const mcnn_depthwise_gradient *d, const size_t *offsets, size_t n,
                   size_t left, const float *x, const float *dz, float *sums) {
  if (n == VF_LANES && taps == DEPTHWISE_TAPS)
    depthwise_sum_products(DEPTHWISE_TAPS, 0, d, offsets, n, left, x, dz, sums);
  else if (n == VF_LANES)
    depthwise_sum_products(DEPTHWISE_FEW, 0, d, offsets, n, left, x, dz, sums);
  else if (taps == DEPTHWISE_TAPS)
    depthwise_sum_products(DEPTHWISE_TAPS, 1, d, offsets, n, left, x, dz, sums);
  else
    depthwise_sum_products(DEPTHWISE_FEW, 1, d, offsets, n, left, x, dz, sums);
}

/* Adds the lanes of a vector to the gradients of its channels. */
static void depthwise_add_lanes(const float *sums, size_t channels, size_t group, float *grad) {
  if (group == 1)
    vf_store_some(grad, vf_add(vf_load_some(grad, channels), vf_load(sums)), channels);
  else
    for (size_t i = 0; i < group; ++i, sums += channels)
      for (size_t c = 0; c < channels; ++c)
        grad[c] += sums[c];
}

/* Positions of the kernel whose gradient is computed together. */
typedef struct depthwise_taps {
  size_t first, count;            /* counted row by row */
  size_t tile;                    /* that many are computed */
  size_t offsets[DEPTHWISE_TAPS]; /* in x; behind the last one, the last one again */
} depthwise_taps;

static depthwise_taps depthwise_taps_from(const mcnn_depthwise_gradient *d, size_t first) {
  const size_t width = d->kernel_width, end = d->kernel_rows * width;
  depthwise_taps taps = {.first = first, .tile = DEPTHWISE_FEW};
  if (end - first > DEPTHWISE_TAPS - DEPTHWISE_FEW)
    taps.tile = DEPTHWISE_TAPS;
  taps.count = end - first < taps.tile ? end - first : taps.tile;
  for (size_t i = 0; i < DEPTHWISE_TAPS; ++i) {
    const size_t tap = first + (i < taps.count ? i : taps.count - 1);
    taps.offsets[i] = tap / width * d->x_kernel_row + tap % width * d->x_kernel_column;
  }
  return taps;
}

/* A vector of channels, or of groups of them; `left` positions do not fill the last group. */
static void depthwise_gradient_block(const mcnn_depthwise_gradient *d, const depthwise_taps *taps,
                                     size_t channels, size_t group, size_t left, const float *x,
                                     const float *dz, float *grad) {
  float sums[(DEPTHWISE_TAPS + 1) * VF_LANES];
  depthwise_products(taps->tile, d, taps->offsets, channels * group, left * channels, x, dz, sums);
  for (size_t i = 0; i < taps->count; ++i) {
    depthwise_add_lanes(sums + i * VF_LANES, channels, group,
                        grad + (taps->first + i) * d->channels);
  }
  if (taps->first == 0) {
    depthwise_add_lanes(sums + taps->tile * VF_LANES, channels, group,
                        grad + d->kernel_rows * d->kernel_width * d->channels);
  }
}

static void depthwise_gradient(const mcnn_depthwise_gradient *d, const float *x, const float *dz,
                               float *grad) {
  const int lie_together = d->x_column == d->channels && d->dz_column == d->channels;
  const size_t group = depthwise_group(d->channels, lie_together);
  const size_t left = d->columns % group;
  mcnn_depthwise_gradient grouped = *d;
  depthwise_taps taps;
  grouped.columns /= group;
  grouped.x_column *= group;
  grouped.dz_column *= group;
  for (size_t first = 0; first < d->kernel_rows * d->kernel_width; first += taps.count) {
    taps = depthwise_taps_from(d, first);
    for (size_t c = 0; c < d->channels; c += VF_LANES)
      depthwise_gradient_block(&grouped, &taps, lanes_left(d->channels, c), group, left, x + c,
                               dz + c, grad + c);
  }
}

/* The member of an instruction set's table that is above. */
#define DEPTHWISE_KERNELS .depthwise = {.sums = depthwise_sums, .gradient = depthwise_gradient}
