#include "plane_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

mcnn_plane test_plane_filled(uint32_t height, uint32_t width, uint8_t value) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_plane plane = {0};

  assert_int_equal(mcnn_plane_create(height, width, &alloc, &plane), MNISTCNN_OK);
  memset(plane.pixels, value, mcnn_plane_count(&plane));
  return plane;
}

mcnn_plane test_plane_drawn(const char *const *rows) {
  uint32_t height = 0;

  while (rows[height])
    height++;
  mcnn_plane plane = test_plane_filled(height, (uint32_t)strlen(rows[0]), 0);
  for (uint32_t y = 0; y < height; y++)
    for (uint32_t x = 0; x < plane.width; x++)
      plane.pixels[y * plane.width + x] = rows[y][x] == '#' ? 255 : 0;
  return plane;
}

void test_plane_free(mcnn_plane *plane) {
  const mcnn_alloc alloc = mcnn_alloc_default();

  mcnn_plane_free(plane, &alloc);
}

void test_plane_box(mcnn_plane *plane, uint32_t top, uint32_t left, uint32_t height, uint32_t width,
                    uint8_t value) {
  for (uint32_t y = top; y < top + height; y++)
    memset(plane->pixels + (size_t)y * plane->width + left, value, width);
}

uint8_t test_plane_at(const mcnn_plane *plane, uint32_t y, uint32_t x) {
  return plane->pixels[(size_t)y * plane->width + x];
}
