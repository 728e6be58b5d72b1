/* Folders of PNG files as datasets: every outcome that mnistcnn.h lists. */
// labels: threads
#include "base/status.h"
#include "base/threads.h"
#include "data/dataset.h"
#include "data/folder.h"
#include "png_support.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* --- the folder ------------------------------------------------------------------------------- */

typedef struct fixture {
  char folder[TEST_PATH];
  mnistcnn_dataset_options options;
  mnistcnn_dataset *dataset;
  char log[4096]; /* the lines of the log, each with a newline */
  int log_lines, progress_calls, cancel_at;
  mnistcnn_progress last;
} fixture;

static void note_log(int32_t level, const char *message, void *user) {
  fixture *const f = user;
  assert_true(level == MNISTCNN_LOG_INFO || level == MNISTCNN_LOG_WARNING);
  assert_null(strchr(message, '\n'));
  strncat(f->log, message, sizeof f->log - strlen(f->log) - 2);
  strcat(f->log, "\n");
  f->log_lines++;
}

static int32_t note_progress(const mnistcnn_progress *progress, void *user) {
  fixture *const f = user;
  assert_int_equal(progress->struct_size, sizeof *progress);
  assert_int_equal(progress->event, MNISTCNN_EVENT_LOADING);
  assert_true(progress->images_done > f->last.images_done);
  assert_true(progress->images_done <= progress->images_total);
  f->last = *progress;
  f->progress_calls++;
  return f->progress_calls == f->cancel_at;
}

static int set_up(void **state) {
  fixture *const f = calloc(1, sizeof *f);
  test_folder_create(f->folder);
  assert_int_equal(mnistcnn_dataset_options_init(&f->options, sizeof f->options), MNISTCNN_OK);
  f->options.log = note_log;
  f->options.progress = note_progress;
  f->options.user = f;
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset_free(f->dataset);
  test_folder_remove(f->folder);
  free(f);
  return 0;
}

static void put_image(const fixture *f, const char *name, uint32_t side, uint32_t channels,
                      uint8_t value) {
  size_t size;
  unsigned char *const data = test_png_plain(side, side, channels, value, &size);
  test_write(f->folder, name, data, size);
  free(data);
}

static void put_link(const fixture *f, const char *target, const char *name) {
  char path[TEST_PATH];
  assert_int_equal(symlink(target, test_join(path, f->folder, name)), 0);
}

static mnistcnn_status load(fixture *f) {
  mnistcnn_dataset_free(f->dataset);
  f->log[0] = '\0';
  f->log_lines = f->progress_calls = 0;
  memset(&f->last, 0, sizeof f->last);
  return mnistcnn_dataset_load_folder(f->folder, &f->options, &f->dataset);
}

static void assert_message_names(const char *what) {
  if (!strstr(mcnn_last_error(), what))
    fail_msg("\"%s\" does not name \"%s\"", mcnn_last_error(), what);
}

static void assert_image(const fixture *f, size_t index, const char *path, int label, int value) {
  assert_string_equal(mnistcnn_dataset_path(f->dataset, index), path);
  assert_int_equal(mnistcnn_dataset_label(f->dataset, index), label);
  assert_int_equal(mnistcnn_dataset_image(f->dataset, index)[0], value);
}

/* --- what is loaded --------------------------------------------------------------------------- */

