/* Elementwise kernels. The last, partial vector goes through the same operations as the others, so
 * that the bytes do not depend on where a range is cut. */

/* max(0, x); the second operand wins where x is NaN. */
VF_INLINE vf relu(vf x) {
  return vf_max(vf_zero(), x);
}

static void relu_forward(size_t n, const float *x, float *y) {
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store(y + i, relu(vf_load(x + i)));
  vf_store_rest(y + i, relu(vf_load_rest(x + i, n - i)), n - i);
}

static void relu_backward(size_t n, const float *y, const float *dy, float *dx) {
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store(dx + i, vf_where_positive(vf_load(y + i), vf_load(dy + i)));
  const size_t rest = n - i;
  vf_store_rest(dx + i, vf_where_positive(vf_load_rest(y + i, rest), vf_load_rest(dy + i, rest)),
                rest);
}

static void scale_u8(size_t n, const uint8_t *src, float scale, float offset, float *dst) {
  const vf factor = vf_set1(scale), shift = vf_set1(offset);
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store(dst + i, vf_fma(vf_load_u8(src + i), factor, shift));
  uint8_t rest[VF_LANES] = {0};
  memcpy(rest, src + i, n - i);
  vf_store_rest(dst + i, vf_fma(vf_load_u8(rest), factor, shift), n - i);
}

static void scale_f32(size_t n, const float *src, float scale, float offset, float *dst) {
  const vf factor = vf_set1(scale), shift = vf_set1(offset);
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store(dst + i, vf_fma(vf_load(src + i), factor, shift));
  vf_store_rest(dst + i, vf_fma(vf_load_rest(src + i, n - i), factor, shift), n - i);
}

/* So many vectors later the channels begin with the first again. */
static void normalize(size_t n, size_t channels, const float *x, const float *mean,
                      const float *deviation, float *y) {
  float means[MCNN_MAX_NORMALIZED * VF_LANES], deviations[MCNN_MAX_NORMALIZED * VF_LANES];
  const size_t period = channels * VF_LANES;
  for (size_t i = 0; i < period; i++) {
    means[i] = mean[i % channels];
    deviations[i] = deviation[i % channels];
  }
  size_t i = 0, at = 0;
  for (; i + VF_LANES <= n; i += VF_LANES) {
    vf_store(y + i, vf_div(vf_sub(vf_load(x + i), vf_load(means + at)), vf_load(deviations + at)));
    at = at + VF_LANES < period ? at + VF_LANES : 0;
  }
  const vf rest = vf_sub(vf_load_rest(x + i, n - i), vf_load(means + at));
  vf_store_rest(y + i, vf_div(rest, vf_load(deviations + at)), n - i);
}

static void add(size_t n, const float *src, float *dst) {
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store(dst + i, vf_add(vf_load(dst + i), vf_load(src + i)));
  const size_t rest = n - i;
  vf_store_rest(dst + i, vf_add(vf_load_rest(dst + i, rest), vf_load_rest(src + i, rest)), rest);
}

static void add_forward(size_t n, const float *a, const float *b, uint32_t is_relu, float *y) {
  const vf least = vf_set1(is_relu ? 0.0f : -INFINITY);
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store(y + i, vf_max(least, vf_add(vf_load(a + i), vf_load(b + i))));
  const size_t rest = n - i;
  vf_store_rest(y + i, vf_max(least, vf_add(vf_load_rest(a + i, rest), vf_load_rest(b + i, rest))),
                rest);
}

VF_INLINE vf dropped(vf kept, vf x, vf scale) {
  return vf_where_positive(kept, vf_mul(x, scale));
}

static void dropout(size_t n, const uint8_t *kept, float scale, const float *x, float *y) {
  const vf factor = vf_set1(scale);
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store(y + i, dropped(vf_load_u8(kept + i), vf_load(x + i), factor));
  uint8_t rest[VF_LANES] = {0};
  memcpy(rest, kept + i, n - i);
  vf_store_rest(y + i, dropped(vf_load_u8(rest), vf_load_rest(x + i, n - i), factor), n - i);
}

/* Vectors of sums at a time: enough that they need not wait for each other. */
#define SUM_VECTORS ((size_t)4)

/* `vectors` neighbouring vectors of the sums, the last one `lanes` long. */
VF_INLINE void sum_vectors(const size_t vectors, size_t terms, const float *factors,
                           size_t factor_step, const float *from, size_t from_step, size_t lanes,
                           float *sums) {
  vf sum[SUM_VECTORS];
  VF_EACH (v, vectors)
    sum[v] = vf_zero();
  for (; terms > 0; terms--, factors += factor_step, from += from_step) {
    const vf factor = vf_set1(*factors);
    VF_EACH (v, vectors)
      sum[v] = vf_add(sum[v], vf_mul(factor, load_some(vectors == 1, from + v * VF_LANES, lanes)));
  }
  VF_EACH (v, vectors)
    store_some(vectors == 1, sums + v * VF_LANES, sum[v], lanes);
}

static void weighted_sum(size_t terms, const float *factors, size_t factor_step,
                         const float *vectors, size_t vector_step, size_t n, float *sums) {
  size_t i = 0;
  for (; i + SUM_VECTORS * VF_LANES <= n; i += SUM_VECTORS * VF_LANES)
    sum_vectors(SUM_VECTORS, terms, factors, factor_step, vectors + i, vector_step, VF_LANES,
                sums + i);
  for (; i < n; i += VF_LANES)
    sum_vectors(1, terms, factors, factor_step, vectors + i, vector_step, lanes_left(n, i),
                sums + i);
}

/* The members of an instruction set's table that are above. */
#define ELEMENTWISE_KERNELS                                                                        \
  .relu_forward = relu_forward, .relu_backward = relu_backward, .scale_u8 = scale_u8,              \
  .scale_f32 = scale_f32, .normalize = normalize, .add = add, .add_forward = add_forward,          \
  .dropout = dropout, .weighted_sum = weighted_sum
