/* Random numbers for the drawing of digits: a stream that is a function of its key alone, made of
 * integer steps and exact float operations, so every machine draws the same digits. */
#ifndef CLI_DRAW_RANDOM_H
#define CLI_DRAW_RANDOM_H

#include <stdint.h>

struct draw_random {
  uint64_t state;
};

/* The stream of one image: streams of different (seed, digit, index) are unrelated. */
struct draw_random draw_random_stream(uint64_t seed, uint64_t digit, uint64_t index);

uint64_t draw_random_u64(struct draw_random *random);

/* Uniform integer in [0, bound), bound >= 1. */
uint32_t draw_random_below(struct draw_random *random, uint32_t bound);

/* Uniform in [low, high). */
float draw_random_range(struct draw_random *random, float low, float high);

/* Bell-shaped around 0 with the given standard deviation, never beyond 3.5 of them: a hand varies,
 * but has no outliers that would turn one digit into another. */
float draw_random_bell(struct draw_random *random, float deviation);

/* 1 with the given probability, else 0. */
int draw_random_chance(struct draw_random *random, float probability);

#endif