static void classes_and_files_come_in_byte_order(void **state) {
  fixture *const f = *state;
  put_image(f, "2/b.png", 4, 1, 1);
  put_image(f, "2/B.PNG", 4, 1, 2);
  put_image(f, "2/a.png", 4, 1, 3);
  put_image(f, "10/z.PnG", 4, 1, 4);
  put_image(f, "10/deep/er/y.png", 4, 1, 5);
  put_image(f, "x\xC3\xA9/one.png", 4, 1, 6);
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_num_images(f->dataset), 6);
  assert_int_equal(mnistcnn_dataset_num_classes(f->dataset), 3);
  assert_string_equal(mnistcnn_dataset_class_name(f->dataset, 0), "10");
  assert_string_equal(mnistcnn_dataset_class_name(f->dataset, 1), "2");
  assert_string_equal(mnistcnn_dataset_class_name(f->dataset, 2), "x\xC3\xA9");
  assert_null(mnistcnn_dataset_class_name(f->dataset, 3));
  assert_image(f, 0, "10/deep/er/y.png", 0, 5);
  assert_image(f, 1, "10/z.PnG", 0, 4);
  assert_image(f, 2, "2/B.PNG", 1, 2);
  assert_image(f, 3, "2/a.png", 1, 3);
  assert_image(f, 4, "2/b.png", 1, 1);
  assert_image(f, 5, "x\xC3\xA9/one.png", 2, 6);
  assert_null(mnistcnn_dataset_path(f->dataset, 6));
  assert_int_equal(f->log_lines, 0);
  assert_int_equal(f->last.images_done, 6);
  assert_int_equal(f->last.images_total, 6);
}

static void hidden_and_other_files_are_left_out(void **state) {
  fixture *const f = *state;
  char path[TEST_PATH];
  put_image(f, "a/1.png", 4, 1, 1);
  put_image(f, "b/1.png", 4, 1, 2);
  put_image(f, "a/.hidden.png", 4, 1, 3);
  put_image(f, "a/.folder/1.png", 4, 1, 3);
  put_image(f, ".git/1.png", 4, 1, 3);
  put_image(f, "in-no-class.png", 4, 1, 3);
  test_write(f->folder, "a/notes.txt", "x", 1);
  test_write(f->folder, "a/png", "x", 1);
  test_write(f->folder, "b/1.png.bak", "x", 1);
  assert_int_equal(mkfifo(test_join(path, f->folder, "b/fifo.png"), 0600), 0);
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_num_images(f->dataset), 2);
  assert_int_equal(mnistcnn_dataset_num_classes(f->dataset), 2);
  assert_int_equal(f->log_lines, 2);
  assert_non_null(strstr(f->log, "images left out as they are in no class's folder"));
  assert_non_null(strstr(f->log, "files left out as they are not *.png"));
  assert_non_null(strstr(f->log, " files of a class: 4 ("));
  assert_non_null(strstr(f->log, "1 .txt"));
}

static void symbolic_links_are_followed(void **state) {
  fixture *const f = *state;
  put_image(f, "a/1.png", 4, 1, 1);
  put_image(f, ".elsewhere/2.png", 4, 1, 2);
  put_link(f, ".elsewhere", "b");
  put_link(f, "../.elsewhere/2.png", "a/0.png");
  put_link(f, "../.elsewhere", "a/folder");
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_num_images(f->dataset), 4);
  assert_image(f, 0, "a/0.png", 0, 2);
  assert_image(f, 2, "a/folder/2.png", 0, 2);
  assert_image(f, 3, "b/2.png", 1, 2);
}

static void link_loops_are_limits(void **state) {
  fixture *const f = *state;
  char path[TEST_PATH];
  put_image(f, "a/1.png", 4, 1, 1);
  put_image(f, "b/1.png", 4, 1, 2);
  put_link(f, ".", "a/loop");
  assert_int_equal(load(f), MNISTCNN_LIMIT);
  assert_message_names("loop");
  assert_null(f->dataset);
  assert_int_equal(unlink(test_join(path, f->folder, "a/loop")), 0);
  put_link(f, "self", "a/self");
  assert_int_equal(load(f), MNISTCNN_LIMIT);
  assert_message_names("a/self");
  assert_int_equal(unlink(test_join(path, f->folder, "a/self")), 0);
  put_link(f, "c", "c");
  assert_int_equal(load(f), MNISTCNN_LIMIT);
}

