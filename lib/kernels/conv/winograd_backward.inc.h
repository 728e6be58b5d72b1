/* The inner loops of the backward pass by Winograd's algorithm (winograd_backward.c): the adjoints
 * of the transforms of winograd_transforms.inc.h. Included once per instruction set. */

/* A z, from four gradients of outputs to r + 3 points. */
VF_INLINE void gradients_at(const vf *z, float point, vf *t) {
  const vf square = vf_set1(SQUARE(point));
  opposite_points(vf_fma(square, z[2], z[0]), vf_fma(square, z[3], z[1]), point, t);
}

/* The same divided by the point, as outputs of r = 3 are. */
VF_INLINE void scaled_gradients_at(const vf *z, float point, vf *t) {
  const vf even = vf_fma(vf_set1(point), z[2], vf_mul(vf_set1(1.0f / point), z[0]));
  const vf odd = vf_fma(vf_set1(SQUARE(point)), z[3], z[1]);
  t[0] = vf_add(even, odd);
  t[1] = vf_sub(even, odd);
}

VF_INLINE void winograd_gradient_3(const vf *z, vf *t) {
  t[0] = z[0];
  scaled_gradients_at(z, NEAR_3, t + 1);
  scaled_gradients_at(z, FAR_3, t + 3);
  t[5] = z[3];
}

VF_INLINE void winograd_gradient_5(const vf *z, vf *t) {
  t[0] = z[0];
  gradients_at(z, 1.0f, t + 1);
  gradients_at(z, 2.0f, t + 3);
  gradients_at(z, 0.5f, t + 5);
  t[7] = z[3];
}

#if VF_WINOGRAD_STRIDES
VF_INLINE void winograd_gradient_strided(const vf *z, vf *t) {
  scaled_gradients_at(z, NEAR_STRIDED, t);
  scaled_gradients_at(z, FAR_STRIDED, t + 2);
  t[4] = z[3];
  VF_EACH (i, 4)
    t[5 + i] = z[i];
}
#endif

/* G^T m, from r + 3 sums of products to r taps. */
VF_INLINE void winograd_weights_3(const vf *m, vf *g) {
  const vf near_scale = vf_set1(NEAR_3_SCALE), far_scale = vf_set1(FAR_3_SCALE);
  const vf sum1 = vf_mul(near_scale, vf_add(m[1], m[2])),
           sum2 = vf_mul(far_scale, vf_add(m[3], m[4]));
  g[0] = vf_add(m[0], vf_add(sum1, sum2));
  g[1] = vf_fma(vf_set1(NEAR_3 * NEAR_3_SCALE), vf_sub(m[1], m[2]),
                vf_mul(vf_set1(FAR_3 * FAR_3_SCALE), vf_sub(m[3], m[4])));
  g[2] = vf_fma(vf_set1(SQUARE(FAR_3)), sum2, vf_fma(vf_set1(SQUARE(NEAR_3)), sum1, m[5]));
}

VF_INLINE void winograd_weights_5(const vf *m, vf *g) {
  const vf sum1 = vf_mul(vf_set1(-2.0f / 9.0f), vf_add(m[1], m[2]));
  const vf difference1 = vf_mul(vf_set1(-2.0f / 9.0f), vf_sub(m[1], m[2]));
  const vf sum2 = vf_mul(vf_set1(1.0f / 90.0f), vf_add(m[3], m[4]));
  const vf difference2 = vf_mul(vf_set1(1.0f / 45.0f), vf_sub(m[3], m[4]));
  const vf sum3 = vf_mul(vf_set1(2.0f / 45.0f), vf_add(m[5], m[6]));
  const vf difference3 = vf_mul(vf_set1(4.0f / 45.0f), vf_sub(m[5], m[6]));
  const vf four = vf_set1(4.0f), sixteen = vf_set1(16.0f);
  g[0] = vf_add(m[0], vf_fma(sixteen, sum3, vf_add(sum1, sum2)));
  g[1] = vf_fma(four, difference3, vf_add(difference1, difference2));
  g[2] = vf_fma(four, vf_add(sum2, sum3), sum1);
  g[3] = vf_fma(four, difference2, vf_add(difference1, difference3));
  g[4] = vf_add(m[7], vf_fma(sixteen, sum2, vf_add(sum1, sum3)));
}

