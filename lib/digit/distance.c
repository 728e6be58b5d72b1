#include "digit/distance.h"

#include <assert.h>
#include <stddef.h>

/* The chamfer distances 5-7-11: to the side, diagonally, and like a knight in chess. Within 2 % of
 * five times the Euclidean distance (Borgefors 1986). */
enum { STRAIGHT = MCNN_DISTANCE_UNIT, DIAGONAL = 7, KNIGHT = 11, FAR = 60000 };

typedef struct step {
  int down, right, length;
} step;

static const step steps[8] = {{-1, 0, STRAIGHT}, {0, -1, STRAIGHT}, {-1, -1, DIAGONAL},
                              {-1, 1, DIAGONAL}, {-2, -1, KNIGHT},  {-2, 1, KNIGHT},
                              {-1, -2, KNIGHT},  {-1, 2, KNIGHT}};

/* Beyond the edge there is paper: distance 0 where that to paper is asked for, else far. */
static int distance_at(const uint16_t *distance, const mcnn_plane *p, int64_t y, int64_t x,
                       int beyond) {
  if (y < 0 || x < 0 || y >= p->height || x >= p->width)
    return beyond;
  return distance[(size_t)y * p->width + (size_t)x];
}

/* The shortest way to this pixel by way of the eight that this pass has been to. */
static void relax(uint16_t *distance, const mcnn_plane *p, uint32_t y, uint32_t x, int sign,
                  int beyond) {
  uint16_t *const own = &distance[(size_t)y * p->width + x];

  for (int i = 0; i < 8 && *own != 0; i++) {
    const int64_t row = (int64_t)y + sign * steps[i].down;
    const int64_t column = (int64_t)x + sign * steps[i].right;
    const int through = distance_at(distance, p, row, column, beyond) + steps[i].length;
    *own = through < *own ? (uint16_t)through : *own;
  }
}

/* The same where all eight lie inside. */
static void relax_inside(uint16_t *own, const ptrdiff_t offsets[8]) {
  unsigned best = *own;

  for (int i = 0; i < 8; i++) {
    const unsigned through = own[offsets[i]] + (unsigned)steps[i].length;
    best = through < best ? through : best;
  }
  *own = (uint16_t)best;
}

static void relax_row(uint16_t *distance, const mcnn_plane *p, uint32_t y, int sign, int beyond) {
  const int rows_inside = y >= 2 && y + 2 < p->height;
  uint16_t *const row = distance + (size_t)y * p->width;
  ptrdiff_t offsets[8];

  for (int i = 0; i < 8; i++)
    offsets[i] = sign * (steps[i].down * (ptrdiff_t)p->width + steps[i].right);
  for (uint32_t i = 0; i < p->width; i++) {
    const uint32_t x = sign > 0 ? i : p->width - 1 - i;
    if (row[x] == 0)
      continue;
    if (rows_inside && x >= 2 && x + 2 < p->width)
      relax_inside(&row[x], offsets);
    else
      relax(distance, p, y, x, sign, beyond);
  }
}

void mcnn_distance_transform(const mcnn_plane *p, int to_ink, uint16_t *distance) {
  assert(to_ink == 0 || to_ink == 1);
  const int beyond = to_ink ? FAR : 0;

  for (size_t i = 0; i < mcnn_plane_count(p); i++)
    distance[i] = (p->pixels[i] > MCNN_INK_THRESHOLD) == to_ink ? 0 : FAR;
  for (uint32_t y = 0; y < p->height; y++)
    relax_row(distance, p, y, 1, beyond);
  for (uint32_t y = p->height; y-- > 0;)
    relax_row(distance, p, y, -1, beyond);
}
