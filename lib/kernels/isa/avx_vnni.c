/* AVX-VNNI: products of 8-bit integers on processors without AVX-512; compiled with the flags of
 * AVX2 and -mavxvnni. */
#include "kernels/isa/simd_avx2.h"

#include "kernels/isa/tables.h"

#include "base/sizes.h"

typedef __m256i vi;
VF_INLINE vi vi_zero(void) {
  return _mm256_setzero_si256();
}
VF_INLINE vi vi_set1(uint32_t a) {
  return _mm256_set1_epi32((int)a);
}
VF_INLINE vi vi_load(const uint32_t *p) {
  return _mm256_loadu_si256((const __m256i_u *)p);
}
VF_INLINE void vi_store(uint32_t *p, vi a) {
  _mm256_storeu_si256((__m256i_u *)p, a);
}
VF_INLINE vi vi_add(vi a, vi b) {
  return _mm256_add_epi32(a, b);
}
VF_INLINE vi vi_max(vi a, vi b) {
  return _mm256_max_epu32(a, b);
}
VF_INLINE uint32_t vi_max_lane(vi a) {
  __m128i b = _mm_max_epu32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  b = _mm_max_epu32(b, _mm_unpackhi_epi64(b, b));
  return (uint32_t)_mm_cvtsi128_si32(_mm_max_epu32(b, _mm_srli_epi64(b, 32)));
}
VF_INLINE vi vi_of_bits(vf a) {
  return _mm256_castps_si256(a);
}
VF_INLINE vf vf_of_bits(vi a) {
  return _mm256_castsi256_ps(a);
}
VF_INLINE vi vi_round(vf a) {
  return _mm256_cvtps_epi32(a);
}
VF_INLINE vf vf_convert(vi a) {
  return _mm256_cvtepi32_ps(a);
}
VF_INLINE vi vi_push_byte(vi a, vi byte) {
  const vi low = _mm256_and_si256(byte, _mm256_set1_epi32(255));
  return _mm256_or_si256(_mm256_slli_epi32(a, 8), low);
}

#define INT8_CHUNK VF_LANES
VF_INLINE void int8_store_chunk(const float *x, size_t n, vf factor, uint32_t *words) {
  const vi q = vi_round(vf_mul(vf_load_n(x, n), factor));
  const __m128i wide = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
  const __m128i bytes = _mm_packus_epi16(wide, wide);
  if (n > 4)
    _mm_storeu_si64(words, bytes);
  else
    _mm_storeu_si32(words, bytes);
}

typedef __m256i vx;
VF_INLINE vx vx_load(const uint32_t *p) {
  return vi_set1(*p);
}
VF_INLINE vi vi_dot(vi sum, vx x, size_t index, vi w) {
  (void)index;
  return _mm256_dpbusd_avx_epi32(sum, x, w);
}

#define INT8_SIGNED  0
#define INT8_STEP    1
#define INT8_PAIRS   0
#define INT8_VECTORS 3
#define INT8_TILE    4 /* 12 sums, 3 weights and an input fill the 16 registers */

#include "kernels/dense/int8.inc.h"

#include "kernels/dense/int8_dot.inc.h"

const mcnn_int8_kernels mcnn_int8_kernels_avx_vnni = INT8_KERNELS;
