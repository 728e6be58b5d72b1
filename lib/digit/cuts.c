#include "digit/cuts.h"

#include <assert.h>

/* In heights of the box: how far a cut may lean to either side, and how far apart the middles of
 * two cuts are at least. In widths of a stroke: through how much ink a cut may run. As a fraction
 * of the candidate's ink: what lies on either side of it at least. Chosen on drawn pairs of digits
 * that touch, by trying; nothing depends on them exactly. */
static const double most_lean = 0.25, least_distance = 0.1, most_cost = 12, least_side = 0.04;

/* A step aside costs this fraction of a pixel of ink: of two ways through paper the straighter. To
 * enter ink costs as much as to run along four widths of a stroke: digits touch in one place,
 * mostly, over some length, and a cut that enters twice goes through a loop. */
static const float aside = 0.02f;
static const double entry = 4;

/* Where two digits touch side by side, the ink is as wide as two strokes; to run along within one
 * stroke costs so much more. */
static const float within_stroke = 3, two_strokes = 1.5f;

enum { MOST_LEAN = MCNN_CUT_ROWS / 4, WINDOW = 2 * MOST_LEAN + 1 };

typedef struct grid {
  uint32_t rows, columns;
  double stroke; /* width of the strokes, in cells */
  double total;
  float *ink;   /* [rows][columns] 0..1 */
  float *costs; /* [rows][columns] of a path through it */
} grid;

/* --- grid ------------------------------------------------------------------------------------- */

static int is_candidate(const mcnn_crop_source *s, uint32_t y, uint32_t x) {
  const uint32_t label = s->components->labels[(size_t)y * s->ink->plane.width + x];

  return label != 0 && s->components->items[label - 1].candidate == s->candidate;
}

static void fill_grid(const mcnn_crop_source *s, grid *g) {
  const uint32_t height = mcnn_box_height(&s->box), width = mcnn_box_width(&s->box);
  const float cell = (float)((double)height * width / ((double)g->rows * g->columns));

  for (uint32_t y = 0; y < height; y++) {
    for (uint32_t x = 0; x < width; x++) {
      if (!is_candidate(s, s->box.top + y, s->box.left + x))
        continue;
      const size_t row = (size_t)((uint64_t)y * g->rows / height);
      const size_t column = (size_t)((uint64_t)x * g->columns / width);
      g->ink[row * g->columns + column] += 1.0f / cell;
      g->total += 1.0 / (double)cell;
    }
  }
}

/* Of the runs of ink along the rows half are at most as long as a stroke is wide, or nearly. */
static void measure_stroke(grid *g) {
  uint32_t lengths[MCNN_CUT_ROWS + 1] = {0}, count = 0, seen = 0, length = 1;

  for (uint32_t y = 0; y < g->rows; y++) {
    uint32_t run = 0;
    for (uint32_t x = 0; x <= g->columns; x++) {
      if (x < g->columns && g->ink[y * g->columns + x] > 0.5f) {
        run++;
      } else if (run > 0) {
        lengths[run < MCNN_CUT_ROWS ? run : MCNN_CUT_ROWS]++;
        count++;
        run = 0;
      }
    }
  }
  while (length < MCNN_CUT_ROWS && 2 * (seen += lengths[length]) < count)
    length++;
  g->stroke = length;
}

static void set_costs(grid *g) {
  for (uint32_t y = 0; y < g->rows; y++) {
    const float *const ink = g->ink + (size_t)y * g->columns;
    float *const costs = g->costs + (size_t)y * g->columns;
    for (uint32_t x = 0; x < g->columns;) {
      uint32_t end = x;
      while (end < g->columns && ink[end] > 0.5f)
        end++;
      const int is_stroke = end > x && (float)(end - x) < two_strokes * (float)g->stroke;
      end += end == x ? 1 : 0;
      for (; x < end; x++)
        costs[x] = ink[x] * (is_stroke ? within_stroke : 1);
    }
  }
}

/* --- paths ------------------------------------------------------------------------------------ */

typedef struct paths {
  int lean;      /* columns to either side of the middle */
  int64_t first; /* column of the grid at which they begin */
  float costs[MCNN_CUT_ROWS][WINDOW];
  int8_t steps[MCNN_CUT_ROWS][WINDOW];
} paths;

static float ink_at(const grid *g, uint32_t y, int64_t x) {
  return x < 0 || x >= g->columns ? 0 : g->ink[(size_t)y * g->columns + (size_t)x];
}

static float cost_at(const grid *g, uint32_t y, int64_t x) {
  return x < 0 || x >= g->columns ? 0 : g->costs[(size_t)y * g->columns + (size_t)x];
}

/* To this place from the one above, or from beside that. */
static float cost_from(const grid *g, const paths *p, uint32_t y, int i, int step) {
  const int64_t x = p->first + i;
  const int enters = ink_at(g, y, x) > 0.5f && !(ink_at(g, y - 1, x + step) > 0.5f);

  return p->costs[y - 1][i + step] + (step != 0 ? aside : 0) +
         (enters ? (float)(entry * g->stroke) : 0);
}

static void extend_paths(const grid *g, uint32_t y, paths *p) {
  for (int i = 0; i <= 2 * p->lean; i++) {
    float best = y > 0 ? cost_from(g, p, y, i, 0) : 0;
    p->steps[y][i] = 0;
    for (int step = -1; y > 0 && step <= 1; step += 2) {
      if (i + step < 0 || i + step > 2 * p->lean)
        continue;
      const float cost = cost_from(g, p, y, i, step);
      if (cost < best) {
        best = cost;
        p->steps[y][i] = (int8_t)step;
      }
    }
    p->costs[y][i] = best + cost_at(g, y, p->first + i);
  }
}

