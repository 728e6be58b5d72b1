/* Which pieces of ink make a digit together: main pieces about as high as the writing, and smaller
 * ones (the bar of a 5, the ends of a stroke that broke) that go to the nearest of them. */
#include "digit/components.h"

#include <stdlib.h>

/* All as shares of the height of writing. */
typedef struct rules {
  double speck;     /* smaller pieces are dirt */
  double main;      /* pieces of this height are digits of their own */
  double small_gap; /* how far a smaller piece may lie from its digit */
  double main_gap;  /* how far two main pieces of one digit may lie apart */
  double hair_gap;  /* the same, once they have their small pieces */
  double widest;    /* what two main pieces together may measure across, in their height */
  double highest;   /* what two main pieces, one above the other, may measure */
  double stacked;   /* how much of the lower one's height pieces one above the other may share */
} rules;

static const rules for_one = {0.07, 0.45, 0.40, 0.20, 0.10, 1.15, 2.30, 0.30};
static const rules for_many = {0.12, 0.45, 0.25, 0.06, 0, 0.80, 1.60, -1};

typedef struct grouping {
  mcnn_parts *parts;
  mcnn_groups *groups;
  uint32_t height, width;
  const rules *rules;
  uint64_t main_mass;    /* of the heaviest piece, */
  const mcnn_part *main; /* which is this */
} grouping;

/* ------------------------------------------------------------------------------- what counts -- */

static uint32_t span(const mcnn_part *part) {
  return mcnn_box_size(&part->box);
}

static int touches_opposite(const mcnn_part *part) {
  return (part->at_border & 5) == 5 || (part->at_border & 10) == 10;
}

/* What touches a border and is low, or long and filled: the strip of a table beside a sheet. */
static int lies_along(double depth, double length, double fill) {
  return depth < 0.1 || (depth < 0.25 && length > 0.3 && fill > 0.5);
}

/* A digit of a row (or column) that was cut out tightly touches the borders on both sides of it. */
static int is_in_strip(const mcnn_part *part, const grouping *g) {
  const int row = g->width > 2 * g->height && (part->at_border & 5) == 5 &&
                  mcnn_box_width(&part->box) < g->height;
  const int column = g->height > 2 * g->width && (part->at_border & 10) == 10 &&
                     mcnn_box_height(&part->box) < 2 * g->width;

  return row || column;
}

/* Pieces along the picture's border are seldom the digit: the edge of a sheet, a shadow, the dark
 * frame of a scan, the neighbour that was cut off. */
static int looks_like_frame(const mcnn_part *part, const grouping *g) {
  const double rows = (double)mcnn_box_height(&part->box) / g->height;
  const double columns = (double)mcnn_box_width(&part->box) / g->width;
  const double fill =
      (double)part->area / ((double)mcnn_box_height(&part->box) * mcnn_box_width(&part->box));
  const int along_row = (part->at_border & 5) != 0 && lies_along(rows, columns, fill);
  const int along_column = (part->at_border & 10) != 0 && lies_along(columns, rows, fill);

  const int two_ways = (part->at_border & 5) != 0 && (part->at_border & 10) != 0;
  const int corner = two_ways && rows < 0.36 && columns < 0.36;

  if (part->encloses || is_in_strip(part, g))
    return part->encloses || (two_ways && fill > 0.9);
  return along_row || along_column || corner ||
         (touches_opposite(part) && (rows > 0.9 || columns > 0.9) && (fill < 0.08 || fill > 0.6));
}

static int lies_inside(const mcnn_ink_box *inner, const mcnn_ink_box *outer, uint32_t margin) {
  return inner->top > outer->top + margin && inner->left > outer->left + margin &&
         inner->bottom + margin < outer->bottom && inner->right + margin < outer->right;
}

static int covers_middle(const mcnn_ink_box *outer, const mcnn_ink_box *inner) {
  const mcnn_ink_box middle = {(inner->top + inner->bottom) / 2, (inner->left + inner->right) / 2,
                               (inner->top + inner->bottom) / 2, (inner->left + inner->right) / 2};

  return lies_inside(&middle, outer, 0);
}

