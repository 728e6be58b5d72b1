/* The conditions of the table in docs/digits.md. */
#ifndef TEST_DIGIT_CONDITIONS_H
#define TEST_DIGIT_CONDITIONS_H

#include "scene.h"

#include <stddef.h>

typedef struct condition {
  const char *name;
  scene (*make)(uint64_t seed); /* varies within the condition by seed */
} condition;

extern const condition conditions[];
extern const size_t num_conditions;

#endif
