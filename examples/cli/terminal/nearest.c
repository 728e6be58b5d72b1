#include "terminal/nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Longer names are not compared. */
enum { MAX_NAME = 64 };

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

/* The optimal string alignment distance: insertions, deletions, substitutions and transpositions of
 * neighbours; upper and lower case are the same. Both lengths are at most MAX_NAME. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
  size_t rows[3][MAX_NAME + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2];

  for (size_t j = 0; j <= b_length; j++)
    row[j] = before[j] = j;
  for (size_t i = 1; i <= a_length; i++) {
    size_t *const free_row = before;
    before = above;
    above = row;
    row = free_row;
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
      const size_t changed = lower(a[i - 1]) != lower(b[j - 1]);
      row[j] = smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + changed);
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = smaller(row[j], before[j - 2] + 1);
    }
  }
  return row[b_length];
}

/* Whether `name` is a longer form of `given`, as "evaluate" of "eval". */
static bool begins_so(const nearest *n, const char *name, size_t length) {
  if (n->length < 3 || n->length > length)
    return false;
  for (size_t i = 0; i < n->length; i++)
    if (lower(n->given[i]) != lower(name[i]))
      return false;
  return true;
}

/* One mistake in every three characters is still near. */
static size_t largest_distance(size_t length) {
  return length < 2 || length > MAX_NAME ? 0 : length < 6 ? 1 : length / 3;
}

nearest nearest_to(const char *given, size_t length) {
  return (nearest){given, length, largest_distance(length) + 1, NULL};
}

void nearest_offer(nearest *n, const char *name) {
  const size_t length = strlen(name);

  if (n->length > MAX_NAME || length > MAX_NAME || length == 0)
    return;
  const size_t away = begins_so(n, name, length) ? 0 : distance(n->given, n->length, name, length);
  if (away < n->distance) {
    n->distance = away;
    n->name = name;
  }
}

const char *nearest_question(const nearest *n, const char *prefix, char text[NEAREST_CAPACITY]) {
  text[0] = '\0';
  if (n->name)
    snprintf(text, NEAREST_CAPACITY, "; did you mean %s%s?", prefix, n->name);
  return text;
}
