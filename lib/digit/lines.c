/* Ruled and squared paper: lines are what runs thin and nearly straight from border to border. */
#include "digit/ink.h"

#include <string.h>

/* What of a chain of steps from one border has been on ink; the chain may rise or fall by one pixel
 * after every few steps, and hop over gaps. A steeper one would leave the line for a stroke. */
typedef struct chain {
  uint16_t covered; /* steps on ink */
  uint16_t hidden;  /* of these on thick ink: a stroke that crosses the line */
  uint16_t length;
  uint16_t gap;  /* steps since the last one on ink */
  uint16_t flat; /* steps since it last rose or fell */
} chain;

enum { FLAT_STEPS = 4 };

enum { PAPER, THIN, THICK };

/* Looks along x; for lines along y the picture is looked at transposed. */
typedef struct view {
  const uint8_t *ink;
  uint32_t along, across; /* sizes */
  size_t along_stride, across_stride;
  uint32_t level; /* ink is above it */
  uint32_t thickest, longest_gap;
  uint8_t *kind;      /* [along][across] of the run across that the pixel is in */
  chain *chains[2];   /* [across] of this step and of the one before */
  uint16_t *reach[2]; /* [along][across] how much is covered on either side */
} view;

static int is_ink(const view *v, uint32_t i, uint32_t j) {
  return v->ink[i * v->along_stride + j * v->across_stride] > v->level;
}

static void mark_runs(const view *v, uint32_t i) {
  uint8_t *const kind = v->kind + (size_t)i * v->across;

  for (uint32_t j = 0; j < v->across;) {
    uint32_t end = j;
    while (end < v->across && is_ink(v, i, end))
      end++;
    memset(kind + j, end - j <= v->thickest ? THIN : THICK, end - j);
    if (end < v->across)
      kind[end] = PAPER;
    j = end + 1;
  }
}

/* Few of the steps of a chain may be off the ink (specks do not make a line), and not most of them
 * on strokes. */
static int is_alive(const chain *c, const view *v) {
  return c->gap <= v->longest_gap && 4u * c->covered + v->longest_gap >= 3u * c->length &&
         2u * c->hidden <= v->along;
}

static int is_better(const chain *a, const chain *b) {
  return a->covered > b->covered || (a->covered == b->covered && a->gap < b->gap);
}

static chain step_from(const chain *before, uint32_t j, uint32_t across, uint8_t kind) {
  const uint32_t first = j > 0 ? j - 1 : 0, last = j + 1 < across ? j + 1 : j;
  chain best = before[j];

  best.flat++;
  for (uint32_t k = first; k <= last; k++) {
    if (k != j && before[k].flat >= FLAT_STEPS && is_better(&before[k], &best)) {
      best = before[k];
      best.flat = 0;
    }
  }
  best.length++;
  best.covered = (uint16_t)(best.covered + (kind != PAPER ? 1 : 0));
  best.hidden = (uint16_t)(best.hidden + (kind == THICK ? 1 : 0));
  best.gap = kind != PAPER ? 0 : (uint16_t)(best.gap + 1);
  return best;
}

/* From one border to the other; side 1 goes backwards. */
static void follow_chains(const view *v, int side) {
  memset(v->chains[0], 0, v->across * sizeof(chain));
  for (uint32_t step = 0; step < v->along; step++) {
    const uint32_t i = side == 0 ? step : v->along - 1 - step;
    const chain *const before = v->chains[step % 2];
    chain *const now = v->chains[1 - step % 2];
    for (uint32_t j = 0; j < v->across; j++) {
      const size_t at = (size_t)i * v->across + j;
      chain c = step_from(before, j, v->across, v->kind[at]);
      if (!is_alive(&c, v)) {
        /* Begun anew, a chain counts as uncovered from the border on. */
        c = (chain){.length = (uint16_t)(step + 1), .flat = FLAT_STEPS};
      }
      now[j] = c;
      v->reach[side][at] = c.covered;
    }
  }
}

