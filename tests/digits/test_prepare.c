/* Preparing one digit: under every condition it comes out as it does from a clean picture. */
#include "conditions.h"

#include "draw/digits.h"
#include "glyph.h"
#include "image_args.h"

#include <mnistcnn.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = SCENE_GLYPH, PIXELS = SIDE * SIDE, DIGITS = 10 };

static mnistcnn_digit_info prepare(const uint8_t *pixels, uint32_t height, uint32_t width,
                                   uint32_t channels, uint8_t prepared[PIXELS]) {
  mnistcnn_digit_info info = {.struct_size = sizeof info};

  assert_int_equal(
      mnistcnn_digit_prepare(IMAGE(pixels, height, width, channels), NULL, prepared, PIXELS, &info),
      MNISTCNN_OK);
  return info;
}

static mnistcnn_digit_info shoot(const scene *s, const uint8_t *glyph, uint8_t prepared[PIXELS]) {
  const uint32_t side = scene_side(s);
  uint8_t *const picture = malloc((size_t)side * side * 3);

  assert_non_null(picture);
  assert_int_equal(scene_render(s, glyph, picture), 0);
  const mnistcnn_digit_info info = prepare(picture, side, side, 3, prepared);
  free(picture);
  return info;
}

/* Both blurred a little, so that half a pixel does not decide. */
static void blur(const uint8_t *pixels, double *result) {
  for (int y = 0; y < SIDE; y++) {
    for (int x = 0; x < SIDE; x++) {
      double sum = 0;
      for (int dy = -1; dy <= 1; dy++) {
        for (int dx = -1; dx <= 1; dx++) {
          const int row = y + dy, column = x + dx;
          const int weight = (2 - abs(dy)) * (2 - abs(dx));
          if (row >= 0 && column >= 0 && row < SIDE && column < SIDE)
            sum += weight * pixels[row * SIDE + column];
        }
      }
      result[y * SIDE + x] = sum;
    }
  }
}

static double correlation(const uint8_t *a, const uint8_t *b) {
  double u[PIXELS], v[PIXELS], mean_u = 0, mean_v = 0, uu = 0, vv = 0, uv = 0;

  blur(a, u);
  blur(b, v);
  for (int i = 0; i < PIXELS; i++) {
    mean_u += u[i] / PIXELS;
    mean_v += v[i] / PIXELS;
  }
  for (int i = 0; i < PIXELS; i++) {
    uu += (u[i] - mean_u) * (u[i] - mean_u);
    vv += (v[i] - mean_v) * (v[i] - mean_v);
    uv += (u[i] - mean_u) * (v[i] - mean_v);
  }
  return uu > 0 && vv > 0 ? uv / sqrt(uu * vv) : 0;
}

/* The clean counterpart of a scene: the same pen and rotation on white paper. */
static scene clean_twin(const scene *s) {
  scene clean = scene_plain();

  clean.rotation = s->rotation;
  clean.bold = s->bold;
  return clean;
}

static void test_conditions(void **state) {
  uint8_t glyph[PIXELS], prepared[PIXELS], expected[PIXELS];

  (void)state;
  for (size_t c = 0; c < num_conditions; c++) {
    double sum = 0;
    int found = 0;
    for (unsigned digit = c % 2; digit < DIGITS; digit += 2) {
      scene s = conditions[c].make(100 + digit);
      /* One of the large is enough, and above 1024 pixels a side all are reduced to these. */
      const double largest = digit > 1 ? 120 : 1000;
      s.size = s.size > largest ? largest : s.size;
      const scene clean = clean_twin(&s);
      draw_open_digit(digit, 4, c, glyph);
      const mnistcnn_digit_info info = shoot(&s, glyph, prepared);
      shoot(&clean, glyph, expected);
      if (info.verdict == MNISTCNN_DIGIT_FOUND) {
        found++;
        sum += correlation(prepared, expected);
      }
    }
    /* Eight pixels do not tell more; of what is drawn across the lines of a box, a part is lost. */
    const double least = conditions[c].make(100).size < 10         ? 0.8
                         : strstr(conditions[c].name, "too large") ? 0.88
                                                                   : 0.9;
    if (found < DIGITS / 2 - 1 || sum / found < least)
      fail_msg("%s: %d of 5 found, correlation %.3f", conditions[c].name, found, sum / found);
  }
}

/* The form MNIST's images have: a box of at most 20 pixels, filled one way, around the centre of
 * mass. */