#if VF_WINOGRAD_STRIDES
VF_INLINE void winograd_weights_strided(const vf *m, vf *g) {
  const vf difference = vf_sub(vf_sub(m[0], m[1]), vf_sub(m[2], m[3]));
  const vf near1 = vf_set1(NEAR_STRIDED * STRIDED_SCALE);
  const vf far1 = vf_set1(-FAR_STRIDED * STRIDED_SCALE);
  g[0] = vf_mul(vf_set1(STRIDED_SCALE), difference);
  g[1] = m[5];
  g[2] = vf_fma(far1, vf_add(m[2], m[3]), vf_fma(near1, vf_add(m[0], m[1]), m[4]));
}
#endif

/* B t, from r + 3 products to what r + 3 inputs gain. */
VF_INLINE void winograd_dx_3(const vf *t, vf *d) {
  const vf t0 = t[0], t5 = t[5];
  const vf sum1 = vf_add(t[1], t[2]), sum2 = vf_add(t[3], t[4]);
  const vf difference1 = vf_mul(vf_set1(NEAR_3), vf_sub(t[1], t[2]));
  const vf difference2 = vf_mul(vf_set1(FAR_3), vf_sub(t[3], t[4]));
  const vf minus_near2 = vf_set1(-SQUARE(NEAR_3)), minus_far2 = vf_set1(-SQUARE(FAR_3));
  const vf sum = vf_set1(-SQUARE(NEAR_3) - SQUARE(FAR_3));
  d[0] = t0;
  d[1] = vf_fma(minus_far2, difference1, vf_fma(minus_near2, difference2, t5));
  d[2] = vf_fma(minus_far2, sum1, vf_fma(minus_near2, sum2, vf_mul(sum, t0)));
  d[3] = vf_fma(sum, t5, vf_add(difference1, difference2));
  d[4] = vf_add(t0, vf_add(sum1, sum2));
  d[5] = t5;
}

VF_INLINE void winograd_dx_5(const vf *t, vf *d) {
  const vf t0 = t[0], t7 = t[7];
  const vf sum1 = vf_add(t[1], t[2]), difference1 = vf_sub(t[1], t[2]);
  const vf sum2 = vf_add(t[3], t[4]), difference2 = vf_sub(t[3], t[4]);
  const vf sum3 = vf_add(t[5], t[6]), difference3 = vf_sub(t[5], t[6]);
  const vf half = vf_set1(0.5f), quarter = vf_set1(0.25f), two = vf_set1(2.0f);
  const vf a = vf_set1(5.25f), b = vf_set1(-4.25f), c = vf_set1(-2.5f);
  d[0] = t0;
  d[1] = vf_fma(half, difference2, vf_fma(two, difference3, vf_sub(difference1, t7)));
  d[2] = vf_fma(vf_set1(-5.25f), t0, vf_fma(quarter, sum2, vf_fma(vf_set1(4.0f), sum3, sum1)));
  d[3] = vf_fma(a, t7, vf_fma(b, difference1, vf_mul(c, vf_add(difference2, difference3))));
  d[4] =
      vf_fma(a, t0, vf_fma(b, sum1, vf_fma(vf_set1(-1.25f), sum2, vf_mul(vf_set1(-5.0f), sum3))));
  d[5] =
      vf_fma(vf_set1(-5.25f), t7, vf_fma(two, difference2, vf_fma(half, difference3, difference1)));
  d[6] = vf_add(vf_sub(sum1, t0), vf_add(sum2, sum3));
  d[7] = t7;
}

