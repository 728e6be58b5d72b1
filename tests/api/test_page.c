/* The page functions' contract: arguments, struct sizes, memory, and what was read. */
#include "api_support.h"
#include "image_args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 120, CLASSES = 10 };

/* Three upright strokes in a row and one below, dark on light, and a speck. */
static void draw(uint8_t pixels[SIDE * SIDE]) {
  memset(pixels, 240, SIDE * SIDE);
  for (int y = 15; y < 55; y++)
    for (int x = 20; x < 80; x += 25)
      memset(pixels + y * SIDE + x, 10, 6);
  for (int y = 70; y < 110; y++)
    memset(pixels + y * SIDE + 20, 10, 6);
  memset(pixels + 90 * SIDE + 90, 10, 3);
  memset(pixels + 91 * SIDE + 90, 10, 3);
  memset(pixels + 92 * SIDE + 90, 10, 3);
}

static mnistcnn_page_options defaults(void) {
  mnistcnn_page_options options;

  assert_ok(mnistcnn_page_options_init(&options, sizeof options));
  return options;
}

static mnistcnn_model *new_model(uint32_t side) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model = NULL;

  options.input_height = options.input_width = side;
  options.num_classes = CLASSES;
  options.architecture = "flatten, dense 10 softmax";
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

static void test_read(void **state) {
  static uint8_t pixels[SIDE * SIDE];
  mnistcnn_page_options options = defaults();
  mnistcnn_model *const model = new_model(28);
  mnistcnn_page_info info = MNISTCNN_PAGE_INFO_INIT;
  mnistcnn_page *page = NULL;

  (void)state;
  draw(pixels);
  options.least_confidence = 0;
  assert_ok(mnistcnn_page_read(model, NULL, IMAGE(pixels, SIDE, SIDE, 1), &options, &page));
  assert_ok(mnistcnn_page_get_info(page, &info));
  assert_int_equal(info.polarity, MNISTCNN_POLARITY_DARK_ON_LIGHT);
  assert_int_equal(info.num_lines, 2);
  assert_int_equal(info.num_columns, 0);
  assert_int_equal(info.num_specks, 1);
  assert_int_equal(mnistcnn_page_num_digits(page), 4);
  for (size_t i = 0; i < 4; i++) {
    mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
    const float *const row = mnistcnn_page_probabilities(page, i);
    assert_ok(mnistcnn_page_get_digit(page, i, &digit));
    assert_int_equal(digit.verdict, MNISTCNN_DIGIT_FOUND);
    assert_in_range(digit.class_index, 0, CLASSES - 1);
    assert_true(digit.confidence == row[digit.class_index]);
    assert_int_equal(digit.line, i / 3);
    assert_int_equal(digit.column, i % 3);
    assert_int_equal(digit.left, 20 + 25 * (i % 3));
    assert_int_equal(digit.top, i < 3 ? 15 : 70);
    assert_int_equal(digit.height, 40);
    assert_int_equal(digit.width, 6);
    assert_non_null(mnistcnn_page_image(page, i));
  }
  assert_int_equal(mnistcnn_page_num_groups(page), 2);
  mnistcnn_page_free(page);
  mnistcnn_model_free(model);
}

/* What is less probable than asked for names no class. */
static void test_unclear(void **state) {
  static uint8_t pixels[SIDE * SIDE];
  mnistcnn_page_options options = defaults();
  mnistcnn_model *const model = new_model(28);
  mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
  mnistcnn_page_group group = MNISTCNN_PAGE_GROUP_INIT;
  mnistcnn_page *page = NULL;

  (void)state;
  draw(pixels);
  options.least_confidence = 1;
  assert_ok(mnistcnn_page_read(model, NULL, IMAGE(pixels, SIDE, SIDE, 1), &options, &page));
  assert_ok(mnistcnn_page_get_digit(page, 0, &digit));
  assert_int_equal(digit.verdict, MNISTCNN_DIGIT_UNCLEAR);
  assert_int_equal(digit.class_index, -1);
  assert_true(digit.confidence > 0);
  assert_ok(mnistcnn_page_get_group(page, 0, &group));
  assert_string_equal(group.text, "???");
  assert_int_equal(group.left, 20);
  assert_int_equal(group.width, 56);
  mnistcnn_page_free(page);
  mnistcnn_model_free(model);
}

