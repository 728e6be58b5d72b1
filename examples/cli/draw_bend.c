#include "draw_bend.h"

struct bend {
  float aspect; /* width to height, before the slant */
  float slant;  /* to the right per height */
  float cosine, sine;
  float warp_x[5], warp_y[5]; /* of the terms x^2, xy, y^2, y^3, x^2 y */
};

/* A rotation by 2 atan(half_tangent): needs no sine, whose last bits differ between C libraries. */
static void set_rotation(struct bend *bend, float half_tangent) {
  const float square = half_tangent * half_tangent;
  bend->cosine = (1.0f - square) / (1.0f + square);
  bend->sine = 2.0f * half_tangent / (1.0f + square);
}

static struct bend bend_draw(struct draw_random *random) {
  struct bend bend;
  const float narrow_or_wide = draw_random_bell(random, 0.23f);
  bend.aspect = narrow_or_wide < 0.0f ? 1.0f / (1.0f - narrow_or_wide) : 1.0f + narrow_or_wide;
  bend.slant = 0.15f + draw_random_bell(random, 0.25f);
  set_rotation(&bend, draw_random_bell(random, 0.08f));
  const float strength = draw_random_range(random, 0.03f, 0.15f);
  for (int i = 0; i < 5; i++) {
    bend.warp_x[i] = draw_random_bell(random, strength);
    bend.warp_y[i] = draw_random_bell(random, strength);
  }
  return bend;
}

/* x and y run over about -1..1 here. */
static float warp(const float terms[5], float x, float y) {
  return terms[0] * x * x + terms[1] * x * y + terms[2] * y * y + terms[3] * y * y * y +
         terms[4] * x * x * y;
}

static void bend_point(const struct bend *bend, struct stroke_point *point) {
  const float x = 2.0f * point->x;
  const float y = 2.0f * point->y;
  const float warped_x = 0.5f * (x + warp(bend->warp_x, x, y));
  const float warped_y = 0.5f * (y + warp(bend->warp_y, x, y));
  const float slanted_x = warped_x * bend->aspect - warped_y * bend->slant;
  point->x = bend->cosine * slanted_x - bend->sine * warped_y;
  point->y = bend->sine * slanted_x + bend->cosine * warped_y;
}

void bend_path(struct draw_random *random, struct stroke_path *path) {
  const struct bend bend = bend_draw(random);
  for (size_t i = 0; i < path->count; i++)
    bend_point(&bend, &path->points[i]);
}