/* Around a sheet of paper on it a table runs along opposite borders, or around a corner. */
static int is_around(const mcnn_part *part, const mcnn_ink_box *inner) {
  return touches_opposite(part) ? lies_inside(inner, &part->box, 0)
                                : (part->at_border & 5) != 0 && (part->at_border & 10) != 0 &&
                                      covers_middle(&part->box, inner);
}

/* A table needs little in it. In a box or circle there is room around the digit; what fills a gap
 * in its stroke is no digit. */
static int encloses_digit(const mcnn_part *part, const mcnn_parts *parts) {
  const uint32_t rows = mcnn_box_height(&part->box), columns = mcnn_box_width(&part->box);
  const uint32_t margin = (rows < columns ? rows : columns) / 20;

  for (uint32_t i = 0; i < parts->count; i++) {
    const mcnn_part *const inner = &parts->parts[i];
    const int around = inner->at_border == 0 && is_around(part, &inner->box);
    const double height = (around ? 0.12 : 0.3) * mcnn_box_height(&part->box);
    const double mass = (around ? 0.01 : 0.1) * (double)part->mass;
    if ((around || lies_inside(&inner->box, &part->box, margin)) &&
        mcnn_box_height(&inner->box) >= height && (double)inner->mass >= mass)
      return 1;
  }
  return 0;
}

/* A box or circle drawn around the digit. Only what is large is looked at, which is little. */
static void mark_enclosing(const grouping *g) {
  const uint32_t shorter = g->height < g->width ? g->height : g->width;

  for (uint32_t i = 0; i < g->parts->count; i++) {
    mcnn_part *const part = &g->parts->parts[i];
    part->encloses = (uint8_t)(3 * span(part) >= shorter && encloses_digit(part, g->parts));
  }
}

static double weight_of(const mcnn_part *part, const grouping *g) {
  const double share = looks_like_frame(part, g) ? 0.02 : part->at_border != 0 ? 0.5 : 1.0;

  return share * (double)part->mass;
}

static uint32_t heaviest(const grouping *g) {
  uint32_t best = 0;

  for (uint32_t i = 1; i < g->parts->count; i++)
    if (weight_of(&g->parts->parts[i], g) > weight_of(&g->parts->parts[best], g))
      best = i;
  return best;
}

/* The height that pieces of half of the mass reach: specks have no mass, and a stain is one. */
static uint32_t typical_height(const grouping *g) {
  double weights[MCNN_DIGIT_SIDE + 1] = {0};
  double total = 0, seen = 0;
  uint32_t height = 0;

  for (uint32_t i = 0; i < g->parts->count; i++) {
    const double weight = weight_of(&g->parts->parts[i], g);
    weights[mcnn_box_height(&g->parts->parts[i].box)] += weight;
    total += weight;
  }
  while (height < g->height && 2 * seen < total)
    seen += weights[++height];
  return height;
}

static int is_main(const mcnn_part *part, const grouping *g) {
  const double reference = g->groups->reference;

  return mcnn_box_height(&part->box) >= g->rules->main * reference &&
         100 * part->mass >= 4 * g->main_mass && (part == g->main || !looks_like_frame(part, g));
}

static int is_speck(const mcnn_part *part, const grouping *g) {
  const double reference = g->groups->reference;

  return span(part) < g->rules->speck * reference || 200 * part->mass < g->main_mass ||
         (looks_like_frame(part, g) && part != g->main);
}

/* ---------------------------------------------------------------------------- main pieces --- */

/* Of one digit in pieces the largest says little about its size. */
static void set_box(grouping *g, mcnn_group *group, mcnn_ink_box box) {
  group->box = box;
  if (g->rules == &for_one && mcnn_box_size(&box) > g->groups->reference)
    g->groups->reference = mcnn_box_size(&box);
}

static void add_to_group(grouping *g, uint32_t index, mcnn_part *part) {
  mcnn_group *const group = &g->groups->groups[index];

  set_box(g, group, group->mass == 0 ? part->box : mcnn_box_union(&group->box, &part->box));
  group->mass += part->mass;
  group->at_border |= part->at_border;
  part->group = index;
}

