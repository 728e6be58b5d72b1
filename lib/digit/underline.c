/* Where it stands out beside the digit, a line under it is all the ink of its columns, thin, and on
 * a straight line with what stands out on the other side. */
#include "digit/underline.h"

#include <math.h>

/* The limits were chosen on digits of faces on lines (tests/digits), by trying; nothing depends on
 * them exactly. As fractions of the height of what stands on the line: */
static const double thickest = 0.14, shortest = 0.85, least_beside = 0.1, least_bare = 0.25;
static const double deepest = 0.3;      /* what goes on below it; the bar of a 4 has more below */
static const double least_height = 0.3; /* of the length of the line */
static const double wider = 1.4;        /* than the digit; the foot of a 2 is as wide as it */
static const double steepest = 0.15;
static const double least_coverage = 0.9;

/* Pixels a side: in a smaller picture a line is as thick as a stroke. */
enum { LEAST_SIDE = 40 };

/* A run of ink in a column. */
typedef struct run {
  uint32_t first, last;
} run;

typedef struct bottom {
  run run;
  int is_bare; /* the column has no other, and it is thin */
  int is_kept; /* it is of the line */
} bottom;

typedef struct underline {
  double start, slope; /* the middle is at start + slope * column */
  double thickness;
  uint32_t left, right;
} underline;

typedef struct extent {
  uint32_t top, bottom, left, right;
  int is_empty;
} extent;

static int is_ink(const mcnn_ink *ink, uint32_t y, uint32_t x) {
  return ink->plane.pixels[(size_t)y * ink->plane.width + x] > ink->low;
}

static double middle_at(const underline *u, uint32_t x) {
  return u->start + u->slope * x;
}

static double middle_of(const run *r) {
  return 0.5 * ((double)r->first + r->last);
}

static double size_of(const run *r) {
  return (double)r->last - r->first + 1;
}

/* --- the line --------------------------------------------------------------------------------- */

/* The lowest run of the column; bare where it is the only one. */
static bottom find_bottom(const mcnn_ink *ink, uint32_t x) {
  bottom b = {{1, 0}, 0, 0};
  uint32_t count = 0;

  for (uint32_t y = 0; y < ink->plane.height; y++) {
    if (!is_ink(ink, y, x))
      continue;
    if (count == 0 || y > b.run.last + 1) {
      b.run.first = y;
      count++;
    }
    b.run.last = y;
  }
  b.is_bare = count == 1;
  b.is_kept = b.is_bare;
  return b;
}

/* Least squares through the middles of what is kept; 0 where that is too little for a line. */
static int fit(const bottom *bottoms, uint32_t width, underline *u) {
  double count = 0, x_sum = 0, y_sum = 0, squares = 0, products = 0, thickness = 0;

  for (uint32_t x = 0; x < width; x++) {
    if (!bottoms[x].is_kept)
      continue;
    const double y = middle_of(&bottoms[x].run);
    count += 1;
    x_sum += x;
    y_sum += y;
    squares += (double)x * x;
    products += x * y;
    thickness += size_of(&bottoms[x].run);
  }
  const double spread = squares - x_sum * x_sum / (count > 0 ? count : 1);
  if (count < 4 || spread <= 0)
    return 0;
  u->slope = (products - x_sum * y_sum / count) / spread;
  u->start = (y_sum - u->slope * x_sum) / count;
  u->thickness = thickness / count;
  return fabs(u->slope) <= steepest;
}

/* Keeps what lies near the line, and is no thicker than it. */
static void keep_near(bottom *bottoms, uint32_t width, const underline *u, double limit) {
  for (uint32_t x = 0; x < width; x++)
    bottoms[x].is_kept = bottoms[x].is_bare &&
                         fabs(middle_of(&bottoms[x].run) - middle_at(u, x)) <= limit &&
                         size_of(&bottoms[x].run) <= 1.5 * u->thickness + 1;
}

static uint32_t count_kept(const bottom *bottoms, uint32_t width, underline *u) {
  uint32_t count = 0;

  for (uint32_t x = 0; x < width; x++) {
    if (!bottoms[x].is_kept)
      continue;
    u->left = count == 0 ? x : u->left;
    u->right = x;
    count++;
  }
  return count;
}

/* The straight line that most of the bare columns lie on: first roughly, then closely. */
static int find_line(bottom *bottoms, uint32_t width, double height, underline *u) {
  for (int divisor = 5; 1.5 * divisor < height; divisor *= 2) {
    if (!fit(bottoms, width, u))
      return 0;
    keep_near(bottoms, width, u, height / divisor);
  }
  if (!fit(bottoms, width, u))
    return 0;
  keep_near(bottoms, width, u, 1 + 0.5 * u->thickness);
  return count_kept(bottoms, width, u) >= 4 && fit(bottoms, width, u);
}

