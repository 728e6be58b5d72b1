#include "digit/colour.h"

#include "image/pixels.h"
#include "image/resize.h"

#include <assert.h>
#include <string.h>

/* --- colour axis ------------------------------------------------------------------------------ */

typedef struct direction {
  double weight[3];
} direction;

/* Covariance of the colours around their local mean: shading hardly counts there, ink does. The
 * mean is that of one of 4 x 4 areas of the picture, which is enough to tell directions apart. */
enum { AREAS = 4 };

static void add_products(const uint8_t *rgb, const double mean[3], double covariance[3][3]) {
  const double d[3] = {rgb[0] - mean[0], rgb[1] - mean[1], rgb[2] - mean[2]};
  /* What stands out far counts most, and noise least. */
  const double weight = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];

  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      covariance[i][j] += weight * d[i] * d[j];
}

static void add_area(const uint8_t *pixels, uint32_t width, const uint32_t rows[2],
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

/* The first principal component, by power iteration; its weights add up to 1 in magnitude. Where
 * all colours are equal: plain brightness. */
static direction principal_axis(double covariance[3][3]) {
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

  for (uint32_t r = 0; r < AREAS; r++) {
    for (uint32_t c = 0; c < AREAS; c++) {
      const uint32_t rows[2] = {r * height / AREAS, (r + 1) * height / AREAS};
      const uint32_t columns[2] = {c * width / AREAS, (c + 1) * width / AREAS};
      if (rows[0] < rows[1] && columns[0] < columns[1])
        add_area(pixels, width, rows, columns, covariance);
    }
  }
  direction d = principal_axis(covariance);
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

/* --- size ------------------------------------------------------------------------------------- */

static uint32_t reduced(uint32_t side, uint32_t longest, uint32_t limit) {
  const uint32_t result = (uint32_t)((uint64_t)side * limit / longest);

  return longest <= limit ? side : result > 0 ? result : 1;
}

/* *own: the pixels, reduced; NULL where they need not be. */
static mnistcnn_status reduce(const uint8_t *pixels, const mcnn_shape *from, uint32_t limit,
                              const mcnn_alloc *alloc, mcnn_shape *to, uint8_t **own) {
  const uint32_t longest = from->height > from->width ? from->height : from->width;

  to->height = reduced(from->height, longest, limit);
  to->width = reduced(from->width, longest, limit);
  to->channels = from->channels;
  if (longest <= limit)
    return MNISTCNN_OK;
  *own = mcnn_alloc_array(alloc, mcnn_shape_bytes(to), 1);
  if (!*own)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_resize(pixels, from, MNISTCNN_RESIZE_AREA_BILINEAR, *own, to);
  return MNISTCNN_OK;
}

/* --- whole ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_colour_project(const uint8_t *pixels, const mcnn_shape *shape, uint32_t limit,
                                    const mcnn_alloc *alloc, mcnn_plane *plane, int *luminous) {
  uint8_t *small = NULL;
  mcnn_shape to = {0};
  mnistcnn_status status = reduce(pixels, shape, limit, alloc, &to, &small);
  const uint8_t *const source = small ? small : pixels;

  assert(shape->channels == 1 || shape->channels == 3);
  *luminous = 1;
  if (status == MNISTCNN_OK)
    status = mcnn_plane_create(to.height, to.width, alloc, plane);
  if (status == MNISTCNN_OK && to.channels == 1) {
    memcpy(plane->pixels, source, mcnn_plane_count(plane));
  } else if (status == MNISTCNN_OK) {
    const direction d = ink_direction(source, to.height, to.width);
    *luminous = d.weight[0] >= 0 && d.weight[1] >= 0 && d.weight[2] >= 0;
    project(source, &d, plane);
  }
  mcnn_free(alloc, small);
  return status;
}