static void test_form(void **state) {
  uint8_t glyph[PIXELS], prepared[PIXELS];

  (void)state;
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    const scene s = scene_plain();
    int top = SIDE, bottom = -1, left = SIDE, right = -1, strongest = 0;
    double mass = 0, rows = 0, columns = 0;
    draw_digit(digit, 9, 4, glyph);
    const mnistcnn_digit_info info = shoot(&s, glyph, prepared);
    if (info.verdict != MNISTCNN_DIGIT_FOUND)
      fail_msg("digit %u: %s", digit, mnistcnn_digit_verdict_text(info.verdict));
    for (int i = 0; i < PIXELS; i++) {
      const int y = i / SIDE, x = i % SIDE, value = prepared[i];
      mass += value;
      rows += (double)value * y;
      columns += (double)value * x;
      strongest = value > strongest ? value : strongest;
      if (value > 24) {
        top = y < top ? y : top;
        bottom = y > bottom ? y : bottom;
        left = x < left ? x : left;
        right = x > right ? x : right;
      }
    }
    const int height = bottom - top + 1, width = right - left + 1;
    assert_int_equal(strongest, 255);
    assert_in_range(height > width ? height : width, 18, 20);
    assert_true(fabs(rows / mass - SIDE / 2) < 1 && fabs(columns / mass - SIDE / 2) < 1);
  }
}

static void test_training_images_pass(void **state) {
  uint8_t glyph[PIXELS], prepared[PIXELS], colour[PIXELS * 3];

  (void)state;
  for (unsigned i = 0; i < 200; i++) {
    draw_digit(i % DIGITS, 3, i, glyph);
    const mnistcnn_digit_info info = prepare(glyph, SIDE, SIDE, 1, prepared);
    assert_int_equal(info.passed_through, 1);
    assert_int_equal(info.verdict, MNISTCNN_DIGIT_FOUND);
    assert_memory_equal(prepared, glyph, PIXELS);
    for (int p = 0; p < PIXELS * 3; p++)
      colour[p] = glyph[p / 3];
    assert_int_equal(prepare(colour, SIDE, SIDE, 3, prepared).passed_through, 1);
    assert_memory_equal(prepared, glyph, PIXELS);
  }
}

/* Also where the shortcut is off they stay nearly what they are. */
static void test_training_images_stay(void **state) {
  uint8_t glyph[PIXELS], prepared[PIXELS];
  mnistcnn_digit_options options;

  (void)state;
  assert_int_equal(mnistcnn_digit_options_init(&options, sizeof options), MNISTCNN_OK);
  options.passthrough_prepared = 0;
  double sum = 0;
  for (unsigned i = 0; i < 200; i++) {
    mnistcnn_digit_info info = {.struct_size = sizeof info};
    draw_digit(i % DIGITS, 3, i, glyph);
    assert_int_equal(
        mnistcnn_digit_prepare(IMAGE(glyph, SIDE, SIDE, 1), &options, prepared, PIXELS, &info),
        MNISTCNN_OK);
    assert_int_equal(info.passed_through, 0);
    assert_int_equal(info.polarity, MNISTCNN_POLARITY_LIGHT_ON_DARK);
    sum += correlation(glyph, prepared);
  }
  assert_true(sum / 200 > 0.98);
}

/* --- no digit --------------------------------------------------------------------------------- */

static void fill(uint8_t *pixels, uint32_t side, uint8_t value) {
  memset(pixels, value, (size_t)side * side);
}

static void fill_square(uint8_t *pixels, uint32_t side, uint32_t from, uint32_t to, uint8_t value) {
  for (uint32_t y = from; y < to; y++)
    memset(pixels + (size_t)y * side + from, value, to - from);
}

static void fill_disc(uint8_t *pixels, int side, int row, int column, int radius, uint8_t value) {
  for (int i = 0; i < side * side; i++) {
    const int down = i / side - row, right = i % side - column;
    if (down * down + right * right <= radius * radius)
      pixels[i] = value;
  }
}

static void assert_nothing(const uint8_t *pixels, uint32_t side, int32_t verdict) {
  uint8_t prepared[PIXELS];
  const mnistcnn_digit_info info = prepare(pixels, side, side, 1, prepared);

  assert_int_equal(info.verdict, verdict);
  for (int i = 0; i < PIXELS; i++)
    assert_int_equal(prepared[i], 0);
}