/* --- what stands on it ------------------------------------------------------------------------ */

static int in_band(const underline *u, uint32_t y, uint32_t x) {
  return fabs(y - middle_at(u, x)) <= 0.5 * u->thickness + 1.5;
}

static void extend(extent *e, uint32_t y, uint32_t x) {
  if (e->is_empty)
    *e = (extent){y, y, x, x, 0};
  e->bottom = y;
  e->left = x < e->left ? x : e->left;
  e->right = x > e->right ? x : e->right;
}

static extent find_rest(const mcnn_ink *ink, const underline *u) {
  extent rest = {.is_empty = 1};

  for (uint32_t y = 0; y < ink->plane.height; y++)
    for (uint32_t x = 0; x < ink->plane.width; x++)
      if (is_ink(ink, y, x) && !in_band(u, y, x))
        extend(&rest, y, x);
  return rest;
}

static int is_covered(const mcnn_ink *ink, const underline *u) {
  uint32_t covered = 0;

  for (uint32_t x = u->left; x <= u->right; x++) {
    int found = 0;
    for (uint32_t y = 0; y < ink->plane.height && !found; y++)
      found = is_ink(ink, y, x) && in_band(u, y, x);
    covered += found ? 1 : 0;
  }
  return covered >= least_coverage * (u->right - u->left + 1);
}

static int is_underline(const mcnn_ink *ink, const bottom *bottoms, underline *u) {
  const extent rest = find_rest(ink, u);
  const double length = (double)u->right - u->left + 1;

  if (rest.is_empty)
    return 0;
  const double at = middle_at(u, (rest.left + rest.right) / 2);
  const double height = at - rest.top, width = (double)rest.right - rest.left + 1;
  const double beside = least_beside * height > 3 ? least_beside * height : 3;
  return height >= least_height * length && rest.bottom - at <= deepest * height &&
         u->thickness <= thickest * height && length >= shortest * height &&
         length >= wider * width && rest.left >= u->left + beside &&
         rest.right + beside <= u->right &&
         count_kept(bottoms, ink->plane.width, u) >= least_bare * height && is_covered(ink, u);
}

/* --- removal ---------------------------------------------------------------------------------- */

/* 1 where a stroke comes down to the line in this column. */
static int is_met(const mcnn_ink *ink, const underline *u, uint32_t x) {
  const int64_t top = (int64_t)floor(middle_at(u, x) - 0.5 * u->thickness - 1.5);

  for (int64_t y = top; y > top - 2; y--)
    if (y >= 0 && y < ink->plane.height && is_ink(ink, (uint32_t)y, x))
      return 1;
  return 0;
}

/* Between the first and the last place where strokes come down to it, the line may be the bottom of
 * the digit, as of a 0. */
static void erase(const mcnn_ink *ink, const underline *u, uint8_t *pixels, uint32_t first,
                  uint32_t last) {
  const uint32_t width = ink->plane.width;

  for (uint32_t y = 0; y < ink->plane.height; y++)
    for (uint32_t x = 0; x < width; x++)
      if ((x < first || x > last) && in_band(u, y, x))
        pixels[(size_t)y * width + x] = 0;
}

static void remove_line(mcnn_ink *ink, const underline *u) {
  uint32_t first = ink->plane.width, last = 0;

  for (uint32_t x = 0; x < ink->plane.width; x++) {
    if (is_met(ink, u, x)) {
      first = x < first ? x : first;
      last = x;
    }
  }
  erase(ink, u, ink->plane.pixels, first, last);
}

mnistcnn_status mcnn_underline_remove(mcnn_ink *ink, const mcnn_alloc *alloc) {
  const uint32_t width = ink->plane.width;
  underline u = {0};

  if (ink->plane.height < LEAST_SIDE || width < LEAST_SIDE)
    return MNISTCNN_OK;
  bottom *const bottoms = mcnn_alloc_array(alloc, width, sizeof *bottoms);
  if (!bottoms)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t x = 0; x < width; x++)
    bottoms[x] = find_bottom(ink, x);
  if (find_line(bottoms, width, ink->plane.height, &u) && is_underline(ink, bottoms, &u))
    remove_line(ink, &u);
  mcnn_free(alloc, bottoms);
  return MNISTCNN_OK;
}
