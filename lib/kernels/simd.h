/* One small vector vocabulary for all kernels, so that each kernel is written once and compiled
 * once per instruction set.
 *
 * A kernel source is an `*.inc.h` file included by thin translation units, one an instruction set,
 * which are compiled with different flags and define one of MCNN_SIMD_AVX512, MCNN_SIMD_AVX2 or
 * neither. The portable variant uses GCC's vector extension, four lanes wide: SSE2 on x86-64, NEON
 * on AArch64.
 *
 * vf is a vector of VF_LANES floats. The `_n` forms touch only the first n lanes of memory
 * (0 <= n <= VF_LANES); loads set the other lanes to zero.
 */
#ifndef MCNN_KERNELS_SIMD_H
#define MCNN_KERNELS_SIMD_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VF_INLINE static inline __attribute__((always_inline, unused))

/* A loop of a constant count that is unrolled whole: indices into arrays of vectors become
 * constants, so that the arrays live in registers. */
#if defined(__clang__)
#define VF_EACH(i, count) _Pragma("clang loop unroll(full)") for (size_t i = 0; i < (count); i++)
#else
#define VF_EACH(i, count) _Pragma("GCC unroll 32") for (size_t i = 0; i < (count); i++)
#endif

/* A loop of a small count that stays a loop: what it indexes is in memory anyway, and unrolled
 * it would only be large. */
#if defined(__clang__)
#define VF_LOOP(i, count) _Pragma("clang loop unroll(disable)") for (size_t i = 0; i < (count); i++)
#else
#define VF_LOOP(i, count) _Pragma("GCC unroll 1") for (size_t i = 0; i < (count); i++)
#endif

/* The same address, in one register: what is read at constant distances from it needs no index,
 * which would cost the processor another step each. */
VF_INLINE const float *vf_one_register(const float *p) {
  __asm__("" : "+r"(p));
  return p;
}

#if defined(MCNN_SIMD_AVX512)
#include <immintrin.h>

#define VF_LANES              16
#define MCNN_ISA_SUFFIX(name) name##_avx512
typedef __m512 vf;

