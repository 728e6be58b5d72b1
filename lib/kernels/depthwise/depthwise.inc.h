/* Depthwise convolution of one vector: some channels of a position, or all channels of several. */

/* One form for any number of lanes, where masks cost nothing or the code should be small; else a
 * vector that is whole has a form of its own. */
#if VF_SMALL || VF_LANES == 16
#define DEPTHWISE_ONE_FORM 1
#else
#define DEPTHWISE_ONE_FORM 0
#endif

VF_INLINE vf depthwise_load(const int partial, const float *p, size_t n) {
  return partial ? vf_load_some(p, n) : vf_load(p);
}

/* --- sums over windows ------------------------------------------------------------------------ */

/* A few outputs side by side, of n lanes. */
VF_INLINE void depthwise_tile(const size_t outputs, const int partial, const mcnn_depthwise_sums *s,
                              size_t n, vf bias, const float *x, const float *w, float *y) {
  const size_t x_column = s->x_column, y_column = s->y_column;
  const ptrdiff_t x_kernel_column = s->x_kernel_column, w_kernel_column = s->w_kernel_column;
  const vf least = vf_set1(s->least);
  vf sum[4];
  VF_EACH (i, outputs)
    sum[i] = bias;
  for (size_t row = s->kernel_rows; row > 0; --row) {
    const float *from = x, *factor = w;
    for (size_t column = s->kernel_width; column > 0; --column) {
      const vf weight = vf_load(factor);
      VF_EACH (i, outputs)
        sum[i] = vf_fma(weight, depthwise_load(partial, from + i * x_column, n), sum[i]);
      from += x_kernel_column;
      factor += w_kernel_column;
    }
    x += s->x_kernel_row;
    w += s->w_kernel_row;
  }
  VF_EACH (i, outputs)
    if (partial)
      vf_store_some(y + i * y_column, vf_max(least, sum[i]), n);
    else
      vf_store(y + i * y_column, vf_max(least, sum[i]));
}

/* The outputs of one row, tile by tile, the last of which may do some again. */
VF_INLINE void depthwise_rest(const size_t outputs, const int partial, const mcnn_depthwise_sums *s,
                              size_t n, vf bias, const float *x, const float *w, float *y) {
  for (size_t done = 0; done < s->columns; done += outputs) {
    const size_t at = mcnn_min(done, s->columns - outputs);
    depthwise_tile(outputs, partial, s, n, bias, x + at * s->x_column, w, y + at * s->y_column);
  }
}

VF_INLINE void depthwise_row(const int partial, const mcnn_depthwise_sums *s, size_t n, vf bias,
                             const float *x, const float *w, float *y) {
  if (s->columns >= 4)
    depthwise_rest(4, partial, s, n, bias, x, w, y);
  else
    depthwise_rest(1, partial, s, n, bias, x, w, y);
}

#if VF_REGISTERS == 32 || VF_LANES == 8
#define DEPTHWISE_HAS_3X3 1

/* A row of outputs of a vector of channels. */
typedef struct depthwise_3x3 {
  const float *x[3]; /* the rows under it: one that is not in memory is a zero ... */
  ptrdiff_t step[3]; /* ... from which there is no step */
  size_t inputs;     /* in memory, side by side */
  size_t early;      /* the first ones, that end no output */
  ptrdiff_t y_step;
  vf bias, least;
} depthwise_3x3;

/* Each input is loaded once, for the sums of three outputs: the one that it ends and the two behind
 * it. */
VF_INLINE void depthwise_row_3x3(const depthwise_3x3 *k, vf w[3][3], size_t right, float *y) {
  const float *x[3] = {k->x[0], k->x[1], k->x[2]};
  vf last = k->bias, next = k->bias;
  for (size_t i = 0; i < k->inputs; i++) {
    vf behind = k->bias;
    VF_EACH (row, 3) {
      const vf input = vf_in_register(vf_load(x[row]));
      last = vf_fma(w[row][2], input, last);
      next = vf_fma(w[row][1], input, next);
      behind = vf_fma(w[row][0], input, behind);
      x[row] += k->step[row];
    }
    if (i >= k->early) {
      vf_store(y, vf_max(k->least, last));
      y += k->y_step;
    }
    last = next;
    next = behind;
  }
  if (right)
    vf_store(y, vf_max(k->least, last));
}