/* A folder 32 levels down is read, one below it is not. */
static void folders_may_be_32_deep(void **state) {
  fixture *const f = *state;
  char name[TEST_PATH] = "a";
  put_image(f, "b/1.png", 4, 1, 2);
  for (int depth = 2; depth <= 32; depth++)
    strcat(name, "/d");
  strcat(name, "/1.png");
  put_image(f, name, 4, 1, 1);
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_num_images(f->dataset), 2);
  strcpy(strrchr(name, '/'), "/e");
  test_make_folder(f->folder, name);
  assert_int_equal(load(f), MNISTCNN_LIMIT);
}

static void empty_and_small_classes_are_classes(void **state) {
  fixture *const f = *state;
  put_image(f, "one/1.png", 4, 1, 1);
  test_make_folder(f->folder, "empty");
  test_make_folder(f->folder, "hollow");
  test_make_folder(f->folder, "hollow/inside");
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_num_classes(f->dataset), 3);
  assert_int_equal(mnistcnn_dataset_num_images(f->dataset), 1);
  assert_image(f, 0, "one/1.png", 2, 1);
  assert_string_equal(f->log, "class \"empty\" has no images\nclass \"hollow\" has no images\n");
}

/* --- what is not ------------------------------------------------------------------------------ */

static void too_few_folders(void **state) {
  fixture *const f = *state;
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  put_image(f, "1.png", 4, 1, 1);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  assert_message_names("no sub-folder");
  put_image(f, "a/1.png", 4, 1, 1);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  assert_message_names("only one sub-folder");
  assert_null(f->dataset);
}

static void no_image_at_all(void **state) {
  fixture *const f = *state;
  test_make_folder(f->folder, "a");
  test_make_folder(f->folder, "b");
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  assert_message_names(f->folder);
  assert_message_names("no *.png");
}

static void too_many_classes(void **state) {
  fixture *const f = *state;
  char name[16];
  put_image(f, "c0/1.png", 4, 1, 1);
  for (int i = 1; i < 1000; i++) {
    snprintf(name, sizeof name, "c%d", i);
    test_make_folder(f->folder, name);
  }
  f->options.log = NULL;
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_num_classes(f->dataset), 1000);
  test_make_folder(f->folder, "one-more");
  assert_int_equal(load(f), MNISTCNN_LIMIT);
}

static void class_names_must_be_text(void **state) {
  fixture *const f = *state;
  put_image(f, "a/1.png", 4, 1, 1);
  put_image(f, "\xFF/1.png", 4, 1, 1);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  assert_message_names("?: a class name");
}

static void missing_and_unreadable_folders(void **state) {
  fixture *const f = *state;
  char path[TEST_PATH];
  put_image(f, "a/1.png", 4, 1, 1);
  put_image(f, "b/1.png", 4, 1, 1);
  assert_int_equal(mnistcnn_dataset_load_folder("no such folder", NULL, &f->dataset),
                   MNISTCNN_NOT_FOUND);
  assert_int_equal(mnistcnn_dataset_load_folder("", NULL, &f->dataset), MNISTCNN_NOT_FOUND);
  test_make_folder(f->folder, "b/locked");
  assert_int_equal(chmod(test_join(path, f->folder, "b/locked"), 0), 0);
  f->options.skip_broken = 1;
  if (geteuid() == 0)
    skip(); /* nothing is unreadable to root; test_folder_faults.c makes the calls fail */
  assert_int_equal(load(f), MNISTCNN_IO);
  assert_message_names("b/locked");
}

/* --- broken files ----------------------------------------------------------------------------- */

static void put_many(const fixture *f, int count, int broken_a, int broken_b) {
  for (int i = 0; i < count; i++) {
    char name[64];
    snprintf(name, sizeof name, "%c/%03d.png", i < count / 2 ? 'a' : 'b', i);
    if (i == broken_a || i == broken_b)
      test_write(f->folder, name, "not a PNG", 9);
    else
      put_image(f, name, 4, 1, (uint8_t)i);
  }
}

