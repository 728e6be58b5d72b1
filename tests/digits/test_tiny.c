/* Digits stored on 8 x 8 pixels, up to the border, in 17 levels: their polarity, thin strokes and
 * small loops. */
#include "draw/digits.h"
#include "glyph.h"
#include "image_args.h"

#include <mnistcnn.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE, TINY = 8, TINY_PIXELS = TINY * TINY, LEVELS = 16 };

static mnistcnn_digit_info prepare(const uint8_t tiny[TINY_PIXELS], uint8_t prepared[PIXELS]) {
  mnistcnn_digit_info info = {.struct_size = sizeof info};

  assert_int_equal(
      mnistcnn_digit_prepare(IMAGE(tiny, TINY, TINY, 1), NULL, prepared, PIXELS, &info),
      MNISTCNN_OK);
  return info;
}

typedef struct box {
  int top, left, bottom, right; /* the last two are outside */
} box;

static box ink_of(const uint8_t *glyph) {
  box b = {SIDE, SIDE, 0, 0};

  for (int y = 0; y < SIDE; y++) {
    for (int x = 0; x < SIDE; x++) {
      if (glyph[y * SIDE + x] > 100) {
        b.top = y < b.top ? y : b.top;
        b.left = x < b.left ? x : b.left;
        b.bottom = y + 1 > b.bottom ? y + 1 : b.bottom;
        b.right = x + 1 > b.right ? x + 1 : b.right;
      }
    }
  }
  return b;
}

/* The ink's box stretched to TINY x TINY, each pixel the mean of a few points. */
static void store(const uint8_t *glyph, uint8_t tiny[TINY_PIXELS]) {
  enum { POINTS = 4 };
  const box b = ink_of(glyph);

  for (int i = 0; i < TINY_PIXELS; i++) {
    int sum = 0;
    for (int k = 0; k < POINTS * POINTS; k++) {
      const int y = POINTS * (i / TINY) + k / POINTS, x = POINTS * (i % TINY) + k % POINTS;
      const int row = b.top + (2 * y + 1) * (b.bottom - b.top) / (2 * POINTS * TINY);
      const int column = b.left + (2 * x + 1) * (b.right - b.left) / (2 * POINTS * TINY);
      sum += glyph[row * SIDE + column] > 127 ? 1 : 0;
    }
    tiny[i] = (uint8_t)(sum * 255 / LEVELS);
  }
}

/* A 1 fills its box and is left out: as a blot it may be either. */
static void test_polarity(void **state) {
  uint8_t glyph[PIXELS], tiny[TINY_PIXELS], prepared[PIXELS];
  const unsigned count = 200;
  unsigned light = 0, dark = 0, digits = 0;

  (void)state;
  for (unsigned i = 0; i < count; i++) {
    if (i % 10 == 1)
      continue;
    digits++;
    draw_open_digit(i % 10, 8, i, glyph);
    store(glyph, tiny);
    mnistcnn_digit_info info = prepare(tiny, prepared);
    light +=
        info.verdict <= MNISTCNN_DIGIT_TOUCHING && info.polarity == MNISTCNN_POLARITY_LIGHT_ON_DARK;
    for (int p = 0; p < TINY_PIXELS; p++)
      tiny[p] = (uint8_t)(255 - tiny[p]);
    info = prepare(tiny, prepared);
    dark +=
        info.verdict <= MNISTCNN_DIGIT_TOUCHING && info.polarity == MNISTCNN_POLARITY_DARK_ON_LIGHT;
  }
  if (100 * light < 98 * digits || 100 * dark < 98 * digits)
    fail_msg("%u light, %u dark of %u", light, dark, digits);
}

