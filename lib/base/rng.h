/* Random numbers from a counter (Philox4x32-10, Salmon et al., SC 2011): the n-th number of a
 * stream is a function of (seed, purpose, a, b, n) alone, so it does not matter which thread asks,
 * in what order, or after what. */
#ifndef MCNN_BASE_RNG_H
#define MCNN_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* What the numbers are for; part of the counter, so purposes never share numbers.
 * The values are part of "same seed, same bytes": append only. */
typedef enum mcnn_rng_purpose {
  MCNN_RNG_INIT = 1,    /* a: tensor index */
  MCNN_RNG_SHUFFLE = 2, /* a: epoch */
  MCNN_RNG_AUGMENT = 3, /* a: epoch, b: sample */
  MCNN_RNG_DROPOUT = 4, /* a: step, b: sample in batch; the layer is mixed into the seed */
  MCNN_RNG_SPLIT = 5,   /* a: class */
  MCNN_RNG_TEST = 6
} mcnn_rng_purpose;

typedef struct mcnn_rng {
  uint32_t key[2];
  uint32_t counter[4];
  uint32_t block[4];
  uint32_t used; /* numbers of the block already handed out */
} mcnn_rng;

/* The stream (seed, purpose, a, b). a < 2^32, b < 2^32 - both are taken modulo that. */
mcnn_rng mcnn_rng_stream(uint64_t seed, mcnn_rng_purpose purpose, uint64_t a, uint64_t b);

/* One block of Philox4x32-10. */
void mcnn_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Blocks of it, out[blocks][4]: the counter's, then those of counters whose first word is larger by
 * 1, 2 and so on. */
typedef void (*mcnn_philox_fn)(const uint32_t counter[4], const uint32_t key[2], size_t blocks,
                               uint32_t *out);
void mcnn_philox_blocks(const uint32_t counter[4], const uint32_t key[2], size_t blocks,
                        uint32_t *out);

uint32_t mcnn_rng_u32(mcnn_rng *rng);
/* The next `count` numbers of mcnn_rng_u32(), faster where they are many and `fill_blocks` is. */
void mcnn_rng_fill(mcnn_rng *rng, mcnn_philox_fn fill_blocks, uint32_t *numbers, size_t count);
/* Uniform in [0, 1), a multiple of 2^-24. */
float mcnn_rng_uniform(mcnn_rng *rng);
/* Uniform in [low, high). */
float mcnn_rng_range(mcnn_rng *rng, float low, float high);
/* Uniform integer in [0, bound), bound >= 1, without bias. */
uint32_t mcnn_rng_below(mcnn_rng *rng, uint32_t bound);
/* Standard normal (Box-Muller, one number per call). */
float mcnn_rng_normal(mcnn_rng *rng);
/* A uniformly random order of 0..count-1 (Fisher-Yates). */
void mcnn_rng_permutation(mcnn_rng *rng, uint32_t *order, size_t count);

#endif
