#include "draw/bend.h"

#include "draw/exact.h"

struct bend {
  float matrix[2][2];
  float warp_x[5], warp_y[5]; /* of the terms x^2, xy, y^2, y^3, x^2 y */
};

/* The change of width relative to height; widening and narrowing by a factor are equally likely. */
static float aspect_draw(struct draw_random *random) {
  const float change = draw_random_bell(random, 0.23f);
  return change < 0.0f ? 1.0f / (1.0f - change) : 1.0f + change;
}

/* First the aspect ratio, then the slant (to the right per height), then the rotation, by
 * 2 atan(half_tangent): no sine is needed, whose last bits differ between C libraries. */
static void set_matrix(struct bend *bend, float aspect, float slant, float half_tangent) {
  const float square = half_tangent * half_tangent;
  const float cosine = (1.0f - square) / (1.0f + square);
  const float sine = 2.0f * half_tangent / (1.0f + square);
  bend->matrix[0][0] = cosine * aspect;
  bend->matrix[0][1] = -(cosine * slant + sine);
  bend->matrix[1][0] = sine * aspect;
  bend->matrix[1][1] = cosine - sine * slant;
}

static struct bend bend_draw(struct draw_random *random) {
  struct bend bend;
  const float aspect = aspect_draw(random);
  const float slant = 0.15f + draw_random_bell(random, 0.22f);
  set_matrix(&bend, aspect, slant, draw_random_bell(random, 0.08f));
  const float strength = draw_random_range(random, 0.03f, 0.14f);
  for (int i = 0; i < 5; i++) {
    bend.warp_x[i] = draw_random_bell(random, strength);
    bend.warp_y[i] = draw_random_bell(random, strength);
  }
  return bend;
}

/* x and y are in about -1..1. */
static float warp(const float terms[5], float x, float y) {
  return terms[0] * x * x + terms[1] * x * y + terms[2] * y * y + terms[3] * y * y * y +
         terms[4] * x * x * y;
}

static void bend_point(const struct bend *bend, struct stroke_point *point) {
  const float x = 2.0f * point->x;
  const float y = 2.0f * point->y;
  const float warped_x = 0.5f * (x + warp(bend->warp_x, x, y));
  const float warped_y = 0.5f * (y + warp(bend->warp_y, x, y));
  point->x = bend->matrix[0][0] * warped_x + bend->matrix[0][1] * warped_y;
  point->y = bend->matrix[1][0] * warped_x + bend->matrix[1][1] * warped_y;
}

void bend_path(struct draw_random *random, struct stroke_path *path) {
  const struct bend bend = bend_draw(random);
  for (size_t i = 0; i < path->count; i++)
    bend_point(&bend, &path->points[i]);
}
