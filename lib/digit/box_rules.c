#include "digit/box_rules.h"

#include <string.h>

/* One direction of rules. */
typedef struct direction {
  mcnn_rule_view view;
  mcnn_rules rules;
} direction;

typedef struct removal {
  const mcnn_ink *ink;
  const mcnn_alloc *alloc;
  direction directions[2]; /* rows, columns */
  uint8_t *mask;           /* [height][width] 1: of a rule */
  uint8_t *after;          /* the ink without rules */
} removal;

static size_t at(const mcnn_rule_view *v, uint32_t i, int64_t j) {
  return (size_t)i * v->along_stride + (size_t)j * v->across_stride;
}

/* --- bands ------------------------------------------------------------------------------------ */

/* The first pixel beyond the band on either side; the soft edge of a rule is one pixel. */
static int64_t above(const direction *d, const mcnn_rule *rule, uint32_t i) {
  return mcnn_rule_at(rule, d->view.along, i) - 2;
}

static int64_t below(const direction *d, const mcnn_rule *rule, uint32_t i) {
  return mcnn_rule_at(rule, d->view.along, i) + rule->thickness + 1;
}

static void mark_band(const removal *r, const direction *d, const mcnn_rule *rule) {
  for (uint32_t i = 0; i < d->view.along; i++) {
    for (int64_t j = above(d, rule, i) + 1; j < below(d, rule, i); j++)
      if (j >= 0 && j < d->view.across)
        r->mask[at(&d->view, i, j)] = 1;
  }
}

static void mark_rules(const removal *r) {
  for (int k = 0; k < 2; k++)
    for (uint32_t i = 0; i < r->directions[k].rules.count; i++)
      mark_band(r, &r->directions[k], &r->directions[k].rules.items[i]);
}

/* Ink that is of no rule. */
static int is_stroke(const removal *r, const mcnn_rule_view *v, uint32_t i, int64_t j) {
  return j >= 0 && j < v->across && !r->mask[at(v, i, j)] &&
         r->ink->plane.pixels[at(v, i, j)] > r->ink->floor;
}

/* --- crossings -------------------------------------------------------------------------------- */

/* Steps along at which a stroke touches one side of a rule; none: first > last. */
typedef struct contact {
  uint32_t first, last;
} contact;

/* The first contact that begins at or after `from`. */
static contact next_contact(const removal *r, const direction *d, const mcnn_rule *rule, int lower,
                            uint32_t from) {
  contact c = {1, 0};

  for (uint32_t i = from; i < d->view.along; i++) {
    const int64_t j = lower ? below(d, rule, i) : above(d, rule, i);
    if (is_stroke(r, &d->view, i, j)) {
      c.first = c.first > c.last ? i : c.first;
      c.last = i;
    } else if (c.first <= c.last) {
      break;
    }
  }
  return c;
}

static uint32_t contact_width(const contact *c) {
  return c->last - c->first + 1;
}

/* A stroke goes on across the rule where it leaves it no further along than a slanting one would.
 */
static int is_crossing(const contact *upper, const contact *lower, uint32_t thickness) {
  const uint32_t reach = 2 * (thickness + 2) + contact_width(upper) / 2 + contact_width(lower) / 2;
  const uint32_t a = upper->first + upper->last, b = lower->first + lower->last;
  const uint32_t widest =
      contact_width(upper) > contact_width(lower) ? contact_width(upper) : contact_width(lower);

  return (a > b ? a - b : b - a) <= 2 * reach && widest <= 4 * (thickness + 2) + 4;
}

static uint32_t between(uint32_t a, uint32_t b, uint32_t step, uint32_t steps) {
  return (uint32_t)(((uint64_t)a * (steps - step) + (uint64_t)b * step) / steps);
}

/* The stroke inside the band: from the one contact to the other, as wide as these, with what ink
 * there is. */
static void restore_crossing(const removal *r, const direction *d, const mcnn_rule *rule,
                             const contact *upper, const contact *lower) {
  const uint32_t steps = rule->thickness + 3;

  for (uint32_t step = 0; step <= steps; step++) {
    const uint32_t first = between(upper->first, lower->first, step, steps);
    const uint32_t last = between(upper->last, lower->last, step, steps);
    for (uint32_t i = first; i <= last && i < d->view.along; i++) {
      const int64_t j = above(d, rule, i) + step;
      if (j >= 0 && j < d->view.across)
        r->after[at(&d->view, i, j)] = r->ink->plane.pixels[at(&d->view, i, j)];
    }
  }
}

/* Restores the strokes that cross a rule; returns how many contacts it has on either side. */
static uint32_t restore_crossings(const removal *r, const direction *d, const mcnn_rule *rule) {
  uint32_t contacts = 0;

  for (contact upper = next_contact(r, d, rule, 0, 0); upper.first <= upper.last;
       upper = next_contact(r, d, rule, 0, upper.last + 1)) {
    contacts++;
    for (contact lower = next_contact(r, d, rule, 1, 0); lower.first <= lower.last;
         lower = next_contact(r, d, rule, 1, lower.last + 1))
      if (is_crossing(&upper, &lower, rule->thickness))
        restore_crossing(r, d, rule, &upper, &lower);
  }
  for (contact lower = next_contact(r, d, rule, 1, 0); lower.first <= lower.last;
       lower = next_contact(r, d, rule, 1, lower.last + 1))
    contacts++;
  return contacts;
}

