/* From brightness to ink: polarity, paper, noise, levels, ruled lines. */
#include "digit/filter.h"
#include "digit/ink.h"
#include "digit/lines.h"
#include "digit/otsu.h"
#include "digit/paper.h"
#include "digit/polarity.h"
#include "plane_support.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- filters ---------------------------------------------------------------------------------- */

/* Of a speck of two pixels nothing stays, of the thinnest line everything. */
static void specks_go_and_lines_stay(void **state) {
  for (int sign = -1; sign <= 1; sign += 2) {
    mcnn_plane plane = test_plane_filled(12, 12, 120), scratch = test_plane_filled(12, 12, 0);

    (void)state;
    test_plane_box(&plane, 3, 3, 1, 2, (uint8_t)(120 + sign * 80));
    test_plane_box(&plane, 7, 0, 1, 12, (uint8_t)(120 + sign * 80));
    test_plane_box(&plane, 3, 9, 1, 1, (uint8_t)(120 + sign * 40)); /* too faint to be one */
    mcnn_filter_despeckle(&plane, &scratch);
    assert_int_equal(test_plane_at(&plane, 3, 3), 120);
    assert_int_equal(test_plane_at(&plane, 3, 4), 120);
    assert_int_equal(test_plane_at(&plane, 3, 9), 120 + sign * 40);
    for (uint32_t x = 0; x < 12; x++)
      assert_int_equal(test_plane_at(&plane, 7, x), 120 + sign * 80);
    test_plane_free(&plane);
    test_plane_free(&scratch);
  }
}

/* Closing with a square of 5 pixels fills a gap of 4 and not one of 6. */
static void dilation_and_erosion_close_gaps(void **state) {
  static const uint32_t gaps[] = {4, 6};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    mcnn_plane plane = test_plane_filled(30, 30, 200), scratch = test_plane_filled(30, 30, 0);
    test_plane_box(&plane, 10, 10, gaps[i], gaps[i], 50);
    mcnn_filter_dilate(&plane, &scratch, 2);
    mcnn_filter_erode(&plane, &scratch, 2);
    for (uint32_t y = 0; y < 30; y++)
      for (uint32_t x = 0; x < 30; x++)
        assert_int_equal(test_plane_at(&plane, y, x),
                         gaps[i] == 6 && y - 10 < 6 && x - 10 < 6 ? 50 : 200);
    test_plane_free(&plane);
    test_plane_free(&scratch);
  }
}

/* The greatest or least pixel within `radius` of (y, x), as it is defined. */
static uint8_t extreme_around(const mcnn_plane *plane, uint32_t y, uint32_t x, uint32_t radius,
                              int sign) {
  int most = -256;

  for (uint32_t v = 0; v < plane->height; v++)
    for (uint32_t u = 0; u < plane->width; u++)
      if (v + radius >= y && v <= y + radius && u + radius >= x && u <= x + radius &&
          sign * test_plane_at(plane, v, u) > most)
        most = sign * test_plane_at(plane, v, u);
  return (uint8_t)(sign * most);
}

static void dilation_and_erosion_take_the_extreme_around(void **state) {
  static const uint32_t radii[] = {0, 1, 3, 8, 40};
  uint32_t random = 1;

  (void)state;
  for (size_t i = 0; i < sizeof radii / sizeof radii[0]; i++) {
    for (int sign = -1; sign <= 1; sign += 2) {
      mcnn_plane plane = test_plane_filled(11, 23, 0), before = test_plane_filled(11, 23, 0);
      mcnn_plane scratch = test_plane_filled(11, 23, 0);
      for (size_t p = 0; p < mcnn_plane_count(&plane); p++) {
        random = random * 1664525u + 1013904223u;
        plane.pixels[p] = before.pixels[p] = (uint8_t)((random >> 24) & 0xf7u);
      }
      if (sign > 0)
        mcnn_filter_dilate(&plane, &scratch, radii[i]);
      else
        mcnn_filter_erode(&plane, &scratch, radii[i]);
      for (uint32_t y = 0; y < 11; y++)
        for (uint32_t x = 0; x < 23; x++)
          assert_int_equal(test_plane_at(&plane, y, x),
                           extreme_around(&before, y, x, radii[i], sign));
      test_plane_free(&plane);
      test_plane_free(&before);
      test_plane_free(&scratch);
    }
  }
}

