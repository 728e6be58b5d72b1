/* Philox4x32-10 (base/rng.c), four blocks at a time: each lane of 64 bits holds a word of one of
 * them in its lower half, which is all that a multiplication looks at. */
#include "base/rng.h"

#define PHILOX_BLOCKS ((size_t)4)

typedef struct philox_words {
  __m256i x[4];
} philox_words;

VF_INLINE __m256i philox_mix(__m256i product, __m256i word, uint32_t key) {
  const __m256i keyed = _mm256_xor_si256(word, _mm256_set1_epi64x(key));
  return _mm256_xor_si256(_mm256_srli_epi64(product, 32), keyed);
}

VF_INLINE philox_words philox_rounds(philox_words w, uint32_t k0, uint32_t k1) {
  const __m256i m0 = _mm256_set1_epi64x(0xD2511F53), m1 = _mm256_set1_epi64x(0xCD9E8D57);
  VF_LOOP (round, 10) {
    const __m256i p0 = _mm256_mul_epu32(m0, w.x[0]), p1 = _mm256_mul_epu32(m1, w.x[2]);
    w = (philox_words){{philox_mix(p1, w.x[1], k0), p1, philox_mix(p0, w.x[3], k1), p0}};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return w;
}

/* Word after word of each block. */
VF_INLINE void philox_store(const philox_words *w, uint32_t *out) {
  const __m256i low = _mm256_blend_epi32(w->x[0], _mm256_slli_epi64(w->x[1], 32), 0xAA);
  const __m256i high = _mm256_blend_epi32(w->x[2], _mm256_slli_epi64(w->x[3], 32), 0xAA);
  const __m256i even = _mm256_unpacklo_epi64(low, high), odd = _mm256_unpackhi_epi64(low, high);
  void *const first = out, *const second = out + 8;
  _mm256_storeu_si256(first, _mm256_permute2x128_si256(even, odd, 0x20));
  _mm256_storeu_si256(second, _mm256_permute2x128_si256(even, odd, 0x31));
}

void mcnn_philox_avx2(const uint32_t counter[4], const uint32_t key[2], size_t blocks,
                      uint32_t *out) {
  uint32_t next[4] = {counter[0], counter[1], counter[2], counter[3]};
  for (; blocks >= PHILOX_BLOCKS; blocks -= PHILOX_BLOCKS, out += 4 * PHILOX_BLOCKS) {
    const philox_words start = {
        {_mm256_add_epi32(_mm256_set1_epi64x(next[0]), _mm256_setr_epi64x(0, 1, 2, 3)),
         _mm256_set1_epi64x(next[1]), _mm256_set1_epi64x(next[2]), _mm256_set1_epi64x(next[3])}};
    const philox_words w = philox_rounds(start, key[0], key[1]);
    philox_store(&w, out);
    next[0] += PHILOX_BLOCKS;
  }
  mcnn_philox_blocks(next, key, blocks, out);
}
