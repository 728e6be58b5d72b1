#include "draw/random.h"

#include "draw/exact.h"

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): its increment and its output function. */
static const uint64_t golden_gamma = 0x9e3779b97f4a7c15u;

static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

struct draw_random draw_random_stream(uint64_t seed, uint64_t digit, uint64_t index) {
  uint64_t state = mix(seed + golden_gamma);
  state = mix(state + golden_gamma * (digit + 1));
  state = mix(state + golden_gamma * (index + 1));
  return (struct draw_random){.state = state};
}

uint64_t draw_random_u64(struct draw_random *random) {
  random->state += golden_gamma;
  return mix(random->state);
}

uint32_t draw_random_below(struct draw_random *random, uint32_t bound) {
  return (uint32_t)(((draw_random_u64(random) >> 32) * bound) >> 32);
}

/* Uniform in [0, 1), a multiple of 2^-24: every value is exact in a float. */
static float uniform(struct draw_random *random) {
  return (float)(draw_random_u64(random) >> 40) * 0x1p-24f;
}

float draw_random_range(struct draw_random *random, float low, float high) {
  return low + (high - low) * uniform(random);
}

/* The standardised sum of four uniform 16-bit numbers: no logarithm or cosine is needed, whose last
 * bits differ between C libraries. */
float draw_random_bell(struct draw_random *random, float deviation) {
  const uint64_t bits = draw_random_u64(random);
  const uint32_t sum = (uint32_t)(bits & 0xffff) + (uint32_t)((bits >> 16) & 0xffff) +
                       (uint32_t)((bits >> 32) & 0xffff) + (uint32_t)(bits >> 48);
  const float centred = (float)sum - 131070.0f; /* 4 * 65535 / 2 */
  const float per_deviation = 1.0f / 37837.22f; /* 65536 * sqrt(4 / 12) */
  return centred * per_deviation * deviation;
}

int draw_random_chance(struct draw_random *random, float probability) {
  return uniform(random) < probability;
}
