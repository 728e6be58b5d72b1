/* The vector words of Advanced SIMD on AArch64 (NEON): 4 lanes. */
#ifndef MCNN_KERNELS_ISA_SIMD_NEON_H
#define MCNN_KERNELS_ISA_SIMD_NEON_H

#include "kernels/isa/simd.h"

#include <arm_neon.h>

#define VF_LANES     4
#define VF_REGISTERS 32
#define VF_MASKED    0
#define VF_RARE      static __attribute__((noinline, unused))
typedef float32x4_t vf;

VF_INLINE vf vf_zero(void) {
  return vdupq_n_f32(0.0f);
}
VF_INLINE vf vf_set1(float a) {
  return vdupq_n_f32(a);
}
VF_INLINE vf vf_load(const float *p) {
  return vld1q_f32(p);
}
VF_INLINE vf vf_load_n(const float *p, size_t n) {
  if (n >= VF_LANES)
    return vld1q_f32(p);
  vf a = vf_zero();
  if ((n & 2) != 0)
    a = vcombine_f32(vld1_f32(p),
                     n == 3 ? vld1_lane_f32(p + 2, vdup_n_f32(0.0f), 0) : vdup_n_f32(0.0f));
  else if (n == 1)
    a = vld1q_lane_f32(p, a, 0);
  return a;
}
VF_INLINE void vf_store(float *p, vf a) {
  vst1q_f32(p, a);
}
VF_INLINE void vf_store_n(float *p, vf a, size_t n) {
  if (n >= VF_LANES) {
    vst1q_f32(p, a);
    return;
  }
  if ((n & 2) != 0)
    vst1_f32(p, vget_low_f32(a));
  if (n == 3)
    vst1q_lane_f32(p + 2, a, 2);
  else if (n == 1)
    vst1q_lane_f32(p, a, 0);
}
VF_INLINE vf vf_add(vf a, vf b) {
  return vaddq_f32(a, b);
}
VF_INLINE vf vf_sub(vf a, vf b) {
  return vsubq_f32(a, b);
}
VF_INLINE vf vf_mul(vf a, vf b) {
  return vmulq_f32(a, b);
}
VF_INLINE vf vf_div(vf a, vf b) {
  return vdivq_f32(a, b);
}
VF_INLINE vf vf_sqrt(vf a) {
  return vsqrtq_f32(a);
}
VF_INLINE vf vf_fma(vf a, vf b, vf c) {
  return vfmaq_f32(c, a, b);
}

/* An element of a register is multiplied with for nothing, where a copy in all lanes would cost an
 * instruction of the units that multiply. Compilers make one copy of what is used more than once,
 * even if it is asked for by element. */
#define VF_HAS_FACTORS 1
typedef float vf_factor;
VF_INLINE vf_factor vf_load_factor(const float *p) {
  return *p;
}
VF_INLINE vf vf_fma_factor(vf_factor a, vf b, vf c) {
  __asm__("fmla %0.4s, %1.4s, %2.s[0]" : "+w"(c) : "w"(b), "w"(a));
  return c;
}

