#include "digit/filter.h"

#include <assert.h>
#include <string.h>

/* --- noise ------------------------------------------------------------------------------------ */

static uint32_t upper_median(const uint32_t *histogram, uint32_t bins) {
  uint64_t total = 0, seen = 0;

  for (uint32_t i = 0; i < bins; i++)
    total += histogram[i];
  for (uint32_t i = 0; i < bins; i++) {
    seen += histogram[i];
    if (2 * seen > total)
      return i;
  }
  return 0;
}

double mcnn_filter_noise(const mcnn_plane *plane) {
  uint32_t histogram[2 * 255 + 1] = {0};

  for (uint32_t y = 0; y < plane->height; y++) {
    const uint8_t *const row = plane->pixels + (size_t)y * plane->width;
    for (uint32_t x = 1; x + 1 < plane->width; x++) {
      const int second = 2 * row[x] - row[x - 1] - row[x + 1];
      histogram[second < 0 ? -second : second]++;
    }
  }
  /* Of normal noise the second difference deviates by sqrt 6, and its middle magnitude by 0.6745
   * of that. */
  return upper_median(histogram, 2 * 255 + 1) / 1.652;
}

/* --- blur, specks ----------------------------------------------------------------------------- */

static uint8_t at_clamped(const uint8_t *line, size_t stride, int64_t i, uint32_t count) {
  const int64_t last = (int64_t)count - 1;

  return line[(size_t)(i < 0 ? 0 : i > last ? last : i) * stride];
}

static void smooth_line(const uint8_t *source, uint8_t *target, size_t stride, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const unsigned before = at_clamped(source, stride, (int64_t)i - 1, count);
    const unsigned after = at_clamped(source, stride, (int64_t)i + 1, count);
    target[i * stride] = (uint8_t)((before + 2u * source[i * stride] + after + 2u) / 4u);
  }
}

void mcnn_filter_smooth(mcnn_plane *plane, mcnn_plane *scratch) {
  for (uint32_t y = 0; y < plane->height; y++) {
    const size_t start = (size_t)y * plane->width;
    smooth_line(plane->pixels + start, scratch->pixels + start, 1, plane->width);
  }
  for (uint32_t x = 0; x < plane->width; x++)
    smooth_line(scratch->pixels + x, plane->pixels + x, plane->width, plane->height);
}

/* The second least and second greatest of a pixel's eight neighbours. */
static void second_extremes(const uint8_t *p, ptrdiff_t width, int *low, int *high) {
  const uint8_t around[8] = {p[-width - 1], p[-width],    p[-width + 1], p[-1],
                             p[1],          p[width - 1], p[width],      p[width + 1]};
  int least = 256, second_least = 256, most = -1, second_most = -1;

  for (int i = 0; i < 8; i++) {
    const int v = around[i];
    second_least = v < least ? least : v < second_least ? v : second_least;
    least = v < least ? v : least;
    second_most = v > most ? most : v > second_most ? v : second_most;
    most = v > most ? v : most;
  }
  *low = second_least;
  *high = second_most;
}

void mcnn_filter_despeckle(mcnn_plane *plane, mcnn_plane *scratch) {
  const int contrast =
      40; /* chosen with the specks of tests/digits, by trying; below it is noise */
  int low, high;

  assert(scratch->height == plane->height && scratch->width == plane->width);
  memcpy(scratch->pixels, plane->pixels, mcnn_plane_count(plane));
  for (uint32_t y = 1; y + 1 < plane->height; y++) {
    for (uint32_t x = 1; x + 1 < plane->width; x++) {
      const size_t at = (size_t)y * plane->width + x;
      const int value = scratch->pixels[at];
      second_extremes(scratch->pixels + at, (ptrdiff_t)plane->width, &low, &high);
      if (value > high + contrast)
        plane->pixels[at] = (uint8_t)high;
      else if (value < low - contrast)
        plane->pixels[at] = (uint8_t)low;
    }
  }
}

/* --- dilation, erosion ------------------------------------------------------------------------ */

/* The greatest of sign * source[first] to sign * source[last]. */
static int greatest(const uint8_t *source, size_t stride, uint32_t first, uint32_t last, int sign) {
  int most = sign * source[first * stride];

  for (uint32_t i = first + 1; i <= last; i++) {
    const int value = sign * source[i * stride];
    most = value > most ? value : most;
  }
  return most;
}

/* target[i] = the greatest (sign 1) or least (sign -1) value within `radius` of i. The window is
 * looked through anew only where the greatest has left it. */
static void rank_line(const uint8_t *source, uint8_t *target, size_t stride, uint32_t count,
                      uint32_t radius, int sign) {
  const int none = -256;
  int most = greatest(source, stride, 0, radius < count ? radius : count - 1, sign);

  target[0] = (uint8_t)(sign * most);
  for (uint32_t i = 1; i < count; i++) {
    const int is_inside = radius < count - i;
    const int entering = is_inside ? sign * source[(i + radius) * stride] : none;
    const int leaving = i > radius ? sign * source[(i - radius - 1) * stride] : none;
    if (entering >= most)
      most = entering;
    else if (leaving == most)
      most = greatest(source, stride, i - radius, is_inside ? i + radius : count - 1, sign);
    target[i * stride] = (uint8_t)(sign * most);
  }
}

static void rank_square(mcnn_plane *plane, mcnn_plane *scratch, uint32_t radius, int sign) {
  for (uint32_t y = 0; y < plane->height; y++) {
    const size_t start = (size_t)y * plane->width;
    rank_line(plane->pixels + start, scratch->pixels + start, 1, plane->width, radius, sign);
  }
  for (uint32_t x = 0; x < plane->width; x++)
    rank_line(scratch->pixels + x, plane->pixels + x, plane->width, plane->height, radius, sign);
}

void mcnn_filter_dilate(mcnn_plane *plane, mcnn_plane *scratch, uint32_t radius) {
  assert(scratch->height == plane->height && scratch->width == plane->width);
  rank_square(plane, scratch, radius, 1);
}

void mcnn_filter_erode(mcnn_plane *plane, mcnn_plane *scratch, uint32_t radius) {
  assert(scratch->height == plane->height && scratch->width == plane->width);
  rank_square(plane, scratch, radius, -1);
}
