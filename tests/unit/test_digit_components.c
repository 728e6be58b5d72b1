/* Connected components, and which of them make a digit together. */
#include "digit/components.h"
#include "digit/grouping.h"
#include "plane_support.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LOW = 40, HIGH = 100 };

typedef struct scene {
  mcnn_ink ink;
  mcnn_components components;
  mcnn_candidates candidates;
} scene;

static void find_components(scene *s, mcnn_plane plane) {
  const mcnn_alloc alloc = mcnn_alloc_default();

  *s = (scene){.ink = {.plane = plane, .low = LOW, .high = HIGH}};
  assert_int_equal(mcnn_components_find(&s->ink, &alloc, &s->components), MNISTCNN_OK);
}

static void find_candidates(scene *s, mcnn_plane plane, int single) {
  const mcnn_alloc alloc = mcnn_alloc_default();

  find_components(s, plane);
  assert_int_equal(mcnn_candidates_find(&s->components, plane.height, plane.width, single, &alloc,
                                        &s->candidates),
                   MNISTCNN_OK);
}

static void free_scene(scene *s) {
  const mcnn_alloc alloc = mcnn_alloc_default();

  mcnn_candidates_free(&s->candidates, &alloc);
  mcnn_components_free(&s->components, &alloc);
  test_plane_free(&s->ink.plane);
}

static uint32_t count_components(const char *const *rows) {
  scene s;

  find_components(&s, test_plane_drawn(rows));
  const uint32_t count = s.components.count;
  free_scene(&s);
  return count;
}

/* --- components ------------------------------------------------------------------------------- */

/* Pixels that touch at a corner are connected, whichever corner it is. */
static void eight_neighbours_are_connected(void **state) {
  static const char *const falling[] = {"#..", ".#.", "..#", NULL};
  static const char *const rising[] = {"..#", ".#.", "#..", NULL};
  static const char *const row[] = {"...", "###", "...", NULL};
  static const char *const column[] = {".#.", ".#.", ".#.", NULL};
  static const char *const apart[] = {"#.#", "...", "#.#", NULL};

  (void)state;
  assert_int_equal(count_components(falling), 1);
  assert_int_equal(count_components(rising), 1);
  assert_int_equal(count_components(row), 1);
  assert_int_equal(count_components(column), 1);
  assert_int_equal(count_components(apart), 4);
}

/* Branches that have labels of their own until they meet. */
static void branches_that_meet_later_are_one(void **state) {
  static const char *const comb[] = {"#.#.#.#", "#.#.#.#", "#######", ".......", "#.#.#.#", NULL};
  static const char *const spiral[] = {"#######", "#.....#", "#.###.#", "#.#...#", "#.#####", NULL};

  (void)state;
  assert_int_equal(count_components(comb), 1 + 4);
  assert_int_equal(count_components(spiral), 1);
}

/* Ink counts above `low`, but only with something above `high`. */
static void weak_ink_is_no_component(void **state) {
  mcnn_plane plane = test_plane_filled(9, 9, 0);
  scene s;

  (void)state;
  test_plane_box(&plane, 1, 1, 2, 2, HIGH);     /* too weak */
  test_plane_box(&plane, 1, 5, 2, 2, LOW + 1);  /* its edge, */
  test_plane_box(&plane, 1, 6, 1, 1, HIGH + 1); /* with a strong pixel */
  test_plane_box(&plane, 6, 1, 2, 2, LOW);      /* paper */
  find_components(&s, plane);
  assert_int_equal(s.components.count, 1);
  assert_int_equal(s.components.items[0].area, 4);
  assert_int_equal(s.components.items[0].ink, 3 * (LOW + 1) + HIGH + 1);
  assert_int_equal(s.components.items[0].box.left, 5);
  assert_int_equal(s.components.items[0].box.bottom, 2);
  assert_int_equal(s.components.labels[0], 0);
  assert_int_equal(s.components.labels[1 * 9 + 5], 1);
  free_scene(&s);
}

