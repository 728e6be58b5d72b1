/* The digit functions' contract: arguments, struct sizes, memory, and predictions. */
#include "api_support.h"
#include "image_args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 90, PREPARED = 28 * 28, CLASSES = 10 };

/* Two upright strokes, dark on light. */
static void draw(uint8_t pixels[SIDE * SIDE]) {
  memset(pixels, 240, SIDE * SIDE);
  for (int y = 20; y < 70; y++) {
    memset(pixels + y * SIDE + 20, 10, 6);
    memset(pixels + y * SIDE + 60, 10, 6);
  }
}

/* The right half only: one digit. */
static void draw_one(uint8_t pixels[SIDE * SIDE]) {
  draw(pixels);
  for (int y = 0; y < SIDE; y++)
    memset(pixels + y * SIDE, 240, 40);
}

static mnistcnn_digit_options defaults(void) {
  mnistcnn_digit_options options;

  assert_ok(mnistcnn_digit_options_init(&options, sizeof options));
  return options;
}

static void test_options(void **state) {
  static uint8_t pixels[SIDE * SIDE], prepared[PREPARED];
  mnistcnn_digit_info info = {.struct_size = sizeof info};
  mnistcnn_digit_options options = defaults();

  (void)state;
  assert_int_equal(options.height, 28);
  assert_int_equal(options.width, 28);
  assert_int_equal(options.passthrough_prepared, 1);
  draw_one(pixels);
#define REFUSED(change)                                                                            \
  do {                                                                                             \
    options = defaults();                                                                          \
    options.change;                                                                                \
    assert_int_equal(                                                                              \
        mnistcnn_digit_prepare(IMAGE(pixels, SIDE, SIDE, 1), &options, prepared, PREPARED, &info), \
        MNISTCNN_INVALID_ARGUMENT);                                                                \
  } while (0)
  REFUSED(struct_size = 4);
  REFUSED(polarity = 3);
  REFUSED(polarity = -1);
  REFUSED(height = 7);
  REFUSED(width = 1025);
  REFUSED(passthrough_prepared = 2);
  REFUSED(reserved = 1);
#undef REFUSED
}

