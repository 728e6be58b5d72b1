// labels: slow
/* Pages of drawn digits, read with the shipped model. With the arguments IMAGES LABELS (MNIST's IDX
 * files) the second table of docs/digits.md is printed instead, of pages of the last of them. */
#include "sheets.h"

#include "glyph.h"
#include "image_args.h"
#include "scene.h"

#include <mnistcnn.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mnistcnn_model *model;

/* --- reading ---------------------------------------------------------------------------------- */

static unsigned drawn_digit(void *user, uint64_t index, uint8_t *glyph) {
  const unsigned digit = (unsigned)((index * 7 + index / 10) % 10);

  (void)user;
  draw_open_digit(digit, 31, index, glyph);
  return digit;
}

/* From the end, where the clean half of MNIST's test images does not lie. */
static unsigned mnist_digit(void *user, uint64_t index, uint8_t *glyph) {
  const mnistcnn_dataset *const images = user;
  const size_t at = mnistcnn_dataset_num_images(images) - 1 - (size_t)(index % 2000);

  memcpy(glyph, mnistcnn_dataset_image(images, at), (size_t)SCENE_GLYPH * SCENE_GLYPH);
  return (unsigned)mnistcnn_dataset_label(images, at);
}

static mnistcnn_status read_sheet(const sheet_picture *picture, uint32_t is_form,
                                  mnistcnn_page **page) {
  mnistcnn_page_options options = MNISTCNN_PAGE_OPTIONS_INIT;

  options.form = is_form;
  return mnistcnn_page_read(model, NULL, IMAGE(picture->pixels, picture->height, picture->width, 1),
                            &options, page);
}

typedef struct score {
  size_t right, count, found;
} score;

static char character_of(const mnistcnn_page_digit *digit) {
  return digit->class_index >= 0                  ? (char)('0' + digit->class_index)
         : digit->verdict == MNISTCNN_DIGIT_BLANK ? '.'
                                                  : '?';
}

/* The longest common subsequence of what was written and what was read. */
static size_t count_right(const sheet_picture *picture, const mnistcnn_page *page) {
  const size_t found = mnistcnn_page_num_digits(page);
  size_t *const row = calloc(found + 1, sizeof *row);

  assert_non_null(row);
  for (uint32_t i = 0; i < picture->count; i++) {
    size_t diagonal = 0;
    for (size_t j = 0; j < found; j++) {
      mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
      assert_int_equal(mnistcnn_page_get_digit(page, j, &digit), MNISTCNN_OK);
      const size_t above = row[j + 1];
      const size_t best = above > row[j] ? above : row[j];
      row[j + 1] = character_of(&digit) == picture->digits[i] ? diagonal + 1 : best;
      diagonal = above;
    }
  }
  const size_t right = row[found];
  free(row);
  return right;
}

static score measure(const sheet_kind *kind, uint64_t seed,
                     unsigned (*glyph_of)(void *user, uint64_t index, uint8_t *glyph), void *user) {
  const sheet s = kind->make(seed);
  mnistcnn_page *page = NULL;
  sheet_picture picture;

  assert_int_equal(sheet_render(&s, glyph_of, user, &picture), 0);
  assert_int_equal(read_sheet(&picture, kind->form, &page), MNISTCNN_OK);
  const score result = {count_right(&picture, page), picture.count, mnistcnn_page_num_digits(page)};
  mnistcnn_page_free(page);
  free(picture.pixels);
  return result;
}

/* --- tests ------------------------------------------------------------------------------------ */

enum { SMALL_PAGE = 24 };

static void test_kinds(void **state) {
  (void)state;
  for (size_t i = 0; i < num_sheet_kinds; i++) {
    score s = {0, 0, 0};
    for (uint64_t seed = 1; s.count < 4 * SMALL_PAGE; seed++) {
      const score one = measure(&sheet_kinds[i], seed, drawn_digit, NULL);
      s = (score){s.right + one.right, s.count + one.count, s.found + one.found};
    }
    if (100 * s.right < sheet_kinds[i].least * s.count || s.found > s.count + s.count / 5)
      fail_msg("%s: %zu of %zu right, %zu found", sheet_kinds[i].name, s.right, s.count, s.found);
  }
}

static void test_numbers_are_groups(void **state) {
  sheet s = sheet_plain(2, 6, 50);
  mnistcnn_page_info info = MNISTCNN_PAGE_INFO_INIT;
  mnistcnn_page_group group = MNISTCNN_PAGE_GROUP_INIT;
  mnistcnn_page *page = NULL;
  sheet_picture picture;

  (void)state;
  s.step = 0.8;
  assert_int_equal(sheet_render(&s, drawn_digit, NULL, &picture), 0);
  assert_int_equal(read_sheet(&picture, 0, &page), MNISTCNN_OK);
  assert_int_equal(mnistcnn_page_get_info(page, &info), MNISTCNN_OK);
  assert_int_equal(info.num_lines, 2);
  assert_int_equal(info.is_form, 0);
  assert_int_equal(mnistcnn_page_num_groups(page), 2);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(mnistcnn_page_get_group(page, i, &group), MNISTCNN_OK);
    assert_int_equal(group.line, i);
    assert_int_equal(group.count, 6);
    assert_int_equal(group.first, 6 * i);
    assert_int_equal(strlen(group.text), 6);
    for (size_t k = 0; k < 6; k++) {
      mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
      assert_int_equal(mnistcnn_page_get_digit(page, 6 * i + k, &digit), MNISTCNN_OK);
      assert_int_equal(group.text[k], character_of(&digit));
      assert_int_equal(digit.group, i);
      assert_int_equal(digit.column, k);
    }
  }
  assert_int_equal(mnistcnn_page_get_group(page, 2, &group), MNISTCNN_NOT_FOUND);
  mnistcnn_page_free(page);
  free(picture.pixels);
}