static uint16_t clamped(const grid *g, int64_t x) {
  return (uint16_t)(x < 0 ? 0 : x > g->columns ? g->columns : x);
}

/* Back up from the cheapest end. */
static mcnn_cut trace(const grid *g, const paths *p) {
  mcnn_cut cut = {0};
  int at = 0, was_ink = 0;

  for (int i = 1; i <= 2 * p->lean; i++)
    at = p->costs[g->rows - 1][i] < p->costs[g->rows - 1][at] ? i : at;
  cut.cost = (double)p->costs[g->rows - 1][at] / g->stroke;
  for (uint32_t y = g->rows; y-- > 0;) {
    const int is_ink = ink_at(g, y, p->first + at) > 0.5f;
    cut.num_strokes += is_ink && !was_ink ? 1 : 0;
    was_ink = is_ink;
    cut.at[y] = clamped(g, p->first + at);
    cut.middle += (double)cut.at[y] / g->rows;
    at += p->steps[y][at];
  }
  const int64_t lean = (int64_t)cut.at[0] - cut.at[g->rows - 1];
  cut.lean = (double)(lean < 0 ? -lean : lean) / g->rows;
  cut.ink = cut.cost - entry * cut.num_strokes;
  return cut;
}

/* The cheapest way down around column `middle`. */
static mcnn_cut cheapest_path(const grid *g, uint32_t middle) {
  paths p = {0};

  p.lean = (int)(most_lean * g->rows) < MOST_LEAN ? (int)(most_lean * g->rows) : MOST_LEAN;
  p.first = (int64_t)middle - p.lean;
  for (uint32_t y = 0; y < g->rows; y++)
    extend_paths(g, y, &p);
  return trace(g, &p);
}

/* The fraction of the ink that lies left of the cut. */
static double left_of(const grid *g, const mcnn_cut *cut) {
  double sum = 0;

  for (uint32_t y = 0; y < g->rows; y++)
    for (uint32_t x = 0; x < cut->at[y]; x++)
      sum += (double)g->ink[(size_t)y * g->columns + x];
  return g->total > 0 ? sum / g->total : 0;
}

/* --- choice ----------------------------------------------------------------------------------- */

static uint32_t neighbour_of(const mcnn_cuts *cuts, const mcnn_cut *cut) {
  for (uint32_t i = 0; i < cuts->count; i++) {
    const double off = cuts->items[i].middle - cut->middle;
    if ((off < 0 ? -off : off) < least_distance * cuts->rows)
      return i;
  }
  return cuts->count;
}

/* Of cuts near one another the cheapest. They come from left to right, or nearly. */
static void add(mcnn_cuts *cuts, const mcnn_cut *cut) {
  const uint32_t near = neighbour_of(cuts, cut);

  if (near < cuts->count) {
    if (cut->cost < cuts->items[near].cost)
      cuts->items[near] = *cut;
    return;
  }
  if (cuts->count == MCNN_MOST_CUTS)
    return;
  uint32_t at = cuts->count++;
  for (; at > 0 && cuts->items[at - 1].middle > cut->middle; at--)
    cuts->items[at] = cuts->items[at - 1];
  cuts->items[at] = *cut;
}

static void choose(const grid *g, mcnn_cuts *cuts) {
  for (uint32_t middle = 1; middle < g->columns; middle++) {
    const mcnn_cut cut = cheapest_path(g, middle);
    const double left = left_of(g, &cut);
    if (cut.cost <= most_cost && left >= least_side && left <= 1 - least_side)
      add(cuts, &cut);
  }
}

/* --- whole ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_cuts_find(const mcnn_crop_source *source, const mcnn_alloc *alloc,
                               mcnn_cuts *cuts) {
  const uint32_t height = mcnn_box_height(&source->box), width = mcnn_box_width(&source->box);
  grid g = {.rows = height < MCNN_CUT_ROWS ? height : MCNN_CUT_ROWS};
  const uint64_t columns = ((uint64_t)width * g.rows + height - 1) / height;

  g.columns = (uint32_t)(columns < UINT16_MAX ? columns : UINT16_MAX);
  *cuts = (mcnn_cuts){.box = source->box, .rows = g.rows, .columns = g.columns};
  g.ink = mcnn_alloc_zeroed(alloc, (size_t)g.rows * g.columns, sizeof *g.ink);
  g.costs = mcnn_alloc_zeroed(alloc, (size_t)g.rows * g.columns, sizeof *g.costs);
  const int allocated = g.ink && g.costs;
  if (allocated) {
    fill_grid(source, &g);
    measure_stroke(&g);
    set_costs(&g);
    choose(&g, cuts);
  }
  mcnn_free(alloc, g.costs);
  mcnn_free(alloc, g.ink);
  return allocated ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

uint32_t mcnn_cuts_segment_at(const mcnn_cuts *cuts, uint32_t y, uint32_t x) {
  const mcnn_box *const box = &cuts->box;
  const uint64_t row = (uint64_t)(y - box->top) * cuts->rows / mcnn_box_height(box);
  const uint64_t column = (uint64_t)(x - box->left) * cuts->columns / mcnn_box_width(box);
  uint32_t segment = 0;

  assert(row < cuts->rows);
  for (uint32_t i = 0; i < cuts->count; i++)
    segment += cuts->items[i].at[row] <= column ? 1 : 0;
  return segment;
}
