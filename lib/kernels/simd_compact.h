/* Picking out the live units: where pooling and ReLU let a gradient through. Free of branches that
 * depend on the data, since which units live is as good as random. */
#ifndef MCNN_KERNELS_SIMD_COMPACT_H
#define MCNN_KERNELS_SIMD_COMPACT_H

#include "kernels/simd_select.h"

/* Appends the live ones of n <= VF_LANES units: their gradients to `gradients` and their numbers
 * (first, first + 1, ...) to `numbers`; both have room for VF_LANES more. Returns how many. A unit
 * lives where dy is not zero and, where y is given, y > 0. */
#if defined(MCNN_SIMD_AVX512)
VF_INLINE size_t vf_append_live(const float *y, const float *dy, size_t n, uint32_t first,
                                float *gradients, uint32_t *numbers) {
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const vf gradient = vf_load_some(dy, n);
  __mmask16 live = _mm512_cmp_ps_mask(gradient, _mm512_setzero_ps(), _CMP_NEQ_UQ);
  if (y != NULL) {
    live &= _mm512_cmp_ps_mask(vf_load_some(y, n), _mm512_setzero_ps(), _CMP_GT_OQ);
  }
  const __m512i number = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)first));
  _mm512_storeu_ps(gradients, _mm512_maskz_compress_ps(live, gradient));
  _mm512_storeu_si512(numbers, _mm512_maskz_compress_epi32(live, number));
  return (size_t)__builtin_popcount(live);
}
#else
VF_INLINE size_t vf_append_live(const float *y, const float *dy, size_t n, uint32_t first,
                                float *gradients, uint32_t *numbers) {
  size_t count = 0;
  for (size_t i = 0; i < n; ++i) {
    gradients[count] = dy[i];
    numbers[count] = first + (uint32_t)i;
    count += (size_t)((dy[i] != 0) & (y == NULL || y[i] > 0));
  }
  return count;
}
#endif

#endif
