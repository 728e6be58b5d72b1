#include "digit/form.h"

#include "digit/rule_removal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- region ----------------------------------------------------------------------------------- */

static uint64_t box_area(const mcnn_box *box) {
  return (uint64_t)mcnn_box_height(box) * mcnn_box_width(box);
}

/* The box of the component that spans most. */
static mnistcnn_status find_region(const mcnn_ink *ink, const mcnn_alloc *alloc, mcnn_box *region) {
  mcnn_components components = {0};
  const mnistcnn_status status = mcnn_components_find(ink, alloc, &components);

  *region = (mcnn_box){0, 0, 0, 0};
  for (uint32_t i = 0; status == MNISTCNN_OK && i < components.count; i++)
    if (box_area(&components.items[i].box) > box_area(region))
      *region = components.items[i].box;
  mcnn_components_free(&components, alloc);
  return status;
}

/* Copies the region out of the ink, or back. */
static void copy_region(mcnn_plane *whole, const mcnn_box *region, mcnn_plane *part, int back) {
  for (uint32_t y = 0; y < part->height; y++) {
    uint8_t *const row = whole->pixels + (size_t)(region->top + y) * whole->width + region->left;
    uint8_t *const own = part->pixels + (size_t)y * part->width;
    memcpy(back ? row : own, back ? own : row, part->width);
  }
}

/* --- rules ------------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b) {
  const mcnn_rule *const left = a, *const right = b;
  const int64_t l = 2 * (int64_t)left->first + left->skew;
  const int64_t r = 2 * (int64_t)right->first + right->skew;

  return l < r ? -1 : l > r;
}

/* From the end of one rule to the beginning of the next, in the middle. */
static int64_t distance(const mcnn_rule *a, const mcnn_rule *b) {
  return b->first + b->skew / 2 - (a->first + a->skew / 2) - (int64_t)a->thickness;
}

/* Sorted, and of double lines only the first: where the next is nearer than a quarter of the widest
 * distance, no cell has room. Returns how many cells lie between. */
static uint32_t sort_rules(const mcnn_rules *found, mcnn_rule *rules) {
  int64_t widest = 0;
  uint32_t kept = 0;

  memcpy(rules, found->items, found->count * sizeof *rules);
  qsort(rules, found->count, sizeof *rules, by_place);
  for (uint32_t i = 1; i < found->count; i++)
    widest =
        distance(&rules[i - 1], &rules[i]) > widest ? distance(&rules[i - 1], &rules[i]) : widest;
  for (uint32_t i = 0; i < found->count; i++)
    if (kept == 0 || 4 * distance(&rules[kept - 1], &rules[i]) > widest)
      rules[kept++] = rules[i];
  return kept > 0 ? kept - 1 : 0;
}

/* --- finding ---------------------------------------------------------------------------------- */

static mnistcnn_status erase(mcnn_ink *ink, const mcnn_ink *part, const mcnn_ruled directions[2],
                             const mcnn_alloc *alloc, const mcnn_form *form) {
  mcnn_plane after = {0};
  uint32_t num_free;
  mnistcnn_status status = mcnn_plane_create(part->plane.height, part->plane.width, alloc, &after);

  if (status == MNISTCNN_OK)
    status = mcnn_rules_erase(part, directions, alloc, after.pixels, &num_free);
  if (status == MNISTCNN_OK)
    copy_region(&ink->plane, &form->region, &after, 1);
  mcnn_plane_free(&after, alloc);
  return status;
}

/* A table has two cells at least. */
static mnistcnn_status find_in_region(mcnn_ink *ink, mcnn_ink *part, const mcnn_alloc *alloc,
                                      mcnn_form *form) {
  mcnn_ruled directions[2];
  mnistcnn_status status = mcnn_rules_find_both(part, ink->low, alloc, directions);

  if (status != MNISTCNN_OK)
    return status;
  form->num_rows = sort_rules(&directions[0].rules, form->rows);
  form->num_columns = sort_rules(&directions[1].rules, form->columns);
  if (form->num_rows == 0 || form->num_columns == 0 || form->num_rows * form->num_columns < 2) {
    form->num_rows = form->num_columns = 0;
    return MNISTCNN_OK;
  }
  return erase(ink, part, directions, alloc, form);
}

mnistcnn_status mcnn_form_find(mcnn_ink *ink, const mcnn_alloc *alloc, mcnn_form *form) {
  mcnn_ink part = *ink;
  mnistcnn_status status = find_region(ink, alloc, &form->region);

  form->num_rows = form->num_columns = 0;
  if (status != MNISTCNN_OK || mcnn_box_size(&form->region) < 40)
    return status;
  part.plane.pixels = NULL;
  status = mcnn_plane_create(mcnn_box_height(&form->region), mcnn_box_width(&form->region), alloc,
                             &part.plane);
  if (status == MNISTCNN_OK) {
    copy_region(&ink->plane, &form->region, &part.plane, 0);
    status = find_in_region(ink, &part, alloc, form);
  }
  mcnn_plane_free(&part.plane, alloc);
  return status;
}

