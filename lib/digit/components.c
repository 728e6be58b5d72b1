#include "digit/components.h"

#include <string.h>

/* ------------------------------------------------------------------------------------ boxes -- */

uint32_t mcnn_box_height(const mcnn_ink_box *box) {
  return box->bottom - box->top + 1;
}

uint32_t mcnn_box_width(const mcnn_ink_box *box) {
  return box->right - box->left + 1;
}

uint32_t mcnn_box_size(const mcnn_ink_box *box) {
  const uint32_t height = mcnn_box_height(box), width = mcnn_box_width(box);

  return height > width ? height : width;
}

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static uint32_t greatest(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}

mcnn_ink_box mcnn_box_union(const mcnn_ink_box *a, const mcnn_ink_box *b) {
  return (mcnn_ink_box){least(a->top, b->top), least(a->left, b->left),
                        greatest(a->bottom, b->bottom), greatest(a->right, b->right)};
}

static uint32_t between(uint32_t first_end, uint32_t second_start) {
  return second_start > first_end + 1 ? second_start - first_end - 1 : 0;
}

uint32_t mcnn_box_gap(const mcnn_ink_box *a, const mcnn_ink_box *b) {
  const uint32_t rows = greatest(between(a->bottom, b->top), between(b->bottom, a->top));
  const uint32_t columns = greatest(between(a->right, b->left), between(b->right, a->left));

  return greatest(rows, columns);
}

/* -------------------------------------------------------------------- labels, by union-find -- */

static uint32_t root_of(uint32_t *parents, uint32_t label) {
  while (parents[label] != label) {
    parents[label] = parents[parents[label]];
    label = parents[label];
  }
  return label;
}

static uint32_t join(uint32_t *parents, uint32_t a, uint32_t b) {
  a = root_of(parents, a);
  b = root_of(parents, b);
  parents[greatest(a, b)] = least(a, b);
  return least(a, b);
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

/* Provisional labels; parents[label] leads to the least label of the piece. Returns how many there
 * are, label 0 included. A piece has no more labels than every second pixel of every second row. */
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

/* peaks[root] = the strongest ink of the piece. */
static void find_peaks(const mcnn_ink *ink, uint32_t *labels, uint32_t *parents, uint8_t *peaks) {
  for (size_t i = 0; i < mcnn_plane_count(&ink->plane); i++) {
    if (labels[i] != 0) {
      const uint32_t root = root_of(parents, labels[i]);
      const uint8_t value = ink->plane.pixels[i];
      labels[i] = root;
      peaks[root] = value > peaks[root] ? value : peaks[root];
    }
  }
}

/* numbers[root] = part + 1, or 0 for a piece too weak to count. Only roots are looked at again. */
static uint32_t number_roots(const mcnn_ink *ink, uint32_t labels, const uint8_t *peaks,
                             uint32_t *numbers) {
  uint32_t count = 0;

  for (uint32_t label = 0; label < labels; label++)
    numbers[label] = peaks[label] > ink->high ? ++count : 0;
  return count;
}

static uint8_t borders_of(uint32_t y, uint32_t x, const mcnn_plane *plane) {
  return (uint8_t)((y == 0 ? 1 : 0) | (x == 0 ? 2 : 0) | (y + 1 == plane->height ? 4 : 0) |
                   (x + 1 == plane->width ? 8 : 0));
}

static void add_pixel(mcnn_part *part, uint32_t y, uint32_t x, uint8_t value) {
  const mcnn_ink_box pixel = {y, x, y, x};

  part->box = part->area == 0 ? pixel : mcnn_box_union(&part->box, &pixel);
  part->area++;
  part->mass += value;
  part->peak = value > part->peak ? value : part->peak;
}

static void measure_parts(const mcnn_ink *ink, const uint32_t *numbers, mcnn_parts *parts) {
  const mcnn_plane *const plane = &ink->plane;

  for (uint32_t y = 0; y < plane->height; y++) {
    for (uint32_t x = 0; x < plane->width; x++) {
      const size_t i = (size_t)y * plane->width + x;
      parts->labels[i] = numbers[parts->labels[i]];
      if (parts->labels[i] != 0) {
        mcnn_part *const part = &parts->parts[parts->labels[i] - 1];
        add_pixel(part, y, x, plane->pixels[i]);
        part->at_border |= borders_of(y, x, plane);
        part->group = MCNN_NO_GROUP;
      }
    }
  }
}

mnistcnn_status mcnn_parts_find(const mcnn_ink *ink, const mcnn_alloc *alloc, mcnn_parts *parts) {
  const size_t count = mcnn_plane_count(&ink->plane);
  const size_t most_labels =
      ((size_t)ink->plane.height / 2 + 1) * ((size_t)ink->plane.width / 2 + 1) + 1;
  uint32_t *const parents = mcnn_alloc_array(alloc, most_labels, sizeof *parents);
  uint32_t *const numbers = mcnn_alloc_array(alloc, most_labels, sizeof *numbers);
  uint8_t *const peaks = mcnn_alloc_zeroed(alloc, most_labels, 1);
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;

  parts->labels = mcnn_alloc_array(alloc, count, sizeof *parts->labels);
  if (parents && numbers && peaks && parts->labels) {
    const uint32_t labels = label_pixels(ink, parts->labels, parents);
    find_peaks(ink, parts->labels, parents, peaks);
    parts->count = number_roots(ink, labels, peaks, numbers);
    parts->parts = mcnn_alloc_zeroed(alloc, parts->count, sizeof *parts->parts);
    if (parts->parts) {
      measure_parts(ink, numbers, parts);
      status = MNISTCNN_OK;
    }
  }
  mcnn_free(alloc, peaks);
  mcnn_free(alloc, numbers);
  mcnn_free(alloc, parents);
  return status;
}

void mcnn_parts_free(mcnn_parts *parts, const mcnn_alloc *alloc) {
  mcnn_free(alloc, parts->parts);
  mcnn_free(alloc, parts->labels);
  *parts = (mcnn_parts){0};
}