/* A thin run through which ink goes on nearly from border to border. */
static void erase_lines(const view *v, uint8_t *ink) {
  for (uint32_t i = 0; i < v->along; i++) {
    for (uint32_t j = 0; j < v->across; j++) {
      const size_t at = (size_t)i * v->across + j;
      const uint32_t covered = (uint32_t)v->reach[0][at] + v->reach[1][at];
      if (v->kind[at] == THIN && 100u * covered >= 85u * v->along) {
        ink[i * v->along_stride + j * v->across_stride] = 0;
        if (j > 0)
          ink[i * v->along_stride + (j - 1) * v->across_stride] /= 2;
        if (j + 1 < v->across)
          ink[i * v->along_stride + (j + 1) * v->across_stride] /= 2;
      }
    }
  }
}

static uint64_t count_above(const uint8_t *ink, size_t count, uint32_t level) {
  uint64_t above = 0;

  for (size_t i = 0; i < count; i++)
    above += ink[i] > level;
  return above;
}

static mnistcnn_status remove_along(view *v, uint8_t *ink, const mcnn_alloc *alloc) {
  const size_t count = (size_t)v->along * v->across;
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;

  v->kind = mcnn_alloc_array(alloc, count, 1);
  for (int side = 0; side < 2; side++) {
    v->chains[side] = mcnn_alloc_array(alloc, v->across, sizeof(chain));
    v->reach[side] = mcnn_alloc_array(alloc, count, sizeof(uint16_t));
  }
  if (v->kind && v->chains[0] && v->chains[1] && v->reach[0] && v->reach[1]) {
    for (uint32_t i = 0; i < v->along; i++)
      mark_runs(v, i);
    follow_chains(v, 0);
    follow_chains(v, 1);
    erase_lines(v, ink);
    status = MNISTCNN_OK;
  }
  for (int side = 0; side < 2; side++) {
    mcnn_free(alloc, v->reach[side]);
    mcnn_free(alloc, v->chains[side]);
  }
  mcnn_free(alloc, v->kind);
  return status;
}

/* One direction after the other, on the same copy of what there was, so that the crossings of
 * squared paper do not break one kind of line while the other is rubbed out. */
static mnistcnn_status remove_both(const mcnn_ink *ink, const uint8_t *before, uint8_t *after,
                                   const mcnn_alloc *alloc) {
  const uint32_t height = ink->plane.height, width = ink->plane.width;
  const uint32_t longest = height > width ? height : width;
  view rows = {.ink = before,
               .along = width,
               .across = height,
               .along_stride = 1,
               .across_stride = width,
               .level = ink->floor,
               .thickest = 2 + longest / 96,
               .longest_gap = 3 + longest / 24};
  view columns = rows;
  mnistcnn_status status = remove_along(&rows, after, alloc);

  columns.along = height;
  columns.across = width;
  columns.along_stride = width;
  columns.across_stride = 1;
  if (status == MNISTCNN_OK)
    status = remove_along(&columns, after, alloc);
  return status;
}

mnistcnn_status mcnn_ink_remove_lines(mcnn_ink *ink, const mcnn_alloc *alloc) {
  const size_t count = mcnn_plane_count(&ink->plane);
  uint8_t *const before = ink->plane.pixels;

  /* In a small picture a line is as thick as a stroke; on grain there is no telling lines. */
  const uint64_t inked = count_above(before, count, ink->floor);
  if (ink->plane.height < 48 || ink->plane.width < 48 || 2 * inked > count)
    return MNISTCNN_OK;
  uint8_t *const after = mcnn_alloc_array(alloc, count, 1);
  if (!after)
    return MNISTCNN_OUT_OF_MEMORY;
  memcpy(after, before, count);
  const mnistcnn_status status = remove_both(ink, before, after, alloc);
  /* Where nearly all of the ink would go, it was the digit itself: a 1 cut out tightly. */
  if (status == MNISTCNN_OK && 50 * count_above(after, count, ink->high) > inked) {
    ink->plane.pixels = after;
    mcnn_free(alloc, before);
    return MNISTCNN_OK;
  }
  mcnn_free(alloc, after);
  return status;
}
