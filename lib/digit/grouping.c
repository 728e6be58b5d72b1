/* Main components are about as high as the writing, and make a candidate each, or several of them
 * one; smaller ones (the bar of a 5, the ends of a stroke that broke) go to the nearest. */
#include "digit/grouping.h"

#include "digit/frame.h"
#include "digit/reading_order.h"

#include <assert.h>

/* All as fractions of the height of writing. Chosen on the pictures of tests/digits and on scans of
 * handwriting (docs/digits.md), by trying; nothing depends on them exactly. */
typedef struct rules {
  double speck;     /* smaller components are dirt */
  double main;      /* components of this height are digits of their own */
  double rest;      /* others of this size stand for themselves, where no digit is near */
  double small_gap; /* how far a smaller component may lie from its digit */
  double main_gap;  /* how far two main components of one digit may lie apart */
  double hair_gap;  /* the same, once they have their small components */
  double widest;    /* what two main components together may measure across, in their height */
  double highest;   /* what two main components, one above the other, may measure */
  double stacked;   /* how much of the lower one's height two, one above the other, may overlap */
} rules;

static const rules for_one = {0.07, 0.45, 0.45, 0.40, 0.20, 0.10, 1.15, 2.30, 0.30};
static const rules for_many = {0.12, 0.33, 0.30, 0.25, 0.06, 0, 0.80, 1.60, -1};

typedef struct grouping {
  mcnn_components *components;
  mcnn_candidates *candidates;
  uint32_t height, width;
  const rules *rules;
  const mcnn_component *main; /* the one of the greatest weight */
} grouping;

/* --- what counts ------------------------------------------------------------------------------ */

static uint32_t size_of(const mcnn_component *component) {
  return mcnn_box_size(&component->box);
}

static int is_frame(const mcnn_component *component, const grouping *g) {
  return component->outside || mcnn_frame_is_frame(component, g->height, g->width);
}

/* Ink at the border is less likely the digit's. */
static double weight_of(const mcnn_component *component, const grouping *g) {
  const double factor = is_frame(component, g) ? 0.02 : component->at_border != 0 ? 0.5 : 1.0;

  return factor * (double)component->ink;
}

static const mcnn_component *greatest_weight(const grouping *g) {
  const mcnn_component *best = &g->components->items[0];

  for (uint32_t i = 1; i < g->components->count; i++)
    if (weight_of(&g->components->items[i], g) > weight_of(best, g))
      best = &g->components->items[i];
  return best;
}

/* The median height, by weight: specks have none, and a stain is one. */
static uint32_t median_height(const grouping *g) {
  float weights[MCNN_PAGE_SIDE + 1] = {0}; /* of few digits: it is large for a stack */
  double total = 0, seen = 0;
  uint32_t height = 0;

  for (uint32_t i = 0; i < g->components->count; i++) {
    const double weight = weight_of(&g->components->items[i], g);
    weights[mcnn_box_height(&g->components->items[i].box)] += (float)weight;
    total += weight;
  }
  while (height < g->height && 2 * seen < total)
    seen += (double)weights[++height];
  return height;
}

static int is_main(const mcnn_component *component, const grouping *g) {
  const double text_height = g->candidates->text_height;

  return mcnn_box_height(&component->box) >= g->rules->main * text_height &&
         100 * component->ink >= 4 * g->main->ink &&
         (component == g->main || !is_frame(component, g));
}

static int is_speck(const mcnn_component *component, const grouping *g) {
  const double text_height = g->candidates->text_height;

  return size_of(component) < g->rules->speck * text_height ||
         200 * component->ink < g->main->ink || (is_frame(component, g) && component != g->main);
}

/* --- main components -------------------------------------------------------------------------- */

/* Of one digit in several components the largest says little about its size. */
static void set_box(grouping *g, mcnn_candidate *candidate, mcnn_box box) {
  candidate->box = box;
  if (g->rules == &for_one && mcnn_box_size(&box) > g->candidates->text_height)
    g->candidates->text_height = mcnn_box_size(&box);
}

static void add_component(grouping *g, uint32_t index, mcnn_component *component) {
  mcnn_candidate *const candidate = &g->candidates->items[index];

  set_box(g, candidate,
          candidate->ink == 0 ? component->box : mcnn_box_union(&candidate->box, &component->box));
  candidate->ink += component->ink;
  candidate->at_border |= component->at_border;
  component->candidate = index;
}

