/* The words of integers of Advanced SIMD, for dense layers in 8-bit integers (dense/int8.inc.h). */
#ifndef MCNN_KERNELS_ISA_SIMD_NEON_INT8_H
#define MCNN_KERNELS_ISA_SIMD_NEON_INT8_H

#include "kernels/isa/simd_neon.h"

typedef uint32x4_t vi;
VF_INLINE vi vi_zero(void) {
  return vdupq_n_u32(0);
}
VF_INLINE vi vi_set1(uint32_t a) {
  return vdupq_n_u32(a);
}
VF_INLINE vi vi_load(const uint32_t *p) {
  return vld1q_u32(p);
}
VF_INLINE void vi_store(uint32_t *p, vi a) {
  vst1q_u32(p, a);
}
VF_INLINE vi vi_add(vi a, vi b) {
  return vaddq_u32(a, b);
}
VF_INLINE vi vi_max(vi a, vi b) {
  return vmaxq_u32(a, b);
}
VF_INLINE uint32_t vi_max_lane(vi a) {
  return vmaxvq_u32(a);
}
VF_INLINE vi vi_of_bits(vf a) {
  return vreinterpretq_u32_f32(a);
}
VF_INLINE vf vf_of_bits(vi a) {
  return vreinterpretq_f32_u32(a);
}
VF_INLINE vi vi_round(vf a) {
  return vreinterpretq_u32_s32(vcvtnq_s32_f32(a));
}
VF_INLINE vf vf_convert(vi a) {
  return vcvtq_f32_s32(vreinterpretq_s32_u32(a));
}
VF_INLINE vi vi_push_byte(vi a, vi byte) {
  return vsliq_n_u32(byte, a, 8);
}

/* Bytes of four vectors of integers from 0 to 255, less 128. */
VF_INLINE uint8x16_t signed_bytes(vi a, vi b, vi c, vi d) {
  const uint16x8_t low = vuzp1q_u16(vreinterpretq_u16_u32(a), vreinterpretq_u16_u32(b));
  const uint16x8_t high = vuzp1q_u16(vreinterpretq_u16_u32(c), vreinterpretq_u16_u32(d));
  const uint8x16_t bytes = vuzp1q_u8(vreinterpretq_u8_u16(low), vreinterpretq_u8_u16(high));
  return veorq_u8(bytes, vdupq_n_u8(128));
}

#define INT8_CHUNK (4 * (size_t)VF_LANES)
static uint8x16_t some_bytes(const float *x, size_t n, vf factor) {
  float all[INT8_CHUNK] = {0};
  vi q[4];
  memcpy(all, x, n * sizeof *x);
  VF_EACH (i, 4)
    q[i] = vi_round(vf_mul(vf_load(all + i * VF_LANES), factor));
  return signed_bytes(q[0], q[1], q[2], q[3]);
}
VF_INLINE uint8x16_t int8_chunk(const float *x, size_t n, vf factor) {
  vi q[4];
  if (n < INT8_CHUNK)
    return some_bytes(x, n, factor);
  VF_EACH (i, 4)
    q[i] = vi_round(vf_mul(vf_load(x + i * VF_LANES), factor));
  return signed_bytes(q[0], q[1], q[2], q[3]);
}

#define INT8_SIGNED  1
#define INT8_STEP    4
#define INT8_VECTORS 2

#endif