static void test_cells_of_a_form(void **state) {
  sheet s = sheet_plain(3, 4, 60);
  mnistcnn_page_info info = MNISTCNN_PAGE_INFO_INIT;
  mnistcnn_page *page = NULL;
  sheet_picture picture;

  (void)state;
  s.rules = 2;
  s.row_step = s.step = 1.6;
  s.empty = 4;
  assert_int_equal(sheet_render(&s, drawn_digit, NULL, &picture), 0);
  assert_int_equal(read_sheet(&picture, 1, &page), MNISTCNN_OK);
  assert_int_equal(mnistcnn_page_get_info(page, &info), MNISTCNN_OK);
  assert_int_equal(info.is_form, 1);
  assert_int_equal(info.num_lines, 3);
  assert_int_equal(info.num_columns, 4);
  assert_int_equal(mnistcnn_page_num_digits(page), 12);
  for (size_t i = 0; i < 12; i++) {
    mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
    assert_int_equal(mnistcnn_page_get_digit(page, i, &digit), MNISTCNN_OK);
    assert_int_equal(digit.line, i / 4);
    assert_int_equal(digit.column, i % 4);
    assert_int_equal(digit.verdict == MNISTCNN_DIGIT_BLANK, i % 4 == 3);
  }
  mnistcnn_page_free(page);
  free(picture.pixels);
}

static void test_a_page_without_a_form(void **state) {
  sheet s = sheet_plain(2, 3, 60);
  mnistcnn_page_info info = MNISTCNN_PAGE_INFO_INIT;
  mnistcnn_page *page = NULL;
  sheet_picture picture;

  (void)state;
  assert_int_equal(sheet_render(&s, drawn_digit, NULL, &picture), 0);
  assert_int_equal(read_sheet(&picture, 1, &page), MNISTCNN_OK);
  assert_int_equal(mnistcnn_page_get_info(page, &info), MNISTCNN_OK);
  assert_int_equal(info.is_form, 0);
  assert_int_equal(mnistcnn_page_num_digits(page), 6);
  mnistcnn_page_free(page);
  free(picture.pixels);
}

static void test_blank_page(void **state) {
  static uint8_t pixels[200 * 300];
  mnistcnn_page *page = NULL;

  (void)state;
  memset(pixels, 250, sizeof pixels);
  assert_int_equal(mnistcnn_page_read(model, NULL, IMAGE(pixels, 200, 300, 1), NULL, &page),
                   MNISTCNN_OK);
  assert_int_equal(mnistcnn_page_num_digits(page), 0);
  assert_int_equal(mnistcnn_page_num_groups(page), 0);
  assert_null(mnistcnn_page_image(page, 0));
  assert_null(mnistcnn_page_probabilities(page, 0));
  mnistcnn_page_free(page);
}

/* --- whole ------------------------------------------------------------------------------------ */

static int print_table(const char *images, const char *labels) {
  mnistcnn_dataset *dataset = NULL;

  if (mnistcnn_dataset_load_idx(images, labels, NULL, &dataset) != MNISTCNN_OK)
    return fprintf(stderr, "%s\n", mnistcnn_last_error()), 1;
  printf("| page | right | accuracy | too many |\n|---|---:|---:|---:|\n");
  for (size_t i = 0; i < num_sheet_kinds; i++) {
    score all = {0, 0, 0};
    for (uint64_t seed = 1; seed <= 8; seed++) {
      const score one = measure(&sheet_kinds[i], seed, mnist_digit, dataset);
      all = (score){all.right + one.right, all.count + one.count, all.found + one.found};
    }
    printf("| %s | %zu of %zu | %.1f %% | %zu |\n", sheet_kinds[i].name, all.right, all.count,
           100.0 * (double)all.right / (double)all.count, all.found - all.right);
    fflush(stdout);
  }
  mnistcnn_dataset_free(dataset);
  return 0;
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kinds),           cmocka_unit_test(test_numbers_are_groups),
      cmocka_unit_test(test_cells_of_a_form), cmocka_unit_test(test_a_page_without_a_form),
      cmocka_unit_test(test_blank_page),
  };
  int status;

  if (mnistcnn_model_load_file(DIGITS_MODEL, NULL, &model) != MNISTCNN_OK)
    return fprintf(stderr, "%s\n", mnistcnn_last_error()), 1;
  status = argc == 3 ? print_table(argv[1], argv[2]) : cmocka_run_group_tests(tests, NULL, NULL);
  mnistcnn_model_free(model);
  return status;
}
