/* The warp of bilinear.c, eight pixels at a time: the same bytes, since nothing is contracted
 * and every pixel goes through the same operations. */

/* The coordinates along one axis: start + step c, at most end. */
typedef struct warp_line {
  __m256 start, step, end;
} warp_line;

VF_INLINE warp_line warp_line_of(double step, uint32_t side) {
  return (warp_line){_mm256_setzero_ps(), _mm256_set1_ps((float)step),
                     _mm256_set1_ps((float)side + 1.0f)};
}

/* One pixel further, since the padded image begins one pixel earlier. */
VF_INLINE __m256 warp_start(double start) {
  return _mm256_set1_ps((float)(start + 1.0));
}

VF_INLINE __m256 warp_coordinate(const warp_line *line, __m256 c, __m256 displaced) {
  const __m256 straight = _mm256_add_ps(line->start, _mm256_mul_ps(line->step, c));
  /* A NaN becomes 0: the second operand wins. */
  const __m256 raised = _mm256_max_ps(_mm256_add_ps(straight, displaced), _mm256_setzero_ps());
  return _mm256_min_ps(raised, line->end);
}

/* Whole pixels, and the rest. */
VF_INLINE __m256 warp_split(__m256 coordinate, __m256i *whole) {
  *whole = _mm256_cvttps_epi32(coordinate);
  return _mm256_sub_ps(coordinate, _mm256_cvtepi32_ps(*whole));
}

/* Two neighbouring floats at each of two places. */
VF_INLINE __m128 warp_two_pairs(const float *a, const float *b) {
  const __m128 first = _mm_castsi128_ps(_mm_loadl_epi64((const void *)a));
  return _mm_loadh_pi(first, (const __m64 *)(const void *)b);
}

/* Between the left and the right neighbours of eight pixels. */
VF_INLINE __m256 warp_between(const float *image, const int32_t *offset, __m256 right) {
  const __m256 outer = _mm256_insertf128_ps(
      _mm256_castps128_ps256(warp_two_pairs(image + offset[0], image + offset[1])),
      warp_two_pairs(image + offset[4], image + offset[5]), 1);
  const __m256 inner = _mm256_insertf128_ps(
      _mm256_castps128_ps256(warp_two_pairs(image + offset[2], image + offset[3])),
      warp_two_pairs(image + offset[6], image + offset[7]), 1);
  const __m256 here = _mm256_shuffle_ps(outer, inner, 0x88);
  const __m256 next = _mm256_shuffle_ps(outer, inner, 0xdd);
  return _mm256_add_ps(here, _mm256_mul_ps(right, _mm256_sub_ps(next, here)));
}

/* What is known before the first pixel; the starts of row after row are nonzero in. */
typedef struct warp_row {
  warp_line rows, columns;
  __m256 amount, scale, shift;
  __m256i stride;
} warp_row;

VF_INLINE void warp_find(const warp_row *row, const float *rows, const float *columns, __m256 c,
                         mcnn_warp_pixels *p) {
  const __m256 down_field = _mm256_mul_ps(row->amount, _mm256_loadu_ps(rows));
  const __m256 right_field = _mm256_mul_ps(row->amount, _mm256_loadu_ps(columns));
  __m256i ri, si;
  _mm256_storeu_ps(p->down, warp_split(warp_coordinate(&row->rows, c, down_field), &ri));
  _mm256_storeu_ps(p->right, warp_split(warp_coordinate(&row->columns, c, right_field), &si));
  void *const offset = p->offset;
  _mm256_storeu_si256(offset, _mm256_add_epi32(_mm256_mullo_epi32(ri, row->stride), si));
}

VF_INLINE __m256 warp_gray(const warp_row *row, const float *upper, const float *lower,
                           const mcnn_warp_pixels *p) {
  const __m256 right = _mm256_loadu_ps(p->right), down = _mm256_loadu_ps(p->down);
  const __m256 above = warp_between(upper, p->offset, right);
  const __m256 below = warp_between(lower, p->offset, right);
  const __m256 value = _mm256_add_ps(above, _mm256_mul_ps(down, _mm256_sub_ps(below, above)));
  return _mm256_add_ps(_mm256_mul_ps(value, row->scale), row->shift);
}

/* The first n of eight pixels. */
VF_INLINE void warp_store(float *target, __m256 pixels, size_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  if (n == MCNN_WARP_PIXELS)
    _mm256_storeu_ps(target, pixels);
  else
    _mm256_maskstore_ps(target, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane), pixels);
}

VF_INLINE void warp_one_row(const mcnn_warp *w, const warp_row *row, const float *rows,
                            const float *columns, const mcnn_warp_source *source, float *target) {
  const size_t width = w->width, stride = width + MCNN_WARP_BORDER, channels = source->channels;
  const float *const padded = source->padded;
  __m256 c = _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7);
  for (size_t at = 0; at < width; at += MCNN_WARP_PIXELS) {
    const size_t n = mcnn_min(width - at, MCNN_WARP_PIXELS);
    mcnn_warp_pixels pixels;
    warp_find(row, rows + at, columns + at, c, &pixels);
    if (channels == 1)
      warp_store(target + at, warp_gray(row, padded, padded + stride, &pixels), n);
    else
      mcnn_warp_fetch(w, source, &pixels, n, target + at * channels);
    c = _mm256_add_ps(c, _mm256_set1_ps(MCNN_WARP_PIXELS));
  }
}

void mcnn_warp_smooth_avx2(const mcnn_warp *w, size_t rows, const mcnn_warp_field *field,
                           const mcnn_warp_source *source, float *target) {
  const size_t target_row = w->width * source->channels;
  warp_row row = {.rows = warp_line_of(w->row_step, w->height),
                  .columns = warp_line_of(w->column_step, w->width),
                  .amount = _mm256_set1_ps(field->amount),
                  .scale = _mm256_set1_ps(source->scale),
                  .shift = _mm256_set1_ps(source->shift),
                  .stride = _mm256_set1_epi32((int)(w->width + MCNN_WARP_BORDER))};
  for (size_t r = 0; r < rows; r++, w++) {
    row.rows.start = warp_start(w->row_start);
    row.columns.start = warp_start(w->column_start);
    warp_one_row(w, &row, field->rows + r * field->step, field->columns + r * field->step, source,
                 target + r * target_row);
  }
}
