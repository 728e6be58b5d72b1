/* Datasets from memory, subsets, stratified splits, checksums. */
#include "base/status.h"
#include "data/class_names.h"
#include "data/dataset.h"
#include "image_args.h"
#include "support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { count = 60, classes = 4, bytes = 6 };

static const char *const names[classes] = {"a", "b", "\xC3\xA9", "with space"};

typedef struct fixture {
  uint8_t pixels[count * bytes];
  int32_t labels[count];
  mnistcnn_dataset *dataset;
} fixture;

/* Class 0: 31 images, 1: 20, 2: 8, 3: 1. */
static int set_up(void **state) {
  fixture *const f = calloc(1, sizeof *f);
  uint32_t seed = 3;
  for (size_t i = 0; i < sizeof f->pixels; i++)
    f->pixels[i] = test_byte(&seed);
  for (int i = 0; i < count; i++)
    f->labels[i * 7 % count] = i < 31 ? 0 : i < 51 ? 1 : i < 59 ? 2 : 3;
  assert_int_equal(
      mnistcnn_dataset_create_copy(LABELLED(f->pixels, f->labels, count, 2, 3, 1, classes, names),
                                   NULL, &f->dataset),
      MNISTCNN_OK);
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset_free(f->dataset);
  free(f);
  return 0;
}

/* --- from memory ------------------------------------------------------------------------------ */

static void a_copy_is_independent_and_a_loan_is_not(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset *loan = NULL;
  mnistcnn_shape shape;
  assert_int_equal(mnistcnn_dataset_create_borrow(
                       LABELLED(f->pixels, f->labels, count, 2, 3, 1, classes, NULL), NULL, &loan),
                   MNISTCNN_OK);
  assert_ptr_equal(mnistcnn_dataset_image(loan, 5), f->pixels + 5 * bytes);
  assert_memory_equal(mnistcnn_dataset_image(f->dataset, 5), f->pixels + 5 * bytes, bytes);
  assert_ptr_not_equal(mnistcnn_dataset_image(f->dataset, 5), f->pixels + 5 * bytes);
  assert_int_equal(mnistcnn_dataset_shape(loan, &shape), MNISTCNN_OK);
  assert_true(shape.height == 2 && shape.width == 3 && shape.channels == 1);
  assert_string_equal(mnistcnn_dataset_class_name(f->dataset, 2), "\xC3\xA9");
  assert_null(mnistcnn_dataset_class_name(f->dataset, classes));
  assert_null(mnistcnn_dataset_class_name(loan, 2));
  const int32_t label = f->labels[5];
  f->labels[5] = -1; /* labels are copied by both */
  assert_int_equal(mnistcnn_dataset_label(loan, 5), label);
  assert_int_equal(mnistcnn_dataset_label(f->dataset, 5), label);
  mnistcnn_dataset_free(loan);
}

