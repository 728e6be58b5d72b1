/* Comparing, selecting and small integers: the part of the vector vocabulary (simd.h) that pooling
 * needs. Positions within a window are held as floats, so that they move with the values. */
#ifndef MCNN_KERNELS_SIMD_SELECT_H
#define MCNN_KERNELS_SIMD_SELECT_H

#include "kernels/simd.h"

#include <stdint.h>

/* Loads and stores of n lanes where n is most often all of them. */
VF_INLINE vf vf_load_some(const float *p, size_t n) {
#if defined(MCNN_SIMD_AVX512) || defined(MCNN_SIMD_AVX2)
  return vf_load_n(p, n); /* a load under a mask costs no more */
#else
  return n == VF_LANES ? vf_load(p) : vf_load_rest(p, n);
#endif
}
VF_INLINE void vf_store_some(float *p, vf a, size_t n) {
  if (n == VF_LANES)
    vf_store(p, a);
  else
    vf_store_rest(p, a, n);
}

#if defined(MCNN_SIMD_AVX512)

/* 32 bits a lane. */
typedef __m512i vf_bits;
VF_INLINE vf_bits vf_no_bits(void) {
  return _mm512_setzero_si512();
}
VF_INLINE vf_bits vf_set_bit_if_nonzero(vf_bits bits, size_t bit, vf a) {
  return _mm512_mask_or_epi32(bits, _mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_NEQ_UQ), bits,
                              _mm512_set1_epi32((int)(1u << bit)));
}
VF_INLINE void vf_store_bits(uint32_t *p, vf_bits bits) {
  _mm512_storeu_si512(p, bits);
}

/* Where value > best: best = value and position = at, which is above all positions before. A NaN in
 * best stays. */
VF_INLINE void vf_take_larger(vf *best, vf *position, vf value, vf at) {
  const __mmask16 greater = _mm512_cmp_ps_mask(value, *best, _CMP_GT_OQ);
  *best = _mm512_mask_mov_ps(*best, greater, value);
  *position = _mm512_mask_mov_ps(*position, greater, at);
}
/* a where b == c, else 0 */
VF_INLINE vf vf_keep_if_equal(vf a, vf b, vf c) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(b, c, _CMP_EQ_OQ), a);
}
/* One bit a lane: 1 where it is not zero (a NaN is not). */
VF_INLINE unsigned vf_nonzero_bits(vf a) {
  return _mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_NEQ_UQ);
}
VF_INLINE vf vf_load_u8_some(const uint8_t *p, size_t n) {
  const __m128i bytes =
      n == VF_LANES ? _mm_loadu_si128((const void *)p) : _mm_maskz_loadu_epi8(vf_mask(n), p);
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
}
VF_INLINE void vf_store_u8_some(uint8_t *p, vf a, size_t n) {
  const __m128i bytes = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a));
  if (n == VF_LANES) /* the masked store of bytes is many times slower on some processors */
    _mm_storeu_si128((void *)p, bytes);
  else
    _mm_mask_storeu_epi8(p, vf_mask(n), bytes);
}

#elif defined(MCNN_SIMD_AVX2)

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

#else

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

#endif
#endif
