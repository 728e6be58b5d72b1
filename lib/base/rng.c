#include "base/rng.h"

#include "base/elementary.h"

#include <assert.h>
#include <math.h>

#define NUMBERS_PER_BLOCK 4u

static const float pi = 3.14159265358979323846f;

void mcnn_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];

  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * x0;
    const uint64_t p1 = (uint64_t)0xCD9E8D57u * x2;
    x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
    x1 = (uint32_t)p1;
    x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
    x3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

mcnn_rng mcnn_rng_stream(uint64_t seed, mcnn_rng_purpose purpose, uint64_t a, uint64_t b) {
  const mcnn_rng rng = {
      .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
      .counter = {0, (uint32_t)purpose, (uint32_t)a, (uint32_t)b},
      .used = NUMBERS_PER_BLOCK,
  };
  return rng;
}

uint32_t mcnn_rng_u32(mcnn_rng *rng) {
  if (rng->used == NUMBERS_PER_BLOCK) {
    mcnn_philox(rng->counter, rng->key, rng->block);
    rng->counter[0]++;
    rng->used = 0;
  }
  return rng->block[rng->used++];
}

void mcnn_philox_blocks(const uint32_t counter[4], const uint32_t key[2], size_t blocks,
                        uint32_t *out) {
  uint32_t next[4] = {counter[0], counter[1], counter[2], counter[3]};

  for (size_t i = 0; i < blocks; i++, next[0]++)
    mcnn_philox(next, key, out + NUMBERS_PER_BLOCK * i);
}

void mcnn_rng_fill(mcnn_rng *rng, mcnn_philox_fn fill_blocks, uint32_t *numbers, size_t count) {
  size_t done = 0;

  while (done < count && rng->used < NUMBERS_PER_BLOCK)
    numbers[done++] = mcnn_rng_u32(rng);
  const size_t blocks = (count - done) / NUMBERS_PER_BLOCK;
  fill_blocks(rng->counter, rng->key, blocks, numbers + done);
  rng->counter[0] += (uint32_t)blocks;
  done += blocks * NUMBERS_PER_BLOCK;
  while (done < count)
    numbers[done++] = mcnn_rng_u32(rng);
}

float mcnn_rng_uniform(mcnn_rng *rng) {
  return (float)(mcnn_rng_u32(rng) >> 8) * 0x1p-24f;
}

float mcnn_rng_range(mcnn_rng *rng, float low, float high) {
  const float value = low + (high - low) * mcnn_rng_uniform(rng);

  /* Rounding may reach the excluded end. */
  return value < high ? value : low;
}

uint32_t mcnn_rng_below(mcnn_rng *rng, uint32_t bound) {
  /* Lemire, "Fast Random Integer Generation in an Interval", 2019: of the 2^32 numbers, the first
   * 2^32 mod bound of each product's low half would be one too many. */
  const uint32_t excess = (0u - bound) % bound;
  uint64_t product;

  assert(bound > 0);
  do {
    product = (uint64_t)mcnn_rng_u32(rng) * bound;
  } while ((uint32_t)product < excess);
  return (uint32_t)(product >> 32);
}

float mcnn_rng_normal(mcnn_rng *rng) {
  const float radius_draw = 1.0f - mcnn_rng_uniform(rng); /* in (0, 1]: its logarithm is finite */
  const float angle_draw = mcnn_rng_uniform(rng);

  const float radius = sqrtf(-2.0f * (float)mcnn_log((double)radius_draw));

  return radius * (float)mcnn_cos((double)(2.0f * pi * angle_draw));
}

void mcnn_rng_permutation(mcnn_rng *rng, uint32_t *order, size_t count) {
  assert(count <= UINT32_MAX);
  for (size_t i = 0; i < count; i++)
    order[i] = (uint32_t)i;
  for (size_t i = count; i > 1; i--) {
    const uint32_t j = mcnn_rng_below(rng, (uint32_t)i);
    const uint32_t last = order[i - 1];
    order[i - 1] = order[j];
    order[j] = last;
  }
}