static int64_t overlap(uint32_t a_first, uint32_t a_last, uint32_t b_first, uint32_t b_last) {
  const int64_t first = a_first > b_first ? a_first : b_first;
  const int64_t last = a_last < b_last ? a_last : b_last;

  return last - first + 1;
}

static double share_of(uint32_t a_first, uint32_t a_last, uint32_t b_first, uint32_t b_last) {
  const uint32_t a = a_last - a_first + 1, b = b_last - b_first + 1;

  return (double)overlap(a_first, a_last, b_first, b_last) / (a < b ? a : b);
}

/* Two pieces of one digit: one above the other, or so near each other that together they are no
 * wider than a digit. */
static int belong_together(const mcnn_ink_box *a, const mcnn_ink_box *b, double gap,
                           const grouping *g) {
  const double reference = g->groups->reference;
  const mcnn_ink_box both = mcnn_box_union(a, b);
  const double columns = share_of(a->left, a->right, b->left, b->right);
  const double rows = share_of(a->top, a->bottom, b->top, b->bottom);
  const int above = columns > 0.6 || rows < g->rules->stacked;

  return mcnn_box_gap(a, b) <= gap * reference &&
         ((above && mcnn_box_height(&both) <= g->rules->highest * reference) ||
          mcnn_box_width(&both) <= g->rules->widest * mcnn_box_height(&both));
}

static void merge_groups(grouping *g, uint32_t into, uint32_t from) {
  mcnn_groups *const groups = g->groups;
  const uint32_t last = --groups->count;
  mcnn_group *const target = &groups->groups[into];

  set_box(g, target, mcnn_box_union(&target->box, &groups->groups[from].box));
  target->mass += groups->groups[from].mass;
  target->at_border |= groups->groups[from].at_border;
  groups->groups[from] = groups->groups[last];
  for (uint32_t i = 0; i < g->parts->count; i++) {
    uint32_t *const group = &g->parts->parts[i].group;
    *group = *group == from ? into : *group == last ? from : *group;
  }
}

static int merge_once(grouping *g, double gap) {
  for (uint32_t i = 0; i < g->groups->count; i++) {
    for (uint32_t j = i + 1; j < g->groups->count; j++) {
      if (belong_together(&g->groups->groups[i].box, &g->groups->groups[j].box, gap, g)) {
        merge_groups(g, i, j);
        return 1;
      }
    }
  }
  return 0;
}

static void group_main_parts(grouping *g) {
  for (uint32_t i = 0; i < g->parts->count; i++)
    if (is_main(&g->parts->parts[i], g))
      add_to_group(g, g->groups->count++, &g->parts->parts[i]);
  while (merge_once(g, g->rules->main_gap)) {
  }
}

/* --------------------------------------------------------------------------- small pieces ---- */

static uint32_t nearest_group(const mcnn_part *part, const grouping *g, uint32_t *gap) {
  uint32_t best = MCNN_NO_GROUP;

  for (uint32_t i = 0; i < g->groups->count; i++) {
    const uint32_t distance = mcnn_box_gap(&part->box, &g->groups->groups[i].box);
    if (best == MCNN_NO_GROUP || distance < *gap) {
      best = i;
      *gap = distance;
    }
  }
  return best;
}

/* The smaller a piece, the nearer it has to be; dots and commas beside a digit stay away. */
static double allowed_gap(const mcnn_part *part, const grouping *g) {
  const double reference = g->groups->reference;
  const double size = span(part) / reference;

  return reference * (size > 0.25 ? g->rules->small_gap : size * g->rules->small_gap / 0.25);
}

/* A line drawn under the digit it is nearest to, as wide as it, not merely its base broken off. */
static int is_underline(const mcnn_part *part, const grouping *g) {
  uint32_t gap = 0;
  const uint32_t nearest = nearest_group(part, g, &gap), width = mcnn_box_width(&part->box);

  if (nearest == MCNN_NO_GROUP || width <= 8 * mcnn_box_height(&part->box))
    return 0;
  const mcnn_ink_box *const digit = &g->groups->groups[nearest].box;
  return part->box.top > digit->bottom && width >= mcnn_box_width(digit) &&
         20 * gap > mcnn_box_height(digit);
}