/* Of the shorter interval; negative where there is a gap. */
static double overlap_fraction(uint32_t a_first, uint32_t a_last, uint32_t b_first,
                               uint32_t b_last) {
  const uint32_t a = a_last - a_first + 1, b = b_last - b_first + 1;

  return (double)mcnn_box_overlap(a_first, a_last, b_first, b_last) / (a < b ? a : b);
}

/* Two boxes of one digit: one above the other, or so near each other that together they are no
 * wider than a digit. */
static int belong_together(const mcnn_box *a, const mcnn_box *b, double gap, const grouping *g) {
  const double text_height = g->candidates->text_height;
  const mcnn_box both = mcnn_box_union(a, b);
  const double columns = overlap_fraction(a->left, a->right, b->left, b->right);
  const double rows = overlap_fraction(a->top, a->bottom, b->top, b->bottom);
  const int above = columns > 0.6 || rows < g->rules->stacked;

  return mcnn_box_gap(a, b) <= gap * text_height &&
         ((above && mcnn_box_height(&both) <= g->rules->highest * text_height) ||
          mcnn_box_width(&both) <= g->rules->widest * mcnn_box_height(&both));
}

/* The last candidate takes the place of the one that is merged. */
static void merge(grouping *g, uint32_t into, uint32_t from) {
  mcnn_candidates *const candidates = g->candidates;
  const uint32_t last = --candidates->count;
  mcnn_candidate *const target = &candidates->items[into];

  set_box(g, target, mcnn_box_union(&target->box, &candidates->items[from].box));
  target->ink += candidates->items[from].ink;
  target->at_border |= candidates->items[from].at_border;
  candidates->items[from] = candidates->items[last];
  for (uint32_t i = 0; i < g->components->count; i++) {
    uint32_t *const candidate = &g->components->items[i].candidate;
    *candidate = *candidate == from ? into : *candidate == last ? from : *candidate;
  }
}

/* Merges what belongs together with the candidate, which grows by it; 1: something did. */
static int merge_into(grouping *g, uint32_t i, double gap) {
  int changed = 0;

  for (uint32_t j = i + 1; j < g->candidates->count;) {
    if (belong_together(&g->candidates->items[i].box, &g->candidates->items[j].box, gap, g)) {
      merge(g, i, j);
      changed = 1;
    } else {
      j++;
    }
  }
  return changed;
}

static void merge_all(grouping *g, double gap) {
  for (int changed = 1; changed;) {
    changed = 0;
    for (uint32_t i = 0; i < g->candidates->count; i++)
      changed |= merge_into(g, i, gap);
  }
}

static void group_main_components(grouping *g) {
  for (uint32_t i = 0; i < g->components->count; i++)
    if (is_main(&g->components->items[i], g))
      add_component(g, g->candidates->count++, &g->components->items[i]);
  merge_all(g, g->rules->main_gap);
}

/* --- small components ------------------------------------------------------------------------- */

static uint32_t nearest_candidate(const mcnn_component *component, const grouping *g,
                                  uint32_t *gap) {
  uint32_t best = MCNN_NO_CANDIDATE;

  for (uint32_t i = 0; i < g->candidates->count; i++) {
    const uint32_t distance = mcnn_box_gap(&component->box, &g->candidates->items[i].box);
    if (best == MCNN_NO_CANDIDATE || distance < *gap) {
      best = i;
      *gap = distance;
    }
  }
  return best;
}

/* The smaller a component, the nearer it has to be; dots and commas beside a digit stay away. */
static double allowed_gap(const mcnn_component *component, const grouping *g) {
  const double text_height = g->candidates->text_height;
  const double size = size_of(component) / text_height;

  return text_height * (size > 0.25 ? g->rules->small_gap : size * g->rules->small_gap / 0.25);
}

/* A line drawn under the digit it is nearest to, as wide as it, not merely its base broken off. */
static int is_underline(const mcnn_component *component, const grouping *g) {
  uint32_t gap = 0;
  const uint32_t nearest = nearest_candidate(component, g, &gap);
  const uint32_t width = mcnn_box_width(&component->box);

  if (nearest == MCNN_NO_CANDIDATE || width <= 8 * mcnn_box_height(&component->box))
    return 0;
  const mcnn_box *const digit = &g->candidates->items[nearest].box;
  return component->box.top > digit->bottom && width >= mcnn_box_width(digit) &&
         20 * gap > mcnn_box_height(digit);
}

