#include "digit/box_rules.h"

#include "digit/rule_removal.h"

#include <string.h>

typedef struct removal {
  const mcnn_ink *ink;
  const mcnn_alloc *alloc;
  mcnn_ruled directions[2]; /* rows, columns */
  uint8_t *after;           /* the ink without rules */
} removal;

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
static int narrow(const mcnn_ruled *d, uint32_t *first, uint32_t *last) {
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

static uint32_t count_rules(const removal *r) {
  return r->directions[0].rules.count + r->directions[1].rules.count;
}

/* --- one digit -------------------------------------------------------------------------------- */

/* Rules that stand out from the paper by this level. */
static mnistcnn_status remove_box(removal *r, uint32_t level, int *found, mcnn_box *inside) {
  mnistcnn_status status = mcnn_rules_find_both(r->ink, level, r->alloc, r->directions);
  uint32_t num_free;

  *inside = (mcnn_box){0, 0, r->ink->plane.height - 1, r->ink->plane.width - 1};
  if (status != MNISTCNN_OK || count_rules(r) == 0 || !is_box(r, inside))
    return status;
  status = mcnn_rules_erase(r->ink, r->directions, r->alloc, r->after, &num_free);
  *found = status == MNISTCNN_OK && are_rules(r, num_free, count_rules(r));
  return status;
}

static mnistcnn_status allocate(removal *r) {
  r->after = mcnn_alloc_array(r->alloc, mcnn_plane_count(&r->ink->plane), 1);
  return r->after ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static void finish(removal *r, int found, mcnn_plane *plane) {
  if (found)
    memcpy(plane->pixels, r->after, mcnn_plane_count(plane));
  mcnn_free(r->alloc, r->after);
}

mnistcnn_status mcnn_box_rules_remove(mcnn_ink *ink, const mcnn_alloc *alloc, int *found,
                                      mcnn_box *inside) {
  removal r = {.ink = ink, .alloc = alloc};
  mcnn_box box;

  *found = 0;
  *inside = (mcnn_box){0, 0, ink->plane.height - 1, ink->plane.width - 1};
  if (ink->plane.height < 40 || ink->plane.width < 40)
    return MNISTCNN_OK;
  mnistcnn_status status = allocate(&r);
  if (status == MNISTCNN_OK)
    status = remove_box(&r, ink->low, found, &box);
  /* Lighter than the ink. */
  if (status == MNISTCNN_OK && !*found)
    status = remove_box(&r, ink->floor, found, &box);
  if (*found)
    *inside = box;
  finish(&r, *found, &ink->plane);
  return status;
}

/* --- pages ------------------------------------------------------------------------------------ */

/* On a page a rule is longer still for its width; and in a picture of one row of digits a high
 * stroke goes from border to border. */
enum { PAGE_SLENDERNESS = 20 };

static void keep_slender(mcnn_ruled *d) {
  uint32_t kept = 0;

  for (uint32_t i = 0; i < d->rules.count; i++) {
    const mcnn_rule rule = d->rules.items[i];
    if (2 * d->view.along >= d->view.across &&
        (uint64_t)PAGE_SLENDERNESS * rule.thickness <= d->view.along)
      d->rules.items[kept++] = rule;
  }
  d->rules.count = kept;
}

static mnistcnn_status find_page_rules(removal *r, uint32_t level) {
  const mnistcnn_status status = mcnn_rules_find_both(r->ink, level, r->alloc, r->directions);

  for (int k = 0; k < 2; k++)
    keep_slender(&r->directions[k]);
  return status;
}

mnistcnn_status mcnn_page_rules_remove(mcnn_ink *ink, const mcnn_alloc *alloc) {
  removal r = {.ink = ink, .alloc = alloc};
  mnistcnn_status status = find_page_rules(&r, ink->low);

  if (status == MNISTCNN_OK && count_rules(&r) == 0)
    status = find_page_rules(&r, ink->floor);
  if (status != MNISTCNN_OK || count_rules(&r) == 0)
    return status;
  status = allocate(&r);
  uint32_t num_free;
  if (status == MNISTCNN_OK)
    status = mcnn_rules_erase(ink, r.directions, alloc, r.after, &num_free);
  finish(&r, status == MNISTCNN_OK, &ink->plane);
  return status;
}
