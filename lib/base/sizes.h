/* Small arithmetic with sizes. */
#ifndef MCNN_BASE_SIZES_H
#define MCNN_BASE_SIZES_H

#include <stddef.h>

static inline size_t mcnn_min(size_t a, size_t b) {
  return a < b ? a : b;
}

static inline size_t mcnn_max(size_t a, size_t b) {
  return a > b ? a : b;
}

/* How many blocks of `size` hold `count`. */
static inline size_t mcnn_ceil_div(size_t count, size_t size) {
  return (count + size - 1) / size;
}

/* Floats rounded up to a multiple of a cache line, so that what follows stays aligned. */
static inline size_t mcnn_round_up_cache_line(size_t floats) {
  return (floats + 15) / 16 * 16;
}

#endif