static void test_no_digit(void **state) {
  enum { LARGE = 120 };
  static uint8_t pixels[LARGE * LARGE];
  uint32_t chance = 1;

  (void)state;
  for (int value = 0; value < 256; value += 51) {
    fill(pixels, LARGE, (uint8_t)value);
    assert_nothing(pixels, LARGE, MNISTCNN_DIGIT_BLANK);
    assert_nothing(pixels, 1, MNISTCNN_DIGIT_BLANK);
    assert_nothing(pixels, 28, MNISTCNN_DIGIT_BLANK);
  }
  fill(pixels, LARGE, 255);
  fill_square(pixels, LARGE, 30, 90, 0);
  assert_nothing(pixels, LARGE, MNISTCNN_DIGIT_FILLED);
  fill(pixels, LARGE, 255);
  fill_square(pixels, LARGE, 50, 70, 0);
  assert_nothing(pixels, LARGE, MNISTCNN_DIGIT_FILLED);
  fill(pixels, LARGE, 255);
  fill_disc(pixels, LARGE, 60, 60, 48, 0);
  assert_nothing(pixels, LARGE, MNISTCNN_DIGIT_FILLED);
  fill_disc(pixels, LARGE, 60, 60, 44, 255); /* a ring with eyes in it and a mouth */
  fill_disc(pixels, LARGE, 45, 45, 5, 0);
  fill_disc(pixels, LARGE, 45, 75, 5, 0);
  fill_disc(pixels, LARGE, 80, 60, 8, 0);
  assert_nothing(pixels, LARGE, MNISTCNN_DIGIT_OTHER);
  for (size_t i = 0; i < sizeof pixels; i++) {
    chance = chance * 1664525u + 1013904223u;
    pixels[i] = (uint8_t)(chance >> 24);
  }
  uint8_t prepared[PIXELS];
  assert_in_range(prepare(pixels, LARGE, LARGE, 1, prepared).verdict, MNISTCNN_DIGIT_SEVERAL,
                  MNISTCNN_DIGIT_OTHER);
}

/* --- lines ------------------------------------------------------------------------------------ */

enum { SHEET = 160 };

static void draw_rows(uint8_t *sheet, uint32_t top, uint32_t height, uint32_t left,
                      uint32_t width) {
  for (uint32_t y = top; y < top + height; y++)
    memset(sheet + (size_t)y * SHEET + left, 0, width);
}

/* A 1 of 100 pixels on a line of 4. */
static mnistcnn_digit_info prepare_on_line(uint32_t left, uint32_t width) {
  static uint8_t sheet[SHEET * SHEET];
  uint8_t prepared[PIXELS];

  fill(sheet, SHEET, 255);
  draw_rows(sheet, 30, 100, 76, 8);
  draw_rows(sheet, 126, 4, left, width);
  return prepare(sheet, SHEET, SHEET, 1, prepared);
}

/* A line goes only where it is longer than any foot of a digit, and beside it on both sides. */
static void test_line_under_digit(void **state) {
  (void)state;
  assert_in_range(prepare_on_line(20, 120).width, 8, 12);
  assert_in_range(prepare_on_line(0, SHEET).width, 8, 12);
  assert_in_range(prepare_on_line(30, 100).height, 95, 100);
  assert_int_equal(prepare_on_line(50, 60).width, 60); /* the foot of a 1 */
  assert_int_equal(prepare_on_line(76, 70).width, 70); /* an L, as the foot of a 2 is */
}

static void fill_ring(uint8_t *pixels, uint32_t height, uint32_t width, int inner, int outer) {
  for (uint32_t i = 0; i < height * width; i++) {
    const int down = (int)(i / width) - (int)height / 2;
    const int right = (int)(i % width) - (int)width / 2;
    const int square = down * down + right * right;
    if (square >= inner * inner && square <= outer * outer)
      pixels[i] = 0;
  }
}

/* A 0 in a cell whose printed lines are the border of the picture: it is no shape of paper. */
static void test_ring_in_cell(void **state) {
  enum { ROWS = 64, COLUMNS = 90, LINE = 3 };
  static uint8_t cell[ROWS * COLUMNS];
  uint8_t prepared[PIXELS];

  (void)state;
  for (uint32_t y = LINE; y < ROWS - LINE; y++)
    memset(cell + (size_t)y * COLUMNS + LINE, 255, COLUMNS - 2 * LINE);
  fill_ring(cell, ROWS, COLUMNS, 14, 19);
  const mnistcnn_digit_info info = prepare(cell, ROWS, COLUMNS, 1, prepared);
  assert_int_equal(info.verdict, MNISTCNN_DIGIT_FOUND);
  assert_int_equal(info.polarity, MNISTCNN_POLARITY_DARK_ON_LIGHT);
  assert_in_range(info.width, 37, 40);
}

