/* The vector words in the compiler's own vector types, four lanes wide: whatever vectors the
 * compiler may use, or none. VF_FUSED: 0: every product and every sum is rounded, so that results
 * are the same bytes everywhere; 1: vf_fma() is rounded once where the architecture can do that. */
#ifndef MCNN_KERNELS_ISA_SIMD_PORTABLE_H
#define MCNN_KERNELS_ISA_SIMD_PORTABLE_H

#include "kernels/isa/simd.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#if VF_FUSED && defined(__VSX__)
#include <altivec.h>
/* In ISO C it makes macros of these words. */
#undef bool
#undef pixel
#undef vector
#elif VF_FUSED && defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA)
#include <arm_neon.h>
#elif VF_FUSED && defined(__VEC__) && defined(__ARCH__) && __ARCH__ >= 12
#include <vecintrin.h>
#endif

#define VF_LANES     4
#define VF_REGISTERS 16
#define VF_MASKED    0
#define VF_RARE      static __attribute__((noinline, unused))
typedef float vf __attribute__((vector_size(16)));
typedef int vf_int __attribute__((vector_size(16)));
typedef unsigned vf_uint __attribute__((vector_size(16)));

VF_INLINE vf vf_zero(void) {
  return (vf){0, 0, 0, 0};
}
VF_INLINE vf vf_set1(float a) {
  return (vf){a, a, a, a};
}
VF_INLINE vf vf_load(const float *p) {
  vf a;
  memcpy(&a, p, sizeof a);
  return a;
}
/* Lane by lane: a copy of unknown length would be a call. */
VF_INLINE vf vf_load_n(const float *p, size_t n) {
  vf a = vf_zero();
  a[0] = n > 0 ? p[0] : 0.0f;
  a[1] = n > 1 ? p[1] : 0.0f;
  a[2] = n > 2 ? p[2] : 0.0f;
  a[3] = n > 3 ? p[3] : 0.0f;
  return a;
}
VF_INLINE void vf_store(float *p, vf a) {
  memcpy(p, &a, sizeof a);
}
VF_INLINE void vf_store_n(float *p, vf a, size_t n) {
  memcpy(p, &a, n * sizeof *p);
}
VF_INLINE vf vf_add(vf a, vf b) {
  return a + b;
}
VF_INLINE vf vf_sub(vf a, vf b) {
  return a - b;
}
VF_INLINE vf vf_mul(vf a, vf b) {
  return a * b;
}
VF_INLINE vf vf_div(vf a, vf b) {
  return a / b;
}
VF_INLINE vf vf_sqrt(vf a) {
#if defined(__SSE2__)
  return (vf)_mm_sqrt_ps((__m128)a);
#else
  return (vf){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])};
#endif
}
VF_INLINE vf vf_fma(vf a, vf b, vf c) {
#if VF_FUSED && defined(__VSX__)
  return (vf)vec_madd((__vector float)a, (__vector float)b, (__vector float)c);
#elif VF_FUSED && defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA)
  return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#elif VF_FUSED && defined(__VEC__) && defined(__ARCH__) && __ARCH__ >= 12
  return (vf)vec_madd((__vector float)a, (__vector float)b, (__vector float)c);
#elif VF_FUSED && defined(__FP_FAST_FMAF)
  return (vf){fmaf(a[0], b[0], c[0]), fmaf(a[1], b[1], c[1]), fmaf(a[2], b[2], c[2]),
              fmaf(a[3], b[3], c[3])};
#else
  return a * b + c;
#endif
}
VF_INLINE vf vf_max(vf a, vf b) {
  const vf_int greater = a > b;
  return (vf)((greater & (vf_int)a) | (~greater & (vf_int)b));
}
VF_INLINE vf vf_min(vf a, vf b) {
  const vf_int less = a < b;
  return (vf)((less & (vf_int)a) | (~less & (vf_int)b));
}
VF_INLINE vf vf_abs(vf a) {
  return (vf)((vf_int)a & ~(vf_int)vf_set1(-0.0f));
}
VF_INLINE vf vf_with_sign_of(vf a, vf sign) {
  return (vf)((vf_int)a | ((vf_int)sign & (vf_int)vf_set1(-0.0f)));
}
VF_INLINE vf vf_where_greater(vf a, vf b, vf yes, vf no) {
  const vf_int greater = a > b;
  return (vf)((greater & (vf_int)yes) | (~greater & (vf_int)no));
}
VF_INLINE vf vf_bits_to_exponent(vf a) {
  return (vf)((vf_uint)a << 23);
}
VF_INLINE float vf_sum(vf a) {
  return (a[0] + a[2]) + (a[1] + a[3]);
}
VF_INLINE void vf_store_sums(float *p, int add, vf a, vf b, vf c, vf d) {
  const vf sums = {vf_sum(a), vf_sum(b), vf_sum(c), vf_sum(d)};
  vf_store(p, add ? vf_add(vf_load(p), sums) : sums);
}
VF_INLINE vf vf_in_register(vf a) {
  return a;
}
VF_INLINE vf vf_where_positive(vf y, vf a) {
  return (vf)((y > vf_zero()) & (vf_int)a);
}
VF_INLINE vf vf_zero_if_below(vf a, float least) {
  const vf_int below = (a < vf_set1(least)) & (a > vf_set1(-least));
  return (vf)(~below & (vf_int)a);
}
VF_INLINE vf vf_load_u8(const uint8_t *p) {
  return (vf){(float)p[0], (float)p[1], (float)p[2], (float)p[3]};
}

/* --- comparing, selecting and small integers: positions within a pooling window are held as
 * floats, so that they move with the values --- */

typedef vf_uint vf_bits;
VF_INLINE vf_bits vf_no_bits(void) {
  return (vf_bits){0, 0, 0, 0};
}
VF_INLINE vf_bits vf_set_bit_if_nonzero(vf_bits bits, size_t bit, vf a) {
  const uint32_t b = (uint32_t)1 << bit;
  return bits | ((vf_uint)(a != vf_zero()) & (vf_uint){b, b, b, b});
}
VF_INLINE void vf_store_bits(uint32_t *p, vf_bits bits) {
  memcpy(p, &bits, sizeof bits);
}

VF_INLINE vf vf_select(vf_int mask, vf a, vf b) {
  return (vf)((mask & (vf_int)a) | (~mask & (vf_int)b));
}
VF_INLINE void vf_take_larger(vf *best, vf *position, vf value, vf at) {
  const vf_int greater = value > *best;
  *best = vf_select(greater, value, *best);
  *position = vf_select(greater, at, *position);
}
VF_INLINE vf vf_keep_if_equal(vf a, vf b, vf c) {
  return (vf)((b == c) & (vf_int)a);
}
VF_INLINE unsigned vf_nonzero_bits(vf a) {
  return (unsigned)(a[0] != 0) | (unsigned)(a[1] != 0) << 1 | (unsigned)(a[2] != 0) << 2 |
         (unsigned)(a[3] != 0) << 3;
}
VF_RARE vf vf_load_u8_some(const uint8_t *p, size_t n) {
  vf a = vf_zero();
  for (size_t i = 0; i < n; ++i)
    a[i] = (float)p[i];
  return a;
}
VF_RARE void vf_store_u8_some(uint8_t *p, vf a, size_t n) {
  for (size_t i = 0; i < n; ++i)
    p[i] = (uint8_t)a[i];
}

#include "kernels/isa/simd_common.inc.h"

#endif