static void test_arguments(void **state) {
  static uint8_t pixels[SIDE * SIDE];
  mnistcnn_page_options options = defaults();
  mnistcnn_model *const model = new_model(28), *const small = new_model(4);
  const mnistcnn_image image = *IMAGE(pixels, SIDE, SIDE, 1);
  mnistcnn_page *page = (mnistcnn_page *)&options;

  (void)state;
  assert_int_equal(mnistcnn_page_read(NULL, NULL, &image, NULL, &page), MNISTCNN_INVALID_ARGUMENT);
  assert_null(page);
  assert_int_equal(mnistcnn_page_read(model, NULL, NULL, NULL, &page), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_page_read(model, NULL, &image, NULL, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_page_read(small, NULL, &image, NULL, &page), MNISTCNN_SHAPE_MISMATCH);
  assert_non_null(strstr(mnistcnn_last_error(), "4 x 4"));
  options.polarity = 3;
  assert_int_equal(mnistcnn_page_read(model, NULL, &image, &options, &page),
                   MNISTCNN_INVALID_ARGUMENT);
  options = defaults();
  options.form = 2;
  assert_int_equal(mnistcnn_page_read(model, NULL, &image, &options, &page),
                   MNISTCNN_INVALID_ARGUMENT);
  options = defaults();
  options.least_confidence = 1.5f;
  assert_int_equal(mnistcnn_page_read(model, NULL, &image, &options, &page),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "least_confidence"));
  assert_null(page);
  assert_int_equal(mnistcnn_page_num_digits(NULL), 0);
  assert_int_equal(mnistcnn_page_num_groups(NULL), 0);
  mnistcnn_page_free(NULL);
  mnistcnn_model_free(small);
  mnistcnn_model_free(model);
}

static void test_nothing_there(void **state) {
  static uint8_t pixels[SIDE * SIDE];
  mnistcnn_model *const model = new_model(28);
  mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
  mnistcnn_page_group group = MNISTCNN_PAGE_GROUP_INIT;
  mnistcnn_page *page = NULL;

  (void)state;
  memset(pixels, 255, sizeof pixels);
  assert_ok(mnistcnn_page_read(model, NULL, IMAGE(pixels, SIDE, SIDE, 1), NULL, &page));
  assert_int_equal(mnistcnn_page_get_digit(page, 0, &digit), MNISTCNN_NOT_FOUND);
  assert_int_equal(mnistcnn_page_get_group(page, 0, &group), MNISTCNN_NOT_FOUND);
  assert_int_equal(mnistcnn_page_get_info(page, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_page_get_digit(NULL, 0, &digit), MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_page_free(page);
  mnistcnn_model_free(model);
}

/* --- memory ----------------------------------------------------------------------------------- */

typedef struct heap {
  size_t before_failure, blocks;
} heap;

static void *allocate(size_t size_bytes, void *user) {
  heap *const h = user;

  if (h->before_failure == 0)
    return NULL;
  h->before_failure--;
  h->blocks++;
  return malloc(size_bytes);
}

static void deallocate(void *pointer, void *user) {
  heap *const h = user;

  h->blocks -= pointer ? 1 : 0;
  free(pointer);
}

/* Whichever allocation fails, nothing is left behind; in the end all succeed. */
static void test_every_allocation_fails_once(void **state) {
  static uint8_t pixels[SIDE * SIDE];
  mnistcnn_model *const model = new_model(28);
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;

  (void)state;
  draw(pixels);
  memset(pixels + 35 * SIDE + 20, 10, 36); /* two touch */
  for (uint32_t form = 0; form < 2; form++) {
    size_t before = 0;
    for (status = MNISTCNN_OUT_OF_MEMORY; status != MNISTCNN_OK; before++) {
      heap h = {before, 0};
      const mnistcnn_allocator allocator = {.struct_size = sizeof allocator,
                                            .allocate = allocate,
                                            .deallocate = deallocate,
                                            .user = &h};
      mnistcnn_page_options options = defaults();
      mnistcnn_page *page = NULL;
      options.allocator = &allocator;
      options.form = form;
      status = mnistcnn_page_read(model, NULL, IMAGE(pixels, SIDE, SIDE, 1), &options, &page);
      assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
      mnistcnn_page_free(page);
      assert_int_equal(h.blocks, 0);
    }
    assert_true(before > 20);
  }
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_read),
      cmocka_unit_test(test_unclear),
      cmocka_unit_test(test_arguments),
      cmocka_unit_test(test_nothing_there),
      cmocka_unit_test(test_every_allocation_fails_once),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
