#include "digit/plane.h"

#include "image/pixels.h"
#include "image/resize.h"

#include <string.h>

size_t mcnn_plane_count(const mcnn_plane *plane) {
  return (size_t)plane->height * plane->width;
}

mnistcnn_status mcnn_plane_create(uint32_t height, uint32_t width, const mcnn_alloc *alloc,
                                  mcnn_plane *plane) {
  plane->height = height;
  plane->width = width;
  plane->pixels = mcnn_alloc_array(alloc, (size_t)height * width, 1);
  return plane->pixels ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

void mcnn_plane_free(mcnn_plane *plane, const mcnn_alloc *alloc) {
  mcnn_free(alloc, plane->pixels);
  plane->pixels = NULL;
}

/* ------------------------------------------------------------------------------ noise, blur -- */

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

double mcnn_plane_noise(const mcnn_plane *plane) {
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

void mcnn_plane_smooth(mcnn_plane *plane, mcnn_plane *scratch) {
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

void mcnn_plane_despeckle(mcnn_plane *plane, mcnn_plane *scratch) {
  const int clearly = 40;
  int low, high;

  memcpy(scratch->pixels, plane->pixels, mcnn_plane_count(plane));
  for (uint32_t y = 1; y + 1 < plane->height; y++) {
    for (uint32_t x = 1; x + 1 < plane->width; x++) {
      const size_t at = (size_t)y * plane->width + x;
      const int value = scratch->pixels[at];
      second_extremes(scratch->pixels + at, (ptrdiff_t)plane->width, &low, &high);
      if (value > high + clearly)
        plane->pixels[at] = (uint8_t)high;
      else if (value < low - clearly)
        plane->pixels[at] = (uint8_t)low;
    }
  }
}

/* ----------------------------------------------------------------------------------- colour -- */

typedef struct direction {
  double weight[3];
} direction;

/* Colours around their local mean: shading hardly counts there, ink does. The mean is that of a
 * coarse tile, which is enough to tell directions apart. */
enum { TILES = 4 };

static void add_products(const uint8_t *rgb, const double mean[3], double covariance[3][3]) {
  const double d[3] = {rgb[0] - mean[0], rgb[1] - mean[1], rgb[2] - mean[2]};
  /* What stands out far counts most, and noise least. */
  const double weight = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];

  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      covariance[i][j] += weight * d[i] * d[j];
}

static void add_tile(const uint8_t *pixels, uint32_t width, const uint32_t rows[2],
                     const uint32_t columns[2], double covariance[3][3]) {
  double mean[3] = {0};
  const double count = (double)(rows[1] - rows[0]) * (columns[1] - columns[0]);

  for (uint32_t y = rows[0]; y < rows[1]; y++) {
    for (uint32_t x = columns[0]; x < columns[1]; x++)
      for (int c = 0; c < 3; c++)
        mean[c] += pixels[3 * ((size_t)y * width + x) + (size_t)c] / count;
  }
  for (uint32_t y = rows[0]; y < rows[1]; y++)
    for (uint32_t x = columns[0]; x < columns[1]; x++)
      add_products(pixels + 3 * ((size_t)y * width + x), mean, covariance);
}

static double absolute(double value) {
  return value < 0 ? -value : value;
}

static double total_weight(const direction *d) {
  return absolute(d->weight[0]) + absolute(d->weight[1]) + absolute(d->weight[2]);
}

/* The axis along which the products are largest, by repeated multiplication; weights add up to 1 in
 * magnitude. Nothing but equal colours: plain brightness. */
static direction main_axis(double covariance[3][3]) {
  direction axis = {{0.30, 0.59, 0.11}};

  for (int step = 0; step < 32; step++) {
    direction next = {{0}};
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++)
        next.weight[i] += covariance[i][j] * axis.weight[j];
    const double size = total_weight(&next);
    if (!(size > 0))
      break;
    for (int i = 0; i < 3; i++)
      axis.weight[i] = next.weight[i] / size;
  }
  return axis;
}

static direction ink_direction(const uint8_t *pixels, uint32_t height, uint32_t width) {
  double covariance[3][3] = {{0}};

  for (uint32_t r = 0; r < TILES; r++) {
    for (uint32_t c = 0; c < TILES; c++) {
      const uint32_t rows[2] = {r * height / TILES, (r + 1) * height / TILES};
      const uint32_t columns[2] = {c * width / TILES, (c + 1) * width / TILES};
      if (rows[0] < rows[1] && columns[0] < columns[1])
        add_tile(pixels, width, rows, columns, covariance);
    }
  }
  direction d = main_axis(covariance);
  if (d.weight[0] + d.weight[1] + d.weight[2] < 0)
    for (int i = 0; i < 3; i++)
      d.weight[i] = -d.weight[i];
  return d;
}

/* Weights that add up to 1 in magnitude, moved up by the negative ones, give 0 to 255. */
static void project(const uint8_t *rgb, const direction *d, mcnn_plane *plane) {
  const size_t count = mcnn_plane_count(plane);
  double offset = 0.5;

  for (int c = 0; c < 3; c++)
    offset -= d->weight[c] < 0 ? 255.0 * d->weight[c] : 0;
  for (size_t i = 0; i < count; i++, rgb += 3) {
    const double value =
        offset + d->weight[0] * rgb[0] + d->weight[1] * rgb[1] + d->weight[2] * rgb[2];
    plane->pixels[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
  }
}

/* -------------------------------------------------------------------------------- reduction -- */

static uint32_t reduced(uint32_t side, uint32_t longest) {
  const uint32_t result = (uint32_t)((uint64_t)side * MCNN_DIGIT_SIDE / longest);

  return longest <= MCNN_DIGIT_SIDE ? side : result > 0 ? result : 1;
}

static mnistcnn_status reduce(const uint8_t *pixels, const mcnn_shape *from,
                              const mcnn_alloc *alloc, mcnn_shape *to, uint8_t **own) {
  const uint32_t longest = from->height > from->width ? from->height : from->width;

  to->height = reduced(from->height, longest);
  to->width = reduced(from->width, longest);
  to->channels = from->channels;
  *own = mcnn_alloc_array(alloc, mcnn_shape_bytes(to), 1);
  if (!*own)
    return MNISTCNN_OUT_OF_MEMORY;
  if (to->height == from->height && to->width == from->width)
    memcpy(*own, pixels, mcnn_shape_bytes(to));
  else
    mcnn_resize(pixels, from, MNISTCNN_RESIZE_SMOOTH, *own, to);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_digit_plane(const uint8_t *pixels, const mcnn_shape *shape,
                                 const mcnn_alloc *alloc, mcnn_plane *plane, int *luminous) {
  uint8_t *small = NULL;
  mcnn_shape to = {0};
  mnistcnn_status status = reduce(pixels, shape, alloc, &to, &small);

  *luminous = 1;
  if (status == MNISTCNN_OK && to.channels == 1) {
    *plane = (mcnn_plane){to.height, to.width, small};
    return MNISTCNN_OK;
  }
  if (status == MNISTCNN_OK)
    status = mcnn_plane_create(to.height, to.width, alloc, plane);
  if (status == MNISTCNN_OK) {
    const direction d = ink_direction(small, to.height, to.width);
    *luminous = d.weight[0] >= 0 && d.weight[1] >= 0 && d.weight[2] >= 0;
    project(small, &d, plane);
  }
  mcnn_free(alloc, small);
  return status;
}