static void test_arguments(void **state) {
  static uint8_t pixels[SIDE * SIDE], prepared[PREPARED];
  mnistcnn_digit_info info = {.struct_size = sizeof info};
  mnistcnn_digit_list *digits = (mnistcnn_digit_list *)pixels;

  (void)state;
  draw_one(pixels);
#define PREPARE(image, height, width, channels, target, capacity, result)                          \
  mnistcnn_digit_prepare(IMAGE(image, height, width, channels), NULL, target, capacity, result)
  assert_int_equal(PREPARE(NULL, SIDE, SIDE, 1, prepared, PREPARED, &info),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(PREPARE(pixels, SIDE, SIDE, 1, NULL, PREPARED, &info),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(PREPARE(pixels, 0, SIDE, 1, prepared, PREPARED, &info),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(PREPARE(pixels, SIDE, 4097, 1, prepared, PREPARED, &info),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(PREPARE(pixels, SIDE, SIDE, 0, prepared, PREPARED, &info),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(PREPARE(pixels, SIDE, SIDE, 5, prepared, PREPARED, &info),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(PREPARE(pixels, SIDE, SIDE, 1, prepared, PREPARED - 1, &info),
                   MNISTCNN_BUFFER_TOO_SMALL);
  assert_ok(PREPARE(pixels, SIDE, SIDE, 1, prepared, PREPARED, NULL));
  info.struct_size = 8;
  assert_int_equal(PREPARE(pixels, SIDE, SIDE, 1, prepared, PREPARED, &info),
                   MNISTCNN_INVALID_ARGUMENT);
#undef PREPARE
  assert_int_equal(mnistcnn_digit_find(IMAGE(NULL, SIDE, SIDE, 1), NULL, &digits),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_null(digits);
  assert_int_equal(mnistcnn_digit_find(IMAGE(pixels, SIDE, SIDE, 1), NULL, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_digit_list_free(NULL);
  assert_int_equal(mnistcnn_digit_list_num_digits(NULL), 0);
  assert_null(mnistcnn_digit_list_image(NULL, 0));
  assert_int_equal(mnistcnn_digit_is_prepared(IMAGE(NULL, 28, 28, 1), 28, 28), 0);
  assert_string_equal(mnistcnn_digit_verdict_text(MNISTCNN_DIGIT_BLANK), "nothing is drawn on it");
  assert_string_equal(mnistcnn_digit_verdict_text(-1), "unknown verdict");
  assert_string_equal(mnistcnn_digit_verdict_text(7), "unknown verdict");
}

/* Every side is possible, down to pictures in which there is no room for a digit. */
/* Of a program with a newer header: what this library knows is filled, the rest is 0. */
static void test_longer_info(void **state) {
  static uint8_t pixels[SIDE * SIDE], prepared[CLASSES * SIDE * SIDE];
  struct {
    mnistcnn_digit_info known;
    uint32_t newer;
  } info;

  (void)state;
  memset(&info, 0xAB, sizeof info);
  info.known.struct_size = sizeof info;
  draw_one(pixels);
  assert_ok(mnistcnn_digit_prepare(IMAGE(pixels, SIDE, SIDE, 1), NULL, prepared, sizeof prepared,
                                   &info.known));
  assert_int_equal(info.known.verdict, MNISTCNN_DIGIT_FOUND);
  assert_int_equal(info.newer, 0);
}

static void test_all_small_sizes(void **state) {
  static uint8_t pixels[40 * 40 * 4], prepared[PREPARED];
  uint32_t chance = 7;
  mnistcnn_digit_options options = defaults();

  (void)state;
  options.height = options.width = 8; /* quick to draw: noise is many digits */
  for (size_t i = 0; i < sizeof pixels; i++) {
    chance = chance * 1664525u + 1013904223u;
    pixels[i] = (uint8_t)(chance >> 24);
  }
  for (uint32_t height = 1; height <= 40; height += height < 10 ? 1 : 7) {
    for (uint32_t width = 1; width <= 40; width += width < 10 ? 1 : 7) {
      for (uint32_t channels = 1; channels <= 4; channels++) {
        mnistcnn_digit_info info = {.struct_size = sizeof info};
        mnistcnn_digit_list *digits = NULL;
        assert_ok(mnistcnn_digit_prepare(IMAGE(pixels, height, width, channels), &options, prepared,
                                         PREPARED, &info));
        assert_true(info.top + info.height <= height && info.left + info.width <= width);
        assert_ok(mnistcnn_digit_find(IMAGE(pixels, height, width, channels), &options, &digits));
        mnistcnn_digit_list_free(digits);
      }
    }
  }
}

static void test_other_model_sizes(void **state) {
  static uint8_t pixels[SIDE * SIDE], prepared[1024 * 64];
  static const uint32_t sizes[][2] = {{8, 8}, {32, 32}, {64, 1024}, {20, 40}};

  (void)state;
  draw_one(pixels);
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    mnistcnn_digit_options options = defaults();
    mnistcnn_digit_info info = {.struct_size = sizeof info};
    options.height = sizes[i][0];
    options.width = sizes[i][1];
    assert_ok(mnistcnn_digit_prepare(IMAGE(pixels, SIDE, SIDE, 1), &options, prepared,
                                     sizeof prepared, &info));
    assert_int_equal(info.verdict, MNISTCNN_DIGIT_FOUND);
    assert_int_equal(info.left, 60);
    uint32_t rows = 0;
    for (uint32_t y = 0; y < options.height; y++) {
      uint8_t strongest = 0;
      for (uint32_t x = 0; x < options.width; x++) {
        const uint8_t value = prepared[y * options.width + x];
        strongest = value > strongest ? value : strongest;
      }
      rows += strongest > 127;
    }
    assert_in_range(rows, options.height * 20 / 28 - 1, options.height * 20 / 28 + 1);
  }
}

/* The picture as alpha, of strokes of one gray. */
static void to_alpha(const uint8_t *gray, uint8_t stroke, uint8_t hidden, uint32_t channels,
                     uint8_t *pixels) {
  for (size_t i = 0; i < (size_t)SIDE * SIDE; i++, pixels += channels) {
    memset(pixels, gray[i] < 128 ? stroke : hidden, channels - 1);
    pixels[channels - 1] = gray[i] < 128 ? 255 : 0;
  }
}

/* Whatever lies hidden, and whatever the strokes' colour, it is the same digit. */
static void test_alpha(void **state) {
  static uint8_t gray[SIDE * SIDE], pixels[SIDE * SIDE * 4];
  static uint8_t expected[PREPARED], prepared[PREPARED];
  static const uint8_t levels[] = {0, 100, 255};
  mnistcnn_digit_info info = {.struct_size = sizeof info};

  (void)state;
  draw_one(gray);
  assert_ok(mnistcnn_digit_prepare(IMAGE(gray, SIDE, SIDE, 1), NULL, expected, PREPARED, &info));
  for (uint32_t channels = 2; channels <= 4; channels += 2) {
    for (size_t i = 0; i < 9; i++) {
      mnistcnn_digit_list *digits = NULL;
      const int on_black = levels[i / 3] == 255;
      to_alpha(gray, levels[i / 3], levels[i % 3], channels, pixels);
      assert_ok(mnistcnn_digit_prepare(IMAGE(pixels, SIDE, SIDE, channels), NULL, prepared,
                                       PREPARED, &info));
      assert_int_equal(info.verdict, MNISTCNN_DIGIT_FOUND);
      assert_int_equal(info.polarity, on_black ? MNISTCNN_POLARITY_LIGHT_ON_DARK
                                               : MNISTCNN_POLARITY_DARK_ON_LIGHT);
      assert_memory_equal(prepared, expected, PREPARED);
      assert_ok(mnistcnn_digit_find(IMAGE(pixels, SIDE, SIDE, channels), NULL, &digits));
      assert_int_equal(mnistcnn_digit_list_num_digits(digits), 1);
      assert_memory_equal(mnistcnn_digit_list_image(digits, 0), expected, PREPARED);
      mnistcnn_digit_list_free(digits);
    }
  }
}

/* Alpha throughout 255 is no alpha; all transparent is blank; a polarity asked for decides. */
static void test_alpha_without_a_choice(void **state) {
  static uint8_t gray[SIDE * SIDE], pixels[SIDE * SIDE * 2], expected[PREPARED], prepared[PREPARED];
  mnistcnn_digit_info info = {.struct_size = sizeof info};
  mnistcnn_digit_options options = defaults();

  (void)state;
  draw_one(gray);
  assert_ok(mnistcnn_digit_prepare(IMAGE(gray, SIDE, SIDE, 1), NULL, expected, PREPARED, NULL));
  for (size_t i = 0; i < SIDE * SIDE; i++) {
    pixels[2 * i] = gray[i];
    pixels[2 * i + 1] = 255;
  }
  assert_ok(mnistcnn_digit_prepare(IMAGE(pixels, SIDE, SIDE, 2), NULL, prepared, PREPARED, &info));
  assert_memory_equal(prepared, expected, PREPARED);
  memset(pixels, 0, sizeof pixels);
  assert_ok(mnistcnn_digit_prepare(IMAGE(pixels, SIDE, SIDE, 2), NULL, prepared, PREPARED, &info));
  assert_int_equal(info.verdict, MNISTCNN_DIGIT_BLANK);
  to_alpha(gray, 100, 0, 2, pixels);
  options.polarity = MNISTCNN_POLARITY_LIGHT_ON_DARK;
  assert_ok(
      mnistcnn_digit_prepare(IMAGE(pixels, SIDE, SIDE, 2), &options, prepared, PREPARED, &info));
  assert_int_equal(info.verdict, MNISTCNN_DIGIT_FOUND);
  assert_memory_equal(prepared, expected, PREPARED);
  assert_int_equal(mnistcnn_digit_is_prepared(IMAGE(pixels, 28, 28, 2), 28, 28), 0);
}

/* Each allocation fails once; nothing leaks, and nothing is given. */
static void test_memory(void **state) {
  static uint8_t gray[SIDE * SIDE], pixels[SIDE * SIDE * 4], prepared[PREPARED];
  test_allocator memory;
  mnistcnn_digit_options options = defaults();
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;

  (void)state;
  draw(gray);
  to_alpha(gray, 0, 0, 4, pixels);
  test_allocator_init(&memory);
  options.allocator = &memory.interface;
  size_t failures = 0;
  for (; status != MNISTCNN_OK; failures++) {
    mnistcnn_digit_list *digits = NULL;
    memory.calls = 0;
    memory.fail_at = failures;
    status = mnistcnn_digit_find(IMAGE(pixels, SIDE, SIDE, 4), &options, &digits);
    assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
    assert_int_equal(digits ? 1 : 0, status == MNISTCNN_OK);
    mnistcnn_digit_list_free(digits);
    assert_int_equal(memory.live, 0);
  }
  assert_true(failures > 10);
  status = MNISTCNN_OUT_OF_MEMORY;
  draw_one(gray);
  to_alpha(gray, 0, 0, 4, pixels);
  for (size_t i = 0; status != MNISTCNN_OK; i++) {
    mnistcnn_digit_info info = {.struct_size = sizeof info, .line = 77};
    memory.calls = 0;
    memory.fail_at = i;
    status =
        mnistcnn_digit_prepare(IMAGE(pixels, SIDE, SIDE, 4), &options, prepared, PREPARED, &info);
    assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
    assert_int_equal(info.line, status == MNISTCNN_OK ? 0 : 77);
    assert_int_equal(memory.live, 0);
  }
}

static void test_predictions(void **state) {
  static uint8_t pixels[SIDE * SIDE];
  float many[2 * CLASSES], one[CLASSES];
  mnistcnn_digit_list *digits = NULL;
  mnistcnn_model *model = NULL, *other = NULL;
  mnistcnn_model_options options;

  (void)state;
  draw(pixels);
  assert_ok(mnistcnn_digit_find(IMAGE(pixels, SIDE, SIDE, 1), NULL, &digits));
  assert_int_equal(mnistcnn_digit_list_num_digits(digits), 2);
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.input_channels = 1;
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_ok(mnistcnn_digit_list_predict(digits, model, NULL, many, 2 * CLASSES));
  for (size_t i = 0; i < 2; i++) {
    assert_ok(mnistcnn_predict_u8(model, NULL, mnistcnn_digit_list_image(digits, i),
                                  mnistcnn_model_num_inputs(model), one, CLASSES));
    for (size_t c = 0; c < CLASSES; c++) {
      const float off = one[c] - many[i * CLASSES + c];
      assert_true(off < 1e-6f && off > -1e-6f);
    }
  }
  assert_int_equal(mnistcnn_digit_list_predict(digits, model, NULL, many, 2 * CLASSES - 1),
                   MNISTCNN_BUFFER_TOO_SMALL);
  options.input_height = 32;
  assert_ok(mnistcnn_model_create(&options, &other));
  assert_int_equal(mnistcnn_digit_list_predict(digits, other, NULL, many, 2 * CLASSES),
                   MNISTCNN_SHAPE_MISMATCH);
  mnistcnn_model_free(other);
  mnistcnn_model_free(model);
  mnistcnn_digit_list_free(digits);
}

/* What touches is averaged with the uniform distribution, by halves. */
static void test_touching_is_blended(void **state) {
  static uint8_t pixels[SIDE * SIDE];
  float probabilities[CLASSES], plain[CLASSES];
  mnistcnn_digit_list *digits = NULL;
  mnistcnn_digit_info info = {.struct_size = sizeof info};
  mnistcnn_model_options options;
  mnistcnn_model *model = NULL;

  (void)state;
  memset(pixels, 255, sizeof pixels);
  for (int y = 30; y < 60; y++) {
    for (int x = 15; x < 75; x++) {
      const int ring = (x - 15) % 30;
      pixels[y * SIDE + x] = y < 34 || y >= 56 || ring < 4 || ring >= 26 ? 0 : 255;
    }
  }
  assert_ok(mnistcnn_digit_find(IMAGE(pixels, SIDE, SIDE, 1), NULL, &digits));
  assert_int_equal(mnistcnn_digit_list_num_digits(digits), 1);
  assert_ok(mnistcnn_digit_list_info(digits, 0, &info));
  assert_int_equal(info.verdict, MNISTCNN_DIGIT_TOUCHING);
  assert_int_equal(mnistcnn_digit_list_info(digits, 1, &info), MNISTCNN_NOT_FOUND);
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.input_channels = 1;
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_ok(mnistcnn_digit_list_predict(digits, model, NULL, probabilities, CLASSES));
  assert_ok(mnistcnn_predict_u8(model, NULL, mnistcnn_digit_list_image(digits, 0),
                                mnistcnn_model_num_inputs(model), plain, CLASSES));
  for (size_t c = 0; c < CLASSES; c++) {
    const float off = probabilities[c] - (0.5f * plain[c] + 0.05f);
    assert_true(off < 1e-6f && off > -1e-6f);
  }
  mnistcnn_model_free(model);
  mnistcnn_digit_list_free(digits);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_options),
      cmocka_unit_test(test_arguments),
      cmocka_unit_test(test_longer_info),
      cmocka_unit_test(test_all_small_sizes),
      cmocka_unit_test(test_other_model_sizes),
      cmocka_unit_test(test_alpha),
      cmocka_unit_test(test_alpha_without_a_choice),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_predictions),
      cmocka_unit_test(test_touching_is_blended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
