#include "draw/stroke.h"

#include <math.h>

#include "draw/exact.h"

struct control_point {
  float x, y;
  enum glyph_step step;
};

/* Random parameters of one drawing. */
struct habit {
  float morph;        /* 0: key frame A, 1: key frame B */
  float morph_spread; /* variation between points */
  float jitter;       /* of single points, in digit heights */
  float roundness;    /* 1: Catmull-Rom tangents; less: tighter curves */
  int rounds_corners; /* corners become curves, as in fast writing */
};

static struct habit habit_draw(struct draw_random *random) {
  struct habit habit;
  habit.morph = draw_random_range(random, -0.25f, 1.25f);
  habit.morph_spread = draw_random_range(random, 0.0f, 0.35f);
  habit.jitter = draw_random_range(random, 0.009f, 0.045f);
  habit.roundness = draw_random_range(random, 0.6f, 1.15f);
  habit.rounds_corners = draw_random_chance(random, 0.15f);
  return habit;
}

static int is_stroke_end(const struct glyph_style *style, size_t i) {
  return style->points[i].step == GLYPH_MOVE || i + 1 == style->point_count ||
         style->points[i + 1].step == GLYPH_MOVE;
}

/* The points of the style with jitter, which is largest at the ends of strokes. */
static void place_points(struct draw_random *random, const struct glyph_style *style,
                         const struct habit *habit, struct control_point *placed) {
  for (size_t i = 0; i < style->point_count; i++) {
    const struct glyph_point *point = &style->points[i];
    const float morph = habit->morph + draw_random_bell(random, habit->morph_spread);
    const float jitter = habit->jitter * (is_stroke_end(style, i) ? 1.6f : 1.0f);
    const float x = (float)point->ax + morph * (float)(point->bx - point->ax);
    const float y = (float)point->ay + morph * (float)(point->by - point->ay);
    placed[i].x = x * 0.01f - 0.5f + draw_random_bell(random, jitter);
    placed[i].y = y * 0.01f - 0.5f + draw_random_bell(random, jitter);
    placed[i].step = (enum glyph_step)point->step;
    if (placed[i].step == GLYPH_CORNER && habit->rounds_corners)
      placed[i].step = GLYPH_CURVE;
  }
}

/* The parameter interval between two points: the square root of the distance (centripetal
 * Catmull-Rom), which avoids loops if points are close together. */
static float knot_interval(const struct control_point *from, const struct control_point *to) {
  const float dx = to->x - from->x;
  const float dy = to->y - from->y;
  const float distance = sqrtf(dx * dx + dy * dy);
  return sqrtf(distance > 1e-4f ? distance : 1e-4f);
}

struct vector {
  float x, y;
};

/* The tangent at `b` of the curve through a, b, c, for an interval of length `span`. */
static struct vector tangent_at(const struct control_point *a, const struct control_point *b,
                                const struct control_point *c, float span) {
  const float ab = knot_interval(a, b);
  const float bc = knot_interval(b, c);
  const float weight_ab = span / ab;
  const float weight_bc = span / bc;
  const float weight_ac = span / (ab + bc);
  return (struct vector){
      (b->x - a->x) * weight_ab - (c->x - a->x) * weight_ac + (c->x - b->x) * weight_bc,
      (b->y - a->y) * weight_ab - (c->y - a->y) * weight_ac + (c->y - b->y) * weight_bc,
  };
}

/* The virtual point beyond the end of a curve: its neighbour, reflected and rotated in the
 * direction in which the curve bends, so that an arc continues as an arc. */
static struct control_point beyond(const struct control_point *end,
                                   const struct control_point *near,
                                   const struct control_point *far) {
  const float bend_x = (end->x - near->x) - (near->x - far->x);
  const float bend_y = (end->y - near->y) - (near->y - far->y);
  return (struct control_point){
      end->x + (end->x - near->x) + 0.5f * bend_x,
      end->y + (end->y - near->y) + 0.5f * bend_y,
      GLYPH_CURVE,
  };
}

static void append(struct stroke_path *path, float x, float y, int starts) {
  path->points[path->count++] = (struct stroke_point){x, y, 0.0f, starts};
}

/* The cubic Hermite curve from b to c, without b itself. */
static void append_span(struct stroke_path *path, const struct control_point *b,
                        const struct control_point *c, struct vector at_b, struct vector at_c) {
  for (int i = 1; i <= STROKE_STEPS; i++) {
    const float t = (float)i * (1.0f / STROKE_STEPS);
    const float s = 1.0f - t;
    const float from_b = s * s * (1.0f + 2.0f * t);
    const float from_c = t * t * (3.0f - 2.0f * t);
    const float slope_b = t * s * s;
    const float slope_c = t * t * s;
    append(path, from_b * b->x + from_c * c->x + slope_b * at_b.x - slope_c * at_c.x,
           from_b * b->y + from_c * c->y + slope_b * at_b.y - slope_c * at_c.y, 0);
  }
}

/* A smooth curve through points[0..count-1], count >= 2, without points[0] itself. */
static void append_curve(struct stroke_path *path, const struct control_point *points, size_t count,
                         float roundness) {
  for (size_t i = 0; i + 1 < count; i++) {
    const struct control_point *b = &points[i];
    const struct control_point *c = &points[i + 1];
    const struct control_point before =
        i > 0 ? points[i - 1] : beyond(b, c, count > 2 ? &points[2] : c);
    const struct control_point after =
        i + 2 < count ? points[i + 2] : beyond(c, b, i > 0 ? &points[i - 1] : b);
    const float span = knot_interval(b, c);
    struct vector at_b = tangent_at(&before, b, c, span);
    struct vector at_c = tangent_at(b, c, &after, span);
    at_b.x *= roundness;
    at_b.y *= roundness;
    at_c.x *= roundness;
    at_c.y *= roundness;
    append_span(path, b, c, at_b, at_c);
  }
}

void stroke_write(struct draw_random *random, const struct glyph_style *style,
                  struct stroke_path *path) {
  const struct habit habit = habit_draw(random);
  struct control_point points[GLYPH_MAX_POINTS];
  place_points(random, style, &habit, points);
  path->count = 0;
  size_t first = 0;
  for (size_t i = 0; i < style->point_count; i++) {
    const int is_last = i + 1 == style->point_count || points[i + 1].step == GLYPH_MOVE;
    if (points[i].step == GLYPH_MOVE) {
      append(path, points[i].x, points[i].y, 1);
      first = i;
    } else if (points[i].step == GLYPH_CORNER || is_last) {
      append_curve(path, &points[first], i - first + 1, habit.roundness);
      first = i;
    }
  }
}
