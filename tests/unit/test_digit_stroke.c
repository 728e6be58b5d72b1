/* The chamfer distance transform, the Euler number, and the width of strokes. */
#include "digit/distance.h"
#include "digit/stroke.h"
#include "plane_support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* From one pixel of ink: 5 to the side, 7 diagonally, 11 like a knight, and sums of these. */
static void distances_are_5_7_11(void **state) {
  static const uint16_t expected[5][5] = {{14, 11, 10, 11, 14},
                                          {11, 7, 5, 7, 11},
                                          {10, 5, 0, 5, 10},
                                          {11, 7, 5, 7, 11},
                                          {14, 11, 10, 11, 14}};
  mcnn_plane plane = test_plane_filled(5, 5, 0);
  uint16_t distance[25];

  (void)state;
  plane.pixels[12] = 255;
  mcnn_distance_transform(&plane, 1, distance);
  for (int i = 0; i < 25; i++)
    assert_int_equal(distance[i], expected[i / 5][i % 5]);
  test_plane_free(&plane);
}

/* Within 2 % of five times the Euclidean distance. */
static void distances_are_nearly_euclidean(void **state) {
  enum { SIDE = 61, MIDDLE = 30 };
  mcnn_plane plane = test_plane_filled(SIDE, SIDE, 0);
  uint16_t distance[SIDE * SIDE];

  (void)state;
  plane.pixels[MIDDLE * SIDE + MIDDLE] = 255;
  mcnn_distance_transform(&plane, 1, distance);
  for (int i = 0; i < SIDE * SIDE; i++) {
    const double exact = 5 * hypot(i / SIDE - MIDDLE, i % SIDE - MIDDLE);
    assert_true(fabs(distance[i] - exact) <= 0.0202 * exact + 1e-9);
  }
  test_plane_free(&plane);
}

/* Beyond the edge there is paper. */
static void the_edge_is_paper(void **state) {
  static const uint16_t expected[9] = {5, 5, 5, 5, 10, 5, 5, 5, 5};
  mcnn_plane plane = test_plane_filled(3, 3, 255);
  uint16_t distance[9];

  (void)state;
  mcnn_distance_transform(&plane, 0, distance);
  assert_memory_equal(distance, expected, sizeof expected);
  test_plane_free(&plane);
}

static int euler_of(const char *const *rows) {
  mcnn_plane plane = test_plane_drawn(rows);
  const int euler = mcnn_euler_number(&plane);

  test_plane_free(&plane);
  return euler;
}

/* Components minus holes; corners connect ink, and do not connect holes with the outside. */
static void euler_numbers(void **state) {
  static const char *const nothing[] = {"...", "...", NULL};
  static const char *const one[] = {"###", "###", NULL};
  static const char *const diagonal[] = {"#.", ".#", NULL};
  static const char *const other_diagonal[] = {".#", "#.", NULL};
  static const char *const two[] = {"#.#", "#.#", NULL};
  static const char *const zero[] = {"###", "#.#", "###", NULL};
  static const char *const diamond[] = {".#.", "#.#", ".#.", NULL};
  static const char *const eight[] = {"###", "#.#", "###", "#.#", "###", NULL};
  static const char *const eye[] = {"#####", "#...#", "#.#.#", "#...#", "#####", NULL};

  (void)state;
  assert_int_equal(euler_of(nothing), 0);
  assert_int_equal(euler_of(one), 1);
  assert_int_equal(euler_of(diagonal), 1);
  assert_int_equal(euler_of(other_diagonal), 1);
  assert_int_equal(euler_of(two), 2);
  assert_int_equal(euler_of(zero), 0);
  assert_int_equal(euler_of(diamond), 0);
  assert_int_equal(euler_of(eight), -1);
  assert_int_equal(euler_of(eye), 1);
}

/* A bar of 8 x 40 in a plane of 60 x 60. */
static void a_bar_is_measured_and_grown(void **state) {
  mcnn_plane plane = test_plane_filled(60, 60, 0);
  uint16_t *const distances = calloc(2 * 3600, sizeof *distances);
  mcnn_stroke_stats stats;

  (void)state;
  assert_non_null(distances);
  test_plane_box(&plane, 10, 26, 40, 8, 255);
  mcnn_stroke_measure(&plane, distances, &stats);
  assert_true(fabs(stats.width - 8) < 1);
  assert_true(fabs(stats.coverage - 320.0 / 3600) < 1e-9);
  assert_true(fabs(stats.length - 40.0 / 60) < 0.1);
  assert_int_equal(stats.euler, 1);
  mcnn_stroke_grow(&plane, 1.5, distances, distances + 3600);
  assert_int_equal(test_plane_at(&plane, 30, 25), 255);
  assert_int_equal(test_plane_at(&plane, 30, 24), 128);
  assert_int_equal(test_plane_at(&plane, 30, 23), 0);
  mcnn_stroke_grow(&plane, -3, distances, distances + 3600);
  /* What is half covered counts as ink. */
  assert_int_equal(test_plane_at(&plane, 30, 26), 0);
  assert_int_equal(test_plane_at(&plane, 30, 27), 255);
  free(distances);
  test_plane_free(&plane);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(distances_are_5_7_11),
      cmocka_unit_test(distances_are_nearly_euclidean),
      cmocka_unit_test(the_edge_is_paper),
      cmocka_unit_test(euler_numbers),
      cmocka_unit_test(a_bar_is_measured_and_grown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
