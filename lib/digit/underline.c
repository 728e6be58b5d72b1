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
static const double wider_on_page = 2;  /* where most digits have no line */
static const double steepest = 0.15;
static const double short_of = 0.2; /* the end of a number */
static const double least_coverage = 0.9;

/* Pixels a side: in a smaller picture a line is as thick as a stroke. */
enum { LEAST_SIDE = 40 };

/* Pixels of what stands on a line of a page, with the line; more than MOST_PIXELS is a frame. */
enum { LEAST_HEIGHT = 24, MOST_PIXELS = 1 << 20 };

/* A run of ink in a column. */
typedef struct run {
  uint32_t first, last;
} run;

typedef struct bottom {
  run run;
  int is_bare; /* the column has no other, and it is thin */
  int is_kept; /* it is of the line */
  int is_met;  /* the line is part of a stroke here */
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
  bottom b = {{1, 0}, 0, 0, 0};
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

/* What the lines of one digit and of a number have in common. */
static int is_line(const mcnn_ink *ink, const bottom *bottoms, underline *u, const extent *rest) {
  const double at = middle_at(u, (rest->left + rest->right) / 2);
  const double height = at - rest->top, length = (double)u->right - u->left + 1;

  return !rest->is_empty && rest->bottom - at <= deepest * height &&
         u->thickness <= thickest * height && length >= shortest * height &&
         count_kept(bottoms, ink->plane.width, u) >= least_bare * height && is_covered(ink, u);
}

static int is_underline(const mcnn_ink *ink, const bottom *bottoms, double times, underline *u) {
  const extent rest = find_rest(ink, u);
  const double length = (double)u->right - u->left + 1;
  const double height = middle_at(u, (rest.left + rest.right) / 2) - rest.top;
  const double width = (double)rest.right - rest.left + 1;
  const double beside = least_beside * height > 3 ? least_beside * height : 3;

  return is_line(ink, bottoms, u, &rest) && height >= least_height * length &&
         length >= times * width && rest.left >= u->left + beside &&
         rest.right + beside <= u->right;
}

/* 1 where a stroke comes down to the line in this column. */
static int is_met(const mcnn_ink *ink, const underline *u, uint32_t x) {
  const int64_t top = (int64_t)floor(middle_at(u, x) - 0.5 * u->thickness - 1.5);

  for (int64_t y = top; y > top - 2; y--)
    if (y >= 0 && y < ink->plane.height && is_ink(ink, (uint32_t)y, x))
      return 1;
  return 0;
}

/* 1 where nothing stands on the line somewhere between the first digit and the last. */
static int is_number(const mcnn_ink *ink, const bottom *bottoms, const underline *u,
                     const extent *rest) {
  for (uint32_t x = rest->left; x <= rest->right; x++)
    if (bottoms[x].is_kept && !is_met(ink, u, x))
      return 1;
  return 0;
}

/* Under a number it goes from end to end, and beyond one of them. */
static int is_underline_on_page(const mcnn_ink *ink, const bottom *bottoms, underline *u) {
  const extent rest = find_rest(ink, u);
  const double height = middle_at(u, (rest.left + rest.right) / 2) - rest.top;
  const double left = (double)rest.left - u->left, right = (double)u->right - rest.right;

  if (rest.is_empty || !is_number(ink, bottoms, u, &rest))
    return is_underline(ink, bottoms, wider_on_page, u);
  return is_line(ink, bottoms, u, &rest) && left >= -short_of * height &&
         right >= -short_of * height && left + right >= least_beside * height;
}

/* --- removal ---------------------------------------------------------------------------------- */

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

/* 1 where a stroke goes on below the line in this column. */
static int is_left(const mcnn_ink *ink, const underline *u, uint32_t x) {
  const int64_t top = (int64_t)ceil(middle_at(u, x) + 0.5 * u->thickness + 1.5);

  for (int64_t y = top; y < top + 2; y++)
    if (y >= 0 && y < ink->plane.height && is_ink(ink, (uint32_t)y, x))
      return 1;
  return 0;
}

/* Of a number each digit by itself: between two of them, there is nothing but the line. Where a
 * digit goes on below the line, the line is not its bottom. */
static void remove_below_number(mcnn_ink *ink, bottom *bottoms, const underline *u) {
  const uint32_t width = ink->plane.width;

  for (uint32_t x = 0, end; x < width; x = end) {
    uint32_t first = width, last = 0;
    int crossed = 0;
    for (end = x; end < width && (end == x || bottoms[end].is_kept == bottoms[x].is_kept); end++) {
      const int left = is_left(ink, u, end);
      bottoms[end].is_met = left || is_met(ink, u, end);
      crossed |= left;
      first = end < first && bottoms[end].is_met ? end : first;
      last = bottoms[end].is_met ? end : last;
    }
    for (uint32_t i = x; i < end; i++)
      bottoms[i].is_met |= !crossed && i >= first && i <= last;
  }
  for (uint32_t y = 0; y < ink->plane.height; y++)
    for (uint32_t x = 0; x < width; x++)
      if (!bottoms[x].is_met && in_band(u, y, x))
        ink->plane.pixels[(size_t)y * width + x] = 0;
}

/* *found: whether there was one. */
static mnistcnn_status remove_from(mcnn_ink *ink, int single, const mcnn_alloc *alloc, int *found) {
  const uint32_t width = ink->plane.width;
  underline u = {0};
  bottom *const bottoms = mcnn_alloc_array(alloc, width, sizeof *bottoms);

  if (!bottoms)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t x = 0; x < width; x++)
    bottoms[x] = find_bottom(ink, x);
  *found =
      find_line(bottoms, width, ink->plane.height, &u) &&
      (single ? is_underline(ink, bottoms, wider, &u) : is_underline_on_page(ink, bottoms, &u));
  if (*found && single)
    remove_line(ink, &u);
  else if (*found)
    remove_below_number(ink, bottoms, &u);
  mcnn_free(alloc, bottoms);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_underline_remove(mcnn_ink *ink, const mcnn_alloc *alloc) {
  int found;

  return ink->plane.height < LEAST_SIDE || ink->plane.width < LEAST_SIDE
             ? MNISTCNN_OK
             : remove_from(ink, 1, alloc, &found);
}

/* --- pages ------------------------------------------------------------------------------------ */

/* Copies the pixels of a component into a plane of the size of its box, or back. */
static void copy(mcnn_plane *page, const mcnn_components *all, uint32_t index, mcnn_plane *part,
                 int back) {
  const mcnn_box *const box = &all->items[index].box;

  for (uint32_t y = 0; y < part->height; y++)
    for (uint32_t x = 0; x < part->width; x++) {
      const size_t at = (size_t)(box->top + y) * page->width + box->left + x;
      uint8_t *const pixel = &part->pixels[(size_t)y * part->width + x];
      if (all->labels[at] != index + 1)
        continue;
      if (back)
        page->pixels[at] = *pixel;
      else
        *pixel = page->pixels[at];
    }
}

/* Wide enough for a line, and of a size that writing has. */
static int may_be_underlined(const mcnn_box *box) {
  const uint32_t height = mcnn_box_height(box), width = mcnn_box_width(box);

  return height >= LEAST_HEIGHT && width >= shortest * height &&
         (uint64_t)height * width <= MOST_PIXELS;
}

mnistcnn_status mcnn_underlines_remove(mcnn_ink *ink, const mcnn_components *components,
                                       const mcnn_alloc *alloc, int *found) {
  mnistcnn_status status = MNISTCNN_OK;

  *found = 0;
  for (uint32_t i = 0; i < components->count && status == MNISTCNN_OK; i++) {
    const mcnn_box *const box = &components->items[i].box;
    mcnn_ink part = *ink;
    int removed = 0;
    if (!may_be_underlined(box))
      continue;
    part.plane.height = mcnn_box_height(box);
    part.plane.width = mcnn_box_width(box);
    part.plane.pixels = mcnn_alloc_zeroed(alloc, mcnn_plane_count(&part.plane), 1);
    if (!part.plane.pixels)
      return MNISTCNN_OUT_OF_MEMORY;
    copy(&ink->plane, components, i, &part.plane, 0);
    status = remove_from(&part, 0, alloc, &removed);
    if (removed)
      copy(&ink->plane, components, i, &part.plane, 1);
    *found |= removed;
    mcnn_free(alloc, part.plane.pixels);
  }
  return status;
}