/* --- many digits ------------------------------------------------------------------------------ */

enum { PAGE = 400, CELL = 100 };

/* Digits 0 to 9 in cells of 4 x 4, the rest left free. */
static void write_page(uint8_t *page) {
  scene s = scene_plain();
  uint8_t glyph[PIXELS], *const cell = malloc(CELL * CELL * 3);

  assert_non_null(cell);
  s.size = 50;
  memset(page, 255, PAGE * PAGE);
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    draw_digit(digit, 21, 0, glyph);
    assert_int_equal(scene_side(&s), CELL);
    assert_int_equal(scene_render(&s, glyph, cell), 0);
    for (unsigned i = 0; i < CELL * CELL; i++)
      page[(digit / 4 * CELL + i / CELL) * PAGE + digit % 4 * CELL + i % CELL] = cell[3 * i];
  }
  free(cell);
}

static void test_many_in_order(void **state) {
  uint8_t *const page = malloc(PAGE * PAGE);
  mnistcnn_digit_list *digits = NULL;

  (void)state;
  assert_non_null(page);
  write_page(page);
  assert_int_equal(mnistcnn_digit_find(IMAGE(page, PAGE, PAGE, 1), NULL, &digits), MNISTCNN_OK);
  assert_int_equal(mnistcnn_digit_list_num_digits(digits), DIGITS);
  for (unsigned digit = 0; digit < DIGITS; digit++) {
    uint8_t glyph[PIXELS];
    mnistcnn_digit_info info = {.struct_size = sizeof info};
    assert_int_equal(mnistcnn_digit_list_info(digits, digit, &info), MNISTCNN_OK);
    assert_int_equal(info.verdict, MNISTCNN_DIGIT_FOUND);
    assert_int_equal(info.polarity, MNISTCNN_POLARITY_DARK_ON_LIGHT);
    assert_int_equal(info.line, digit / 4);
    assert_in_range(info.left + info.width / 2, digit % 4 * CELL + 35, digit % 4 * CELL + 65);
    assert_in_range(info.top + info.height / 2, digit / 4 * CELL + 35, digit / 4 * CELL + 65);
    assert_in_range(info.height > info.width ? info.height : info.width, 44, 58);
    draw_digit(digit, 21, 0, glyph);
    assert_true(correlation(glyph, mnistcnn_digit_list_image(digits, digit)) > 0.9);
  }
  mnistcnn_digit_list_free(digits);
  free(page);
}

static void draw_bar(uint8_t *page, uint32_t top, uint32_t left, uint32_t height, uint32_t width) {
  for (uint32_t y = top; y < top + height; y++)
    memset(page + (size_t)y * PAGE + left, 0, width);
}

/* Four digits of thin strokes on ruled paper, a line close below and above each of them. */
static void test_many_on_ruled_paper(void **state) {
  uint8_t *const page = malloc(PAGE * PAGE);
  mnistcnn_digit_list *digits = NULL;
  mnistcnn_digit_info info = {.struct_size = sizeof info};

  (void)state;
  assert_non_null(page);
  memset(page, 255, PAGE * PAGE);
  for (uint32_t y = 60; y < PAGE; y += 70)
    memset(page + (size_t)y * PAGE, 170, 2 * PAGE);
  for (uint32_t i = 0; i < 4; i++) { /* as a 7 of a clock has them */
    draw_bar(page, 72 + 70 * i, 50 + 70 * i, 4, 30);
    draw_bar(page, 72 + 70 * i, 76 + 70 * i, 50, 4);
  }
  assert_int_equal(mnistcnn_digit_find(IMAGE(page, PAGE, PAGE, 1), NULL, &digits), MNISTCNN_OK);
  assert_int_equal(mnistcnn_digit_list_num_digits(digits), 4);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(mnistcnn_digit_list_info(digits, i, &info), MNISTCNN_OK);
    assert_int_equal(info.verdict, MNISTCNN_DIGIT_FOUND);
    assert_int_equal(info.line, i);
    assert_in_range(info.height, 49, 52);
    assert_in_range(info.width, 29, 32);
  }
  mnistcnn_digit_list_free(digits);
  free(page);
}

