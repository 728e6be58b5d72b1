#include "digit/raster.h"

/* Steps to the side, diagonal and like a knight: within 2 % of the true distance (Borgefors 1986).
 */
enum { STRAIGHT = 5, DIAGONAL = 7, KNIGHT = 11, FAR = 60000 };

typedef struct step {
  int down, right, length;
} step;

static const step steps[8] = {{-1, 0, STRAIGHT}, {0, -1, STRAIGHT}, {-1, -1, DIAGONAL},
                              {-1, 1, DIAGONAL}, {-2, -1, KNIGHT},  {-2, 1, KNIGHT},
                              {-1, -2, KNIGHT},  {-1, 2, KNIGHT}};

/* Beyond the edge there is paper: distance 0 where paper is the target, else far. */
static int distance_at(const uint16_t *distance, const mcnn_plane *p, int64_t y, int64_t x,
                       int beyond) {
  if (y < 0 || x < 0 || y >= p->height || x >= p->width)
    return beyond;
  return distance[(size_t)y * p->width + (size_t)x];
}

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

/* From every cell to the nearest one that is ink (target 1) or paper (0). */
static void find_distances(const mcnn_plane *p, int target, uint16_t *distance) {
  const int beyond = target == 0 ? 0 : FAR;

  for (size_t i = 0; i < mcnn_plane_count(p); i++)
    distance[i] = (p->pixels[i] > 127) == target ? 0 : FAR;
  for (uint32_t y = 0; y < p->height; y++)
    for (uint32_t x = 0; x < p->width; x++)
      relax(distance, p, y, x, 1, beyond);
  for (uint32_t y = p->height; y-- > 0;)
    for (uint32_t x = p->width; x-- > 0;)
      relax(distance, p, y, x, -1, beyond);
}

static int ink_at(const mcnn_plane *p, uint32_t y, uint32_t x) {
  return y < p->height && x < p->width && p->pixels[(size_t)y * p->width + x] > 127;
}

/* Gray 1971, pieces joined at corners too: counts squares of 2 x 2 cells by how much of them is
 * ink. Row and column 0 of the squares hang over the edge. */
static int euler_number(const mcnn_plane *p) {
  int one = 0, three = 0, diagonal = 0;

  for (uint32_t y = 0; y <= p->height; y++) {
    for (uint32_t x = 0; x <= p->width; x++) {
      const int a = ink_at(p, y - 1, x - 1), b = ink_at(p, y - 1, x);
      const int c = ink_at(p, y, x - 1), d = ink_at(p, y, x);
      const int sum = a + b + c + d;
      one += sum == 1;
      three += sum == 3;
      diagonal += sum == 2 && a == d;
    }
  }
  return (one - three - 2 * diagonal) / 4;
}

void mcnn_raster_measure(const mcnn_plane *plane, uint16_t *distance, mcnn_raster_facts *facts) {
  const uint32_t longest = plane->height > plane->width ? plane->height : plane->width;
  double area = 0, sum = 0;

  find_distances(plane, 0, distance);
  for (size_t i = 0; i < mcnn_plane_count(plane); i++) {
    area += distance[i] > 0;
    sum += distance[i] > 0 ? (double)distance[i] / MCNN_RASTER_UNIT - 0.5 : 0;
  }
  /* Across a stroke of width w the distance to its edge is w / 4 on average. */
  facts->stroke = area > 0 ? 4 * sum / area : 0;
  facts->cover = area / (double)mcnn_plane_count(plane);
  facts->length = facts->stroke > 0 ? area / facts->stroke / longest : 0;
  facts->euler = euler_number(plane);
}

void mcnn_raster_grow(mcnn_plane *plane, double cells, uint16_t *outside, uint16_t *inside) {
  find_distances(plane, 1, outside);
  find_distances(plane, 0, inside);
  for (size_t i = 0; i < mcnn_plane_count(plane); i++) {
    const double from_edge = outside[i] > 0 ? (double)outside[i] / MCNN_RASTER_UNIT - 0.5
                                            : 0.5 - (double)inside[i] / MCNN_RASTER_UNIT;
    const double cover = 0.5 - (from_edge - cells);
    plane->pixels[i] = (uint8_t)(cover <= 0 ? 0 : cover >= 1 ? 255 : 255 * cover + 0.5);
  }
}
