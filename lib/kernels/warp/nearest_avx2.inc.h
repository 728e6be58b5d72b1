/* The warp to the nearest pixels of warp.c, four pixels at a time: the same offsets, since every
 * coordinate goes through the same operations in double precision. */

typedef struct nearest_line {
  __m256d start, step, last;
} nearest_line;

VF_INLINE nearest_line nearest_line_of(double start, double step, uint32_t side) {
  return (nearest_line){_mm256_set1_pd(start), _mm256_set1_pd(step),
                        _mm256_set1_pd((double)side - 1)};
}

VF_INLINE __m128i nearest_pixels(const nearest_line *line, __m256d c) {
  const __m256d straight = _mm256_add_pd(line->start, _mm256_mul_pd(line->step, c));
  /* A NaN becomes 0: the second operand wins. */
  const __m256d raised = _mm256_max_pd(straight, _mm256_setzero_pd());
  const __m256d inside = _mm256_min_pd(raised, line->last);
  return _mm256_cvttpd_epi32(_mm256_add_pd(inside, _mm256_set1_pd(0.5)));
}

void mcnn_warp_nearest_avx2(const mcnn_warp *w, int32_t *offset) {
  const nearest_line rows = nearest_line_of(w->row_start, w->row_step, w->height);
  const nearest_line columns = nearest_line_of(w->column_start, w->column_step, w->width);
  const __m128i width = _mm_set1_epi32((int32_t)w->width);
  __m256d c = _mm256_setr_pd(0, 1, 2, 3);
  for (size_t at = 0; at < w->width; at += 4) {
    const __m128i begin = _mm_mullo_epi32(nearest_pixels(&rows, c), width);
    void *const to = offset + at;
    _mm_storeu_si128(to, _mm_add_epi32(begin, nearest_pixels(&columns, c)));
    c = _mm256_add_pd(c, _mm256_set1_pd(4));
  }
}
