/* Lines are what runs thin and nearly straight from border to border: found by dynamic programming,
 * from either border to every pixel. */
#include "digit/lines.h"

#include <string.h>

/* The best path from one border to a pixel. It may rise or fall by one pixel after every few steps,
 * and cross gaps. A steeper one would leave the line for a stroke. */
typedef struct path {
  uint16_t covered;   /* steps on ink */
  uint16_t on_stroke; /* of these on thick ink: a stroke that crosses the line */
  uint16_t length;
  uint16_t gap;  /* steps since the last one on ink */
  uint16_t flat; /* steps since it last rose or fell */
} path;

/* One pixel in five steps, a slope of 11 degrees. Chosen by trying, with lines tilted by up to 3
 * degrees (tests/digits): a path that may turn sooner leaves the line for a stroke. */
enum { FLAT_STEPS = 4 };

enum { PAPER, THIN, THICK };

/* The picture with lines along x; for those along y it is transposed. */
typedef struct view {
  const uint8_t *ink;
  uint32_t along, across; /* sizes */
  size_t along_stride, across_stride;
  uint32_t level; /* ink is above it */
  uint32_t thickest, longest_gap;
  uint8_t *kind;         /* [along][across] of the run across that the pixel is in */
  path *paths[2];        /* [across] of this step and of the one before */
  uint16_t *coverage[2]; /* [along][across] steps on ink of the path from either border */
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

/* Few of the steps of a path may be off the ink (specks do not make a line), and not most of them
 * on strokes. */
static int is_alive(const path *c, const view *v) {
  return c->gap <= v->longest_gap && 4u * c->covered + v->longest_gap >= 3u * c->length &&
         2u * c->on_stroke <= v->along;
}

static int is_better(const path *a, const path *b) {
  return a->covered > b->covered || (a->covered == b->covered && a->gap < b->gap);
}

static path step_from(const path *before, uint32_t j, uint32_t across, uint8_t kind) {
  const uint32_t first = j > 0 ? j - 1 : 0, last = j + 1 < across ? j + 1 : j;
  path best = before[j];

  best.flat++;
  for (uint32_t k = first; k <= last; k++) {
    if (k != j && before[k].flat >= FLAT_STEPS && is_better(&before[k], &best)) {
      best = before[k];
      best.flat = 0;
    }
  }
  best.length++;
  best.covered = (uint16_t)(best.covered + (kind != PAPER ? 1 : 0));
  best.on_stroke = (uint16_t)(best.on_stroke + (kind == THICK ? 1 : 0));
  best.gap = kind != PAPER ? 0 : (uint16_t)(best.gap + 1);
  return best;
}

/* From one border to the other; side 1 goes backwards. */
static void trace_paths(const view *v, int side) {
  memset(v->paths[0], 0, v->across * sizeof(path));
  for (uint32_t step = 0; step < v->along; step++) {
    const uint32_t i = side == 0 ? step : v->along - 1 - step;
    const path *const before = v->paths[step % 2];
    path *const now = v->paths[1 - step % 2];
    for (uint32_t j = 0; j < v->across; j++) {
      const size_t at = (size_t)i * v->across + j;
      path c = step_from(before, j, v->across, v->kind[at]);
      if (!is_alive(&c, v)) {
        /* Started again, a path counts as uncovered from the border on. */
        c = (path){.length = (uint16_t)(step + 1), .flat = FLAT_STEPS};
      }
      now[j] = c;
      v->coverage[side][at] = c.covered;
    }
  }
}

/* A thin run is of a line where the paths through it are on ink for 85 % of the way from border to
 * border. Chosen on ruled and graph paper (tests/digits), by trying: strokes that cross a line, and
 * gaps in its print, leave some 10 % out. */
static void clear_lines(const view *v, uint8_t *ink) {
  for (uint32_t i = 0; i < v->along; i++) {
    for (uint32_t j = 0; j < v->across; j++) {
      const size_t at = (size_t)i * v->across + j;
      const uint32_t covered = (uint32_t)v->coverage[0][at] + v->coverage[1][at];
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
    v->paths[side] = mcnn_alloc_array(alloc, v->across, sizeof(path));
    v->coverage[side] = mcnn_alloc_array(alloc, count, sizeof(uint16_t));
  }
  if (v->kind && v->paths[0] && v->paths[1] && v->coverage[0] && v->coverage[1]) {
    for (uint32_t i = 0; i < v->along; i++)
      mark_runs(v, i);
    trace_paths(v, 0);
    trace_paths(v, 1);
    clear_lines(v, ink);
    status = MNISTCNN_OK;
  }
  for (int side = 0; side < 2; side++) {
    mcnn_free(alloc, v->coverage[side]);
    mcnn_free(alloc, v->paths[side]);
  }
  mcnn_free(alloc, v->kind);
  return status;
}

/* One direction after the other, on the same copy of what there was, so that the crossings of
 * graph paper do not break one kind of line while the other is removed. */
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

mnistcnn_status mcnn_lines_remove(mcnn_ink *ink, const mcnn_alloc *alloc) {
  const size_t count = mcnn_plane_count(&ink->plane);
  uint8_t *const before = ink->plane.pixels;

  /* In a small picture a line is as thick as a stroke; on grain lines cannot be told apart. */
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
