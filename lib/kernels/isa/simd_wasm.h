/* The vector words of WebAssembly with 128-bit vectors: 4 lanes. Where the module may use relaxed
 * SIMD, a multiply-add is rounded once on processors that have one; else twice, and the same bytes
 * everywhere. */
#ifndef MCNN_KERNELS_ISA_SIMD_WASM_H
#define MCNN_KERNELS_ISA_SIMD_WASM_H

/* Engines keep one of the registers for themselves, and a product needs one before it is added. */
#define VF_FEW_SUMS   1
#define VF_STEPPING   1
#define VF_PREFETCHES 0

#include "kernels/isa/simd.h"

#include <wasm_simd128.h>

#define VF_LANES     4
#define VF_REGISTERS 16 /* of x86-64; AArch64 has twice as many */
#define VF_MASKED    0
#define VF_RARE      static __attribute__((noinline, unused))
typedef v128_t vf;

VF_INLINE vf vf_zero(void) {
  return wasm_f32x4_const_splat(0.0f);
}
VF_INLINE vf vf_set1(float a) {
  return wasm_f32x4_splat(a);
}
VF_INLINE vf vf_load(const float *p) {
  return wasm_v128_load(p);
}
VF_INLINE vf vf_load_n(const float *p, size_t n) {
  float a[VF_LANES] = {0};
  for (size_t i = 0; i < n; i++)
    a[i] = p[i];
  return wasm_v128_load(a);
}
VF_INLINE void vf_store(float *p, vf a) {
  wasm_v128_store(p, a);
}
VF_INLINE void vf_store_n(float *p, vf a, size_t n) {
  float lanes[VF_LANES];
  wasm_v128_store(lanes, a);
  for (size_t i = 0; i < n; i++)
    p[i] = lanes[i];
}
VF_INLINE vf vf_add(vf a, vf b) {
  return wasm_f32x4_add(a, b);
}
VF_INLINE vf vf_sub(vf a, vf b) {
  return wasm_f32x4_sub(a, b);
}
VF_INLINE vf vf_mul(vf a, vf b) {
  return wasm_f32x4_mul(a, b);
}
VF_INLINE vf vf_div(vf a, vf b) {
  return wasm_f32x4_div(a, b);
}
VF_INLINE vf vf_sqrt(vf a) {
  return wasm_f32x4_sqrt(a);
}
VF_INLINE vf vf_fma(vf a, vf b, vf c) {
#if defined(__wasm_relaxed_simd__)
  return wasm_f32x4_relaxed_madd(a, b, c);
#else
  return wasm_f32x4_add(wasm_f32x4_mul(a, b), c);
#endif
}
/* One instruction of x86-64, which takes its second operand where either is NaN, as this must. */
VF_INLINE vf vf_max(vf a, vf b) {
  return wasm_f32x4_pmax(b, a);
}
VF_INLINE vf vf_min(vf a, vf b) {
  return wasm_f32x4_pmin(b, a);
}
VF_INLINE vf vf_abs(vf a) {
  return wasm_f32x4_abs(a);
}
VF_INLINE vf vf_with_sign_of(vf a, vf sign) {
  return wasm_v128_or(a, wasm_v128_and(sign, wasm_f32x4_const_splat(-0.0f)));
}
VF_INLINE vf vf_where_greater(vf a, vf b, vf yes, vf no) {
  return wasm_v128_bitselect(yes, no, wasm_f32x4_gt(a, b));
}
VF_INLINE vf vf_bits_to_exponent(vf a) {
  return wasm_i32x4_shl(a, 23);
}
VF_INLINE float vf_sum(vf a) {
  const vf pairs = wasm_f32x4_add(a, wasm_i32x4_shuffle(a, a, 2, 3, 2, 3));
  return wasm_f32x4_extract_lane(pairs, 0) + wasm_f32x4_extract_lane(pairs, 1);
}
VF_INLINE void vf_store_sums(float *p, int add, vf a, vf b, vf c, vf d) {
  const vf ab =
      wasm_f32x4_add(wasm_i32x4_shuffle(a, b, 0, 1, 4, 5), wasm_i32x4_shuffle(a, b, 2, 3, 6, 7));
  const vf cd =
      wasm_f32x4_add(wasm_i32x4_shuffle(c, d, 0, 1, 4, 5), wasm_i32x4_shuffle(c, d, 2, 3, 6, 7));
  const vf sums = wasm_f32x4_add(wasm_i32x4_shuffle(ab, cd, 0, 2, 4, 6),
                                 wasm_i32x4_shuffle(ab, cd, 1, 3, 5, 7));
  vf_store(p, add ? vf_add(vf_load(p), sums) : sums);
}
VF_INLINE vf vf_in_register(vf a) {
  return a;
}
VF_INLINE vf vf_where_positive(vf y, vf a) {
  return wasm_v128_and(wasm_f32x4_gt(y, vf_zero()), a);
}
VF_INLINE vf vf_zero_if_below(vf a, float least) {
  return wasm_v128_andnot(a, wasm_f32x4_lt(wasm_f32x4_abs(a), vf_set1(least)));
}
VF_INLINE vf vf_load_u8(const uint8_t *p) {
  const v128_t words = wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(p));
  return wasm_f32x4_convert_i32x4(wasm_u32x4_extend_low_u16x8(words));
}

/* --- comparing, selecting and small integers: positions within a pooling window are held as
 * floats, so that they move with the values --- */

typedef v128_t vf_bits;
VF_INLINE vf_bits vf_no_bits(void) {
  return wasm_i32x4_const_splat(0);
}
VF_INLINE vf_bits vf_set_bit_if_nonzero(vf_bits bits, size_t bit, vf a) {
  const v128_t set = wasm_i32x4_splat((int32_t)(1u << bit));
  return wasm_v128_or(bits, wasm_v128_and(wasm_f32x4_ne(a, vf_zero()), set));
}
VF_INLINE void vf_store_bits(uint32_t *p, vf_bits bits) {
  wasm_v128_store(p, bits);
}
VF_INLINE void vf_take_larger(vf *best, vf *position, vf value, vf at) {
  const vf greater = wasm_f32x4_gt(value, *best);
  *best = wasm_v128_bitselect(value, *best, greater);
  *position = wasm_v128_bitselect(at, *position, greater);
}
VF_INLINE vf vf_keep_if_equal(vf a, vf b, vf c) {
  return wasm_v128_and(a, wasm_f32x4_eq(b, c));
}
VF_INLINE unsigned vf_nonzero_bits(vf a) {
  return wasm_i32x4_bitmask(wasm_f32x4_ne(a, vf_zero()));
}
VF_RARE vf vf_load_u8_some(const uint8_t *p, size_t n) {
  float a[VF_LANES] = {0};
  for (size_t i = 0; i < n; ++i)
    a[i] = (float)p[i];
  return wasm_v128_load(a);
}
VF_RARE void vf_store_u8_some(uint8_t *p, vf a, size_t n) {
  float lanes[VF_LANES];
  wasm_v128_store(lanes, a);
  for (size_t i = 0; i < n; ++i)
    p[i] = (uint8_t)lanes[i];
}

#include "kernels/isa/simd_common.inc.h"

#endif
