/* Matrices turned around against the definition, of every small size, with room between the rows.
 */
#include "dense_support.h"

#include "kernels/elementwise/transpose.h"

enum { MOST = 9, STEP = 11 };

static void check(size_t rows, size_t columns) {
  float from[MOST * STEP], to[MOST * STEP];
  for (size_t i = 0; i < MOST * STEP; i++) {
    from[i] = (float)i;
    to[i] = -1.0f;
  }
  mcnn_transpose(rows, columns, from, STEP, to, STEP);
  for (size_t c = 0; c < MOST; c++) {
    for (size_t r = 0; r < STEP; r++) {
      const float expected = c < columns && r < rows ? from[r * STEP + c] : -1.0f;
      assert_float_equal(to[c * STEP + r], expected, 0);
    }
  }
}

static void turns_matrices_of_any_size_and_writes_nothing_else(void **state) {
  (void)state;
  for (size_t rows = 0; rows <= MOST; rows++)
    for (size_t columns = 0; columns <= MOST; columns++)
      check(rows, columns);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(turns_matrices_of_any_size_and_writes_nothing_else),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
