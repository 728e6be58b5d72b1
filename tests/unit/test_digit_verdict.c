/* What is a digit, what looks like the training data, and what transparent pictures show. */
#include "digit/digit.h"
#include "digit/prepared.h"
#include "digit/verdict.h"
#include "image/alpha.h"
#include "plane_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 28, HEIGHT = 100, WIDTH = 100 };

/* --- rivals ----------------------------------------------------------------------------------- */

static int32_t verdict_beside(uint64_t other_ink, uint8_t other_border) {
  mcnn_candidate items[2] = {
      {.box = {10, 10, 49, 39}, .ink = 1000},
      {.box = {10, 60, 49, 89}, .ink = other_ink, .at_border = other_border}};
  const mcnn_candidates candidates = {items, 2, 40, 1000 + other_ink};

  assert_int_equal(mcnn_verdict_most_prominent(&candidates, HEIGHT, WIDTH), 0);
  return mcnn_verdict_on_picture(&candidates, 0, HEIGHT, WIDTH, 200, MNISTCNN_DIGIT_FOUND);
}

/* Another candidate of more than 0.3 of the prominence might be meant; at the border its ink counts
 * 0.6, and 0.6 of the prominence are needed. */
static void rivals_make_it_several(void **state) {
  (void)state;
  assert_int_equal(verdict_beside(290, 0), MNISTCNN_DIGIT_FOUND);
  assert_int_equal(verdict_beside(400, 0), MNISTCNN_DIGIT_SEVERAL);
  assert_int_equal(verdict_beside(950, MCNN_AT_RIGHT), MNISTCNN_DIGIT_FOUND);
  assert_int_equal(verdict_beside(1100, MCNN_AT_RIGHT), MNISTCNN_DIGIT_SEVERAL);
}

/* --- faint ink -------------------------------------------------------------------------------- */

static int32_t verdict_on_bar(uint8_t paper, uint8_t ink, int grain) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_digit_request request = {.height = SIDE, .width = SIDE, .passthrough_prepared = 1};
  const mcnn_shape shape = {60, 60, 1};
  mcnn_plane plane = test_plane_filled(60, 60, paper);
  uint8_t prepared[SIDE * SIDE];
  mcnn_digit digit;

  test_plane_box(&plane, 15, 27, 30, 4, ink);
  for (size_t i = 0; grain && i < mcnn_plane_count(&plane); i += 2)
    plane.pixels[i + i / 60 % 2]--;
  assert_int_equal(mcnn_digit_prepare(plane.pixels, &shape, &request, &alloc, prepared, &digit),
                   MNISTCNN_OK);
  test_plane_free(&plane);
  return digit.verdict;
}

/* In relation to the paper 15 and 20 of 255; without any grain 5 and 7. */
static void the_faintest_ink(void **state) {
  (void)state;
  assert_int_equal(verdict_on_bar(204, 192, 1), MNISTCNN_DIGIT_BLANK);
  assert_int_equal(verdict_on_bar(204, 188, 1), MNISTCNN_DIGIT_FOUND);
  assert_int_equal(verdict_on_bar(204, 200, 0), MNISTCNN_DIGIT_BLANK);
  assert_int_equal(verdict_on_bar(204, 198, 0), MNISTCNN_DIGIT_FOUND);
}

/* --- the training data ------------------------------------------------------------------------ */

static int is_prepared(uint8_t edge) {
  const mcnn_shape shape = {SIDE, SIDE, 1};
  mcnn_plane plane = test_plane_filled(SIDE, SIDE, 0);

  test_plane_box(&plane, 2, 12, 24, 4, edge);
  test_plane_box(&plane, 5, 12, 18, 4, 255);
  const int result = mcnn_digit_is_prepared(plane.pixels, &shape, SIDE, SIDE);
  test_plane_free(&plane);
  return result;
}

/* What is nearly black, up to 24, is not of the box. */
static void nearly_black_is_black(void **state) {
  (void)state;
  assert_true(is_prepared(0));
  assert_true(is_prepared(24));
  assert_false(is_prepared(25));
  assert_false(is_prepared(60));
}

/* --- alpha ------------------------------------------------------------------------------------ */

/* The background that a gray picture with alpha gets, of which `dark` of 100 visible pixels are
 * black and the others white. */
static uint8_t background_with(int dark, int32_t polarity) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_shape shape = {1, 101, 2};
  uint8_t pixels[202];
  mcnn_flat flat;

  for (int i = 0; i < 101; i++) {
    pixels[2 * i] = i < dark ? 0 : 255;
    pixels[2 * i + 1] = i < 100 ? 255 : 0;
  }
  assert_int_equal(mcnn_flatten(pixels, &shape, mcnn_ground_for(polarity), &alloc, &flat),
                   MNISTCNN_OK);
  const uint8_t background = flat.pixels[100];
  mcnn_free(&alloc, flat.own);
  return background;
}

/* White, unless next to nothing would be seen on it. */
static void the_background_contrasts(void **state) {
  (void)state;
  assert_int_equal(background_with(50, MNISTCNN_POLARITY_AUTO), 255);
  assert_int_equal(background_with(5, MNISTCNN_POLARITY_AUTO), 255);
  assert_int_equal(background_with(1, MNISTCNN_POLARITY_AUTO), 0);
  assert_int_equal(background_with(0, MNISTCNN_POLARITY_AUTO), 0);
  assert_int_equal(background_with(50, MNISTCNN_POLARITY_LIGHT_ON_DARK), 0);
  assert_int_equal(background_with(0, MNISTCNN_POLARITY_DARK_ON_LIGHT), 255);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rivals_make_it_several),
      cmocka_unit_test(the_faintest_ink),
      cmocka_unit_test(nearly_black_is_black),
      cmocka_unit_test(the_background_contrasts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