static void borders_are_told(void **state) {
  static const char *const rows[] = {".#..", "#..#", "...#", ".#..", NULL};
  static const int borders[] = {MCNN_AT_TOP | MCNN_AT_LEFT, MCNN_AT_RIGHT, MCNN_AT_BOTTOM};
  scene s;

  (void)state;
  find_components(&s, test_plane_drawn(rows));
  assert_int_equal(s.components.count, 3);
  for (uint32_t i = 0; i < 3; i++)
    assert_int_equal(s.components.items[i].at_border, borders[i]);
  free_scene(&s);
  assert_true(mcnn_touches_opposite(MCNN_AT_TOP | MCNN_AT_BOTTOM));
  assert_true(mcnn_touches_opposite(MCNN_AT_LEFT | MCNN_AT_RIGHT));
  assert_false(mcnn_touches_opposite(MCNN_AT_TOP | MCNN_AT_RIGHT));
}

/* --- candidates ------------------------------------------------------------------------------- */

/* As high as a digit, but with less than a 25th of the ink: a hair on the scanner. */
static void tall_components_of_little_ink_are_dirt(void **state) {
  for (int heights = 0; heights < 2; heights++) {
    mcnn_plane plane = test_plane_filled(60, 120, 0);
    scene s;

    (void)state;
    test_plane_box(&plane, 20, 20, 20, 20, 200);
    test_plane_box(&plane, 20, 80, heights ? 18 : 15, 1, 200); /* 4.5 and 3.75 % */
    find_candidates(&s, plane, 0);
    assert_int_equal(s.candidates.count, heights ? 2 : 1);
    free_scene(&s);
  }
}

/* A line as wide as the digit and below it is left out; the same bar above it belongs to it. */
static void underlines_are_left_out(void **state) {
  for (int below = 0; below < 2; below++) {
    mcnn_plane plane = test_plane_filled(100, 100, 0);
    scene s;

    (void)state;
    test_plane_box(&plane, 30, 40, 40, 20, 200);
    test_plane_box(&plane, below ? 74 : 24, 38, 2, 24, 200);
    find_candidates(&s, plane, 1);
    assert_int_equal(s.candidates.count, 1);
    assert_int_equal(s.candidates.items[0].box.top, below ? 30 : 24);
    assert_int_equal(s.candidates.items[0].box.bottom, 69);
    assert_int_equal(s.candidates.items[0].num_components, below ? 1 : 2);
    free_scene(&s);
  }
}

/* Two lines, written from the right to the left and slanting. */
static void candidates_come_in_reading_order(void **state) {
  static const uint32_t boxes[][2] = {{12, 70}, {8, 40}, {4, 10}, {60, 45}, {64, 15}};
  static const uint32_t lefts[] = {10, 40, 70, 15, 45};
  mcnn_plane plane = test_plane_filled(100, 100, 0);
  scene s;

  (void)state;
  for (size_t i = 0; i < 5; i++)
    test_plane_box(&plane, boxes[i][0], boxes[i][1], 20, 10, 200);
  find_candidates(&s, plane, 0);
  assert_int_equal(s.candidates.count, 5);
  for (uint32_t i = 0; i < 5; i++) {
    assert_int_equal(s.candidates.items[i].line, i / 3);
    assert_int_equal(s.candidates.items[i].box.left, lefts[i]);
    assert_int_equal(
        s.components.items[s.candidates.items[i].largest - s.components.items].candidate, i);
  }
  free_scene(&s);
}

static mnistcnn_status find_all(const mcnn_alloc *alloc, void *context) {
  const mcnn_ink *const ink = context;
  mcnn_components components = {0};
  mcnn_candidates candidates = {0};
  mnistcnn_status status = mcnn_components_find(ink, alloc, &components);
  if (status == MNISTCNN_OK)
    status = mcnn_candidates_find(&components, ink->plane.height, ink->plane.width, 1, alloc,
                                  &candidates);
  mcnn_candidates_free(&candidates, alloc);
  mcnn_components_free(&components, alloc);
  return status;
}

static void every_failing_allocation_is_survived(void **state) {
  mcnn_ink ink = {.plane = test_plane_filled(30, 30, 0), .low = LOW, .high = HIGH};

  (void)state;
  test_plane_box(&ink.plane, 5, 5, 20, 5, 200);
  assert_true(test_every_allocation(find_all, &ink) > 5);
  test_plane_free(&ink.plane);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(eight_neighbours_are_connected),
      cmocka_unit_test(branches_that_meet_later_are_one),
      cmocka_unit_test(weak_ink_is_no_component),
      cmocka_unit_test(borders_are_told),
      cmocka_unit_test(tall_components_of_little_ink_are_dirt),
      cmocka_unit_test(underlines_are_left_out),
      cmocka_unit_test(candidates_come_in_reading_order),
      cmocka_unit_test(every_failing_allocation_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
