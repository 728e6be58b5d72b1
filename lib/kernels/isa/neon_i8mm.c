/* The products of matrices of Armv8.6, of 8-bit integers; compiled for armv8.2-a+i8mm. */
#include "kernels/isa/simd_neon_int8.h"

#include "kernels/isa/tables.h"

#include "base/sizes.h"

/* Rows lie in pairs, by eight inputs. */
VF_INLINE void int8_store_chunk(const float *x, size_t n, vf factor, uint32_t *words) {
  const uint32x4_t bytes = vreinterpretq_u32_u8(int8_chunk(x, n, factor));
  vst1_u32(words, vget_low_u32(bytes));
  vst1_u32(words + 4, vget_high_u32(bytes));
}

VF_INLINE vi vi_matrix(vi sum, vi x, vi w) {
  return vreinterpretq_u32_s32(
      vmmlaq_s32(vreinterpretq_s32_u32(sum), vreinterpretq_s8_u32(x), vreinterpretq_s8_u32(w)));
}
VF_INLINE vi vi_first_row(vi a, vi b) {
  return vcombine_u32(vget_low_u32(a), vget_low_u32(b));
}
VF_INLINE vi vi_second_row(vi a, vi b) {
  return vcombine_u32(vget_high_u32(a), vget_high_u32(b));
}

#define INT8_PAIRS 1

#include "kernels/dense/int8.inc.h"

#include "kernels/dense/int8_matrix.inc.h"

const mcnn_int8_kernels mcnn_int8_kernels_neon_i8mm = INT8_KERNELS;
