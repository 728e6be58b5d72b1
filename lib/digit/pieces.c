#include "digit/pieces.h"

#include <assert.h>
#include <string.h>

/* Room for `more` components; what there is keeps its place in the order, not in memory. */
static mnistcnn_status grow(mcnn_components *components, uint32_t more, const mcnn_alloc *alloc) {
  const size_t count = components->count;
  mcnn_component *items;

  if (count + more <= components->capacity)
    return MNISTCNN_OK;
  const size_t capacity = 2 * (count + more);
  items = mcnn_alloc_array(alloc, capacity, sizeof *items);
  if (!items)
    return MNISTCNN_OUT_OF_MEMORY;
  memcpy(items, components->items, count * sizeof *items);
  mcnn_free(alloc, components->items);
  components->items = items;
  components->capacity = capacity;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_pieces_make(const mcnn_plane *ink, mcnn_components *components,
                                 uint32_t candidate, const mcnn_cuts *cuts, const mcnn_alloc *alloc,
                                 mcnn_pieces *pieces) {
  const mcnn_box *const box = &cuts->box;

  *pieces = (mcnn_pieces){components->count, cuts->count + 1};
  if (grow(components, pieces->count, alloc) != MNISTCNN_OK)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < pieces->count; i++)
    components->items[components->count++] = (mcnn_component){.candidate = candidate};
  for (uint32_t y = box->top; y <= box->bottom; y++) {
    for (uint32_t x = box->left; x <= box->right; x++) {
      uint32_t *const label = &components->labels[(size_t)y * ink->width + x];
      if (*label == 0 || components->items[*label - 1].candidate != candidate)
        continue;
      const uint32_t piece = pieces->first + mcnn_cuts_piece_at(cuts, y, x);
      mcnn_component_add(&components->items[piece], y, x, ink);
      *label = piece + 1;
    }
  }
  return MNISTCNN_OK;
}

mcnn_candidate mcnn_pieces_run(mcnn_components *components, const mcnn_pieces *pieces,
                               uint32_t begin, uint32_t end) {
  mcnn_candidate run = {.num_components = 1};

  assert(begin < end && end <= pieces->count);
  for (uint32_t i = 0; i < pieces->count; i++) {
    mcnn_component *const piece = &components->items[pieces->first + i];
    const int inside = i >= begin && i < end && piece->area > 0;
    piece->candidate = inside ? MCNN_PIECES_RUN : MCNN_NO_CANDIDATE;
    if (!inside)
      continue;
    run.box = run.ink == 0 ? piece->box : mcnn_box_union(&run.box, &piece->box);
    run.ink += piece->ink;
    run.at_border |= piece->at_border;
  }
  return run;
}

void mcnn_pieces_restore(mcnn_components *components, const mcnn_pieces *pieces,
                         uint32_t candidate) {
  for (uint32_t i = 0; i < pieces->count; i++)
    components->items[pieces->first + i].candidate = candidate;
}
