/* AVX512_VNNI: products of 8-bit integers; compiled with the flags of AVX-512 and -mavx512vnni. */
#include "kernels/isa/simd_avx512.h"

#include "kernels/isa/tables.h"

#include "base/sizes.h"

typedef __m512i vi;
VF_INLINE vi vi_zero(void) {
  return _mm512_setzero_si512();
}
VF_INLINE vi vi_set1(uint32_t a) {
  return _mm512_set1_epi32((int)a);
}
VF_INLINE vi vi_load(const uint32_t *p) {
  return _mm512_loadu_si512(p);
}
VF_INLINE void vi_store(uint32_t *p, vi a) {
  _mm512_storeu_si512(p, a);
}
VF_INLINE vi vi_add(vi a, vi b) {
  return _mm512_add_epi32(a, b);
}
VF_INLINE vi vi_max(vi a, vi b) {
  return _mm512_max_epu32(a, b);
}
VF_INLINE uint32_t vi_max_lane(vi a) {
  return _mm512_reduce_max_epu32(a);
}
VF_INLINE vi vi_of_bits(vf a) {
  return _mm512_castps_si512(a);
}
VF_INLINE vf vf_of_bits(vi a) {
  return _mm512_castsi512_ps(a);
}
VF_INLINE vi vi_round(vf a) {
  return _mm512_cvtps_epi32(a);
}
VF_INLINE vf vf_convert(vi a) {
  return _mm512_cvtepi32_ps(a);
}
VF_INLINE vi vi_push_byte(vi a, vi byte) {
  const vi low = _mm512_and_si512(byte, _mm512_set1_epi32(255));
  return _mm512_or_si512(_mm512_slli_epi32(a, 8), low);
}

#define INT8_CHUNK VF_LANES
VF_INLINE void int8_store_chunk(const float *x, size_t n, vf factor, uint32_t *words) {
  const __m128i bytes = _mm512_cvtepi32_epi8(vi_round(vf_mul(vf_load_n(x, n), factor)));
  _mm_mask_storeu_epi32(words, (__mmask8)((1u << (n + 3) / 4) - 1u), bytes);
}

typedef __m512i vx;
VF_INLINE vx vx_load(const uint32_t *p) {
  return vi_set1(*p);
}
VF_INLINE vi vi_dot(vi sum, vx x, size_t index, vi w) {
  (void)index;
  return _mm512_dpbusd_epi32(sum, x, w);
}

#define INT8_SIGNED  0
#define INT8_STEP    1
#define INT8_PAIRS   0
#define INT8_VECTORS 3
#define INT8_TILE    8 /* 24 sums, 3 weights and an input fill 28 registers */

#include "kernels/dense/int8.inc.h"

#include "kernels/dense/int8_dot.inc.h"

const mcnn_int8_kernels mcnn_int8_kernels_avx512_vnni = INT8_KERNELS;
