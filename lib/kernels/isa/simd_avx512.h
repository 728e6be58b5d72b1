/* The vector words of AVX-512 F, BW, DQ and VL: 16 lanes. */
#ifndef MCNN_KERNELS_ISA_SIMD_AVX512_H
#define MCNN_KERNELS_ISA_SIMD_AVX512_H

#include "kernels/isa/simd.h"

#include <immintrin.h>

#define VF_LANES     16
#define VF_REGISTERS 32
#define VF_MASKED    1
#define VF_RARE      VF_INLINE
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
/* b where either is NaN, like vf_max() */
VF_INLINE vf vf_min(vf a, vf b) {
  return _mm512_min_ps(a, b);
}
VF_INLINE vf vf_abs(vf a) {
  return _mm512_abs_ps(a);
}
/* The sign of `sign` on a, which is not negative. */
VF_INLINE vf vf_with_sign_of(vf a, vf sign) {
  return _mm512_or_ps(a, _mm512_and_ps(sign, _mm512_set1_ps(-0.0f)));
}
/* yes where a > b, else no (also where one of them is NaN) */
VF_INLINE vf vf_where_greater(vf a, vf b, vf yes, vf no) {
  return _mm512_mask_mov_ps(no, _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), yes);
}
/* The lanes' bits 23 places to the left, where a float has its exponent. */
VF_INLINE vf vf_bits_to_exponent(vf a) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
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

/* --- comparing, selecting and small integers: positions within a pooling window are held as
 * floats, so that they move with the values --- */

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

#include "kernels/isa/simd_common.inc.h"

/* The first floats at p in the lanes whose bits are set, one after the other; 0 in the others.
 * Nothing else is read. */
#define VF_EXPANDS 1
VF_INLINE vf vf_expand_load(uint32_t bits, const float *p) {
  return _mm512_maskz_expandloadu_ps((__mmask16)bits, p);
}

/* a[i][k] becomes a[k][i]: by pairs, by quarters of a vector, and then those of all rows. */
VF_INLINE void vf_transpose(vf a[VF_LANES]) {
  vf b[VF_LANES];
  VF_EACH (i, VF_LANES / 2) {
    b[2 * i] = _mm512_unpacklo_ps(a[2 * i], a[2 * i + 1]);
    b[2 * i + 1] = _mm512_unpackhi_ps(a[2 * i], a[2 * i + 1]);
  }
  VF_EACH (i, VF_LANES / 4) {
    VF_EACH (k, 2) {
      const __m512d upper = _mm512_castps_pd(b[4 * i + k]),
                    lower = _mm512_castps_pd(b[4 * i + k + 2]);
      a[4 * i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(upper, lower));
      a[4 * i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(upper, lower));
    }
  }
  VF_EACH (k, 4) {
    const vf even = _mm512_shuffle_f32x4(a[k], a[4 + k], 0x88);
    const vf odd = _mm512_shuffle_f32x4(a[k], a[4 + k], 0xdd);
    const vf next_even = _mm512_shuffle_f32x4(a[8 + k], a[12 + k], 0x88);
    const vf next_odd = _mm512_shuffle_f32x4(a[8 + k], a[12 + k], 0xdd);
    a[k] = _mm512_shuffle_f32x4(even, next_even, 0x88);
    a[4 + k] = _mm512_shuffle_f32x4(odd, next_odd, 0x88);
    a[8 + k] = _mm512_shuffle_f32x4(even, next_even, 0xdd);
    a[12 + k] = _mm512_shuffle_f32x4(odd, next_odd, 0xdd);
  }
}

#endif