static void what_is_not_there_is_said_so(void **state) {
  const fixture *const f = *state;
  mnistcnn_shape shape;
  assert_null(mnistcnn_dataset_image(f->dataset, count));
  assert_null(mnistcnn_dataset_image(NULL, 0));
  assert_int_equal(mnistcnn_dataset_label(f->dataset, count), -1);
  assert_int_equal(mnistcnn_dataset_label(NULL, 0), -1);
  assert_null(mnistcnn_dataset_path(f->dataset, 0));
  assert_null(mnistcnn_dataset_path(NULL, 0));
  assert_null(mnistcnn_dataset_class_name(NULL, 0));
  assert_int_equal(mnistcnn_dataset_num_images(NULL), 0);
  assert_int_equal(mnistcnn_dataset_num_classes(NULL), 0);
  assert_int_equal(mnistcnn_dataset_num_skipped(NULL), 0);
  assert_int_equal(mnistcnn_dataset_num_skipped(f->dataset), 0);
  assert_int_equal(mnistcnn_dataset_shape(NULL, &shape), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_shape(f->dataset, NULL), MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_dataset_free(NULL);
}

static void wrong_arguments_are_refused(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset *d = NULL;
  const mnistcnn_allocator bad = {.struct_size = 4};
#define CREATE(pixels, labels, n, h, w, c, k, names, allocator)                                    \
  mnistcnn_dataset_create_copy(LABELLED(pixels, labels, n, h, w, c, k, names), allocator, &d)
#define REFUSED(...) assert_int_equal(CREATE(__VA_ARGS__), MNISTCNN_INVALID_ARGUMENT)
  REFUSED(NULL, f->labels, count, 2, 3, 1, classes, NULL, NULL);
  REFUSED(f->pixels, NULL, count, 2, 3, 1, classes, NULL, NULL);
  REFUSED(f->pixels, f->labels, 0, 2, 3, 1, classes, NULL, NULL);
  REFUSED(f->pixels, f->labels, count, 0, 3, 1, classes, NULL, NULL);
  REFUSED(f->pixels, f->labels, count, 2, 4097, 1, classes, NULL, NULL);
  REFUSED(f->pixels, f->labels, count, 2, 3, 2, classes, NULL, NULL);
  REFUSED(f->pixels, f->labels, count, 2, 3, 1, 0, NULL, NULL);
  REFUSED(f->pixels, f->labels, count, 2, 3, 1, 1001, NULL, NULL);
  REFUSED(f->pixels, f->labels, count, 2, 3, 1, 3, NULL, NULL);
  REFUSED(f->pixels, f->labels, count, 2, 3, 1, classes, NULL, &bad);
  f->labels[0] = -2;
  REFUSED(f->pixels, f->labels, count, 2, 3, 1, classes, NULL, NULL);
  assert_int_equal(mnistcnn_dataset_create_copy(
                       LABELLED(f->pixels, f->labels, count, 2, 3, 1, classes, NULL), NULL, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_null(d);
}

static void class_names_keep_their_rules(void **state) {
  fixture *const f = *state;
  char longest[256];
  memset(longest, 'n', 255);
  longest[255] = '\0';
  const char *const good[] = {longest, "b", "c", "d"};
  const char *const bad[] = {NULL, "", "tab\t", "\xC3", "b"};
  assert_int_equal(mcnn_check_class_names(good, 4), MNISTCNN_OK);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    const char *const wrong[] = {"a", "b", "c", bad[i]};
    mnistcnn_dataset *dataset = NULL;
    assert_int_equal(
        mnistcnn_dataset_create_copy(LABELLED(f->pixels, f->labels, count, 2, 3, 1, classes, wrong),
                                     NULL, &dataset),
        MNISTCNN_INVALID_ARGUMENT);
    assert_null(dataset);
  }
  char too_long[257];
  memset(too_long, 'n', 256);
  too_long[256] = '\0';
  const char *const one[] = {too_long};
  assert_int_equal(mcnn_check_class_names(one, 1), MNISTCNN_INVALID_ARGUMENT);
}

/* --- parts ------------------------------------------------------------------------------------ */

static void subsets_share_pixels_and_outlive_the_whole(void **state) {
  fixture *const f = *state;
  const size_t indices[] = {59, 0, 7, 7}, of_those[] = {2, 0};
  mnistcnn_dataset *part = NULL, *part_of_part = NULL;
  const uint8_t *const pixels = mnistcnn_dataset_image(f->dataset, 0);
  assert_int_equal(mnistcnn_dataset_subset(f->dataset, indices, 4, &part), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_subset(part, of_those, 2, &part_of_part), MNISTCNN_OK);
  mnistcnn_dataset_free(f->dataset);
  f->dataset = NULL;
  assert_int_equal(mnistcnn_dataset_num_images(part), 4);
  for (size_t i = 0; i < 4; i++) {
    assert_ptr_equal(mnistcnn_dataset_image(part, i), pixels + indices[i] * bytes);
    assert_int_equal(mnistcnn_dataset_label(part, i), f->labels[indices[i]]);
  }
  mnistcnn_dataset_free(part);
  assert_int_equal(mnistcnn_dataset_num_images(part_of_part), 2);
  assert_ptr_equal(mnistcnn_dataset_image(part_of_part, 1), pixels + 59 * bytes);
  assert_memory_equal(mnistcnn_dataset_image(part_of_part, 0), f->pixels + 7 * bytes, bytes);
  assert_string_equal(mnistcnn_dataset_class_name(part_of_part, 3), "with space");
  mnistcnn_dataset_free(part_of_part);
}

static void wrong_subsets_are_refused(void **state) {
  const fixture *const f = *state;
  const size_t beyond[] = {0, count};
  mnistcnn_dataset *part = NULL;
  assert_int_equal(mnistcnn_dataset_subset(f->dataset, beyond, 2, &part),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_subset(f->dataset, beyond, 0, &part),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_subset(f->dataset, NULL, 1, &part), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_subset(NULL, beyond, 1, &part), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_subset(f->dataset, beyond, 1, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_null(part);
}

/* Where each image of a part is in the whole; the parts share its pixels. */
static size_t position(const fixture *f, const mnistcnn_dataset *part, size_t index) {
  const uint8_t *const start = mnistcnn_dataset_image(f->dataset, 0);
  return (size_t)(mnistcnn_dataset_image(part, index) - start) / bytes;
}

static void check_split(const fixture *f, double fraction, const size_t want[classes]) {
  mnistcnn_dataset *parts[2] = {NULL, NULL};
  size_t seen[count] = {0}, counts[classes] = {0};
  assert_int_equal(mnistcnn_dataset_split(f->dataset, fraction, 9, &parts[0], &parts[1]),
                   MNISTCNN_OK);
  for (size_t p = 0; p < 2; p++) {
    for (size_t i = 0; i < mnistcnn_dataset_num_images(parts[p]); i++) {
      seen[position(f, parts[p], i)]++;
      assert_true(i == 0 || position(f, parts[p], i - 1) < position(f, parts[p], i));
      counts[mnistcnn_dataset_label(parts[p], i)] += p;
    }
  }
  for (size_t i = 0; i < count; i++)
    assert_int_equal(seen[i], 1);
  for (size_t label = 0; label < classes; label++)
    assert_int_equal(counts[label], want[label]);
  mnistcnn_dataset_free(parts[0]);
  mnistcnn_dataset_free(parts[1]);
}

static void splits_take_their_share_of_each_class(void **state) {
  const fixture *const f = *state;
  check_split(f, 0.25, (const size_t[]){8, 5, 2, 0});
  check_split(f, 0.5, (const size_t[]){16, 10, 4, 1});
  check_split(f, 1e-9, (const size_t[]){1, 1, 1, 0});
  check_split(f, 1.0 - 1e-9, (const size_t[]){30, 19, 7, 1});
}

static uint64_t checksum_of_split(const fixture *f, uint64_t seed) {
  mnistcnn_dataset *first = NULL, *second = NULL;
  assert_int_equal(mnistcnn_dataset_split(f->dataset, 0.5, seed, &first, &second), MNISTCNN_OK);
  const uint64_t sum = mcnn_dataset_checksum(first);
  assert_true(sum != mcnn_dataset_checksum(second));
  mnistcnn_dataset_free(first);
  mnistcnn_dataset_free(second);
  return sum;
}

static void splits_depend_on_the_seed_alone(void **state) {
  const fixture *const f = *state;
  assert_true(checksum_of_split(f, 1) == checksum_of_split(f, 1));
  assert_true(checksum_of_split(f, 1) != checksum_of_split(f, 2));
}

/* Over many seeds each image of a class is argmax as often as any other. */
static void splits_are_even(void **state) {
  enum { seeds = 2000 };
  const fixture *const f = *state;
  int argmax[count] = {0};
  for (uint64_t seed = 0; seed < seeds; seed++) {
    mnistcnn_dataset *first = NULL, *second = NULL;
    assert_int_equal(mnistcnn_dataset_split(f->dataset, 0.25, seed, &first, &second), MNISTCNN_OK);
    for (size_t i = 0; i < mnistcnn_dataset_num_images(second); i++)
      argmax[position(f, second, i)]++;
    mnistcnn_dataset_free(first);
    mnistcnn_dataset_free(second);
  }
  for (size_t i = 0; i < count; i++) {
    static const double shares[classes] = {8.0 / 31, 5.0 / 20, 2.0 / 8, 0.0};
    const double share = shares[f->labels[i]];
    const double deviation = sqrt(seeds * share * (1.0 - share));
    assert_true(fabs(argmax[i] - seeds * share) <= 5.0 * deviation);
  }
}

/* Of two classes alike not the same images are taken: each is drawn from a stream of its own. */
static void classes_are_drawn_independently(void **state) {
  enum { images = 80 };
  uint8_t pixels[images], taken[images] = {0};
  int32_t labels[images];
  mnistcnn_dataset *dataset, *first, *second;
  int differences = 0;
  (void)state;
  for (int i = 0; i < images; i++) {
    pixels[i] = (uint8_t)i;
    labels[i] = i % 2;
  }
  assert_int_equal(mnistcnn_dataset_create_copy(LABELLED(pixels, labels, images, 1, 1, 1, 2, NULL),
                                                NULL, &dataset),
                   MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_split(dataset, 0.5, 1, &first, &second), MNISTCNN_OK);
  for (size_t i = 0; i < mnistcnn_dataset_num_images(second); i++)
    taken[mnistcnn_dataset_image(second, i)[0]] = 1;
  for (int i = 0; i < images; i += 2)
    differences += taken[i] != taken[i + 1];
  assert_true(differences > 5);
  mnistcnn_dataset_free(first);
  mnistcnn_dataset_free(second);
  mnistcnn_dataset_free(dataset);
}

static void wrong_splits_are_refused(void **state) {
  const fixture *const f = *state;
  static const double fractions[] = {0.0, 1.0, -0.5, 1.5, (double)NAN};
  const size_t single = 0;
  mnistcnn_dataset *first = NULL, *second = NULL, *one = NULL;
  for (size_t i = 0; i < sizeof fractions / sizeof fractions[0]; i++) {
    assert_int_equal(mnistcnn_dataset_split(f->dataset, fractions[i], 1, &first, &second),
                     MNISTCNN_INVALID_ARGUMENT);
  }
  assert_int_equal(mnistcnn_dataset_split(NULL, 0.5, 1, &first, &second),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_split(f->dataset, 0.5, 1, NULL, &second),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_subset(f->dataset, &single, 1, &one), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_split(one, 0.4, 1, &first, &second), MNISTCNN_INVALID_ARGUMENT);
  assert_true(!first && !second);
  mnistcnn_dataset_free(one);
}

/* --- check sum -------------------------------------------------------------------------------- */

static void checksums_tell_contents_apart_and_nothing_else(void **state) {
  fixture *const f = *state;
  size_t all[count];
  mnistcnn_dataset *same = NULL, *other = NULL;
  const uint64_t sum = mcnn_dataset_checksum(f->dataset);
  for (size_t i = 0; i < count; i++)
    all[i] = i;
  assert_int_equal(mnistcnn_dataset_subset(f->dataset, all, count, &same), MNISTCNN_OK);
  assert_true(mcnn_dataset_checksum(same) == sum);
  mnistcnn_dataset_free(same);
  all[0] = 1;
  all[1] = 0;
  assert_int_equal(mnistcnn_dataset_subset(f->dataset, all, count, &other), MNISTCNN_OK);
  assert_true(mcnn_dataset_checksum(other) != sum);
  mnistcnn_dataset_free(other);
#define SUM_OF(h, w, k)                                                                            \
  (assert_int_equal(mnistcnn_dataset_create_borrow(                                                \
                        LABELLED(f->pixels, f->labels, count, h, w, 1, k, NULL), NULL, &other),    \
                    MNISTCNN_OK),                                                                  \
   mcnn_dataset_checksum(other))
  assert_true(SUM_OF(2, 3, classes) == sum); /* names do not count */
  mnistcnn_dataset_free(other);
  assert_true(SUM_OF(3, 2, classes) != sum);
  mnistcnn_dataset_free(other);
  f->pixels[count * bytes - 1] ^= 1;
  assert_true(SUM_OF(2, 3, classes) != sum);
  mnistcnn_dataset_free(other);
  f->pixels[count * bytes - 1] ^= 1;
  f->labels[0] ^= 1;
  assert_true(SUM_OF(2, 3, classes) != sum);
  mnistcnn_dataset_free(other);
}

/* --- memory ----------------------------------------------------------------------------------- */

static mnistcnn_status create_and_split(const mcnn_alloc *alloc, void *context) {
  const fixture *const f = context;
  mnistcnn_dataset *dataset = NULL, *first = NULL, *second = NULL;
  mnistcnn_status status = mcnn_dataset_create(
      LABELLED(f->pixels, f->labels, count, 2, 3, 1, classes, names), 1, alloc, &dataset);
  if (status == MNISTCNN_OK)
    status = mcnn_dataset_split(dataset, 0.5, 1, &first, &second);
  assert_true((status == MNISTCNN_OK) == (first && second));
  mcnn_dataset_free(dataset);
  mcnn_dataset_free(first);
  mcnn_dataset_free(second);
  return status;
}

static void every_failing_allocation_is_survived(void **state) {
  assert_true(test_every_allocation(create_and_split, *state) > 10);
}

static void the_callers_allocator_is_used_for_all(void **state) {
  const fixture *const f = *state;
  test_memory memory = {0};
  const mnistcnn_allocator allocator = test_allocator(&memory);
  mnistcnn_dataset *dataset = NULL, *first = NULL, *second = NULL;
  assert_int_equal(
      mnistcnn_dataset_create_copy(LABELLED(f->pixels, f->labels, count, 2, 3, 1, classes, names),
                                   &allocator, &dataset),
      MNISTCNN_OK);
  const size_t calls = memory.calls;
  assert_int_equal(mnistcnn_dataset_split(dataset, 0.5, 1, &first, &second), MNISTCNN_OK);
  assert_true(calls > 0 && memory.calls > calls);
  mnistcnn_dataset_free(dataset);
  mnistcnn_dataset_free(first);
  assert_true(memory.live > 0);
  mnistcnn_dataset_free(second);
  assert_int_equal(memory.live, 0);
}

#define WITH_DATA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_DATA(a_copy_is_independent_and_a_loan_is_not),
      WITH_DATA(what_is_not_there_is_said_so),
      WITH_DATA(wrong_arguments_are_refused),
      WITH_DATA(class_names_keep_their_rules),
      WITH_DATA(subsets_share_pixels_and_outlive_the_whole),
      WITH_DATA(wrong_subsets_are_refused),
      WITH_DATA(splits_take_their_share_of_each_class),
      WITH_DATA(splits_depend_on_the_seed_alone),
      WITH_DATA(splits_are_even),
      cmocka_unit_test(classes_are_drawn_independently),
      WITH_DATA(wrong_splits_are_refused),
      WITH_DATA(checksums_tell_contents_apart_and_nothing_else),
      WITH_DATA(every_failing_allocation_is_survived),
      WITH_DATA(the_callers_allocator_is_used_for_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
