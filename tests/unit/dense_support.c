#include "dense_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN 0x7fc5a5a5u /* a NaN: reading it shows in the results too */

static void fill_pattern(float *p, size_t n) {
  const uint32_t pattern = PATTERN;
  for (size_t i = 0; i < n; i++)
    memcpy(p + i, &pattern, sizeof pattern);
}

static void check_pattern(const float *p, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint32_t found;
    memcpy(&found, p + i, sizeof found);
    assert_int_equal(found, PATTERN);
  }
}

guarded guarded_create(size_t n) {
  guarded g = {malloc((n + 2 * RED_ZONE) * sizeof(float)), NULL, n};
  assert_non_null(g.block);
  fill_pattern(g.block, n + 2 * RED_ZONE);
  g.data = g.block + RED_ZONE;
  return g;
}

float random_float(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return (float)(*state >> 8) * (2.0f / 16777216.0f) - 1.0f;
}

guarded guarded_random(size_t n, uint32_t seed) {
  guarded g = guarded_create(n);
  for (size_t i = 0; i < n; i++)
    g.data[i] = random_float(&seed);
  return g;
}

guarded guarded_copy(const guarded *from) {
  guarded g = guarded_create(from->n);
  memcpy(g.data, from->data, from->n * sizeof *g.data);
  return g;
}

void guarded_check(const guarded *g) {
  check_pattern(g->block, RED_ZONE);
  check_pattern(g->data + g->n, RED_ZONE);
}

void guarded_free(guarded *g) {
  guarded_check(g);
  free(g->block);
  *g = (guarded){NULL, NULL, 0};
}

static int is_close(double a, double b, double tolerance) {
  if (isnan(a) || isnan(b))
    return isnan(a) && isnan(b);
  return a == b || fabs(a - b) <= tolerance * (1.0 + fabs(b));
}

void assert_close(size_t n, const float *a, const float *b, double tolerance) {
  for (size_t i = 0; i < n; i++)
    if (!is_close((double)a[i], (double)b[i], tolerance))
      fail_msg("element %zu of %zu: %.9g, expected %.9g", i, n, (double)a[i], (double)b[i]);
}

void assert_same_bytes(size_t n, const float *a, const float *b) {
  for (size_t i = 0; i < n; i++) {
    if (memcmp(a + i, b + i, sizeof *a) != 0) {
      fail_msg("element %zu of %zu: %.9g, expected the very same as %.9g", i, n, (double)a[i],
               (double)b[i]);
    }
  }
}

void for_each_isa(void (*test)(const mcnn_kernels *kernels)) {
  for (int isa = 0; isa < MCNN_ISA_COUNT; isa++) {
    if (!mcnn_isa_available((mcnn_isa)isa))
      continue;
    print_message("  %s\n", mcnn_isa_name((mcnn_isa)isa));
    test(mcnn_kernels_for((mcnn_isa)isa));
  }
}