/* A row cut out tightly: that a digit touches the borders does not make it a frame. */
static void test_many_in_a_strip(void **state) {
  enum { ROWS = 40, COLUMNS = 200 };
  static uint8_t strip[ROWS * COLUMNS];
  mnistcnn_digit_list *digits = NULL;

  (void)state;
  memset(strip, 255, sizeof strip);
  for (uint32_t y = 0; y < ROWS; y++) {
    for (uint32_t x = 20; x < COLUMNS; x += 50) {
      memset(strip + y * COLUMNS + x, 0, y < 5 || y >= ROWS - 5 ? 23 : 5);
      memset(strip + y * COLUMNS + x + 18, 0, 5);
    }
  }
  assert_int_equal(mnistcnn_digit_find(IMAGE(strip, ROWS, COLUMNS, 1), NULL, &digits), MNISTCNN_OK);
  assert_int_equal(mnistcnn_digit_list_num_digits(digits), 4);
  mnistcnn_digit_list_free(digits);
}

/* Two rings that touch, a dash, and a dot: one box as wide as two, no digit, and nothing. */
static void test_touching_dash_and_dot(void **state) {
  uint8_t *const page = malloc(PAGE * PAGE);
  mnistcnn_digit_info info = {.struct_size = sizeof info};
  mnistcnn_digit_list *digits = NULL;

  (void)state;
  assert_non_null(page);
  memset(page, 255, PAGE * PAGE);
  for (uint32_t i = 0; i < 2; i++) {
    draw_bar(page, 50, 50 + 40 * i, 50, 6);
    draw_bar(page, 50, 84 + 40 * i, 50, 6);
    draw_bar(page, 50, 50 + 40 * i, 6, 40);
    draw_bar(page, 94, 50 + 40 * i, 6, 40);
  }
  draw_bar(page, 72, 170, 6, 50);
  draw_bar(page, 94, 145, 6, 6);
  draw_bar(page, 50, 260, 50, 7);
  assert_int_equal(mnistcnn_digit_find(IMAGE(page, PAGE, PAGE, 1), NULL, &digits), MNISTCNN_OK);
  assert_int_equal(mnistcnn_digit_list_num_digits(digits), 3);
  static const int32_t verdicts[] = {MNISTCNN_DIGIT_TOUCHING, MNISTCNN_DIGIT_OTHER,
                                     MNISTCNN_DIGIT_FOUND};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(mnistcnn_digit_list_info(digits, i, &info), MNISTCNN_OK);
    assert_int_equal(info.verdict, verdicts[i]);
  }
  mnistcnn_digit_list_free(digits);
  free(page);
}

/* The bar of a 5 that the pen was lifted for belongs to it; two digits are told from one. */
static void test_one_or_several(void **state) {
  uint8_t *const page = malloc(PAGE * PAGE);
  uint8_t prepared[PIXELS];

  (void)state;
  assert_non_null(page);
  memset(page, 255, PAGE * PAGE);
  draw_bar(page, 100, 100, 100, 8);
  draw_bar(page, 192, 100, 8, 60);
  draw_bar(page, 80, 112, 8, 50);
  const mnistcnn_digit_info one = prepare(page, PAGE, PAGE, 1, prepared);
  assert_int_equal(one.verdict, MNISTCNN_DIGIT_FOUND);
  assert_int_equal(one.top, 80);
  assert_int_equal(one.left, 100);
  assert_int_equal(one.height, 120);
  assert_int_equal(one.width, 62);
  draw_bar(page, 90, 230, 110, 8);
  assert_int_equal(prepare(page, PAGE, PAGE, 1, prepared).verdict, MNISTCNN_DIGIT_SEVERAL);
  free(page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_conditions),
      cmocka_unit_test(test_form),
      cmocka_unit_test(test_training_images_pass),
      cmocka_unit_test(test_training_images_stay),
      cmocka_unit_test(test_no_digit),
      cmocka_unit_test(test_line_under_digit),
      cmocka_unit_test(test_ring_in_cell),
      cmocka_unit_test(test_many_in_order),
      cmocka_unit_test(test_many_on_ruled_paper),
      cmocka_unit_test(test_many_in_a_strip),
      cmocka_unit_test(test_touching_dash_and_dot),
      cmocka_unit_test(test_one_or_several),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
