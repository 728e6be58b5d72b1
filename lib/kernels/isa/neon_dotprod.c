/* The dot products of Armv8.2: products of 8-bit integers; compiled for armv8.2-a+dotprod. */
#include "kernels/isa/simd_neon_int8.h"

#include "kernels/isa/tables.h"

#include "base/sizes.h"

VF_INLINE void int8_store_chunk(const float *x, size_t n, vf factor, uint32_t *words) {
  vst1q_u32(words, vreinterpretq_u32_u8(int8_chunk(x, n, factor)));
}

typedef int8x16_t vx;
VF_INLINE vx vx_load(const uint32_t *p) {
  return vreinterpretq_s8_u32(vld1q_u32(p));
}
/* By an element of a register, whose index is a constant of the instruction. */
VF_INLINE vi vi_dot(vi sum, vx x, size_t index, vi w) {
  const int32x4_t from = vreinterpretq_s32_u32(sum);
  const int8x16_t by = vreinterpretq_s8_u32(w);
  const int32x4_t to = index == 0   ? vdotq_laneq_s32(from, by, x, 0)
                       : index == 1 ? vdotq_laneq_s32(from, by, x, 1)
                       : index == 2 ? vdotq_laneq_s32(from, by, x, 2)
                                    : vdotq_laneq_s32(from, by, x, 3);
  return vreinterpretq_u32_s32(to);
}

#define INT8_PAIRS 0
#define INT8_TILE  8 /* 16 sums, 8 weights and an input fill 25 registers */

#include "kernels/dense/int8.inc.h"

#include "kernels/dense/int8_dot.inc.h"

const mcnn_int8_kernels mcnn_int8_kernels_neon_dotprod = INT8_KERNELS;
