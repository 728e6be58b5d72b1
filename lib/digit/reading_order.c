#include "digit/reading_order.h"

#include <stdlib.h>

/* --- lines ------------------------------------------------------------------------------------ */

/* Of a candidate without a line yet. */
#define NO_LINE UINT32_MAX

static uint32_t middle_row(const mcnn_candidate *candidate) {
  return candidate->box.top + mcnn_box_height(&candidate->box) / 2;
}

/* Side by side by more than half of the lower one, and no further apart than a few digits. */
static int shares_line(const mcnn_candidate *a, const mcnn_candidate *b, uint32_t text_height) {
  const int64_t rows = mcnn_box_overlap(a->box.top, a->box.bottom, b->box.top, b->box.bottom);
  const uint32_t a_height = mcnn_box_height(&a->box), b_height = mcnn_box_height(&b->box);
  const uint32_t lower = a_height < b_height ? a_height : b_height;

  return 2 * rows > lower && mcnn_box_gap(&a->box, &b->box) <= 6 * text_height;
}

static uint32_t highest_without_line(const mcnn_candidates *candidates) {
  uint32_t best = MCNN_NO_CANDIDATE;

  for (uint32_t i = 0; i < candidates->count; i++)
    if (candidates->items[i].line == NO_LINE &&
        (best == MCNN_NO_CANDIDATE ||
         middle_row(&candidates->items[i]) < middle_row(&candidates->items[best])))
      best = i;
  return best;
}

/* Goes on from neighbour to neighbour, so that a slanting line stays one. */
static void fill_line(mcnn_candidates *candidates, uint32_t line) {
  for (int changed = 1; changed;) {
    changed = 0;
    for (uint32_t i = 0; i < candidates->count; i++) {
      for (uint32_t j = 0; candidates->items[i].line == line && j < candidates->count; j++) {
        if (candidates->items[j].line == NO_LINE &&
            shares_line(&candidates->items[i], &candidates->items[j], candidates->text_height)) {
          candidates->items[j].line = line;
          changed = 1;
        }
      }
    }
  }
}

/* The highest candidate that has no line yet begins the next. */
static void find_lines(mcnn_candidates *candidates) {
  uint32_t line = 0;

  for (uint32_t i = 0; i < candidates->count; i++)
    candidates->items[i].line = NO_LINE;
  for (uint32_t first = highest_without_line(candidates); first != MCNN_NO_CANDIDATE; line++) {
    candidates->items[first].line = line;
    fill_line(candidates, line);
    first = highest_without_line(candidates);
  }
}

/* --- sorting ---------------------------------------------------------------------------------- */

typedef struct entry {
  mcnn_candidate candidate;
  uint32_t index; /* before sorting */
} entry;

static int by_reading_order(const void *left, const void *right) {
  const mcnn_candidate *const a = &((const entry *)left)->candidate;
  const mcnn_candidate *const b = &((const entry *)right)->candidate;

  if (a->line != b->line)
    return a->line < b->line ? -1 : 1;
  if (a->box.left != b->box.left)
    return a->box.left < b->box.left ? -1 : 1;
  return a->box.top < b->box.top ? -1 : a->box.top > b->box.top;
}

/* positions: [count], scratch. */
static void sort(mcnn_candidates *candidates, mcnn_components *components, entry *entries,
                 uint32_t *positions) {
  for (uint32_t i = 0; i < candidates->count; i++)
    entries[i] = (entry){candidates->items[i], i};
  qsort(entries, candidates->count, sizeof *entries, by_reading_order);
  for (uint32_t i = 0; i < candidates->count; i++) {
    candidates->items[i] = entries[i].candidate;
    positions[entries[i].index] = i;
  }
  for (uint32_t i = 0; i < components->count; i++) {
    uint32_t *const candidate = &components->items[i].candidate;
    *candidate = *candidate == MCNN_NO_CANDIDATE ? MCNN_NO_CANDIDATE : positions[*candidate];
  }
}

mnistcnn_status mcnn_reading_order(mcnn_candidates *candidates, mcnn_components *components,
                                   const mcnn_alloc *alloc) {
  entry *const entries = mcnn_alloc_array(alloc, candidates->count, sizeof *entries);
  uint32_t *const positions = mcnn_alloc_array(alloc, candidates->count, sizeof *positions);

  if (entries && positions) {
    find_lines(candidates);
    sort(candidates, components, entries, positions);
  }
  const int done = entries && positions;
  mcnn_free(alloc, positions);
  mcnn_free(alloc, entries);
  return done ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}