/* The level between two peaks that leaves the least variance on either side. */
static void otsu_splits_two_peaks(void **state) {
  uint32_t histogram[256] = {0};

  (void)state;
  histogram[20] = 500;
  histogram[25] = 100;
  histogram[180] = 40;
  histogram[200] = 60;
  assert_in_range(mcnn_otsu_threshold(histogram, 0), 25, 179);
  assert_in_range(mcnn_otsu_threshold(histogram, 30), 180, 199);
}

/* --- polarity --------------------------------------------------------------------------------- */

static int32_t polarity_of(uint8_t paper, uint8_t ink) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_plane plane = test_plane_filled(60, 60, paper);
  int32_t polarity = 0;

  test_plane_box(&plane, 15, 25, 30, 8, ink);
  assert_int_equal(mcnn_polarity_guess(&plane, &alloc, &polarity), MNISTCNN_OK);
  test_plane_free(&plane);
  return polarity;
}

/* Down to a difference of 7 levels. */
static void polarity_of_strong_and_faint_ink(void **state) {
  (void)state;
  assert_int_equal(polarity_of(255, 0), MNISTCNN_POLARITY_DARK_ON_LIGHT);
  assert_int_equal(polarity_of(0, 255), MNISTCNN_POLARITY_LIGHT_ON_DARK);
  assert_int_equal(polarity_of(100, 60), MNISTCNN_POLARITY_DARK_ON_LIGHT);
  assert_int_equal(polarity_of(100, 140), MNISTCNN_POLARITY_LIGHT_ON_DARK);
  assert_int_equal(polarity_of(100, 93), MNISTCNN_POLARITY_DARK_ON_LIGHT);
  assert_int_equal(polarity_of(100, 107), MNISTCNN_POLARITY_LIGHT_ON_DARK);
}

/* --- ink -------------------------------------------------------------------------------------- */

/* Dark within the picture is a blot, dark at its border a table or a shadow. */
static void blots_lie_within(void **state) {
  for (uint32_t top = 0; top < 12; top += 6) {
    mcnn_plane paper = test_plane_filled(40, 40, 200);

    (void)state;
    test_plane_box(&paper, top, 10, 20, 10, 40);
    assert_int_equal(mcnn_paper_blot(&paper), top == 0 ? 0 : 200);
    test_plane_free(&paper);
  }
}

static mcnn_ink extract(const mcnn_plane *plane) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_ink ink = {0};

  assert_int_equal(mcnn_ink_extract(plane, MNISTCNN_POLARITY_DARK_ON_LIGHT, 1, 0, &alloc, &ink),
                   MNISTCNN_OK);
  return ink;
}

/* Where most of a picture is dark, that is ink, and at most 48 of it are taken for grain. */
static void at_most_48_levels_are_grain(void **state) {
  mcnn_plane plane = test_plane_filled(20, 20, 155);

  (void)state;
  for (uint32_t x = 0; x < 20; x += 3)
    test_plane_box(&plane, 0, x, 20, 1, 255);
  mcnn_ink ink = extract(&plane);
  assert_int_equal(test_plane_at(&ink.plane, 10, 10), 100 - 48);
  assert_int_equal(test_plane_at(&ink.plane, 10, 9), 0);
  test_plane_free(&ink.plane);
  test_plane_free(&plane);
}

/* The floor is 10 on even paper, lower where all ink is faint, and 100 where there is nothing but
 * noise. */
static void the_floor_has_limits(void **state) {
  mcnn_plane plane = test_plane_filled(30, 30, 200);
  uint32_t seed = 5;

  (void)state;
  mcnn_ink ink = extract(&plane);
  assert_int_equal(ink.floor, MCNN_INK_FAINT_FLOOR);
  test_plane_free(&ink.plane);
  test_plane_box(&plane, 10, 14, 10, 2, 20);
  ink = extract(&plane);
  assert_int_equal(ink.floor, 10);
  test_plane_free(&ink.plane);
  for (size_t i = 0; i < mcnn_plane_count(&plane); i++)
    plane.pixels[i] = test_byte(&seed) > 127 ? 255 : 0;
  ink = extract(&plane);
  assert_int_equal(ink.floor, 100);
  test_plane_free(&ink.plane);
  test_plane_free(&plane);
}

