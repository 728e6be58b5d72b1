/* What the tests of the dense kernels share: every available instruction set in turn, arrays
 * between red zones, repeatable random numbers. */
#ifndef MCNN_TESTS_DENSE_SUPPORT_H
#define MCNN_TESTS_DENSE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernels/kernels.h"

#define RED_ZONE ((size_t)64)

/* `data` points at n floats with RED_ZONE floats of a known pattern on either side. */
typedef struct guarded {
  float *block, *data;
  size_t n;
} guarded;

guarded guarded_create(size_t n);
/* Random values in [-1, 1). */
guarded guarded_random(size_t n, uint32_t seed);
guarded guarded_copy(const guarded *from);
/* Fails the test where a red zone was written to. */
void guarded_check(const guarded *g);
void guarded_free(guarded *g);

/* The next of a fixed sequence in [-1, 1). */
float random_float(uint32_t *state);

/* |a - b| <= tolerance (1 + |b|) for all elements, NaN equal to NaN. */
void assert_close(size_t n, const float *a, const float *b, double tolerance);
void assert_same_bytes(size_t n, const float *a, const float *b);

/* Calls test() with the table of each available instruction set. */
void for_each_isa(void (*test)(const mcnn_kernels *kernels));

#endif