VF_INLINE __mmask16 vf_mask(size_t n) {
  return (__mmask16)((1u << n) - 1u);
}
VF_INLINE vf vf_zero(void) {
  return _mm512_setzero_ps();
}
VF_INLINE vf vf_set1(float a) {
  return _mm512_set1_ps(a);
}
VF_INLINE vf vf_load(const float *p) {
  return _mm512_loadu_ps(p);
}
VF_INLINE vf vf_load_n(const float *p, size_t n) {
  return _mm512_maskz_loadu_ps(vf_mask(n), p);
}
VF_INLINE void vf_store(float *p, vf a) {
  _mm512_storeu_ps(p, a);
}
VF_INLINE void vf_store_n(float *p, vf a, size_t n) {
  _mm512_mask_storeu_ps(p, vf_mask(n), a);
}
VF_INLINE vf vf_add(vf a, vf b) {
  return _mm512_add_ps(a, b);
}
VF_INLINE vf vf_sub(vf a, vf b) {
  return _mm512_sub_ps(a, b);
}
VF_INLINE vf vf_mul(vf a, vf b) {
  return _mm512_mul_ps(a, b);
}
VF_INLINE vf vf_div(vf a, vf b) {
  return _mm512_div_ps(a, b);
}
VF_INLINE vf vf_sqrt(vf a) {
  return _mm512_sqrt_ps(a);
}
/* a * b + c, rounded once */
VF_INLINE vf vf_fma(vf a, vf b, vf c) {
  return _mm512_fmadd_ps(a, b, c);
}
VF_INLINE vf vf_max(vf a, vf b) {
  return _mm512_max_ps(a, b);
}
/* The sum of all lanes, always in the same order. */
VF_INLINE float vf_sum(vf a) {
  return _mm512_reduce_add_ps(a);
}
/* vf_sum() of four vectors at once, to the last bit, to p[0..3], or added to what is there. */
VF_INLINE void vf_store_sums(float *p, int add, vf a, vf b, vf c, vf d) {
  const vf ab = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
  const vf cd = _mm512_add_ps(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xee));
  vf s = _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
  s = _mm512_add_ps(s, _mm512_permute_ps(s, 0x4e));
  s = _mm512_add_ps(s, _mm512_permute_ps(s, 0xb1));
  const __m512i firsts = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m128 sums = _mm512_castps512_ps128(_mm512_permutexvar_ps(firsts, s));
  _mm_storeu_ps(p, add ? _mm_add_ps(_mm_loadu_ps(p), sums) : sums);
}
/* The same value, in a register from here on: no use of it becomes a load of its own. */
VF_INLINE vf vf_in_register(vf a) {
  __asm__("" : "+v"(a));
  return a;
}
/* a where y > 0, else 0 (also where y is NaN) */
VF_INLINE vf vf_where_positive(vf y, vf a) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_GT_OQ), a);
}
/* 0 where |a| < least; a NaN stays. */
VF_INLINE vf vf_zero_if_below(vf a, float least) {
  return _mm512_maskz_mov_ps(
      _mm512_cmp_ps_mask(_mm512_abs_ps(a), _mm512_set1_ps(least), _CMP_NLT_UQ), a);
}
/* VF_LANES bytes as floats */
VF_INLINE vf vf_load_u8(const uint8_t *p) {
  return _mm512_cvtepi32_ps(
      _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}

#elif defined(MCNN_SIMD_AVX2)
#include <immintrin.h>

#define VF_LANES              8
#define MCNN_ISA_SUFFIX(name) name##_avx2
typedef __m256 vf;

VF_INLINE __m256i vf_mask(size_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}
VF_INLINE vf vf_zero(void) {
  return _mm256_setzero_ps();
}
VF_INLINE vf vf_set1(float a) {
  return _mm256_set1_ps(a);
}
VF_INLINE vf vf_load(const float *p) {
  return _mm256_loadu_ps(p);
}
VF_INLINE vf vf_load_n(const float *p, size_t n) {
  return _mm256_maskload_ps(p, vf_mask(n));
}
VF_INLINE void vf_store(float *p, vf a) {
  _mm256_storeu_ps(p, a);
}
VF_INLINE void vf_store_n(float *p, vf a, size_t n) {
  _mm256_maskstore_ps(p, vf_mask(n), a);
}
VF_INLINE vf vf_add(vf a, vf b) {
  return _mm256_add_ps(a, b);
}
VF_INLINE vf vf_sub(vf a, vf b) {
  return _mm256_sub_ps(a, b);
}
VF_INLINE vf vf_mul(vf a, vf b) {
  return _mm256_mul_ps(a, b);
}
VF_INLINE vf vf_div(vf a, vf b) {
  return _mm256_div_ps(a, b);
}
VF_INLINE vf vf_sqrt(vf a) {
  return _mm256_sqrt_ps(a);
}
VF_INLINE vf vf_fma(vf a, vf b, vf c) {
  return _mm256_fmadd_ps(a, b, c);
}
VF_INLINE vf vf_max(vf a, vf b) {
  return _mm256_max_ps(a, b);
}
VF_INLINE float vf_sum(vf a) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  s = _mm_add_ss(s, _mm_shuffle_ps(s, s, 1));
  return _mm_cvtss_f32(s);
}
VF_INLINE void vf_store_sums(float *p, int add, vf a, vf b, vf c, vf d) {
  const vf ab =
      _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
  const vf cd =
      _mm256_add_ps(_mm256_permute2f128_ps(c, d, 0x20), _mm256_permute2f128_ps(c, d, 0x31));
  vf s = _mm256_add_ps(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));
  s = _mm256_hadd_ps(s, s); /* a, c, a, c, b, d, b, d */
  const __m128 sums = _mm_unpacklo_ps(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1));
  _mm_storeu_ps(p, add ? _mm_add_ps(_mm_loadu_ps(p), sums) : sums);
}
VF_INLINE vf vf_in_register(vf a) {
  __asm__("" : "+x"(a));
  return a;
}
VF_INLINE vf vf_where_positive(vf y, vf a) {
  return _mm256_and_ps(_mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_GT_OQ), a);
}
VF_INLINE vf vf_zero_if_below(vf a, float least) {
  const vf magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
  return _mm256_and_ps(_mm256_cmp_ps(magnitude, _mm256_set1_ps(least), _CMP_NLT_UQ), a);
}
VF_INLINE vf vf_load_u8(const uint8_t *p) {
  return _mm256_cvtepi32_ps(
      _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}

#else
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define VF_LANES              4
#define MCNN_ISA_SUFFIX(name) name##_portable
typedef float vf __attribute__((vector_size(16)));
typedef int vf_int __attribute__((vector_size(16)));

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
/* Rounded twice where the baseline has no fused multiply-add (SSE2). */
VF_INLINE vf vf_fma(vf a, vf b, vf c) {
  return a * b + c;
}
VF_INLINE vf vf_max(vf a, vf b) {
  const vf_int greater = a > b;
  return (vf)((greater & (vf_int)a) | (~greater & (vf_int)b));
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

#endif

/* Lanes of the next vector where `done` of `total` elements are done. */
VF_INLINE size_t lanes_left(size_t total, size_t done) {
  return total - done < VF_LANES ? total - done : VF_LANES;
}

/* The rest of a vector that memory ends in. Where there are no masks that is a call, so that it
 * does not swell every place that allows for it. */
#if defined(MCNN_SIMD_AVX512) || defined(MCNN_SIMD_AVX2)
#define VF_RARE VF_INLINE
#else
#define VF_RARE static __attribute__((noinline, unused))
#endif
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

#endif