/* Nearest first would need sorting; instead each round takes all that are near enough to what the
 * groups have become, until none is. */
static void attach_small_parts(grouping *g) {
  for (int changed = 1; changed;) {
    changed = 0;
    for (uint32_t i = 0; i < g->parts->count; i++) {
      mcnn_part *const part = &g->parts->parts[i];
      uint32_t gap = 0;
      if (part->group != MCNN_NO_GROUP || is_main(part, g) || is_speck(part, g))
        continue;
      const uint32_t group = nearest_group(part, g, &gap);
      if (group != MCNN_NO_GROUP && gap <= allowed_gap(part, g) && !is_underline(part, g)) {
        add_to_group(g, group, part);
        changed = 1;
      }
    }
  }
}

/* What is large, but low and far from all digits (a dash), stands for itself. */
static void keep_large_rest(grouping *g) {
  for (uint32_t i = 0; i < g->parts->count; i++) {
    mcnn_part *const part = &g->parts->parts[i];
    if (part->group == MCNN_NO_GROUP && !is_speck(part, g) && part->at_border == 0 &&
        span(part) >= 0.45 * g->groups->reference && 20 * part->mass >= g->main_mass &&
        !is_underline(part, g))
      add_to_group(g, g->groups->count++, part);
  }
}

static void count_parts(grouping *g) {
  for (uint32_t i = 0; i < g->parts->count; i++) {
    const mcnn_part *const part = &g->parts->parts[i];
    g->groups->mass += is_speck(part, g) ? 0 : part->mass;
    if (part->group != MCNN_NO_GROUP) {
      mcnn_group *const group = &g->groups->groups[part->group];
      group->parts += 20 * part->mass >= group->mass ? 1 : 0;
      group->heaviest =
          !group->heaviest || part->mass > group->heaviest->mass ? part : group->heaviest;
    }
  }
}

static void count_inside(grouping *g) {
  for (uint32_t i = 0; i < g->parts->count; i++) {
    const mcnn_part *const part = &g->parts->parts[i];
    if (part->group != MCNN_NO_GROUP) {
      mcnn_group *const group = &g->groups->groups[part->group];
      group->inside += 50 * part->mass >= group->heaviest->mass &&
                       lies_inside(&part->box, &group->heaviest->box, 0);
    }
  }
}

/* ---------------------------------------------------------------------------- reading order -- */

static uint32_t middle_row(const mcnn_group *group) {
  return group->box.top + mcnn_box_height(&group->box) / 2;
}

/* The highest group that has no line yet begins one; each line then takes what its middle crosses,
 * going on from neighbour to neighbour, so that a slanting line stays one. */
static int shares_line(const mcnn_group *a, const mcnn_group *b, uint32_t reference) {
  const int64_t rows = overlap(a->box.top, a->box.bottom, b->box.top, b->box.bottom);
  const uint32_t a_height = mcnn_box_height(&a->box), b_height = mcnn_box_height(&b->box);
  const uint32_t lower = a_height < b_height ? a_height : b_height;

  return 2 * rows > lower && mcnn_box_gap(&a->box, &b->box) <= 6 * reference;
}

static uint32_t highest_without_line(const mcnn_groups *groups) {
  uint32_t best = MCNN_NO_GROUP;

  for (uint32_t i = 0; i < groups->count; i++)
    if (groups->groups[i].line == MCNN_NO_GROUP &&
        (best == MCNN_NO_GROUP ||
         middle_row(&groups->groups[i]) < middle_row(&groups->groups[best])))
      best = i;
  return best;
}

static void fill_line(mcnn_groups *groups, uint32_t line) {
  for (int changed = 1; changed;) {
    changed = 0;
    for (uint32_t i = 0; i < groups->count; i++) {
      for (uint32_t j = 0; groups->groups[i].line == line && j < groups->count; j++) {
        if (groups->groups[j].line == MCNN_NO_GROUP &&
            shares_line(&groups->groups[i], &groups->groups[j], groups->reference)) {
          groups->groups[j].line = line;
          changed = 1;
        }
      }
    }
  }
}

