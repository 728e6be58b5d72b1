/* Labelled in two passes, with union-find (Rosenfeld and Pfaltz 1966). */
#include "digit/components.h"

#include <assert.h>

/* --- labels ----------------------------------------------------------------------------------- */

static uint32_t root_of(uint32_t *parents, uint32_t label) {
  while (parents[label] != label) {
    parents[label] = parents[parents[label]];
    label = parents[label];
  }
  return label;
}

/* Makes the lesser of the two roots that of both. */
static uint32_t join(uint32_t *parents, uint32_t a, uint32_t b) {
  a = root_of(parents, a);
  b = root_of(parents, b);
  const uint32_t root = a < b ? a : b;
  parents[a < b ? b : a] = root;
  return root;
}

/* The label for a pixel from those of its four neighbours that are labelled already; 0: none. */
static uint32_t label_from_neighbours(const uint32_t *at, uint32_t x, uint32_t y, uint32_t width,
                                      uint32_t *parents) {
  const ptrdiff_t up = -(ptrdiff_t)width;
  const uint32_t around[4] = {x > 0 ? at[-1] : 0, y > 0 && x > 0 ? at[up - 1] : 0,
                              y > 0 ? at[up] : 0, y > 0 && x + 1 < width ? at[up + 1] : 0};
  uint32_t label = 0;

  for (int i = 0; i < 4; i++)
    if (around[i] != 0)
      label = label == 0 ? around[i] : join(parents, label, around[i]);
  return label;
}

/* Provisional labels; parents[label] leads to the least label of the component. Returns how many
 * there are, label 0 included: no more than one for every second pixel of every second row. */
static uint32_t label_pixels(const mcnn_ink *ink, uint32_t *labels, uint32_t *parents) {
  const mcnn_plane *const plane = &ink->plane;
  uint32_t next = 1;

  parents[0] = 0;
  for (uint32_t y = 0; y < plane->height; y++) {
    for (uint32_t x = 0; x < plane->width; x++) {
      const size_t i = (size_t)y * plane->width + x;
      labels[i] = 0;
      if (plane->pixels[i] > ink->low) {
        labels[i] = label_from_neighbours(labels + i, x, y, plane->width, parents);
        if (labels[i] == 0) {
          parents[next] = next;
          labels[i] = next++;
        }
      }
    }
  }
  return next;
}

/* Every pixel's label becomes its root; maxima[root] = the strongest ink of the component. */
static void resolve_labels(const mcnn_ink *ink, uint32_t *labels, uint32_t *parents,
                           uint8_t *maxima) {
  for (size_t i = 0; i < mcnn_plane_count(&ink->plane); i++) {
    if (labels[i] != 0) {
      const uint32_t root = root_of(parents, labels[i]);
      const uint8_t value = ink->plane.pixels[i];
      labels[i] = root;
      maxima[root] = value > maxima[root] ? value : maxima[root];
    }
  }
}

/* numbers[root] = component + 1, or 0 for one too weak to count. Only roots have a maximum, and
 * only their numbers are used. */
static uint32_t number_roots(const mcnn_ink *ink, uint32_t labels, const uint8_t *maxima,
                             uint32_t *numbers) {
  uint32_t count = 0;

  for (uint32_t label = 0; label < labels; label++)
    numbers[label] = maxima[label] > ink->high ? ++count : 0;
  return count;
}

/* --- measures --------------------------------------------------------------------------------- */

static uint8_t borders_of(uint32_t y, uint32_t x, const mcnn_plane *plane) {
  return (uint8_t)((y == 0 ? MCNN_AT_TOP : 0) | (x == 0 ? MCNN_AT_LEFT : 0) |
                   (y + 1 == plane->height ? MCNN_AT_BOTTOM : 0) |
                   (x + 1 == plane->width ? MCNN_AT_RIGHT : 0));
}

void mcnn_component_add(mcnn_component *component, uint32_t y, uint32_t x, const mcnn_plane *ink) {
  const mcnn_box pixel = {y, x, y, x};

  component->box = component->area == 0 ? pixel : mcnn_box_union(&component->box, &pixel);
  component->area++;
  component->ink += ink->pixels[(size_t)y * ink->width + x];
  component->at_border |= borders_of(y, x, ink);
}

static void measure(const mcnn_ink *ink, const uint32_t *numbers, mcnn_components *components) {
  const mcnn_plane *const plane = &ink->plane;

  for (uint32_t y = 0; y < plane->height; y++) {
    for (uint32_t x = 0; x < plane->width; x++) {
      const size_t i = (size_t)y * plane->width + x;
      components->labels[i] = numbers[components->labels[i]];
      if (components->labels[i] != 0) {
        mcnn_component *const component = &components->items[components->labels[i] - 1];
        mcnn_component_add(component, y, x, plane);
        component->candidate = MCNN_NO_CANDIDATE;
      }
    }
  }
}

/* --- whole ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_components_find(const mcnn_ink *ink, const mcnn_alloc *alloc,
                                     mcnn_components *components) {
  const size_t count = mcnn_plane_count(&ink->plane);
  const size_t most_labels =
      ((size_t)ink->plane.height / 2 + 1) * ((size_t)ink->plane.width / 2 + 1) + 1;
  uint32_t *const parents = mcnn_alloc_array(alloc, most_labels, sizeof *parents);
  uint32_t *const numbers = mcnn_alloc_array(alloc, most_labels, sizeof *numbers);
  uint8_t *const maxima = mcnn_alloc_zeroed(alloc, most_labels, 1);
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;

  components->labels = mcnn_alloc_array(alloc, count, sizeof *components->labels);
  if (parents && numbers && maxima && components->labels) {
    const uint32_t labels = label_pixels(ink, components->labels, parents);
    assert(labels <= most_labels);
    resolve_labels(ink, components->labels, parents, maxima);
    components->count = number_roots(ink, labels, maxima, numbers);
    components->items = mcnn_alloc_zeroed(alloc, components->count, sizeof *components->items);
    components->capacity = components->count;
    if (components->items) {
      measure(ink, numbers, components);
      status = MNISTCNN_OK;
    }
  }
  mcnn_free(alloc, maxima);
  mcnn_free(alloc, numbers);
  mcnn_free(alloc, parents);
  return status;
}

void mcnn_components_free(mcnn_components *components, const mcnn_alloc *alloc) {
  mcnn_free(alloc, components->items);
  mcnn_free(alloc, components->labels);
  *components = (mcnn_components){0};
}

int mcnn_touches_opposite(uint8_t at_border) {
  return (at_border & MCNN_AT_ROWS) == MCNN_AT_ROWS ||
         (at_border & MCNN_AT_COLUMNS) == MCNN_AT_COLUMNS;
}