/* a[lane] b + c, for a lane that is known. */
#define VF_HAS_LANES 1
#define VF_FMA_LANE(lane)                                                                          \
  case lane:                                                                                       \
    __asm__("fmla %0.4s, %1.4s, %2.s[" #lane "]" : "+w"(c) : "w"(b), "w"(a));                      \
    break;
VF_INLINE vf vf_fma_lane(vf a, size_t lane, vf b, vf c) {
  switch (lane) {
    VF_FMA_LANE(0)
    VF_FMA_LANE(1)
    VF_FMA_LANE(2)
    VF_FMA_LANE(3)
  }
  return c;
}

/* One instruction loads two vectors, where they are wanted at the same time. */
#define VF_LOADS_PAIRS 1
VF_INLINE void vf_load_pair(const float *p, vf *a, vf *b) {
  *a = vld1q_f32(p);
  *b = vld1q_f32(p + VF_LANES);
  __asm__("" : "+w"(*a), "+w"(*b));
}

/* Not FMAX, which gives NaN where either operand is one. */
VF_INLINE vf vf_max(vf a, vf b) {
  return vbslq_f32(vcgtq_f32(a, b), a, b);
}
VF_INLINE vf vf_min(vf a, vf b) {
  return vbslq_f32(vcltq_f32(a, b), a, b);
}
VF_INLINE vf vf_abs(vf a) {
  return vabsq_f32(a);
}
VF_INLINE vf vf_with_sign_of(vf a, vf sign) {
  return vbslq_f32(vdupq_n_u32(0x80000000u), sign, a);
}
VF_INLINE vf vf_where_greater(vf a, vf b, vf yes, vf no) {
  return vbslq_f32(vcgtq_f32(a, b), yes, no);
}
VF_INLINE vf vf_bits_to_exponent(vf a) {
  return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(a), 23));
}
VF_INLINE float vf_sum(vf a) {
  const float32x4_t pairs = vpaddq_f32(a, a);
  return vgetq_lane_f32(vpaddq_f32(pairs, pairs), 0);
}
VF_INLINE void vf_store_sums(float *p, int add, vf a, vf b, vf c, vf d) {
  const vf sums = vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d));
  vf_store(p, add ? vf_add(vf_load(p), sums) : sums);
}
VF_INLINE vf vf_in_register(vf a) {
  __asm__("" : "+w"(a));
  return a;
}
VF_INLINE vf vf_where_positive(vf y, vf a) {
  return vreinterpretq_f32_u32(vandq_u32(vcgtzq_f32(y), vreinterpretq_u32_f32(a)));
}
VF_INLINE vf vf_zero_if_below(vf a, float least) {
  const uint32x4_t below = vcltq_f32(vabsq_f32(a), vdupq_n_f32(least));
  return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(a), below));
}
VF_INLINE vf floats_of_bytes(uint32_t bytes) {
  const uint8x8_t narrow = vreinterpret_u8_u32(vdup_n_u32(bytes));
  return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(narrow))));
}
VF_INLINE vf vf_load_u8(const uint8_t *p) {
  uint32_t bytes;
  memcpy(&bytes, p, sizeof bytes);
  return floats_of_bytes(bytes);
}

/* --- comparing, selecting and small integers: positions within a pooling window are held as
 * floats, so that they move with the values --- */

typedef uint32x4_t vf_bits;
VF_INLINE vf_bits vf_no_bits(void) {
  return vdupq_n_u32(0);
}
VF_INLINE vf_bits vf_set_bit_if_nonzero(vf_bits bits, size_t bit, vf a) {
  return vorrq_u32(bits, vbicq_u32(vdupq_n_u32((uint32_t)1 << bit), vceqzq_f32(a)));
}
VF_INLINE void vf_store_bits(uint32_t *p, vf_bits bits) {
  vst1q_u32(p, bits);
}
VF_INLINE void vf_take_larger(vf *best, vf *position, vf value, vf at) {
  const uint32x4_t greater = vcgtq_f32(value, *best);
  *best = vbslq_f32(greater, value, *best);
  *position = vbslq_f32(greater, at, *position);
}
VF_INLINE vf vf_keep_if_equal(vf a, vf b, vf c) {
  return vreinterpretq_f32_u32(vandq_u32(vceqq_f32(b, c), vreinterpretq_u32_f32(a)));
}
VF_INLINE unsigned vf_nonzero_bits(vf a) {
  static const uint32_t lane_bits[VF_LANES] = {1, 2, 4, 8};
  return vaddvq_u32(vbicq_u32(vld1q_u32(lane_bits), vceqzq_f32(a)));
}
VF_RARE vf vf_load_u8_some(const uint8_t *p, size_t n) {
  uint32_t bytes = 0;
  memcpy(&bytes, p, n < VF_LANES ? n : VF_LANES);
  return floats_of_bytes(bytes);
}
VF_INLINE uint32_t bytes_of_floats(vf a) {
  const uint16x4_t words = vmovn_u32(vcvtnq_u32_f32(a));
  return vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(words, words))), 0);
}
VF_INLINE void vf_store_u8_some(uint8_t *p, vf a, size_t n) {
  const uint32_t bytes = bytes_of_floats(a);
  if (n >= VF_LANES)
    memcpy(p, &bytes, sizeof bytes);
  else
    for (size_t i = 0; i < n; i++)
      p[i] = (uint8_t)(bytes >> 8 * i);
}

#include "kernels/isa/simd_common.inc.h"

#endif
