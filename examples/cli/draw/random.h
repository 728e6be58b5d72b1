/* Random numbers for drawing digits. A stream is a function of its key only, computed with integers
 * and exact float operations, so all machines draw the same digits. */
#ifndef CLI_DRAW_RANDOM_H
#define CLI_DRAW_RANDOM_H

#include <stdint.h>

struct draw_random {
  uint64_t state;
};

/* The stream of one image; streams of different (seed, digit, index) are independent. */
struct draw_random draw_random_stream(uint64_t seed, uint64_t digit, uint64_t index);

uint64_t draw_random_u64(struct draw_random *random);

/* Uniform integer in [0, bound), bound >= 1. */
uint32_t draw_random_below(struct draw_random *random, uint32_t bound);

/* Uniform in [low, high). */
float draw_random_range(struct draw_random *random, float low, float high);

/* Bell-shaped around 0 with the given standard deviation, but at most 3.5 of them: outliers could
 * turn one digit into another. */
float draw_random_bell(struct draw_random *random, float deviation);

/* 1 with the given probability, else 0. */
int draw_random_chance(struct draw_random *random, float probability);

#endif
