/* One candidate cut out and drawn as an image of the training data. */
#include "digit/crop.h"
#include "digit/render.h"
#include "plane_support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 28 };

/* All ink of the plane is one candidate, but for what is stronger than 200, which is another. */
static void make_source(mcnn_ink *ink, mcnn_component items[2], mcnn_components *components,
                        mcnn_crop_source *source) {
  const mcnn_plane *const plane = &ink->plane;
  mcnn_box box = {plane->height, plane->width, 0, 0};

  items[0] = (mcnn_component){.candidate = 0};
  items[1] = (mcnn_component){.candidate = 1};
  components->items = items;
  components->count = 2;
  components->labels = calloc(mcnn_plane_count(plane), sizeof *components->labels);
  assert_non_null(components->labels);
  for (uint32_t y = 0; y < plane->height; y++) {
    for (uint32_t x = 0; x < plane->width; x++) {
      const uint8_t value = test_plane_at(plane, y, x);
      components->labels[y * plane->width + x] = value == 0 ? 0 : value > 200 ? 2 : 1;
      if (value > 0 && value <= 200) {
        box.top = y < box.top ? y : box.top;
        box.left = x < box.left ? x : box.left;
        box.bottom = y > box.bottom ? y : box.bottom;
        box.right = x > box.right ? x : box.right;
      }
    }
  }
  *source = (mcnn_crop_source){ink, components, 0, box, 0};
}

/* A faint 0 with a strong dot in it that is not its own: the dot neither is in the crop nor makes
 * the 0 look fainter. */
static void the_ink_of_others_does_not_count(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_ink ink = {.plane = test_plane_filled(30, 30, 0), .low = 40, .high = 50};
  mcnn_component items[2];
  mcnn_components components;
  mcnn_crop_source source;
  mcnn_plane crop = {0};

  (void)state;
  test_plane_box(&ink.plane, 5, 5, 20, 20, 100);
  test_plane_box(&ink.plane, 8, 8, 14, 14, 0);
  test_plane_box(&ink.plane, 11, 11, 8, 8, 250);
  make_source(&ink, items, &components, &source);
  assert_int_equal(mcnn_crop(&source, &alloc, &crop), MNISTCNN_OK);
  assert_int_equal(crop.height, 20);
  assert_int_equal(crop.width, 20);
  assert_int_equal(test_plane_at(&crop, 0, 0), 255);
  assert_int_equal(test_plane_at(&crop, 10, 10), 0);
  test_plane_free(&crop);
  test_plane_free(&ink.plane);
  free(components.labels);
}

/* Renders a 7 of 200 x 120 pixels with strokes of this width; returns how wide they became. */
static double rendered_width(uint32_t width) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_ink ink = {.plane = test_plane_filled(220, 220, 0), .low = 40, .high = 50};
  mcnn_component items[2];
  mcnn_components components;
  mcnn_crop_source source;
  mcnn_stroke_stats stats = {0};
  uint8_t prepared[SIDE * SIDE];
  double scale = 0, sum = 0;

  test_plane_box(&ink.plane, 10, 50, width, 120, 100);
  test_plane_box(&ink.plane, 10, 170 - width, 200, width, 100);
  make_source(&ink, items, &components, &source);
  assert_int_equal(mcnn_render(&source, SIDE, SIDE, &alloc, prepared, &stats, &scale), MNISTCNN_OK);
  assert_true(fabs(scale - 0.1) < 1e-9);
  assert_true(fabs(stats.width - width / 10.0) < width / 100.0 + 0.1);
  assert_int_equal(stats.euler, 1);
  for (int x = 0; x < SIDE; x++)
    sum += prepared[SIDE / 2 * SIDE + x] / 255.0;
  test_plane_free(&ink.plane);
  free(components.labels);
  return sum;
}

/* Strokes are brought to 1.7 to 4.6 pixels, but lose at most 0.15 of their width on either side. */
static void strokes_get_the_width_of_the_training_data(void **state) {
  (void)state;
  assert_true(fabs(rendered_width(8) - 1.7) < 0.15);
  assert_true(fabs(rendered_width(30) - 3.0) < 0.15);
  assert_true(fabs(rendered_width(60) - 5.0) < 0.15); /* measured as 5.6, and so 1 less */
  assert_true(fabs(rendered_width(80) - 5.8) < 0.15); /* 0.15 less on either side */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_ink_of_others_does_not_count),
      cmocka_unit_test(strokes_get_the_width_of_the_training_data),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
