/* What the tests of the kernels share: buffers of exact size, numbers, comparisons. */
#ifndef MCNN_TESTS_KERNEL_SUPPORT_H
#define MCNN_TESTS_KERNEL_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/kernels.h"

#define UNUSED __attribute__((unused))

/* Aligned as the kernels are promised, and not one byte longer than asked for, so that the address
 * sanitizer sees an access past the end. */
UNUSED static void *new_bytes(size_t size) {
  void *p = NULL;
  assert_int_equal(posix_memalign(&p, 64, size == 0 ? 1 : size), 0);
  memset(p, 0xA5, size);
  return p;
}

UNUSED static float *new_floats(size_t count) {
  return new_bytes(count * sizeof(float));
}

UNUSED static double *new_doubles(size_t count) {
  return new_bytes(count * sizeof(double));
}

/* A linear congruential generator: the tests need variety, not quality. */
typedef struct numbers {
  uint64_t state;
} numbers;

UNUSED static uint32_t next_number(numbers *r) {
  r->state = r->state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(r->state >> 33);
}

/* Uniform in [-1, 1). */
UNUSED static float next_float(numbers *r) {
  return (float)next_number(r) / 1073741824.0f - 1.0f;
}

UNUSED static void fill_uniform(numbers *r, size_t n, float *p) {
  for (size_t i = 0; i < n; ++i)
    p[i] = next_float(r);
}

/* Like the pixels of a drawing: runs of exact zeros with strokes between them. */
UNUSED static void fill_sparse(numbers *r, size_t n, float *p) {
  int stroke = 0;
  for (size_t i = 0; i < n; ++i) {
    if (next_number(r) % 8 == 0)
      stroke = !stroke;
    p[i] = stroke ? next_float(r) : 0.0f;
  }
}

UNUSED static double largest_magnitude(size_t n, const double *p) {
  double largest = 0;
  for (size_t i = 0; i < n; ++i) {
    const double magnitude = p[i] < 0 ? -p[i] : p[i];
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest;
}

/* Every element within `tolerance` times the largest expected one. */
UNUSED static void assert_close(size_t n, const float *actual, const double *expected,
                                double tolerance) {
  const double bound = tolerance * largest_magnitude(n, expected) + 1e-30;
  for (size_t i = 0; i < n; ++i) {
    const double error = (double)actual[i] - expected[i];
    if (!(error <= bound && error >= -bound)) {
      fail_msg("element %zu is %.9g, expected %.9g (bound %.3g)", i, (double)actual[i], expected[i],
               bound);
    }
  }
}

UNUSED static void assert_same_bytes(size_t n, const float *a, const float *b) {
  assert_memory_equal(a, b, n * sizeof *a);
}

/* Calls `test` with the table of every instruction set this machine has. */
UNUSED static void for_each_isa(void (*test)(const mcnn_kernels *kernels)) {
  for (int i = 0; i < (int)MCNN_ISA_COUNT; ++i) {
    if (mcnn_isa_available((mcnn_isa)i)) {
      const mcnn_kernels *kernels = mcnn_kernels_for((mcnn_isa)i);
      assert_int_equal((int)kernels->isa, i);
      test(kernels);
    }
  }
}

#endif
