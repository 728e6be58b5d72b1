#include "digit/rule_removal.h"

typedef struct removal {
  const mcnn_ink *ink;
  const mcnn_ruled *directions; /* [2] */
  uint8_t *mask;                /* [height][width] 1: of a rule */
  uint8_t *after;               /* the ink without rules */
} removal;

static size_t at(const mcnn_rule_view *v, uint32_t i, int64_t j) {
  return (size_t)i * v->along_stride + (size_t)j * v->across_stride;
}

/* --- bands ------------------------------------------------------------------------------------ */

/* The first pixel beyond the band on either side; the soft edge of a rule is one pixel. */
static int64_t above(const mcnn_ruled *d, const mcnn_rule *rule, uint32_t i) {
  return mcnn_rule_at(rule, d->view.along, i) - 2;
}

static int64_t below(const mcnn_ruled *d, const mcnn_rule *rule, uint32_t i) {
  return mcnn_rule_at(rule, d->view.along, i) + rule->thickness + 1;
}

static void mark_band(const removal *r, const mcnn_ruled *d, const mcnn_rule *rule) {
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
static contact next_contact(const removal *r, const mcnn_ruled *d, const mcnn_rule *rule, int lower,
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
static void restore_crossing(const removal *r, const mcnn_ruled *d, const mcnn_rule *rule,
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
static uint32_t restore_crossings(const removal *r, const mcnn_ruled *d, const mcnn_rule *rule) {
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

/* --- whole ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_rules_find_both(const mcnn_ink *ink, uint32_t level, const mcnn_alloc *alloc,
                                     mcnn_ruled directions[2]) {
  mnistcnn_status status = MNISTCNN_OK;

  for (int k = 0; k < 2; k++) {
    directions[k].view = mcnn_rule_view_of(&ink->plane, k);
    directions[k].rules.count = 0;
  }
  for (int k = 0; k < 2 && status == MNISTCNN_OK; k++)
    status = mcnn_rules_find(ink, level, &directions[k].view, alloc, &directions[k].rules);
  return status;
}

mnistcnn_status mcnn_rules_erase(const mcnn_ink *ink, const mcnn_ruled directions[2],
                                 const mcnn_alloc *alloc, uint8_t *after, uint32_t *num_free) {
  const size_t count = mcnn_plane_count(&ink->plane);
  const removal r = {ink, directions, mcnn_alloc_zeroed(alloc, count, 1), after};

  *num_free = 0;
  if (!r.mask)
    return MNISTCNN_OUT_OF_MEMORY;
  mark_rules(&r);
  for (size_t i = 0; i < count; i++)
    after[i] = r.mask[i] ? 0 : ink->plane.pixels[i];
  for (int k = 0; k < 2; k++) {
    for (uint32_t i = 0; i < directions[k].rules.count; i++)
      *num_free +=
          restore_crossings(&r, &directions[k], &directions[k].rules.items[i]) == 0 ? 1 : 0;
  }
  mcnn_free(alloc, r.mask);
  return MNISTCNN_OK;
}
