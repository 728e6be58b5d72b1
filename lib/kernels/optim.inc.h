/* Optimisers: one pass over flat arrays, correctly rounded division and square root. Each step is a
 * function on vectors, shared by the flat loops here and by the fused dense backward pass. */

typedef struct rmsprop_step {
  vf lr, rho, rest, epsilon; /* rest = 1 - rho */
} rmsprop_step;

VF_INLINE void rmsprop_update(const rmsprop_step *s, vf g, vf *a, vf *w) {
  *a = vf_fma(s->rho, *a, vf_mul(s->rest, vf_mul(g, g)));
  *w = vf_sub(*w, vf_div(vf_mul(s->lr, g), vf_add(vf_sqrt(*a), s->epsilon)));
}

void MCNN_ISA_SUFFIX(mcnn_rmsprop)(size_t n, float lr, float rho, float epsilon, const float *g,
                                   float *a, float *w) {
  const rmsprop_step s = {vf_set1(lr), vf_set1(rho), vf_set1(1.0f - rho), vf_set1(epsilon)};
  for (size_t i = 0; i < n; i += VF_LANES) {
    const size_t lanes = n - i < VF_LANES ? n - i : VF_LANES;
    vf ai = vf_load_n(a + i, lanes), wi = vf_load_n(w + i, lanes);
    rmsprop_update(&s, vf_load_n(g + i, lanes), &ai, &wi);
    vf_store_n(a + i, ai, lanes);
    vf_store_n(w + i, wi, lanes);
  }
}

typedef struct sgd_step {
  vf lr, momentum, shrink; /* shrink = lr decay */
  uint32_t nesterov;
} sgd_step;

VF_INLINE void sgd_update(const sgd_step *s, vf g, vf *v, vf *w) {
  const vf step = vf_mul(s->lr, g);
  *w = vf_sub(*w, vf_mul(s->shrink, *w));
  *v = vf_sub(vf_mul(s->momentum, *v), step);
  *w = vf_add(*w, s->nesterov ? vf_sub(vf_mul(s->momentum, *v), step) : *v);
}

void MCNN_ISA_SUFFIX(mcnn_sgd)(size_t n, float lr, float momentum, uint32_t nesterov, float decay,
                               const float *g, float *v, float *w) {
  const sgd_step s = {vf_set1(lr), vf_set1(momentum), vf_set1(lr * decay), nesterov};
  for (size_t i = 0; i < n; i += VF_LANES) {
    const size_t lanes = n - i < VF_LANES ? n - i : VF_LANES;
    vf vi = vf_load_n(v + i, lanes), wi = vf_load_n(w + i, lanes);
    sgd_update(&s, vf_load_n(g + i, lanes), &vi, &wi);
    vf_store_n(v + i, vi, lanes);
    vf_store_n(w + i, wi, lanes);
  }
}

typedef struct adam_step {
  vf lr, b1, rest1, b2, rest2, epsilon, shrink, correction1, correction2;
} adam_step;

VF_INLINE void adam_update(const adam_step *s, vf g, vf *m, vf *v, vf *w) {
  *m = vf_fma(s->b1, *m, vf_mul(s->rest1, g));
  *v = vf_fma(s->b2, *v, vf_mul(s->rest2, vf_mul(g, g)));
  *w = vf_sub(*w, vf_mul(s->shrink, *w));
  const vf root = vf_sqrt(vf_mul(*v, s->correction2));
  const vf step = vf_mul(s->lr, vf_mul(*m, s->correction1));
  *w = vf_sub(*w, vf_div(step, vf_add(root, s->epsilon)));
}

void MCNN_ISA_SUFFIX(mcnn_adam)(size_t n, float lr, float b1, float b2, float epsilon, float decay,
                                float correction1, float correction2, const float *g, float *m,
                                float *v, float *w) {
  const adam_step s = {vf_set1(lr),         vf_set1(b1),          vf_set1(1.0f - b1),
                       vf_set1(b2),         vf_set1(1.0f - b2),   vf_set1(epsilon),
                       vf_set1(lr * decay), vf_set1(correction1), vf_set1(correction2)};
  for (size_t i = 0; i < n; i += VF_LANES) {
    const size_t lanes = n - i < VF_LANES ? n - i : VF_LANES;
    vf mi = vf_load_n(m + i, lanes), vi = vf_load_n(v + i, lanes), wi = vf_load_n(w + i, lanes);
    adam_update(&s, vf_load_n(g + i, lanes), &mi, &vi, &wi);
    vf_store_n(m + i, mi, lanes);
    vf_store_n(v + i, vi, lanes);
    vf_store_n(w + i, wi, lanes);
  }
}

void MCNN_ISA_SUFFIX(mcnn_average)(size_t n, float decay, const float *w, float *average) {
  const vf keep = vf_set1(decay), rest = vf_set1(1.0f - decay);
  for (size_t i = 0; i < n; i += VF_LANES) {
    const size_t lanes = n - i < VF_LANES ? n - i : VF_LANES;
    const vf mixed =
        vf_fma(keep, vf_load_n(average + i, lanes), vf_mul(rest, vf_load_n(w + i, lanes)));
    vf_store_n(average + i, mixed, lanes);
  }
}
