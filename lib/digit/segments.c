#include "digit/segments.h"

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

mnistcnn_status mcnn_segments_make(const mcnn_plane *ink, mcnn_components *components,
                                   uint32_t candidate, const mcnn_cuts *cuts,
                                   const mcnn_alloc *alloc, mcnn_segments *segments) {
  const mcnn_box *const box = &cuts->box;

  *segments = (mcnn_segments){components->count, cuts->count + 1};
  if (grow(components, segments->count, alloc) != MNISTCNN_OK)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < segments->count; i++)
    components->items[components->count++] = (mcnn_component){.candidate = candidate};
  for (uint32_t y = box->top; y <= box->bottom; y++) {
    for (uint32_t x = box->left; x <= box->right; x++) {
      uint32_t *const label = &components->labels[(size_t)y * ink->width + x];
      if (*label == 0 || components->items[*label - 1].candidate != candidate)
        continue;
      const uint32_t segment = segments->first + mcnn_cuts_segment_at(cuts, y, x);
      mcnn_component_add(&components->items[segment], y, x, ink);
      *label = segment + 1;
    }
  }
  return MNISTCNN_OK;
}

mcnn_candidate mcnn_segments_run(mcnn_components *components, const mcnn_segments *segments,
                                 uint32_t begin, uint32_t end) {
  mcnn_candidate run = {.num_components = 1};

  assert(begin < end && end <= segments->count);
  for (uint32_t i = 0; i < segments->count; i++) {
    mcnn_component *const segment = &components->items[segments->first + i];
    const int inside = i >= begin && i < end && segment->area > 0;
    segment->candidate = inside ? MCNN_SEGMENTS_RUN : MCNN_NO_CANDIDATE;
    if (!inside)
      continue;
    run.box = run.ink == 0 ? segment->box : mcnn_box_union(&run.box, &segment->box);
    run.ink += segment->ink;
    run.at_border |= segment->at_border;
  }
  return run;
}

void mcnn_segments_restore(mcnn_components *components, const mcnn_segments *segments,
                           uint32_t candidate) {
  for (uint32_t i = 0; i < segments->count; i++)
    components->items[segments->first + i].candidate = candidate;
}