static int by_reading_order(const void *left, const void *right) {
  const mcnn_group *const a = left, *const b = right;

  if (a->line != b->line)
    return a->line < b->line ? -1 : 1;
  if (a->box.left != b->box.left)
    return a->box.left < b->box.left ? -1 : 1;
  return a->box.top < b->box.top ? -1 : a->box.top > b->box.top;
}

/* The parts name their groups by position, which sorting changes: `parts` carries the old one. */
static void sort_groups(grouping *g, uint32_t *old_positions) {
  mcnn_groups *const groups = g->groups;

  for (uint32_t i = 0; i < groups->count; i++) {
    const uint32_t parts = groups->groups[i].parts;
    old_positions[i] = parts;
    groups->groups[i].parts = i;
  }
  qsort(groups->groups, groups->count, sizeof *groups->groups, by_reading_order);
  for (uint32_t i = 0; i < g->parts->count; i++) {
    mcnn_part *const part = &g->parts->parts[i];
    for (uint32_t j = 0; part->group != MCNN_NO_GROUP && j < groups->count; j++) {
      if (groups->groups[j].parts == part->group) {
        part->group = j;
        break;
      }
    }
  }
  for (uint32_t i = 0; i < groups->count; i++)
    groups->groups[i].parts = old_positions[groups->groups[i].parts];
}

static mnistcnn_status put_in_order(grouping *g, const mcnn_alloc *alloc) {
  mcnn_groups *const groups = g->groups;
  uint32_t *const old = mcnn_alloc_array(alloc, groups->count, sizeof *old);
  uint32_t line = 0;

  if (!old)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < groups->count; i++)
    groups->groups[i].line = MCNN_NO_GROUP;
  for (uint32_t first = highest_without_line(groups); first != MCNN_NO_GROUP; line++) {
    groups->groups[first].line = line;
    fill_line(groups, line);
    first = highest_without_line(groups);
  }
  sort_groups(g, old);
  mcnn_free(alloc, old);
  return MNISTCNN_OK;
}

/* ------------------------------------------------------------------------------------- whole -- */

/* Far more pieces than digits fit on a page: texture, not writing. */
enum { MOST_MAIN_PARTS = 600 };

static uint32_t count_main(const grouping *g) {
  uint32_t count = 0;

  for (uint32_t i = 0; i < g->parts->count; i++)
    count += is_main(&g->parts->parts[i], g) ? 1 : 0;
  return count;
}

mnistcnn_status mcnn_groups_find(mcnn_parts *parts, uint32_t height, uint32_t width, int single,
                                 const mcnn_alloc *alloc, mcnn_groups *groups) {
  grouping g = {parts, groups, height, width, single ? &for_one : &for_many, 0, NULL};

  if (parts->count == 0)
    return MNISTCNN_OK;
  mark_enclosing(&g);
  g.main = &parts->parts[heaviest(&g)];
  g.main_mass = g.main->mass;
  groups->reference = single ? span(g.main) : typical_height(&g);
  const uint32_t mains = count_main(&g);
  groups->groups = mcnn_alloc_zeroed(alloc, parts->count, sizeof *groups->groups);
  if (!groups->groups)
    return MNISTCNN_OUT_OF_MEMORY;
  if (mains > MOST_MAIN_PARTS)
    return MNISTCNN_OK;
  group_main_parts(&g);
  attach_small_parts(&g);
  /* With their small pieces two halves may have come within a hair of each other. */
  while (single && merge_once(&g, g.rules->hair_gap)) {
  }
  keep_large_rest(&g);
  count_parts(&g);
  count_inside(&g);
  return put_in_order(&g, alloc);
}

void mcnn_groups_free(mcnn_groups *groups, const mcnn_alloc *alloc) {
  mcnn_free(alloc, groups->groups);
  *groups = (mcnn_groups){0};
}
