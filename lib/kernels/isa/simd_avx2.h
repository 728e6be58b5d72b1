/* The vector words of AVX2 and FMA: 8 lanes. */
#ifndef MCNN_KERNELS_ISA_SIMD_AVX2_H
#define MCNN_KERNELS_ISA_SIMD_AVX2_H

#include "kernels/isa/simd.h"

#include <immintrin.h>

#define VF_LANES     8
#define VF_REGISTERS 16
#define VF_MASKED    1 /* little more */
#define VF_RARE      VF_INLINE
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
VF_INLINE vf vf_min(vf a, vf b) {
  return _mm256_min_ps(a, b);
}
VF_INLINE vf vf_abs(vf a) {
  return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}
VF_INLINE vf vf_with_sign_of(vf a, vf sign) {
  return _mm256_or_ps(a, _mm256_and_ps(sign, _mm256_set1_ps(-0.0f)));
}
VF_INLINE vf vf_where_greater(vf a, vf b, vf yes, vf no) {
  return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_GT_OQ));
}
VF_INLINE vf vf_bits_to_exponent(vf a) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23));
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

/* --- comparing, selecting and small integers: positions within a pooling window are held as
 * floats, so that they move with the values --- */

typedef __m256i vf_bits;
VF_INLINE vf_bits vf_no_bits(void) {
  return _mm256_setzero_si256();
}
VF_INLINE vf_bits vf_set_bit_if_nonzero(vf_bits bits, size_t bit, vf a) {
  const __m256i nonzero = _mm256_castps_si256(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_NEQ_UQ));
  return _mm256_or_si256(bits, _mm256_and_si256(nonzero, _mm256_set1_epi32((int)(1u << bit))));
}
VF_INLINE void vf_store_bits(uint32_t *p, vf_bits bits) {
  void *const bytes = p;
  _mm256_storeu_si256(bytes, bits);
}

/* Maxima, for a blend costs three times as much: at only grows, and of a NaN and a number this
 * maximum is its second operand. */
VF_INLINE void vf_take_larger(vf *best, vf *position, vf value, vf at) {
  const vf greater = _mm256_cmp_ps(value, *best, _CMP_GT_OQ);
  *best = _mm256_max_ps(value, *best);
  *position = _mm256_max_ps(_mm256_and_ps(greater, at), *position);
}
VF_INLINE vf vf_keep_if_equal(vf a, vf b, vf c) {
  return _mm256_and_ps(a, _mm256_cmp_ps(b, c, _CMP_EQ_OQ));
}
VF_INLINE unsigned vf_nonzero_bits(vf a) {
  return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_NEQ_UQ));
}
/* The first n of eight bytes; out of line, for the compiler makes a page of it. */
static __attribute__((noinline, unused)) uint64_t load_bytes(const uint8_t *p, size_t n) {
  uint64_t bytes = 0;
  memcpy(&bytes, p, n);
  return bytes;
}
static __attribute__((noinline, unused)) void store_bytes(uint8_t *p, uint64_t bytes, size_t n) {
  memcpy(p, &bytes, n);
}
VF_INLINE uint64_t load_bytes_some(const uint8_t *p, size_t n) {
  uint64_t bytes;
  if (n < sizeof bytes)
    return load_bytes(p, n);
  memcpy(&bytes, p, sizeof bytes);
  return bytes;
}
VF_INLINE vf vf_load_u8_some(const uint8_t *p, size_t n) {
  const uint64_t bytes = load_bytes_some(p, n);
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)bytes)));
}
VF_INLINE void vf_store_u8_some(uint8_t *p, vf a, size_t n) {
  const __m256i wide = _mm256_cvtps_epi32(a);
  const __m128i words =
      _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
  const uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(words, words));
  if (n < sizeof bytes)
    store_bytes(p, bytes, n);
  else
    memcpy(p, &bytes, sizeof bytes);
}

#include "kernels/isa/simd_common.inc.h"

#endif
