/* What something will take, told before anything of it is allocated. */
#ifndef MCNN_BASE_COST_H
#define MCNN_BASE_COST_H

#include <stdint.h>

typedef struct mcnn_cost {
  uint64_t bytes; /* of memory, as asked of the caller's allocator */
  uint64_t macs;  /* multiply-adds */
} mcnn_cost;

/* a + b and a * b; UINT64_MAX where they would be more. */
static inline uint64_t mcnn_saturating_add(uint64_t a, uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline uint64_t mcnn_saturating_mul(uint64_t a, uint64_t b) {
  return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

#endif
