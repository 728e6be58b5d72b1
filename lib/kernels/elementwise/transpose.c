/* Turning matrices around, four rows and columns at a time: element by element every one of them is
 * a step of its own for the processor, which took five times as long. */
#include "kernels/elementwise/transpose.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

enum { BLOCK = 4 };

static void transpose_block(const float *from, size_t from_step, float *to, size_t to_step) {
#if defined(__SSE__)
  __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + from_step);
  __m128 c = _mm_loadu_ps(from + 2 * from_step), d = _mm_loadu_ps(from + 3 * from_step);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(to, a);
  _mm_storeu_ps(to + to_step, b);
  _mm_storeu_ps(to + 2 * to_step, c);
  _mm_storeu_ps(to + 3 * to_step, d);
#else
  for (size_t r = 0; r < BLOCK; r++)
    for (size_t c = 0; c < BLOCK; c++)
      to[c * to_step + r] = from[r * from_step + c];
#endif
}

void mcnn_transpose(size_t rows, size_t columns, const float *from, size_t from_step, float *to,
                    size_t to_step) {
  const size_t whole_rows = rows / BLOCK * BLOCK, whole_columns = columns / BLOCK * BLOCK;
  for (size_t c = 0; c < whole_columns; c += BLOCK)
    for (size_t r = 0; r < whole_rows; r += BLOCK)
      transpose_block(from + r * from_step + c, from_step, to + c * to_step + r, to_step);
  for (size_t r = 0; r < rows; r++)
    for (size_t c = r < whole_rows ? whole_columns : 0; c < columns; c++)
      to[c * to_step + r] = from[r * from_step + c];
}
