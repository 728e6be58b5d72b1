/* The optimisers' parts that only wait for memory, whatever the width of a vector. */

#include "kernels/optim_settle.inc.h"

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
  const vf vi = settled(vf_sub(vf_mul(s->momentum, load_some(partial, v, lanes)), step));
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

void MCNN_ISA_SUFFIX(mcnn_sgd)(size_t n, float lr, float momentum, uint32_t nesterov, float decay,
                               const float *g, float *v, float *w) {
  const sgd_step s = sgd_step_of(lr, momentum, decay);
  if (nesterov)
    sgd_flat(1, &s, n, g, v, w);
  else
    sgd_flat(0, &s, n, g, v, w);
}

VF_INLINE void average_update(const int partial, vf keep, vf rest, const float *w, float *average,
                              size_t lanes) {
  const vf part = vf_mul(rest, load_some(partial, w, lanes));
  store_some(partial, average, vf_fma(keep, load_some(partial, average, lanes), part), lanes);
}

void MCNN_ISA_SUFFIX(mcnn_average)(size_t n, float decay, const float *w, float *average) {
  const vf keep = vf_set1(decay), rest = vf_set1(1.0f - decay);
  size_t i = 0;
  for (; i + VF_LANES <= n; i += VF_LANES)
    average_update(0, keep, rest, w + i, average + i, VF_LANES);
  if (i < n)
    average_update(1, keep, rest, w + i, average + i, n - i);
}