/* Whether neighbouring outputs share inputs. */
static int depthwise_is_3x3(const mcnn_depthwise_sums *s) {
  const ptrdiff_t step = s->x_kernel_column, column = (ptrdiff_t)s->x_column;
  return s->kernel_rows == 3 && s->kernel_width == 3 && (step == column || step == -column);
}

/* Where taps go backwards, so do the outputs. */
static __attribute__((noinline)) void depthwise_sums_3x3(const mcnn_depthwise_sums *s, vf bias,
                                                         const float *x, const float *w, float *y) {
  static const float zeros[VF_LANES];
  const ptrdiff_t step = s->x_kernel_column, y_column = (ptrdiff_t)s->y_column;
  depthwise_3x3 k = {.inputs = s->columns + 2 - s->left - s->right,
                     .early = 2 - s->left,
                     .y_step = step < 0 ? -y_column : y_column,
                     .bias = bias,
                     .least = vf_set1(s->least)};
  vf weights[3][3];
  VF_EACH (row, 3)
    VF_EACH (tap, 3)
      weights[row][tap] =
          vf_load(w + (ptrdiff_t)row * s->w_kernel_row + (ptrdiff_t)tap * s->w_kernel_column);
  if (step < 0) {
    x += (s->columns - 1) * s->x_column;
    y += (s->columns - 1) * s->y_column;
  }
  for (size_t row = 0; s->columns > 0 && row < s->rows; ++row, y += s->y_row) {
    const float *from = x;
    VF_EACH (i, 3) {
      const int is_there = !(i == 0 && row < s->above) && !(i == 2 && row + s->below >= s->rows);
      k.x[i] = is_there ? from : zeros;
      k.step[i] = is_there ? step : 0;
      from += is_there ? s->x_kernel_row : 0;
    }
    depthwise_row_3x3(&k, weights, s->right, y);
    if (row >= s->above) /* else the first row of the next window is that of this one */
      x += s->x_row;
  }
}
#else
#define DEPTHWISE_HAS_3X3 0
#endif

VF_INLINE void depthwise_rows(const int partial, const mcnn_depthwise_sums *s, size_t n, vf bias,
                              const float *x, const float *w, float *y) {
  for (size_t row = 0; row < s->rows; ++row, x += s->x_row, y += s->y_row)
    depthwise_row(partial, s, n, bias, x, w, y);
}

static void depthwise_sums(const mcnn_depthwise_sums *s, size_t n, const float *bias,
                           const float *x, const float *w, float *y) {
#if DEPTHWISE_HAS_3X3
  if (n == VF_LANES && depthwise_is_3x3(s)) {
    depthwise_sums_3x3(s, vf_load(bias), x, w, y);
    return;
  }
#endif
  if (n < VF_LANES || DEPTHWISE_ONE_FORM)
    depthwise_rows(1, s, n, vf_load(bias), x, w, y);
  else
    depthwise_rows(0, s, n, vf_load(bias), x, w, y);
}

/* --- the gradient of the kernel --------------------------------------------------------------- */

#define DEPTHWISE_TAPS MCNN_DEPTHWISE_TAPS

VF_INLINE void depthwise_add_products(const int partial, const size_t *offsets, size_t n,
                                      const float *x, const float *dz, vf *sums) {
  const vf gradient = depthwise_load(partial, dz, n);
  VF_EACH (i, DEPTHWISE_TAPS)
    sums[i] = vf_fma(gradient, depthwise_load(partial, x + offsets[i], n), sums[i]);
  sums[DEPTHWISE_TAPS] = vf_add(gradient, sums[DEPTHWISE_TAPS]);
}

/* sums = the gradients of so many weights of a vector of channels, and of its bias. */
VF_INLINE void depthwise_sum_products(const int partial, const mcnn_depthwise_gradient *d, size_t n,
                                      const float *x, const float *dz, float *sums) {
  vf sum[DEPTHWISE_TAPS + 1];
  VF_EACH (i, DEPTHWISE_TAPS + 1)
    sum[i] = vf_zero();
  for (size_t row = 0; row < d->rows; ++row, x += d->x_row, dz += d->dz_row) {
    const float *from = x, *gradient = dz;
    for (size_t column = d->columns; column > 0; --column) {
      depthwise_add_products(partial, d->offsets, n, from, gradient, sum);
      from += d->x_column;
      gradient += d->dz_column;
    }
  }
  VF_EACH (i, DEPTHWISE_TAPS + 1)
    vf_store(sums + i * VF_LANES, sum[i]);
}