/* Two classes of ink: the strong one sets the levels, the faint one goes to the paper. */
static void levels_follow_the_strong_ink(void **state) {
  mcnn_ink ink = {.plane = test_plane_filled(20, 20, 0), .floor = 10};

  (void)state;
  test_plane_box(&ink.plane, 2, 2, 16, 1, 30);
  test_plane_box(&ink.plane, 2, 8, 16, 2, 200);
  mcnn_ink_set_levels(&ink);
  assert_int_equal(ink.strength, 200);
  assert_int_equal(ink.high, 100);
  assert_int_equal(ink.low, 80);
  test_plane_free(&ink.plane);
}

/* --- lines ------------------------------------------------------------------------------------ */

enum { PAGE = 100 };

/* Removes the lines of a page with a digit's block in its middle; returns what is left of the ink
 * of the line, a fraction. `draw` makes the line. */
static double left_of_line(void (*draw)(mcnn_plane *plane)) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_ink ink = {.plane = test_plane_filled(PAGE, PAGE, 0), .floor = 10, .high = 100};
  uint64_t before = 0, after = 0;

  draw(&ink.plane);
  for (size_t i = 0; i < mcnn_plane_count(&ink.plane); i++)
    before += ink.plane.pixels[i];
  test_plane_box(&ink.plane, 75, 40, 20, 20, 200);
  assert_int_equal(mcnn_lines_remove(&ink, &alloc), MNISTCNN_OK);
  assert_int_equal(test_plane_at(&ink.plane, 85, 50), 200);
  test_plane_box(&ink.plane, 75, 40, 20, 20, 0);
  for (size_t i = 0; i < mcnn_plane_count(&ink.plane); i++)
    after += ink.plane.pixels[i];
  test_plane_free(&ink.plane);
  return (double)after / (double)before;
}

static void draw_straight(mcnn_plane *plane) {
  test_plane_box(plane, 50, 0, 1, PAGE, 150);
}

static void draw_upright(mcnn_plane *plane) {
  test_plane_box(plane, 0, 20, PAGE, 2, 150);
}

/* Of 20 pixels each two are missing, a tenth in all. */
static void draw_with_gaps(mcnn_plane *plane) {
  draw_straight(plane);
  for (uint32_t x = 9; x < PAGE; x += 20)
    test_plane_box(plane, 50, x, 1, 2, 0);
}

/* A fifth is missing. */
static void draw_with_wide_gaps(mcnn_plane *plane) {
  draw_straight(plane);
  for (uint32_t x = 9; x < PAGE; x += 20)
    test_plane_box(plane, 50, x, 1, 4, 0);
}

static void draw_slanting(mcnn_plane *plane, uint32_t steps) {
  for (uint32_t x = 0; x < PAGE; x++)
    test_plane_box(plane, 20 + x / steps, x, 1, 1, 150);
}

static void draw_slanting_slightly(mcnn_plane *plane) {
  draw_slanting(plane, 6);
}

static void draw_slanting_steeply(mcnn_plane *plane) {
  draw_slanting(plane, 3);
}

static void draw_short(mcnn_plane *plane) {
  test_plane_box(plane, 50, 10, 1, 60, 150);
}

static void lines_from_border_to_border_are_removed(void **state) {
  (void)state;
  assert_true(left_of_line(draw_straight) == 0);
  assert_true(left_of_line(draw_upright) == 0);
  assert_true(left_of_line(draw_with_gaps) == 0);
  assert_true(left_of_line(draw_slanting_slightly) == 0);
}

static void other_strokes_stay(void **state) {
  (void)state;
  assert_true(left_of_line(draw_with_wide_gaps) == 1);
  assert_true(left_of_line(draw_slanting_steeply) > 0.9);
  assert_true(left_of_line(draw_short) == 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(specks_go_and_lines_stay),
      cmocka_unit_test(dilation_and_erosion_close_gaps),
      cmocka_unit_test(dilation_and_erosion_take_the_extreme_around),
      cmocka_unit_test(otsu_splits_two_peaks),
      cmocka_unit_test(polarity_of_strong_and_faint_ink),
      cmocka_unit_test(blots_lie_within),
      cmocka_unit_test(at_most_48_levels_are_grain),
      cmocka_unit_test(the_floor_has_limits),
      cmocka_unit_test(levels_follow_the_strong_ink),
      cmocka_unit_test(lines_from_border_to_border_are_removed),
      cmocka_unit_test(other_strokes_stay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
