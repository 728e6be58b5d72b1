/* The digits that the command draws: deterministic, varied, and normalised like MNIST. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw/digits.h"
#include "draw/glyphs.h"
#include "draw/random.h"

enum { SIDE = DRAW_DIGIT_SIDE, PIXELS = SIDE * SIDE, DIGITS = 10, PER_DIGIT = 1000 };

static uint8_t drawn[DIGITS][PER_DIGIT][PIXELS];

static int draw_all(void **state) {
  (void)state;
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    for (uint64_t i = 0; i < PER_DIGIT; i++)
      if (draw_digit(digit, 7, i, drawn[digit][i]) != 0)
        return -1;
  }
  return 0;
}

/* Sums over an image, in units of a white pixel. */
struct moments {
  double ink, centre_x, centre_y;
};

static struct moments moments_of(const uint8_t *pixels) {
  struct moments sums = {0.0, 0.0, 0.0};
  for (int i = 0; i < PIXELS; i++) {
    const double level = pixels[i] / 255.0;
    sums.ink += level;
    const int row = i / SIDE;
    const int column = i % SIDE;
    sums.centre_x += level * column;
    sums.centre_y += level * row;
  }
  sums.centre_x /= sums.ink;
  sums.centre_y /= sums.ink;
  return sums;
}

/* The longer side of the bounding box of all pixels that are not black. */
static int longer_side(const uint8_t *pixels) {
  int left = SIDE, top = SIDE, right = -1, bottom = -1;
  for (int i = 0; i < PIXELS; i++) {
    if (pixels[i] == 0)
      continue;
    const int x = i % SIDE;
    const int y = i / SIDE;
    left = x < left ? x : left;
    right = x > right ? x : right;
    top = y < top ? y : top;
    bottom = y > bottom ? y : bottom;
  }
  const int width = right - left + 1;
  const int height = bottom - top + 1;
  return width > height ? width : height;
}

static void test_same_numbers_give_the_same_image(void **state) {
  (void)state;
  uint8_t again[PIXELS];
  for (unsigned i = PER_DIGIT; i-- > 0;) { /* in another order than the first time */
    const unsigned digit = i % DIGITS;
    assert_int_equal(draw_digit(digit, 7, i, again), 0);
    assert_memory_equal(again, drawn[digit][i], PIXELS);
  }
}

/* FNV-1a over the first images of every digit. It must be the same with every compiler and C
 * library; it only changes if the styles or the pen are changed on purpose. */
static void test_same_image_on_every_machine(void **state) {
  (void)state;
  uint64_t hash = 0xcbf29ce484222325u;
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    for (int i = 0; i < 100; i++)
      for (int pixel = 0; pixel < PIXELS; pixel++)
        hash = (hash ^ drawn[digit][i][pixel]) * 0x100000001b3u;
  }
  assert_int_equal(hash, 0xf0fc9bd7f2565e5cu);
}

static void test_another_seed_gives_another_image(void **state) {
  (void)state;
  uint8_t other[PIXELS];
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    assert_int_equal(draw_digit(digit, 8, 0, other), 0);
    assert_memory_not_equal(other, drawn[digit][0], PIXELS);
  }
}

static void test_no_such_digit_touches_nothing(void **state) {
  (void)state;
  uint8_t pixels[PIXELS];
  uint8_t untouched[PIXELS];
  memset(pixels, 0xa5, PIXELS);
  memset(untouched, 0xa5, PIXELS);
  assert_int_equal(draw_digit(DIGITS, 7, 0, pixels), -1);
  assert_memory_equal(pixels, untouched, PIXELS);
}

static void test_white_on_black(void **state) {
  (void)state;
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    for (int i = 0; i < PER_DIGIT; i++) {
      int black = 0;
      int brightest = 0;
      for (int pixel = 0; pixel < PIXELS; pixel++) {
        black += drawn[digit][i][pixel] == 0;
        brightest = drawn[digit][i][pixel] > brightest ? drawn[digit][i][pixel] : brightest;
      }
      assert_in_range(black, PIXELS * 45 / 100, PIXELS * 97 / 100);
      assert_in_range(brightest, 200, 255);
    }
  }
}

static void test_mass_is_centred(void **state) {
  (void)state;
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    for (int i = 0; i < PER_DIGIT; i++) {
      const struct moments moments = moments_of(drawn[digit][i]);
      assert_true(fabs(moments.centre_x - 14.0) < 0.51);
      assert_true(fabs(moments.centre_y - 14.0) < 0.51);
    }
  }
}

