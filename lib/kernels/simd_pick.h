/* Lanes that each read their own element of two short rows: where the channels of one pooling
 * window chose different positions, this brings every channel its own pixel without a branch.
 * Only for instruction sets that permute by a vector of indices. */
#ifndef MCNN_KERNELS_SIMD_PICK_H
#define MCNN_KERNELS_SIMD_PICK_H

#include "kernels/simd_select.h"

#if defined(MCNN_SIMD_AVX512) || defined(MCNN_SIMD_AVX2)
#define VF_HAS_PICK 1

#if defined(MCNN_SIMD_AVX512)

typedef __m512i vf_choice;
typedef __m512 vf_rows;

/* From positions row * 2 + column of a 2x2 window. */
VF_INLINE vf_choice vf_choice_of(const uint8_t *chosen, size_t n) {
  const __m128i bytes = n == VF_LANES ? _mm_loadu_si128((const void *)chosen)
                                      : _mm_maskz_loadu_epi8(vf_mask(n), chosen);
  const __m512i position = _mm512_cvtepu8_epi32(bytes);
  const __m512i row = _mm512_slli_epi32(_mm512_srli_epi32(position, 1), 3);
  return _mm512_or_si512(row, _mm512_and_si512(position, _mm512_set1_epi32(1)));
}
VF_INLINE vf_choice vf_choice_load(const int32_t *p) {
  return _mm512_loadu_si512(p);
}
VF_INLINE void vf_choice_store(int32_t *p, vf_choice a) {
  _mm512_storeu_si512(p, a);
}
VF_INLINE vf_rows vf_rows_load(const float *first, const float *second) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(_mm256_loadu_ps(first)), _mm256_loadu_ps(second),
                            1);
}
/* Each lane's element: row of its choice, column of its choice + k. */
VF_INLINE vf vf_pick(vf_rows rows, vf_choice choice, size_t k) {
  return _mm512_permutexvar_ps(_mm512_add_epi32(choice, _mm512_set1_epi32((int)k)), rows);
}

#else

typedef __m256i vf_choice; /* the column, and the row in the sign bit */
typedef struct vf_rows {
  __m256 first, second;
} vf_rows;

VF_INLINE vf_choice vf_choice_of(const uint8_t *chosen, size_t n) {
  const uint64_t bytes = load_bytes_some(chosen, n);
  const __m256i position = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)bytes));
  const __m256i row = _mm256_slli_epi32(_mm256_srli_epi32(position, 1), 31);
  return _mm256_or_si256(row, _mm256_and_si256(position, _mm256_set1_epi32(1)));
}
VF_INLINE vf_choice vf_choice_load(const int32_t *p) {
  const void *const bytes = p;
  return _mm256_loadu_si256(bytes);
}
VF_INLINE void vf_choice_store(int32_t *p, vf_choice a) {
  void *const bytes = p;
  _mm256_storeu_si256(bytes, a);
}
VF_INLINE vf_rows vf_rows_load(const float *first, const float *second) {
  const vf_rows rows = {.first = _mm256_loadu_ps(first), .second = _mm256_loadu_ps(second)};
  return rows;
}
VF_INLINE vf vf_pick(vf_rows rows, vf_choice choice, size_t k) {
  const __m256i column = _mm256_add_epi32(choice, _mm256_set1_epi32((int)k));
  return _mm256_blendv_ps(_mm256_permutevar8x32_ps(rows.first, column),
                          _mm256_permutevar8x32_ps(rows.second, column),
                          _mm256_castsi256_ps(choice));
}

#endif
#else
#define VF_HAS_PICK 0
#endif
#endif
