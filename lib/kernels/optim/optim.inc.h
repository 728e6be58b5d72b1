/* Optimisers: one pass over flat arrays, correctly rounded division and square root. Each step is a
 * function on one vector of everything. The approximations of AVX-512 (rsqrt14, rcp14) with a
 * Newton step each were no faster within a training step, and processors of different makers may
 * give other bits. */

/* What is left of a moment once its gradients have stopped: it shrinks with every step until, after
 * some hundred of them, it is a subnormal number (below 1.2e-38), which processors take a hundred
 * cycles for. Just above those it becomes 0, far below what moves a weight: the root of that,
 * 1e-18, is nothing beside any sensible epsilon. */
#define TINY_MOMENT 1e-36f

VF_INLINE vf flush_subnormal(vf moment) {
  return vf_zero_if_below(moment, TINY_MOMENT);
}

typedef struct rmsprop_step {
  vf lr, rho, rest, epsilon; /* rest = 1 - rho */
} rmsprop_step;

VF_INLINE rmsprop_step rmsprop_step_of(float lr, float rho, float epsilon) {
  const rmsprop_step s = {vf_set1(lr), vf_set1(rho), vf_set1(1.0f - rho), vf_set1(epsilon)};
  return s;
}

VF_INLINE void rmsprop_update(const int partial, const rmsprop_step *s, const float *g, float *a,
                              float *w, size_t lanes) {
  const vf gi = load_some(partial, g, lanes);
  const vf ai = flush_subnormal(
      vf_fma(s->rho, load_some(partial, a, lanes), vf_mul(s->rest, vf_mul(gi, gi))));
  const vf step = vf_div(vf_mul(s->lr, gi), vf_add(vf_sqrt(ai), s->epsilon));
  store_some(partial, a, ai, lanes);
  store_some(partial, w, vf_sub(load_some(partial, w, lanes), step), lanes);
}

static void rmsprop(size_t n, float lr, float rho, float epsilon, const float *g, float *a,
                    float *w) {
  const rmsprop_step s = rmsprop_step_of(lr, rho, epsilon);
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    rmsprop_update(0, &s, g + i, a + i, w + i, VF_LANES);
  if (i < n)
    rmsprop_update(1, &s, g + i, a + i, w + i, n - i);
}

typedef struct adam_step {
  vf lr, b1, rest1, b2, rest2, epsilon, shrink, correction1, correction2;
} adam_step;

VF_INLINE adam_step adam_step_of(float lr, float b1, float b2, float epsilon, float decay,
                                 float correction1, float correction2) {
  const adam_step s = {.lr = vf_set1(lr),
                       .b1 = vf_set1(b1),
                       .rest1 = vf_set1(1.0f - b1),
                       .b2 = vf_set1(b2),
                       .rest2 = vf_set1(1.0f - b2),
                       .epsilon = vf_set1(epsilon),
                       .shrink = vf_set1(lr * decay),
                       .correction1 = vf_set1(correction1),
                       .correction2 = vf_set1(correction2)};
  return s;
}

VF_INLINE void adam_update(const int partial, const adam_step *s, const float *g, float *m,
                           float *v, float *w, size_t lanes) {
  const vf gi = load_some(partial, g, lanes);
  const vf mi = flush_subnormal(vf_fma(s->b1, load_some(partial, m, lanes), vf_mul(s->rest1, gi)));
  const vf vi = flush_subnormal(
      vf_fma(s->b2, load_some(partial, v, lanes), vf_mul(s->rest2, vf_mul(gi, gi))));
  const vf root = vf_add(vf_sqrt(vf_mul(vi, s->correction2)), s->epsilon);
  const vf step = vf_div(vf_mul(s->lr, vf_mul(mi, s->correction1)), root);
  const vf wi = load_some(partial, w, lanes);
  store_some(partial, m, mi, lanes);
  store_some(partial, v, vi, lanes);
  store_some(partial, w, vf_sub(vf_sub(wi, vf_mul(s->shrink, wi)), step), lanes);
}

static void adam(size_t n, float lr, float b1, float b2, float epsilon, float decay,
                 float correction1, float correction2, const float *g, float *m, float *v,
                 float *w) {
  const adam_step s = adam_step_of(lr, b1, b2, epsilon, decay, correction1, correction2);
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    adam_update(0, &s, g + i, m + i, v + i, w + i, VF_LANES);
  if (i < n)
    adam_update(1, &s, g + i, m + i, v + i, w + i, n - i);
}

typedef struct sgd_step {
  vf lr, momentum, shrink; /* shrink = lr decay */
} sgd_step;

VF_INLINE sgd_step sgd_step_of(float lr, float momentum, float decay) {
  const sgd_step s = {vf_set1(lr), vf_set1(momentum), vf_set1(lr * decay)};
  return s;
}

VF_INLINE void sgd_update(const int partial, const int nesterov, const sgd_step *s, const float *g,
                          float *v, float *w, size_t lanes) {
  const vf step = vf_mul(s->lr, load_some(partial, g, lanes));
  const vf vi = flush_subnormal(vf_sub(vf_mul(s->momentum, load_some(partial, v, lanes)), step));
  const vf wi = load_some(partial, w, lanes);
  const vf kept = vf_sub(wi, vf_mul(s->shrink, wi));
  const vf move = nesterov ? vf_sub(vf_mul(s->momentum, vi), step) : vi;
  store_some(partial, v, vi, lanes);
  store_some(partial, w, vf_add(kept, move), lanes);
}

VF_INLINE void sgd_flat(const int nesterov, const sgd_step *s, size_t n, const float *g, float *v,
                        float *w) {
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    sgd_update(0, nesterov, s, g + i, v + i, w + i, VF_LANES);
  if (i < n)
    sgd_update(1, nesterov, s, g + i, v + i, w + i, n - i);
}

static void sgd(size_t n, float lr, float momentum, uint32_t nesterov, float decay, const float *g,
                float *v, float *w) {
  const sgd_step s = sgd_step_of(lr, momentum, decay);
  if (nesterov)
    sgd_flat(1, &s, n, g, v, w);
  else
    sgd_flat(0, &s, n, g, v, w);
}

VF_INLINE void ema_update(const int partial, vf keep, vf rest, const float *w, float *ema,
                          size_t lanes) {
  const vf added = vf_mul(rest, load_some(partial, w, lanes));
  store_some(partial, ema, vf_fma(keep, load_some(partial, ema, lanes), added), lanes);
}

static void ema(size_t n, float decay, const float *w, float *ema) {
  const vf keep = vf_set1(decay), rest = vf_set1(1.0f - decay);
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    ema_update(0, keep, rest, w + i, ema + i, VF_LANES);
  if (i < n)
    ema_update(1, keep, rest, w + i, ema + i, n - i);
}

/* The members of an instruction set's table that are above. */
#define OPTIM_KERNELS .rmsprop = rmsprop, .sgd = sgd, .adam = adam, .ema = ema
