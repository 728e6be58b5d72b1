#include "digit/ink.h"

#include "image/resize.h"

#include <string.h>

/* The paper is looked for on a picture of at most this side: fine enough for shading, coarse enough
 * to be quick and to average noise away. */
enum { PAPER_SIDE = 128 };

/* Strokes are narrower than this share of the longer side. */
static const double widest_stroke = 0.3;

static mnistcnn_status shrink(const mcnn_plane *plane, const mcnn_alloc *alloc, mcnn_plane *small) {
  const uint32_t longest = plane->height > plane->width ? plane->height : plane->width;
  const uint32_t limit = longest < PAPER_SIDE ? longest : PAPER_SIDE;
  const uint32_t height = plane->height * limit / longest, width = plane->width * limit / longest;
  const mcnn_shape from = {plane->height, plane->width, 1};
  const mcnn_shape to = {height > 0 ? height : 1, width > 0 ? width : 1, 1};
  const mnistcnn_status status = mcnn_plane_create(to.height, to.width, alloc, small);

  if (status == MNISTCNN_OK)
    mcnn_resize(plane->pixels, &from, MNISTCNN_RESIZE_SMOOTH, small->pixels, &to);
  return status;
}

/* --------------------------------------------------------------------------------- polarity -- */

/* What the paper would be like further in, from the border: a tilted plane, and a dome where the
 * corners are darker than the middles of the sides. */
typedef struct tilt {
  double level, down, right, dome;
  double mean_square; /* of the distance from the middle, in the border */
} tilt;

static double square_at(const mcnn_plane *p, uint32_t y, uint32_t x) {
  const double row = (2.0 * y + 1) / p->height - 1, column = (2.0 * x + 1) / p->width - 1;

  return row * row + column * column;
}

static int in_border(const mcnn_plane *p, uint32_t y, uint32_t x) {
  const uint32_t shorter = p->height < p->width ? p->height : p->width;
  const uint32_t band = 1 + shorter / 40;

  return y < band || x < band || y + band >= p->height || x + band >= p->width;
}

static double tilt_at(const tilt *t, const mcnn_plane *p, uint32_t y, uint32_t x) {
  return t->level + t->down * (y - 0.5 * (p->height - 1)) + t->right * (x - 0.5 * (p->width - 1)) -
         t->dome * (square_at(p, y, x) - t->mean_square);
}

/* Least squares: around the middle the terms are orthogonal. What lies far from `before` (a digit
 * that reaches the border) is moved near it. */
static tilt fit_border(const mcnn_plane *p, const tilt *before, double reach) {
  double count = 0, sum = 0, rows = 0, columns = 0, row_squares = 1e-9, column_squares = 1e-9;
  double squares = 0, fourths = 1e-6, domes = 0;

  for (uint32_t y = 0; y < p->height; y++) {
    for (uint32_t x = 0; x < p->width; x++) {
      if (!in_border(p, y, x))
        continue;
      const double expected = tilt_at(before, p, y, x);
      const double off = p->pixels[(size_t)y * p->width + x] - expected;
      const double value = expected + (off < -reach ? -reach : off > reach ? reach : off);
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
      domes += square * value;
    }
  }
  const double dome = (squares * sum / count - domes) / (fourths - squares * squares / count);
  return (tilt){sum / count, rows / row_squares, columns / column_squares, dome > 0 ? dome : 0,
                squares / count};
}

