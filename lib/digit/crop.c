#include "digit/crop.h"

#include <assert.h>
#include <string.h>

/* What lies below this fraction of a stroke's strength is paper, above the other it is full ink; a
 * pixel half covered comes out as a half. */
static const double paper_level = 0.15, ink_level = 0.85;

/* Of 255: rows and columns that are nowhere stronger are left out. */
enum { NEXT_TO_NOTHING = 24 };

static int is_of_candidate(const mcnn_crop_source *s, int64_t y, int64_t x) {
  const mcnn_plane *const plane = &s->ink->plane;

  if (y < 0 || x < 0 || y >= plane->height || x >= plane->width)
    return 0;
  const uint32_t label = s->components->labels[(size_t)y * plane->width + (size_t)x];
  return label != 0 && s->components->items[label - 1].candidate == s->candidate;
}

/* The ink of the candidate, or the soft edge next to it. */
static int is_next_to_candidate(const mcnn_crop_source *s, int64_t y, int64_t x) {
  for (int64_t row = y - 1; row <= y + 1; row++) {
    for (int64_t column = x - 1; column <= x + 1; column++)
      if (is_of_candidate(s, row, column))
        return 1;
  }
  return 0;
}

/* Of the ink of this candidate alone: the others may be written with another pen. */
static double mean_strength(const mcnn_crop_source *s) {
  double sum = 0, count = 0;

  for (uint32_t y = s->box.top; y <= s->box.bottom; y++) {
    for (uint32_t x = s->box.left; x <= s->box.right; x++) {
      const uint8_t value = s->ink->plane.pixels[(size_t)y * s->ink->plane.width + x];
      if (value > s->ink->high && is_of_candidate(s, y, x)) {
        sum += value;
        count += 1;
      }
    }
  }
  return count > 0 ? sum / count : 255;
}

static uint8_t stretch(uint8_t value, double strength) {
  const double ink = (value / strength - paper_level) / (ink_level - paper_level);

  return (uint8_t)(ink <= 0 ? 0 : ink >= 1 ? 255 : 255 * ink + 0.5);
}

/* The box with one pixel around for the soft edge. */
static mnistcnn_status cut_out(const mcnn_crop_source *s, const mcnn_alloc *alloc,
                               mcnn_plane *crop) {
  const double strength = mean_strength(s);
  const mcnn_plane *const plane = &s->ink->plane;
  const mnistcnn_status status =
      mcnn_plane_create(mcnn_box_height(&s->box) + 2, mcnn_box_width(&s->box) + 2, alloc, crop);

  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < crop->height; i++) {
    for (uint32_t j = 0; j < crop->width; j++) {
      const int64_t y = (int64_t)s->box.top + i - 1, x = (int64_t)s->box.left + j - 1;
      const int inside = y >= 0 && x >= 0 && y < plane->height && x < plane->width;
      uint8_t *const target = &crop->pixels[(size_t)i * crop->width + j];
      *target = inside && is_next_to_candidate(s, y, x)
                    ? stretch(plane->pixels[(size_t)y * plane->width + (size_t)x], strength)
                    : 0;
    }
  }
  return MNISTCNN_OK;
}

static uint8_t max_of(const mcnn_plane *p, uint32_t y, uint32_t x, uint32_t count, size_t step) {
  uint8_t max = 0;

  for (uint32_t i = 0; i < count; i++) {
    const uint8_t value = p->pixels[(size_t)y * p->width + x + i * step];
    max = value > max ? value : max;
  }
  return max;
}

/* Leaves out the rows and columns around that hold next to nothing. */
static void trim(mcnn_plane *p) {
  uint32_t top = 0, left = 0, bottom = p->height, right = p->width;

  while (bottom - top > 1 && max_of(p, top, 0, p->width, 1) < NEXT_TO_NOTHING)
    top++;
  while (bottom - top > 1 && max_of(p, bottom - 1, 0, p->width, 1) < NEXT_TO_NOTHING)
    bottom--;
  while (right - left > 1 && max_of(p, 0, left, p->height, p->width) < NEXT_TO_NOTHING)
    left++;
  while (right - left > 1 && max_of(p, 0, right - 1, p->height, p->width) < NEXT_TO_NOTHING)
    right--;
  for (uint32_t y = top; y < bottom; y++) {
    memmove(p->pixels + (size_t)(y - top) * (right - left), p->pixels + (size_t)y * p->width + left,
            right - left);
  }
  p->height = bottom - top;
  p->width = right - left;
}

mnistcnn_status mcnn_crop(const mcnn_crop_source *source, const mcnn_alloc *alloc,
                          mcnn_plane *crop) {
  assert(source->box.top <= source->box.bottom && source->box.left <= source->box.right);
  assert(source->box.bottom < source->ink->plane.height);
  assert(source->box.right < source->ink->plane.width);
  const mnistcnn_status status = cut_out(source, alloc, crop);

  if (status == MNISTCNN_OK)
    trim(crop);
  return status;
}