static void the_first_broken_file_in_order_is_reported(void **state) {
  fixture *const f = *state;
  put_many(f, 200, 70, 71);
  for (uint32_t threads = 1; threads <= 8; threads++) {
    f->options.num_threads = threads;
    assert_int_equal(load(f), MNISTCNN_FORMAT);
    assert_message_names("a/070.png: is not a PNG");
    assert_null(f->dataset);
  }
}

static void broken_files_are_skipped_and_named(void **state) {
  fixture *const f = *state;
  char path[TEST_PATH];
  put_many(f, 200, 0, 150);
  put_link(f, "nowhere", "a/dangling.png");
  f->options.skip_broken = 1;
  for (uint32_t threads = 1; threads <= 4; threads++) {
    f->options.num_threads = threads;
    assert_int_equal(load(f), MNISTCNN_OK);
    assert_int_equal(mnistcnn_dataset_num_images(f->dataset), 198);
    assert_int_equal(mnistcnn_dataset_num_skipped(f->dataset), 3);
    assert_int_equal(f->log_lines, 3);
    const char *const first = strstr(f->log, test_join(path, f->folder, "a/000.png"));
    const char *const second = strstr(f->log, test_join(path, f->folder, "a/dangling.png"));
    const char *const third = strstr(f->log, test_join(path, f->folder, "b/150.png"));
    assert_true(first && second > first && third > second);
    assert_image(f, 0, "a/001.png", 0, 1);
    assert_image(f, 98, "a/099.png", 0, 99);
    assert_image(f, 99, "b/100.png", 1, 100);
    assert_image(f, 149, "b/151.png", 1, 151);
    assert_image(f, 197, "b/199.png", 1, 199);
  }
  f->options.skip_broken = 0;
  test_write(f->folder, "a/000.png", "", 0);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  put_image(f, "a/000.png", 4, 1, 0);
  assert_int_equal(load(f), MNISTCNN_NOT_FOUND);
  assert_message_names("a/dangling.png");
}

/* The sub-folder of background images, in the middle of the others, is no class. */
static void background_images_have_no_class(void **state) {
  fixture *const f = *state;
  static const char *const names[] = {"a/1.png", "m/2.png", "m/3.png", "z/4.png"};
  static const int32_t labels[] = {0, -1, -1, 1};
  for (size_t i = 0; i < 4; i++)
    put_image(f, names[i], 4, 1, (uint8_t)(i + 1));
  f->options.background = "m";
  assert_int_equal(mnistcnn_dataset_load_folder(f->folder, &f->options, &f->dataset), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_num_classes(f->dataset), 2);
  assert_string_equal(mnistcnn_dataset_class_name(f->dataset, 0), "a");
  assert_string_equal(mnistcnn_dataset_class_name(f->dataset, 1), "z");
  assert_null(mnistcnn_dataset_class_name(f->dataset, 2));
  for (size_t i = 0; i < 4; i++)
    assert_image(f, i, names[i], labels[i], (int)i + 1);
}

static void the_background_must_be_there_beside_two_classes(void **state) {
  fixture *const f = *state;
  put_image(f, "a/1.png", 4, 1, 1);
  put_image(f, "m/2.png", 4, 1, 2);
  f->options.background = "none";
  assert_int_equal(mnistcnn_dataset_load_folder(f->folder, &f->options, &f->dataset),
                   MNISTCNN_NOT_FOUND);
  assert_message_names("has no sub-folder \"none\" of background images");
  f->options.background = "m";
  assert_int_equal(mnistcnn_dataset_load_folder(f->folder, &f->options, &f->dataset),
                   MNISTCNN_FORMAT);
  assert_message_names("fewer than two classes");
  assert_null(f->dataset);
}