/* A stroke of one or two pixels, here a 4 of few counts, is not noise. */
static void test_thin_strokes(void **state) {
  static const uint8_t four[TINY_PIXELS] = {
      0,  47, 0,  0,  0,   95,  0,  0, /**/ 0,  111, 0,   0,   0,   143, 0, 0,
      31, 95, 0,  0,  31,  111, 0,  0, /**/ 79, 63,  0,   0,   127, 31,  0, 0,
      95, 31, 31, 63, 191, 95,  63, 0, /**/ 63, 143, 127, 143, 175, 31,  0, 0,
      0,  0,  0,  31, 143, 0,   0,  0, /**/ 0,  0,   0,   95,  79,  0,   0, 0};
  uint8_t prepared[PIXELS];

  (void)state;
  const mnistcnn_digit_info info = prepare(four, prepared);
  assert_int_equal(info.verdict, MNISTCNN_DIGIT_FOUND);
  assert_int_equal(info.polarity, MNISTCNN_POLARITY_LIGHT_ON_DARK);
  assert_int_equal(info.height, TINY);
}

/* The loops of an 8 of wide strokes are a pixel each, and not all dark. */
static void test_small_loops(void **state) {
  static const uint8_t eight[TINY_PIXELS] = {
      0, 0, 127, 255, 255, 127, 0, 0, /**/ 0, 0, 255, 143, 143, 255, 0, 0,
      0, 0, 255, 143, 143, 255, 0, 0, /**/ 0, 0, 127, 255, 255, 127, 0, 0,
      0, 0, 191, 255, 255, 191, 0, 0, /**/ 0, 0, 255, 127, 127, 255, 0, 0,
      0, 0, 255, 127, 127, 255, 0, 0, /**/ 0, 0, 127, 255, 255, 127, 0, 0};
  uint8_t prepared[PIXELS];
  int lowest[2] = {255, 255}, between = 0;

  (void)state;
  assert_int_equal(prepare(eight, prepared).verdict, MNISTCNN_DIGIT_FOUND);
  for (int y = 6; y < 22; y++) {
    const int value = prepared[y * SIDE + SIDE / 2];
    int *const loop = &lowest[y < SIDE / 2 ? 0 : 1];
    *loop = value < *loop ? value : *loop;
    between = y > 11 && y < 17 && value > between ? value : between;
  }
  if (lowest[0] > between - 60 || lowest[1] > between - 60)
    fail_msg("loops of %d and %d, %d between them", lowest[0], lowest[1], between);
}

/* On white without a trace of noise ink of a fifteenth of the range is ink; of a hundredth it is
 * none, and on grain neither. */
static void test_faint_drawing(void **state) {
  uint8_t glyph[PIXELS], picture[PIXELS], prepared[PIXELS];
  mnistcnn_digit_info info = {.struct_size = sizeof info};

  (void)state;
  for (unsigned digit = 0; digit < 10; digit++) {
    draw_open_digit(digit, 8, digit, glyph);
    for (int p = 0; p < PIXELS; p++)
      picture[p] = (uint8_t)(255 - glyph[p] / 15);
    assert_int_equal(
        mnistcnn_digit_prepare(IMAGE(picture, SIDE, SIDE, 1), NULL, prepared, PIXELS, &info),
        MNISTCNN_OK);
    assert_int_equal(info.verdict, MNISTCNN_DIGIT_FOUND);
    assert_int_equal(info.polarity, MNISTCNN_POLARITY_DARK_ON_LIGHT);
    for (int p = 0; p < PIXELS; p++)
      picture[p] = (uint8_t)(255 - glyph[p] / 100);
    assert_int_equal(
        mnistcnn_digit_prepare(IMAGE(picture, SIDE, SIDE, 1), NULL, prepared, PIXELS, &info),
        MNISTCNN_OK);
    assert_int_equal(info.verdict, MNISTCNN_DIGIT_BLANK);
    for (int p = 0; p < PIXELS; p++)
      picture[p] = (uint8_t)(250 - glyph[p] / 50 - (p * 7 + p / SIDE * 3) % 5);
    assert_int_equal(
        mnistcnn_digit_prepare(IMAGE(picture, SIDE, SIDE, 1), NULL, prepared, PIXELS, &info),
        MNISTCNN_OK);
    assert_int_equal(info.verdict, MNISTCNN_DIGIT_BLANK);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_polarity),
      cmocka_unit_test(test_thin_strokes),
      cmocka_unit_test(test_small_loops),
      cmocka_unit_test(test_faint_drawing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