#if VF_WINOGRAD_STRIDES
VF_INLINE void winograd_dx_strided(const vf *t, vf *d) {
  const vf t4 = t[4];
  const vf sum1 = vf_add(t[0], t[1]), sum2 = vf_add(t[2], t[3]);
  const vf difference1 = vf_mul(vf_set1(NEAR_STRIDED), vf_sub(t[0], t[1]));
  const vf difference2 = vf_mul(vf_set1(FAR_STRIDED), vf_sub(t[2], t[3]));
  const vf minus_near2 = vf_set1(-SQUARE(NEAR_STRIDED)), minus_far2 = vf_set1(-SQUARE(FAR_STRIDED));
  const vf last = vf_fma(minus_far2, t4, difference2);
  d[0] = vf_fma(minus_far2, difference1, vf_mul(minus_near2, last));
  d[2] = vf_fma(minus_far2, sum1, vf_mul(minus_near2, sum2));
  d[4] = vf_fma(minus_near2, t4, vf_add(difference1, last));
  d[6] = vf_add(sum1, sum2);
  d[8] = t4;
  VF_EACH (i, 4)
    d[2 * i + 1] = t[5 + i];
}
#endif

DEFINE_LINES(gradient_lines_5, winograd_gradient_5, 4, 8, 1)
DEFINE_LINES(gradient_lines_3, winograd_gradient_3, 4, 6, 1)
DEFINE_LINES(dx_lines_5, winograd_dx_5, 8, 8, 0)
DEFINE_LINES(dx_lines_3, winograd_dx_3, 6, 6, 0)

/* As DEFINE_LINES, but adds to what is there, of the lanes that are there. A line is read before it
 * is stored: of few channels, the next pixel would wait for the one before. */
#define DEFINE_ADDED_LINES(name, transform, points)                                                \
  static void name(const winograd_lines *l) {                                                      \
    const size_t from_step = l->from_step, to_step = l->to_step, lanes = l->lanes;                 \
    const float *from = l->from;                                                                   \
    float *to = l->to;                                                                             \
    for (size_t line = l->count; line > 0; --line, from += l->from_line, to += l->to_line) {       \
      vf before[points], after[points];                                                            \
      VF_EACH (i, points)                                                                          \
        before[i] = vf_load(from + i * from_step);                                                 \
      transform(before, after);                                                                    \
      VF_EACH (i, points)                                                                          \
        after[i] = vf_add(vf_load_some(to + i * to_step, lanes), after[i]);                        \
      VF_EACH (i, points)                                                                          \
        vf_store_some(to + i * to_step, after[i], lanes);                                          \
    }                                                                                              \
  }
DEFINE_ADDED_LINES(dx_added_lines_5, winograd_dx_5, 8)
DEFINE_ADDED_LINES(dx_added_lines_3, winograd_dx_3, 6)

DEFINE_LINES(weight_lines_5, winograd_weights_5, 8, 5, 0)
DEFINE_LINES(weight_lines_3, winograd_weights_3, 6, 3, 0)
#if VF_WINOGRAD_STRIDES
DEFINE_LINES(gradient_lines_strided, winograd_gradient_strided, 4, 9, 1)
DEFINE_LINES(dx_lines_strided, winograd_dx_strided, 9, 9, 0)
DEFINE_ADDED_LINES(dx_added_lines_strided, winograd_dx_strided, 9)
DEFINE_LINES(weight_lines_strided, winograd_weights_strided, 6, 3, 0)
#endif

/* One tile of gradients, rows `row` floats apart; whole vectors of channels are written. */
static void winograd_gradient(const mcnn_winograd *plan, const float *dz, size_t row, size_t point,
                              float *gradients) {
  const size_t channels = plan->padded.out_channels, points = plan->points;
  vf columns[MCNN_CONV_TILE * WINOGRAD_MAX_LINE];
  winograd_lines across = {.count = MCNN_CONV_TILE,
                           .from_step = row,
                           .from_line = channels,
                           .to = (float *)columns,
                           .to_step = VF_LANES,
                           .to_line = points * VF_LANES};
  winograd_lines down = {.count = points,
                         .from = (const float *)columns,
                         .from_step = points * VF_LANES,
                         .from_line = VF_LANES,
                         .lanes = VF_LANES,
                         .to_step = point,
                         .to_line = points * point};
  for (size_t c = 0; c < channels; c += VF_LANES) {
    across.from = dz + c;
    across.lanes = lanes_left(channels, c);
    down.to = gradients + c;
    WINOGRAD_FORM(points, gradient_lines)(&across);
    WINOGRAD_FORM(points, gradient_lines)(&down);
  }
}

