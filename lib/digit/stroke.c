#include "digit/stroke.h"

#include "digit/distance.h"

static int ink_at(const mcnn_plane *p, uint32_t y, uint32_t x) {
  return y < p->height && x < p->width && p->pixels[(size_t)y * p->width + x] > MCNN_INK_THRESHOLD;
}

/* By bit quads, for 8-connected components (Gray 1971): squares of 2 x 2 pixels are counted by how
 * many of these are ink. The outermost squares reach beyond the edge. */
int mcnn_euler_number(const mcnn_plane *p) {
  int one = 0, three = 0, diagonal = 0;

  for (uint32_t y = 0; y <= p->height; y++) {
    int b = 0, d = 0; /* of the column before */
    for (uint32_t x = 0; x <= p->width; x++) {
      const int a = b, c = d;
      b = ink_at(p, y - 1, x);
      d = ink_at(p, y, x);
      const int sum = a + b + c + d;
      one += sum == 1;
      three += sum == 3;
      diagonal += sum == 2 && a == d;
    }
  }
  return (one - three - 2 * diagonal) / 4;
}

void mcnn_stroke_measure(const mcnn_plane *plane, uint16_t *distance, mcnn_stroke_stats *stats) {
  const uint32_t longest = plane->height > plane->width ? plane->height : plane->width;
  double area = 0, sum = 0;

  mcnn_distance_transform(plane, 0, distance);
  for (size_t i = 0; i < mcnn_plane_count(plane); i++) {
    area += distance[i] > 0;
    sum += distance[i] > 0 ? (double)distance[i] / MCNN_DISTANCE_UNIT - 0.5 : 0;
  }
  /* Across a stroke of width w the distance to its edge is w / 4 on average. */
  stats->width = area > 0 ? 4 * sum / area : 0;
  stats->coverage = area / (double)mcnn_plane_count(plane);
  stats->length = stats->width > 0 ? area / stats->width / longest : 0;
  stats->euler = mcnn_euler_number(plane);
}

void mcnn_stroke_grow(mcnn_plane *plane, double pixels, uint16_t *outside, uint16_t *inside) {
  mcnn_distance_transform(plane, 1, outside);
  mcnn_distance_transform(plane, 0, inside);
  for (size_t i = 0; i < mcnn_plane_count(plane); i++) {
    const double from_edge = outside[i] > 0 ? (double)outside[i] / MCNN_DISTANCE_UNIT - 0.5
                                            : 0.5 - (double)inside[i] / MCNN_DISTANCE_UNIT;
    const double coverage = 0.5 - (from_edge - pixels);
    plane->pixels[i] = (uint8_t)(coverage <= 0 ? 0 : coverage >= 1 ? 255 : 255 * coverage + 0.5);
  }
}