static void nothing_but_broken_files(void **state) {
  fixture *const f = *state;
  test_write(f->folder, "a/1.png", "x", 1);
  test_write(f->folder, "b/1.png", "y", 1);
  f->options.skip_broken = 1;
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  f->options.height = f->options.width = 4;
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  assert_int_equal(f->log_lines, 2);
  assert_null(f->dataset);
}

/* --- size and colour -------------------------------------------------------------------------- */

static void sizes_follow_the_first_image_or_the_options(void **state) {
  fixture *const f = *state;
  mnistcnn_shape shape = {0, 0, 0};
  put_image(f, "a/1.png", 6, 1, 60);
  put_image(f, "a/2.png", 3, 1, 70);
  put_image(f, "b/1.png", 9, 1, 80);
  assert_int_equal(load(f), MNISTCNN_OK);
  mnistcnn_dataset_shape(f->dataset, &shape);
  assert_true(shape.height == 6 && shape.width == 6 && shape.channels == 1);
  f->options.height = 5;
  f->options.width = 7;
  assert_int_equal(load(f), MNISTCNN_OK);
  mnistcnn_dataset_shape(f->dataset, &shape);
  assert_true(shape.height == 5 && shape.width == 7 && shape.channels == 1);
  for (size_t i = 0; i < 3; i++)
    for (size_t k = 0; k < 35; k++)
      assert_int_equal(mnistcnn_dataset_image(f->dataset, i)[k], 60 + 10 * i);
}

/* The first colour image comes late, when hundreds have been read as gray. */
static void one_colour_image_makes_all_colour(void **state) {
  fixture *const f = *state;
  mnistcnn_shape shape = {0, 0, 0};
  put_many(f, 300, -1, -1);
  put_image(f, "b/280.png", 4, 3, 77);
  for (uint32_t threads = 1; threads <= 3; threads++) {
    f->options.num_threads = threads;
    f->options.channels = 0;
    assert_int_equal(load(f), MNISTCNN_OK);
    mnistcnn_dataset_shape(f->dataset, &shape);
    assert_int_equal(shape.channels, 3);
    for (size_t i = 0; i < 300; i++)
      for (size_t k = 0; k < 48; k++)
        assert_int_equal(mnistcnn_dataset_image(f->dataset, i)[k], i == 280 ? 77 : i % 256);
    f->options.channels = 1;
    assert_int_equal(load(f), MNISTCNN_OK);
    mnistcnn_dataset_shape(f->dataset, &shape);
    assert_int_equal(shape.channels, 1);
    assert_image(f, 280, "b/280.png", 1, 77);
  }
}

/* --- callbacks and threads -------------------------------------------------------------------- */

static void cancelling_stops_the_load(void **state) {
  fixture *const f = *state;
  put_many(f, 20, -1, -1);
  f->cancel_at = 1;
  assert_int_equal(load(f), MNISTCNN_CANCELLED);
  assert_int_equal(f->progress_calls, 1);
  assert_null(f->dataset);
}

static void any_number_of_threads_gives_the_same(void **state) {
  fixture *const f = *state;
  uint64_t checksum = 0;
  put_many(f, 300, -1, -1);
  for (uint32_t threads = 1; threads <= 8; threads++) {
    f->options.num_threads = threads;
    assert_int_equal(load(f), MNISTCNN_OK);
    if (threads == 1)
      checksum = mcnn_dataset_checksum(f->dataset);
    assert_true(mcnn_dataset_checksum(f->dataset) == checksum);
  }
}

static mnistcnn_status load_with(const mcnn_alloc *alloc, void *context) {
  fixture *const f = context;
  mnistcnn_dataset *dataset = NULL;
  const mnistcnn_status status = mcnn_load_folder(f->folder, &f->options, alloc, &dataset);
  assert_true((status == MNISTCNN_OK) == (dataset ? 1 : 0));
  mcnn_dataset_free(dataset);
  return status;
}

/* With gray and colour images, of several sizes, and broken ones: none of that hides a lack of
 * memory. */