/* --- cells ------------------------------------------------------------------------------------ */

static uint32_t clamped(int64_t value, uint32_t first, uint32_t last) {
  return value < first ? first : value > last ? last : (uint32_t)value;
}

/* Where the rule lies at this step along, from the beginning of the region. */
static int64_t begin_of(const mcnn_rule *rule, uint32_t along, uint32_t step) {
  return mcnn_rule_at(rule, along, step);
}

mcnn_box mcnn_form_cell(const mcnn_form *form, uint32_t row, uint32_t column) {
  const mcnn_box *const r = &form->region;
  const uint32_t height = mcnn_box_height(r), width = mcnn_box_width(r);
  const mcnn_rule *const upper = &form->rows[row], *const left = &form->columns[column];

  assert(row < form->num_rows && column < form->num_columns);
  const uint32_t x =
      clamped((begin_of(left, height, height / 2) + begin_of(left + 1, height, height / 2)) / 2, 0,
              width - 1);
  const uint32_t y =
      clamped((begin_of(upper, width, x) + begin_of(upper + 1, width, x)) / 2, 0, height - 1);
  mcnn_box cell;
  cell.top = clamped(r->top + begin_of(upper, width, x) + upper->thickness, r->top, r->bottom);
  cell.bottom = clamped(r->top + begin_of(upper + 1, width, x) - 1, cell.top, r->bottom);
  cell.left = clamped(r->left + begin_of(left, height, y) + left->thickness, r->left, r->right);
  cell.right = clamped(r->left + begin_of(left + 1, height, y) - 1, cell.left, r->right);
  return cell;
}

/* --- candidates ------------------------------------------------------------------------------- */

static int contains_middle(const mcnn_box *cell, const mcnn_box *box) {
  const uint32_t y = (box->top + box->bottom) / 2, x = (box->left + box->right) / 2;

  return y >= cell->top && y <= cell->bottom && x >= cell->left && x <= cell->right;
}

/* Rests of the rules, and dirt. */
static int is_rest(const mcnn_component *component, const mcnn_box *cell) {
  const uint32_t height = mcnn_box_height(cell), size = mcnn_box_size(&component->box);
  const mcnn_box *const box = &component->box;
  const int at_edge =
      box->top <= cell->top + height / 12 + 1 || box->bottom + height / 12 + 1 >= cell->bottom ||
      box->left <= cell->left + height / 12 + 1 || box->right + height / 12 + 1 >= cell->right;
  const uint32_t thin =
      mcnn_box_height(box) < mcnn_box_width(box) ? mcnn_box_height(box) : mcnn_box_width(box);

  return 8 * size < height || (at_edge && (12 * thin < height || 4 * size < height));
}

static void add(mcnn_candidate *candidate, mcnn_component *component) {
  candidate->box =
      candidate->ink == 0 ? component->box : mcnn_box_union(&candidate->box, &component->box);
  candidate->ink += component->ink;
  candidate->num_components++;
  if (!candidate->largest || component->ink > candidate->largest->ink)
    candidate->largest = component;
}

static mcnn_candidate candidate_of(const mcnn_form *form, uint32_t row, uint32_t column,
                                   uint32_t index, mcnn_components *components) {
  const mcnn_box cell = mcnn_form_cell(form, row, column);
  mcnn_candidate candidate = {.line = row, .column = column};

  for (uint32_t i = 0; i < components->count; i++) {
    mcnn_component *const component = &components->items[i];
    if (contains_middle(&cell, &component->box) && !is_rest(component, &cell)) {
      add(&candidate, component);
      component->candidate = index;
    }
  }
  /* A mark in an empty cell is lower than a digit. */
  if (candidate.ink > 0 && 5 * mcnn_box_height(&candidate.box) < mcnn_box_height(&cell))
    candidate.ink = 0;
  return candidate;
}

mnistcnn_status mcnn_form_candidates(const mcnn_form *form, mcnn_components *components,
                                     const mcnn_alloc *alloc, mcnn_candidates *candidates) {
  const size_t cells = (size_t)form->num_rows * form->num_columns;

  candidates->items = mcnn_alloc_zeroed(alloc, cells, sizeof *candidates->items);
  if (!candidates->items)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < cells; i++) {
    const mcnn_candidate candidate =
        candidate_of(form, (uint32_t)(i / form->num_columns), (uint32_t)(i % form->num_columns),
                     candidates->count, components);
    if (candidate.ink > 0)
      candidates->items[candidates->count++] = candidate;
  }
  return MNISTCNN_OK;
}