static __attribute__((noinline)) void depthwise_add_to_targets(const float *sums, size_t n,
                                                               float *const targets[]) {
  VF_LOOP (i, DEPTHWISE_TAPS + 1) {
    float *const target = targets[i];
    if (target)
      vf_store_some(target, vf_add(vf_load_some(target, n), vf_load(sums + i * VF_LANES)), n);
  }
}

static void depthwise_gradient(const mcnn_depthwise_gradient *d, size_t n, const float *x,
                               const float *dz, float *const targets[]) {
  float sums[(DEPTHWISE_TAPS + 1) * VF_LANES];
  if (n < VF_LANES || DEPTHWISE_ONE_FORM)
    depthwise_sum_products(1, d, n, x, dz, sums);
  else
    depthwise_sum_products(0, d, n, x, dz, sums);
  depthwise_add_to_targets(sums, n, targets);
}

#if DEPTHWISE_HAS_3X3
/* The three rows under a row of gradients, each at the same column: one that is not in memory is a
 * zero, from which there is no step. */
typedef struct depthwise_window {
  const float *x[3];
  size_t step[3];
} depthwise_window;

/* Each input is loaded once, for three gradients: those before, at and behind its column. */
VF_INLINE void depthwise_add_row(const mcnn_depthwise_gradient *d, depthwise_window w,
                                 const float *dz, vf *sums) {
  vf gradients[3] = {vf_zero(), vf_zero(), vf_load(dz)};
  for (size_t left = d->columns; left > 0; --left) {
    gradients[0] = gradients[1];
    gradients[1] = gradients[2];
    gradients[2] = left > 1 ? vf_load(dz += d->dz_column) : vf_zero();
    VF_EACH (row, 3) {
      const vf input = vf_in_register(vf_load(w.x[row]));
      VF_EACH (tap, 3)
        sums[row * 3 + tap] = vf_fma(gradients[2 - tap], input, sums[row * 3 + tap]);
      w.x[row] += w.step[row];
    }
    sums[DEPTHWISE_TAPS] = vf_add(gradients[1], sums[DEPTHWISE_TAPS]);
  }
}

static void depthwise_gradient_3x3(const mcnn_depthwise_gradient *d, const float *x,
                                   const float *dz, float *const targets[]) {
  static const float zeros[VF_LANES];
  float sums[(DEPTHWISE_TAPS + 1) * VF_LANES];
  vf sum[DEPTHWISE_TAPS + 1];
  VF_EACH (i, DEPTHWISE_TAPS + 1)
    sum[i] = vf_zero();
  for (size_t row = 0; row < d->rows; ++row, x += d->x_row, dz += d->dz_row) {
    const int has_above = row > 0, has_below = row + 1 < d->rows;
    const depthwise_window w = {
        .x = {has_above ? x - d->x_row : zeros, x, has_below ? x + d->x_row : zeros},
        .step = {has_above ? d->x_column : 0, d->x_column, has_below ? d->x_column : 0}};
    depthwise_add_row(d, w, dz, sum);
  }
  VF_EACH (i, DEPTHWISE_TAPS + 1)
    vf_store(sums + i * VF_LANES, sum[i]);
  depthwise_add_to_targets(sums, VF_LANES, targets);
}
#define DEPTHWISE_GRADIENT_3X3 depthwise_gradient_3x3
#else
#define DEPTHWISE_GRADIENT_3X3 NULL
#endif

/* Who takes channels that fill half of a vector. */
#ifndef DEPTHWISE_HALF
#define DEPTHWISE_HALF NULL
#endif

/* The member of an instruction set's table that is above. */
#define DEPTHWISE_KERNELS                                                                          \
  .depthwise = {.sums = depthwise_sums,                                                            \
                .knows_edges = DEPTHWISE_HAS_3X3,                                                  \
                .half = DEPTHWISE_HALF,                                                            \
                .gradient = depthwise_gradient,                                                    \
                .gradient_3x3 = DEPTHWISE_GRADIENT_3X3}
