#include "digit/polarity.h"

/* A surface for the paper, fitted to the border: a tilted plane, and vignetting where the corners
 * are darker than the middles of the sides. */
typedef struct surface {
  double level, down, right, vignetting;
  double mean_square; /* of the distance from the middle, in the border */
} surface;

static double square_at(const mcnn_plane *p, uint32_t y, uint32_t x) {
  const double row = (2.0 * y + 1) / p->height - 1, column = (2.0 * x + 1) / p->width - 1;

  return row * row + column * column;
}

static double surface_at(const surface *s, const mcnn_plane *p, uint32_t y, uint32_t x) {
  return s->level + s->down * (y - 0.5 * (p->height - 1)) + s->right * (x - 0.5 * (p->width - 1)) -
         s->vignetting * (square_at(p, y, x) - s->mean_square);
}

/* Least squares: around the middle the terms are orthogonal. What lies further than `limit` from
 * `before` (a digit that reaches the border) is clamped to it. */
static surface fit_border(const mcnn_plane *p, const surface *before, double limit) {
  double count = 0, sum = 0, rows = 0, columns = 0, row_squares = 1e-9, column_squares = 1e-9;
  double squares = 0, fourths = 1e-6, products = 0;

  for (uint32_t y = 0; y < p->height; y++) {
    for (uint32_t x = 0; x < p->width; x++) {
      if (!mcnn_plane_in_border(p, y, x))
        continue;
      const double expected = surface_at(before, p, y, x);
      const double off = p->pixels[(size_t)y * p->width + x] - expected;
      const double value = expected + (off < -limit ? -limit : off > limit ? limit : off);
      const double row = y - 0.5 * (p->height - 1), column = x - 0.5 * (p->width - 1);
      count += 1;
      sum += value;
      rows += row * value;
      columns += column * value;
      row_squares += row * row;
      column_squares += column * column;
      const double square = square_at(p, y, x);
      squares += square;
      fourths += square * square;
      products += square * value;
    }
  }
  const double vignetting =
      (squares * sum / count - products) / (fourths - squares * squares / count);
  return (surface){sum / count, rows / row_squares, columns / column_squares,
                   vignetting > 0 ? vignetting : 0, squares / count};
}

static uint8_t border_median(const mcnn_plane *p) {
  uint32_t histogram[256] = {0}, total = 0, seen = 0;
  int level = 0;

  for (uint32_t y = 0; y < p->height; y++) {
    for (uint32_t x = 0; x < p->width; x++) {
      if (mcnn_plane_in_border(p, y, x)) {
        histogram[p->pixels[(size_t)y * p->width + x]]++;
        total++;
      }
    }
  }
  while (level < 255 && 2 * (seen += histogram[level]) <= total)
    level++;
  return (uint8_t)level;
}

/* How much lies clearly below and clearly above the paper. */
static void sum_deviations(const mcnn_plane *p, const surface *paper, double limit,
                           double sides[2]) {
  sides[0] = sides[1] = 0;
  for (uint32_t y = 0; y < p->height; y++) {
    for (uint32_t x = 0; x < p->width; x++) {
      const double off = p->pixels[(size_t)y * p->width + x] - surface_at(paper, p, y, x);
      sides[0] -= off < -limit ? off : 0;
      sides[1] += off > limit ? off : 0;
    }
  }
}

/* A picture of so few pixels has no room for a sheet and its shading, and a digit cut out tightly
 * takes much of its border, but not most of it: what is on more of that is the paper. */
static int32_t guess_tiny(const mcnn_plane *p) {
  const uint32_t low = mcnn_plane_quantile(p, 0.001), high = mcnn_plane_quantile(p, 1);
  uint64_t sum = 0, count = 0;

  for (uint32_t y = 0; y < p->height; y++) {
    for (uint32_t x = 0; x < p->width; x++) {
      if (y == 0 || x == 0 || y + 1 == p->height || x + 1 == p->width) {
        sum += p->pixels[(size_t)y * p->width + x];
        count++;
      }
    }
  }
  return 2 * sum >= (low + high) * count ? MNISTCNN_POLARITY_DARK_ON_LIGHT
                                         : MNISTCNN_POLARITY_LIGHT_ON_DARK;
}

mnistcnn_status mcnn_polarity_guess(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                    int32_t *polarity) {
  mcnn_plane small = {0};
  double sides[2];

  if (mcnn_plane_is_tiny(plane)) {
    *polarity = guess_tiny(plane);
    return MNISTCNN_OK;
  }
  const mnistcnn_status status = mcnn_plane_thumbnail(plane, alloc, &small);

  if (status != MNISTCNN_OK)
    return status;
  surface paper = {border_median(&small), 0, 0, 0, 0};
  for (int round = 0; round < 4; round++)
    paper = fit_border(&small, &paper, 24);
  /* From far off down to near the paper, until enough lies on either side. The levels were chosen
   * by trying, on the pictures of tests/digits; nothing depends on them exactly. */
  *polarity = MNISTCNN_POLARITY_DARK_ON_LIGHT;
  for (int levels = 96; levels >= 6; levels /= 2) {
    const double limit = levels;
    sum_deviations(&small, &paper, limit, sides);
    *polarity =
        sides[0] >= sides[1] ? MNISTCNN_POLARITY_DARK_ON_LIGHT : MNISTCNN_POLARITY_LIGHT_ON_DARK;
    if (sides[0] + sides[1] > 0.002 * limit * (double)mcnn_plane_count(&small))
      break;
  }
  mcnn_plane_free(&small, alloc);
  return MNISTCNN_OK;
}