/* Adds what one tile's products make of dx to its corner in the framed image. */
static void winograd_dx(const mcnn_winograd *plan, const float *products, float *dx) {
  const size_t channels = plan->padded.in_channels, points = plan->points;
  vf columns[WINOGRAD_MAX_POINTS];
  winograd_lines across = {.count = points,
                           .from_step = points * VF_LANES,
                           .from_line = VF_LANES,
                           .to = (float *)columns,
                           .to_step = points * VF_LANES,
                           .to_line = VF_LANES};
  winograd_lines down = {.count = points,
                         .from = (const float *)columns,
                         .from_step = VF_LANES,
                         .from_line = points * VF_LANES,
                         .to_step = channels,
                         .to_line = plan->padded.in_width * channels};
  for (size_t c = 0; c < channels; c += VF_LANES, products += plan->product_block) {
    across.from = products;
    down.lanes = lanes_left(channels, c);
    down.to = dx + c;
    WINOGRAD_FORM(points, dx_lines)(&across);
    WINOGRAD_FORM(points, dx_added_lines)(&down);
  }
}

/* What transforms one vector of sums. */
typedef struct winograd_taps {
  size_t points; /* of a tile */
  winograd_lines across, down;
  vf columns[5 * 8], taps[5 * 5];
} winograd_taps;

static void winograd_taps_init(winograd_taps *t, const mcnn_winograd *plan, size_t point) {
  const size_t points = plan->filter_points, width = plan->padded.kernel_width;
  t->points = plan->points;
  t->across = (winograd_lines){.count = points,
                               .from_step = points * point,
                               .from_line = point,
                               .to = (float *)t->columns,
                               .to_step = points * VF_LANES,
                               .to_line = VF_LANES};
  t->down = (winograd_lines){.count = width,
                             .from = (const float *)t->columns,
                             .from_step = VF_LANES,
                             .from_line = points * VF_LANES,
                             .to = (float *)t->taps,
                             .to_step = VF_LANES,
                             .to_line = width * VF_LANES};
}

/* dw of n output channels, `tap` floats from one tap to the next, from sums. */
VF_INLINE void winograd_weights_of(winograd_taps *t, const float *sums, size_t tap, size_t n,
                                   int accumulate, float *dw) {
  const size_t width = t->down.count;
  t->across.from = sums;
  WINOGRAD_FORM(t->points, weight_lines)(&t->across);
  WINOGRAD_FORM(t->points, weight_lines)(&t->down);
  VF_LOOP (i, width * width) {
    float *const to = dw + i * tap;
    vf_store_some(to, accumulate ? vf_add(vf_load_some(to, n), t->taps[i]) : t->taps[i], n);
  }
}

static void winograd_weights(const mcnn_winograd *plan, const mcnn_winograd_sums *s, int accumulate,
                             float *dw) {
  const size_t channels = plan->padded.out_channels;
  const size_t tap = plan->padded.in_channels * channels;
  const float *sums = s->sums;
  winograd_taps taps;
  winograd_taps_init(&taps, plan, s->point);
  for (size_t ic = 0; ic < s->in_channels; ++ic, dw += channels) {
    for (size_t c = 0; c < s->out_channels; c += VF_LANES, sums += VF_LANES) {
      winograd_weights_of(&taps, sums, tap, lanes_left(channels, s->first_out_channel + c),
                          accumulate, dw + c);
    }
  }
}