/* --- doubt ------------------------------------------------------------------------------------ */

static uint64_t sum_above(const uint8_t *ink, size_t count, uint32_t level) {
  uint64_t sum = 0;

  for (size_t i = 0; i < count; i++)
    sum += ink[i] > level ? ink[i] : 0;
  return sum;
}

/* Straight strokes of a tightly cut digit look like rules: the bar of a 7, the bars of a printed 2.
 * But each of them goes over into other strokes, which not every rule of a box does; and of a digit
 * little would be left. */
static int are_rules(const removal *r, uint32_t num_free, uint32_t num_rules) {
  const size_t count = mcnn_plane_count(&r->ink->plane);
  const uint64_t rest = sum_above(r->after, count, r->ink->floor);

  return (num_free > 0 || num_rules > 3) &&
         50 * rest > sum_above(r->ink->plane.pixels, count, r->ink->floor);
}

/* --- inside ----------------------------------------------------------------------------------- */

/* Narrows first..last to what lies between the rules near either border. A rule in the middle is of
 * graph paper or a text line, not of a box around the digit: 0. */
static int narrow(const direction *d, uint32_t *first, uint32_t *last) {
  const uint32_t size = d->view.across, outer = 3 * size / 10;
  uint32_t low = *first, high = *last;

  for (uint32_t i = 0; i < d->rules.count; i++) {
    const mcnn_rule *const rule = &d->rules.items[i];
    const int64_t middle = rule->first + rule->skew / 2;
    const int64_t end = middle + rule->thickness;
    if (end < outer)
      low = end > low ? (uint32_t)end : low;
    else if (middle > size - outer)
      high = middle < high ? (uint32_t)middle : high;
    else
      return 0;
  }
  *first = low;
  *last = high;
  return 1;
}

static int is_box(const removal *r, mcnn_box *inside) {
  return narrow(&r->directions[0], &inside->top, &inside->bottom) &&
         narrow(&r->directions[1], &inside->left, &inside->right);
}

/* --- whole ------------------------------------------------------------------------------------ */

static uint32_t remove_rules(const removal *r) {
  uint32_t num_free = 0;

  mark_rules(r);
  for (size_t i = 0; i < mcnn_plane_count(&r->ink->plane); i++)
    r->after[i] = r->mask[i] ? 0 : r->ink->plane.pixels[i];
  for (int k = 0; k < 2; k++) {
    for (uint32_t i = 0; i < r->directions[k].rules.count; i++) {
      const mcnn_rule *const rule = &r->directions[k].rules.items[i];
      num_free += restore_crossings(r, &r->directions[k], rule) == 0 ? 1 : 0;
    }
  }
  return num_free;
}

static mnistcnn_status find_both(removal *r, uint32_t level) {
  mnistcnn_status status = MNISTCNN_OK;

  for (int k = 0; k < 2 && status == MNISTCNN_OK; k++) {
    direction *const d = &r->directions[k];
    d->view = mcnn_rule_view_of(&r->ink->plane, k);
    status = mcnn_rules_find(r->ink, level, &d->view, r->alloc, &d->rules);
  }
  return status;
}

/* Rules that stand out from the paper by this level. */
static mnistcnn_status remove_at_level(removal *r, uint32_t level, int *found, mcnn_box *inside) {
  const size_t count = mcnn_plane_count(&r->ink->plane);
  mnistcnn_status status = find_both(r, level);
  const uint32_t num_rules = r->directions[0].rules.count + r->directions[1].rules.count;

  *inside = (mcnn_box){0, 0, r->ink->plane.height - 1, r->ink->plane.width - 1};
  if (status != MNISTCNN_OK || num_rules == 0 || !is_box(r, inside))
    return status;
  memset(r->mask, 0, count);
  *found = are_rules(r, remove_rules(r), num_rules);
  return status;
}

mnistcnn_status mcnn_box_rules_remove(mcnn_ink *ink, const mcnn_alloc *alloc, int *found,
                                      mcnn_box *inside) {
  const size_t count = mcnn_plane_count(&ink->plane);
  removal r = {.ink = ink, .alloc = alloc};

  *found = 0;
  *inside = (mcnn_box){0, 0, ink->plane.height - 1, ink->plane.width - 1};
  if (ink->plane.height < 40 || ink->plane.width < 40)
    return MNISTCNN_OK;
  r.mask = mcnn_alloc_array(alloc, count, 1);
  r.after = mcnn_alloc_array(alloc, count, 1);
  mnistcnn_status status = r.mask && r.after ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  mcnn_box box = *inside;
  if (status == MNISTCNN_OK)
    status = remove_at_level(&r, ink->low, found, &box);
  /* Lighter than the ink. */
  if (status == MNISTCNN_OK && !*found)
    status = remove_at_level(&r, ink->floor, found, &box);
  if (*found) {
    memcpy(ink->plane.pixels, r.after, count);
    *inside = box;
  }
  mcnn_free(alloc, r.after);
  mcnn_free(alloc, r.mask);
  return status;
}