static void test_box_is_twenty(void **state) {
  (void)state;
  int exact = 0;
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    for (int i = 0; i < PER_DIGIT; i++) {
      const int side = longer_side(drawn[digit][i]);
      assert_in_range(side, 18, 22);
      exact += side == 20;
    }
  }
  assert_true(exact > DIGITS * PER_DIGIT / 2);
}

/* The range of MNIST's strokes, with a margin: neither hairlines nor blots, and the 1 has the least
 * ink. */
static void test_ink_is_like_a_pens(void **state) {
  (void)state;
  double mean[DIGITS] = {0.0};
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    for (int i = 0; i < PER_DIGIT; i++) {
      const double ink = moments_of(drawn[digit][i]).ink;
      assert_true(ink > 15.0 && ink < 300.0);
      mean[digit] += ink / PER_DIGIT;
    }
    assert_true(mean[digit] > 40.0 && mean[digit] < 150.0);
    assert_true(digit == 1 || mean[digit] > mean[1] * 1.2);
  }
}

static int compare_images(const void *a, const void *b) {
  return memcmp(a, b, PIXELS);
}

static void test_no_two_alike(void **state) {
  (void)state;
  static uint8_t sorted[DIGITS * PER_DIGIT][PIXELS];
  memcpy(sorted, drawn, sizeof sorted);
  qsort(sorted, (size_t)DIGITS * PER_DIGIT, PIXELS, compare_images);
  for (int i = 1; i < DIGITS * PER_DIGIT; i++)
    assert_memory_not_equal(sorted[i - 1], sorted[i], PIXELS);
}

/* Assumptions of the drawing: enough capacity for the points, strokes of at least two points. */
static void check_style(const struct glyph_style *style) {
  assert_true(style->weight > 0);
  assert_in_range(style->point_count, 2, GLYPH_MAX_POINTS);
  assert_int_equal(style->points[0].step, GLYPH_MOVE);
  for (size_t i = 0; i < style->point_count; i++) {
    const int is_last = i + 1 == style->point_count || style->points[i + 1].step == GLYPH_MOVE;
    assert_in_range(style->points[i].step, GLYPH_MOVE, GLYPH_CORNER);
    assert_false(is_last && style->points[i].step == GLYPH_MOVE);
  }
}

static void test_styles_are_well_formed(void **state) {
  (void)state;
  for (unsigned digit = 0; digit < GLYPH_DIGITS; digit++) {
    const struct glyph *glyph = glyph_of(digit);
    assert_true(glyph->style_count >= 5);
    for (size_t i = 0; i < glyph->style_count; i++)
      check_style(&glyph->styles[i]);
  }
}

static void test_bell_has_its_deviation_and_no_outliers(void **state) {
  (void)state;
  enum { SAMPLES = 100000 };
  struct draw_random random = draw_random_stream(1, 2, 3);
  double sum = 0.0;
  double squares = 0.0;
  for (int i = 0; i < SAMPLES; i++) {
    const double value = (double)draw_random_bell(&random, 2.0f);
    assert_true(fabs(value) < 7.0);
    sum += value;
    squares += value * value;
  }
  assert_true(fabs(sum / SAMPLES) < 0.03); /* 5 standard errors */
  assert_true(fabs(sqrt(squares / SAMPLES) - 2.0) < 0.02);
}

static void test_below_reaches_every_value(void **state) {
  (void)state;
  struct draw_random random = draw_random_stream(4, 5, 6);
  int seen[7] = {0};
  for (int i = 0; i < 7000; i++) {
    const uint32_t value = draw_random_below(&random, 7);
    assert_in_range(value, 0, 6);
    seen[value]++;
  }
  for (int i = 0; i < 7; i++)
    assert_in_range(seen[i], 850, 1150); /* 1000, 5 standard deviations */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_numbers_give_the_same_image),
      cmocka_unit_test(test_same_image_on_every_machine),
      cmocka_unit_test(test_another_seed_gives_another_image),
      cmocka_unit_test(test_no_such_digit_touches_nothing),
      cmocka_unit_test(test_white_on_black),
      cmocka_unit_test(test_mass_is_centred),
      cmocka_unit_test(test_box_is_twenty),
      cmocka_unit_test(test_ink_is_like_a_pens),
      cmocka_unit_test(test_no_two_alike),
      cmocka_unit_test(test_styles_are_well_formed),
      cmocka_unit_test(test_bell_has_its_deviation_and_no_outliers),
      cmocka_unit_test(test_below_reaches_every_value),
  };
  return cmocka_run_group_tests(tests, draw_all, NULL);
}