static int attach_if_near(grouping *g, mcnn_component *component) {
  uint32_t gap = 0;

  if (component->candidate != MCNN_NO_CANDIDATE || is_main(component, g) || is_speck(component, g))
    return 0;
  const uint32_t nearest = nearest_candidate(component, g, &gap);
  if (nearest == MCNN_NO_CANDIDATE || !(gap <= allowed_gap(component, g)) ||
      is_underline(component, g))
    return 0;
  add_component(g, nearest, component);
  return 1;
}

/* Nearest first would need sorting; instead each round takes all that are near enough to what the
 * candidates have become, until none is. */
static void attach_small_components(grouping *g) {
  for (int changed = 1; changed;) {
    changed = 0;
    for (uint32_t i = 0; i < g->components->count; i++)
      changed |= attach_if_near(g, &g->components->items[i]);
  }
}

/* What is large, but low and far from all digits (a dash), stands for itself. */
static void keep_large_rest(grouping *g) {
  for (uint32_t i = 0; i < g->components->count; i++) {
    mcnn_component *const component = &g->components->items[i];
    if (component->candidate == MCNN_NO_CANDIDATE && !is_speck(component, g) &&
        component->at_border == 0 &&
        size_of(component) >= g->rules->rest * g->candidates->text_height &&
        20 * component->ink >= g->main->ink && !is_underline(component, g))
      add_component(g, g->candidates->count++, component);
  }
}

/* --- counts ----------------------------------------------------------------------------------- */

static void count_components(grouping *g) {
  for (uint32_t i = 0; i < g->components->count; i++) {
    const mcnn_component *const component = &g->components->items[i];
    g->candidates->ink += is_speck(component, g) ? 0 : component->ink;
    if (component->candidate == MCNN_NO_CANDIDATE)
      continue;
    mcnn_candidate *const candidate = &g->candidates->items[component->candidate];
    candidate->num_components += 20 * component->ink >= candidate->ink ? 1 : 0;
    if (!candidate->largest || component->ink > candidate->largest->ink)
      candidate->largest = component;
  }
}

static void count_enclosed(grouping *g) {
  for (uint32_t i = 0; i < g->components->count; i++) {
    const mcnn_component *const component = &g->components->items[i];
    if (component->candidate == MCNN_NO_CANDIDATE)
      continue;
    mcnn_candidate *const candidate = &g->candidates->items[component->candidate];
    candidate->num_enclosed += 50 * component->ink >= candidate->largest->ink &&
                               mcnn_box_contains(&candidate->largest->box, &component->box, 0);
  }
}

/* --- whole ------------------------------------------------------------------------------------ */

/* Far more components than digits fit on a page: texture, not writing. */
enum { MOST_MAIN_COMPONENTS = 6000 };

static uint32_t count_main(const grouping *g) {
  uint32_t count = 0;

  for (uint32_t i = 0; i < g->components->count; i++)
    count += is_main(&g->components->items[i], g) ? 1 : 0;
  return count;
}

mnistcnn_status mcnn_candidates_find(mcnn_components *components, uint32_t height, uint32_t width,
                                     int single, const mcnn_alloc *alloc,
                                     mcnn_candidates *candidates) {
  grouping g = {components, candidates, height, width, single ? &for_one : &for_many, NULL};

  assert(height > 0 && height <= MCNN_PAGE_SIDE && width > 0 && width <= MCNN_PAGE_SIDE);
  assert(!candidates->items && candidates->count == 0);
  if (components->count == 0)
    return MNISTCNN_OK;
  mcnn_frame_mark_enclosing(components, height, width);
  g.main = greatest_weight(&g);
  candidates->text_height = single ? size_of(g.main) : median_height(&g);
  candidates->items = mcnn_alloc_zeroed(alloc, components->count, sizeof *candidates->items);
  if (!candidates->items)
    return MNISTCNN_OUT_OF_MEMORY;
  if (count_main(&g) > MOST_MAIN_COMPONENTS)
    return MNISTCNN_OK;
  group_main_components(&g);
  attach_small_components(&g);
  /* With their small components two halves may have come within a hair of each other. */
  if (single)
    merge_all(&g, g.rules->hair_gap);
  keep_large_rest(&g);
  count_components(&g);
  count_enclosed(&g);
  return mcnn_reading_order(candidates, components, alloc);
}

void mcnn_candidates_free(mcnn_candidates *candidates, const mcnn_alloc *alloc) {
  mcnn_free(alloc, candidates->items);
  *candidates = (mcnn_candidates){0};
}
