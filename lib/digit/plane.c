#include "digit/plane.h"

#include "image/resize.h"

#include <assert.h>

enum { THUMBNAIL_SIDE = 128 };

size_t mcnn_plane_count(const mcnn_plane *plane) {
  return (size_t)plane->height * plane->width;
}

mnistcnn_status mcnn_plane_create(uint32_t height, uint32_t width, const mcnn_alloc *alloc,
                                  mcnn_plane *plane) {
  assert(height > 0 && width > 0);
  plane->height = height;
  plane->width = width;
  plane->pixels = mcnn_alloc_array(alloc, (size_t)height * width, 1);
  return plane->pixels ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

void mcnn_plane_free(mcnn_plane *plane, const mcnn_alloc *alloc) {
  mcnn_free(alloc, plane->pixels);
  plane->pixels = NULL;
}

mnistcnn_status mcnn_plane_resize(const mcnn_plane *plane, uint32_t height, uint32_t width,
                                  const mcnn_alloc *alloc, mcnn_plane *resized) {
  const mcnn_shape from = {plane->height, plane->width, 1}, to = {height, width, 1};
  const mnistcnn_status status = mcnn_plane_create(height, width, alloc, resized);

  if (status == MNISTCNN_OK)
    mcnn_resize(plane->pixels, &from, MNISTCNN_RESIZE_AREA_BILINEAR, resized->pixels, &to);
  return status;
}

mnistcnn_status mcnn_plane_thumbnail(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                     mcnn_plane *thumbnail) {
  const uint32_t longest = plane->height > plane->width ? plane->height : plane->width;

  assert(longest > 0 && longest <= MCNN_PAGE_SIDE);
  const uint32_t limit = longest < THUMBNAIL_SIDE ? longest : THUMBNAIL_SIDE;
  const uint32_t height = plane->height * limit / longest, width = plane->width * limit / longest;
  return mcnn_plane_resize(plane, height > 0 ? height : 1, width > 0 ? width : 1, alloc, thumbnail);
}

int mcnn_plane_in_border(const mcnn_plane *p, uint32_t y, uint32_t x) {
  const uint32_t shorter = p->height < p->width ? p->height : p->width;
  const uint32_t band = 1 + shorter / 40;

  return y < band || x < band || y + band >= p->height || x + band >= p->width;
}

int mcnn_plane_is_tiny(const mcnn_plane *plane) {
  return plane->height <= MCNN_TINY_SIDE && plane->width <= MCNN_TINY_SIDE;
}

uint32_t mcnn_plane_quantile(const mcnn_plane *plane, double fraction) {
  uint32_t histogram[256] = {0}, level = 0;
  const double limit = fraction * (double)mcnn_plane_count(plane);
  double seen = 0;

  for (size_t i = 0; i < mcnn_plane_count(plane); i++)
    histogram[plane->pixels[i]]++;
  while (level < 255 && (seen += histogram[level]) < limit)
    level++;
  return level;
}