static uint8_t border_median(const mcnn_plane *p) {
  uint32_t histogram[256] = {0}, total = 0, seen = 0;
  int level = 0;

  for (uint32_t y = 0; y < p->height; y++) {
    for (uint32_t x = 0; x < p->width; x++) {
      if (in_border(p, y, x)) {
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
static void weigh_sides(const mcnn_plane *p, const tilt *paper, double limit, double sides[2]) {
  sides[0] = sides[1] = 0;
  for (uint32_t y = 0; y < p->height; y++) {
    for (uint32_t x = 0; x < p->width; x++) {
      const double off = p->pixels[(size_t)y * p->width + x] - tilt_at(paper, p, y, x);
      sides[0] -= off < -limit ? off : 0;
      sides[1] += off > limit ? off : 0;
    }
  }
}

mnistcnn_status mcnn_digit_polarity(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                    int32_t *polarity) {
  mcnn_plane small = {0};
  double sides[2];
  const mnistcnn_status status = shrink(plane, alloc, &small);

  if (status != MNISTCNN_OK)
    return status;
  tilt paper = {border_median(&small), 0, 0, 0, 0};
  for (int round = 0; round < 4; round++)
    paper = fit_border(&small, &paper, 24);
  /* From far off down to near the paper, until one side clearly outweighs the other. */
  *polarity = MNISTCNN_POLARITY_DARK_ON_LIGHT;
  for (int levels = 96; levels >= 6; levels /= 2) {
    const double limit = levels;
    weigh_sides(&small, &paper, limit, sides);
    *polarity =
        sides[0] >= sides[1] ? MNISTCNN_POLARITY_DARK_ON_LIGHT : MNISTCNN_POLARITY_LIGHT_ON_DARK;
    if (sides[0] + sides[1] > 0.002 * limit * (double)mcnn_plane_count(&small))
      break;
  }
  mcnn_plane_free(&small, alloc);
  return MNISTCNN_OK;
}

/* ------------------------------------------------------------------------------- background -- */

/* target[i] = the greatest (sign 1) or least (sign -1) value within `reach` of i. */
static void extreme_line(const uint8_t *source, uint8_t *target, size_t stride, uint32_t count,
                         uint32_t reach, int sign) {
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t first = i > reach ? i - reach : 0;
    const uint32_t last = i + reach < count ? i + reach : count - 1;
    int best = sign * source[first * stride];
    for (uint32_t j = first + 1; j <= last; j++) {
      const int value = sign * source[j * stride];
      best = value > best ? value : best;
    }
    target[i * stride] = (uint8_t)(sign * best);
  }
}

static void extreme(mcnn_plane *plane, mcnn_plane *scratch, uint32_t reach, int sign) {
  for (uint32_t y = 0; y < plane->height; y++) {
    const size_t start = (size_t)y * plane->width;
    extreme_line(plane->pixels + start, scratch->pixels + start, 1, plane->width, reach, sign);
  }
  for (uint32_t x = 0; x < plane->width; x++)
    extreme_line(scratch->pixels + x, plane->pixels + x, plane->width, plane->height, reach, sign);
}

/* Closing: fills everything dark in which no square of the window's size has room, and follows
 * shading and the edges of shadows. */
static mnistcnn_status find_paper(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                  mcnn_plane *paper) {
  mcnn_plane small = {0}, scratch = {0};
  mnistcnn_status status = shrink(plane, alloc, &small);

  if (status == MNISTCNN_OK)
    status = mcnn_plane_create(small.height, small.width, alloc, &scratch);
  if (status == MNISTCNN_OK)
    status = mcnn_plane_create(plane->height, plane->width, alloc, paper);
  if (status == MNISTCNN_OK) {
    const mcnn_shape from = {small.height, small.width, 1};
    const mcnn_shape to = {plane->height, plane->width, 1};
    const uint32_t longest = small.height > small.width ? small.height : small.width;
    const uint32_t reach = 1 + (uint32_t)(0.5 * widest_stroke * longest);
    extreme(&small, &scratch, reach, 1);
    /* Where the paper ends, a cell of the small picture is paper by halves: one more is taken. */
    extreme(&small, &scratch, reach + (small.height < plane->height ? 1 : 0), -1);
    mcnn_resize(small.pixels, &from, MNISTCNN_RESIZE_SMOOTH, paper->pixels, &to);
  }
  mcnn_plane_free(&scratch, alloc);
  mcnn_plane_free(&small, alloc);
  return status;
}

/* Ink absorbs a share of the light, so what it takes away is set in relation to the paper; in deep
 * shadow no more than two and a half times as much, as noise grows with it. */
static void subtract(const mcnn_plane *paper, int relative, mcnn_plane *plane) {
  const size_t count = mcnn_plane_count(plane);

  for (size_t i = 0; i < count; i++) {
    const int light = paper->pixels[i];
    int darker = light - plane->pixels[i];
    darker = darker < 0 ? 0 : darker;
    if (relative)
      darker = darker * 255 / (light < 100 ? 100 : light);
    plane->pixels[i] = (uint8_t)(darker > 255 ? 255 : darker);
  }
}

static uint32_t quantile(const mcnn_plane *plane, double share) {
  uint32_t histogram[256] = {0}, level = 0;
  const double limit = share * (double)mcnn_plane_count(plane);
  double seen = 0;

  for (size_t i = 0; i < mcnn_plane_count(plane); i++)
    histogram[plane->pixels[i]]++;
  while (level < 255 && (seen += histogram[level]) < limit)
    level++;
  return level;
}

/* How many pixels of the paper are less than a third as light as the rest, unless they lie at the
 * border as well, as shadows and tables do. */
static size_t find_blot(const mcnn_plane *paper) {
  const uint32_t dark = quantile(paper, 0.95) / 3;
  size_t count = 0, at_border = 0;

  for (uint32_t y = 0; y < paper->height; y++) {
    for (uint32_t x = 0; x < paper->width; x++) {
      const int is_dark = paper->pixels[(size_t)y * paper->width + x] < dark;
      count += is_dark ? 1 : 0;
      at_border += is_dark && in_border(paper, y, x) ? 1 : 0;
    }
  }
  return 20 * at_border < count ? count : 0;
}

/* The closing follows the lightest grains of the paper, so most of the paper comes out a little
 * above 0: this moves it there. */
static void settle(mcnn_plane *plane) {
  const uint32_t typical = quantile(plane, 0.4);
  const uint32_t shift = typical < 48 ? typical : 48;

  for (size_t i = 0; i < mcnn_plane_count(plane); i++) {
    const uint8_t value = plane->pixels[i];
    plane->pixels[i] = (uint8_t)(value > shift ? value - shift : 0);
  }
}

/* Large pictures can spare detail for calm; small ones cannot. */
static void calm(mcnn_plane *plane, mcnn_plane *scratch) {
  const uint32_t longest = plane->height > plane->width ? plane->height : plane->width;

  if (longest >= 40)
    mcnn_plane_despeckle(plane, scratch);
  const double noise = mcnn_plane_noise(plane);
  const int passes = noise <= 2 || longest < 64 ? 0 : noise <= 10 || longest < 160 ? 1 : 3;
  for (int i = 0; i < passes; i++)
    mcnn_plane_smooth(plane, scratch);
}

static void invert(mcnn_plane *plane) {
  for (size_t i = 0; i < mcnn_plane_count(plane); i++)
    plane->pixels[i] = (uint8_t)(255 - plane->pixels[i]);
}

mnistcnn_status mcnn_ink_extract(const mcnn_plane *plane, int32_t polarity, int luminous,
                                 const mcnn_alloc *alloc, mcnn_ink *ink) {
  const int dark = polarity != MNISTCNN_POLARITY_LIGHT_ON_DARK;
  mcnn_plane paper = {0};
  mnistcnn_status status = mcnn_plane_create(plane->height, plane->width, alloc, &ink->plane);

  if (status != MNISTCNN_OK)
    return status;
  memcpy(ink->plane.pixels, plane->pixels, mcnn_plane_count(plane));
  if (!dark)
    invert(&ink->plane);
  status = mcnn_plane_create(plane->height, plane->width, alloc, &paper);
  if (status == MNISTCNN_OK) {
    calm(&ink->plane, &paper);
    mcnn_plane_free(&paper, alloc);
    status = find_paper(&ink->plane, alloc, &paper);
  }
  if (status == MNISTCNN_OK) {
    ink->unevenness = quantile(&paper, 0.95) - quantile(&paper, 0.05);
    ink->blot = find_blot(&paper);
    subtract(&paper, dark && luminous, &ink->plane);
    settle(&ink->plane);
    const double noise = 4 * mcnn_plane_noise(&ink->plane);
    ink->floor = noise > 10 ? noise < 100 ? (uint32_t)noise : 100 : 10;
  }
  mcnn_plane_free(&paper, alloc);
  return status;
}

/* ----------------------------------------------------------------------------------- levels -- */

/* Otsu 1979, over levels from `first`: the split that leaves the least variance in the two classes.
 * Returns the last level of the lower class. */
static uint32_t split_level(const uint32_t histogram[256], uint32_t first) {
  double count = 0, sum = 0, lower = 0, lower_sum = 0, best = -1;
  uint32_t split = first;

  for (uint32_t level = first; level < 256; level++) {
    count += histogram[level];
    sum += (double)histogram[level] * level;
  }
  for (uint32_t level = first; level < 255; level++) {
    lower += histogram[level];
    lower_sum += (double)histogram[level] * level;
    const double upper = count - lower;
    if (lower > 0 && upper > 0) {
      const double apart = lower_sum / lower - (sum - lower_sum) / upper;
      const double between = lower * upper * apart * apart;
      if (between > best) {
        best = between;
        split = level;
      }
    }
  }
  return split;
}

static uint32_t mean_above(const uint32_t histogram[256], uint32_t level, uint64_t *count) {
  uint64_t sum = 0;

  *count = 0;
  for (uint32_t i = level + 1; i < 256; i++) {
    *count += histogram[i];
    sum += (uint64_t)histogram[i] * i;
  }
  return *count > 0 ? (uint32_t)(sum / *count) : 0;
}

void mcnn_ink_levels(mcnn_ink *ink) {
  uint32_t histogram[256] = {0};
  uint64_t count;

  for (size_t i = 0; i < mcnn_plane_count(&ink->plane); i++)
    histogram[ink->plane.pixels[i]]++;
  const uint32_t split = split_level(histogram, ink->floor);
  ink->strength = mean_above(histogram, split, &count);
  ink->high = ink->strength / 2 > ink->floor ? ink->strength / 2 : ink->floor;
  ink->low = 2 * ink->strength / 5 > ink->floor ? 2 * ink->strength / 5 : ink->floor;
  if (ink->strength <= ink->floor || count < 4)
    ink->strength = 0;
}
