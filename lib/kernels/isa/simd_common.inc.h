/* Words made of those of an instruction set (simd.h); included at the end of each simd_*.h. */

/* A float that vectors are multiplied with, where an instruction set has no better way than a copy
 * of it in all lanes; vf_fma_factor(a, b, c) = a b + c */
#ifndef VF_HAS_FACTORS
typedef vf vf_factor;
VF_INLINE vf_factor vf_load_factor(const float *p) {
  return vf_set1(*p);
}
VF_INLINE vf vf_fma_factor(vf_factor a, vf b, vf c) {
  return vf_fma(a, b, c);
}
#endif

/* Lanes of the next vector where `done` of `total` elements are done. */
VF_INLINE size_t lanes_left(size_t total, size_t done) {
  return total - done < VF_LANES ? total - done : VF_LANES;
}

/* The rest of a vector that memory ends in. */
VF_RARE vf vf_load_rest(const float *p, size_t n) {
  return vf_load_n(p, n);
}
VF_RARE void vf_store_rest(float *p, vf a, size_t n) {
  vf_store_n(p, a, n);
}

/* The whole vector, or its first lanes where `partial`; a constant `partial` costs nothing. */
VF_INLINE vf load_some(const int partial, const float *p, size_t lanes) {
  return partial ? vf_load_rest(p, lanes) : vf_load(p);
}

VF_INLINE void store_some(const int partial, float *p, vf a, size_t lanes) {
  if (partial)
    vf_store_rest(p, a, lanes);
  else
    vf_store(p, a);
}

/* Loads and stores of n lanes where n is most often all of them. */
VF_INLINE vf vf_load_some(const float *p, size_t n) {
  return VF_MASKED || n != VF_LANES ? vf_load_rest(p, n) : vf_load(p);
}
VF_INLINE void vf_store_some(float *p, vf a, size_t n) {
  if (n == VF_LANES)
    vf_store(p, a);
  else
    vf_store_rest(p, a, n);
}

/* sum[v] += a times the v-th vector at p, of an even number of them */
VF_INLINE void add_multiples(const size_t vectors, vf_factor a, const float *p, vf *sum) {
#ifdef VF_LOADS_PAIRS
  VF_EACH (i, vectors / 2) {
    vf first, second;
    vf_load_pair(p + 2 * i * VF_LANES, &first, &second);
    sum[2 * i] = vf_fma_factor(a, first, sum[2 * i]);
    sum[2 * i + 1] = vf_fma_factor(a, second, sum[2 * i + 1]);
  }
#else
  VF_EACH (v, vectors)
    sum[v] = vf_fma_factor(a, vf_load(p + v * VF_LANES), sum[v]);
#endif
}