static void every_failing_allocation_is_survived(void **state) {
  fixture *const f = *state;
  put_many(f, 70, 3, -1);
  put_image(f, "a/large.png", 9, 1, 5);
  put_image(f, "b/colour.png", 7, 3, 5);
  f->options.skip_broken = 1;
  f->options.progress = NULL;
  for (uint32_t threads = 1; threads <= 2; threads++) {
    f->options.num_threads = threads;
    assert_true(test_every_allocation(load_with, f) > 20);
  }
}

static void wrong_arguments(void **state) {
  fixture *const f = *state;
  const mnistcnn_dataset_options good = f->options;
  mnistcnn_allocator allocator = {.struct_size = sizeof allocator};
  mnistcnn_dataset *dataset = NULL;
  assert_int_equal(mnistcnn_dataset_load_folder(NULL, NULL, &dataset), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_load_folder("x", NULL, NULL), MNISTCNN_INVALID_ARGUMENT);
#define REFUSED(change)                                                                            \
  do {                                                                                             \
    f->options = good;                                                                             \
    f->options.change;                                                                             \
    assert_int_equal(load(f), MNISTCNN_INVALID_ARGUMENT);                                          \
  } while (0)
  REFUSED(struct_size = 8);
  REFUSED(struct_size = 100000);
  REFUSED(height = 5);
  REFUSED(width = 5);
  REFUSED(height = 4097);
  REFUSED(channels = 2);
  REFUSED(resize = 2);
  REFUSED(skip_broken = 2);
  REFUSED(num_threads = 0);
  REFUSED(num_threads = 257);
  REFUSED(prepare = 2);
  REFUSED(allocator = &allocator);
}

/* A caller compiled against a later header, whose struct is longer. */
static void newer_options_are_accepted_while_unused(void **state) {
  fixture *const f = *state;
  struct {
    mnistcnn_dataset_options known;
    uint64_t later;
  } newer = {.later = 0};
  put_image(f, "a/1.png", 4, 1, 1);
  put_image(f, "b/1.png", 4, 1, 1);
  newer.known = f->options;
  newer.known.struct_size = sizeof newer;
  assert_int_equal(mnistcnn_dataset_load_folder(f->folder, &newer.known, &f->dataset), MNISTCNN_OK);
  mnistcnn_dataset_free(f->dataset);
  newer.later = 1;
  assert_int_equal(mnistcnn_dataset_load_folder(f->folder, &newer.known, &f->dataset),
                   MNISTCNN_UNSUPPORTED);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_FOLDER(classes_and_files_come_in_byte_order),
      WITH_FOLDER(hidden_and_other_files_are_left_out),
      WITH_FOLDER(symbolic_links_are_followed),
      WITH_FOLDER(link_loops_are_limits),
      WITH_FOLDER(folders_may_be_32_deep),
      WITH_FOLDER(empty_and_small_classes_are_classes),
      WITH_FOLDER(too_few_folders),
      WITH_FOLDER(no_image_at_all),
      WITH_FOLDER(too_many_classes),
      WITH_FOLDER(class_names_must_be_text),
      WITH_FOLDER(missing_and_unreadable_folders),
      WITH_FOLDER(the_first_broken_file_in_order_is_reported),
      WITH_FOLDER(broken_files_are_skipped_and_named),
      WITH_FOLDER(background_images_have_no_class),
      WITH_FOLDER(the_background_must_be_there_beside_two_classes),
      WITH_FOLDER(nothing_but_broken_files),
      WITH_FOLDER(sizes_follow_the_first_image_or_the_options),
      WITH_FOLDER(one_colour_image_makes_all_colour),
      WITH_FOLDER(cancelling_stops_the_load),
      WITH_FOLDER(any_number_of_threads_gives_the_same),
      WITH_FOLDER(every_failing_allocation_is_survived),
      WITH_FOLDER(wrong_arguments),
      WITH_FOLDER(newer_options_are_accepted_while_unused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
