/* Folders that are no dataset, or hold more than one: refused with the remedy, or loaded without
 * what does not belong to it, which the log says. */
#include "base/status.h"
#include "data/folder_names.h"
#include "data/left_out.h"
#include "mnistcnn.h"
#include "png_support.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct fixture {
  char folder[TEST_PATH];
  mnistcnn_dataset_options options;
  mnistcnn_dataset *dataset;
  char log[4096]; /* "W: " for a warning, the message, a newline */
} fixture;

static void note_log(int32_t level, const char *message, void *user) {
  fixture *const f = user;
  const size_t length = strlen(f->log);
  snprintf(f->log + length, sizeof f->log - length, "%s%s\n",
           level == MNISTCNN_LOG_WARNING ? "W: " : "", message);
}

static int set_up(void **state) {
  fixture *const f = calloc(1, sizeof *f);
  test_folder_create(f->folder);
  assert_int_equal(mnistcnn_dataset_options_init(&f->options, sizeof f->options), MNISTCNN_OK);
  f->options.log = note_log;
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

static void put_image(const fixture *f, const char *name) {
  size_t size;
  unsigned char *const data = test_png_plain(4, 4, 1, 9, &size);
  test_write(f->folder, name, data, size);
  free(data);
}

static mnistcnn_status load_path(fixture *f, const char *path) {
  mnistcnn_dataset_free(f->dataset);
  f->log[0] = '\0';
  return mnistcnn_dataset_load_folder(path, &f->options, &f->dataset);
}

static void assert_loads(fixture *f, size_t images, uint32_t classes) {
  if (load_path(f, f->folder) != MNISTCNN_OK)
    fail_msg("%s", mcnn_last_error());
  assert_int_equal(mnistcnn_dataset_num_images(f->dataset), images);
  assert_int_equal(mnistcnn_dataset_num_classes(f->dataset), classes);
}

static void assert_text_has(const char *text, const char *part) {
  if (!strstr(text, part))
    fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void assert_refused(fixture *f, const char *part, const char *remedy) {
  assert_int_equal(load_path(f, f->folder), MNISTCNN_FORMAT);
  assert_null(f->dataset);
  assert_memory_equal(mcnn_last_error(), f->folder, strlen(f->folder));
  assert_text_has(mcnn_last_error(), part);
  assert_text_has(mcnn_last_error(), remedy);
}

/* --- refused ---------------------------------------------------------------------------------- */

static void the_folder_above_the_sets(void **state) {
  fixture *const f = *state;
  static const char *const pairs[][2] = {
      {"train", "val"}, {"Training", "Validation"}, {"train", "test"}};

  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    char name[64], remedy[TEST_PATH + 64];
    for (size_t set = 0; set < 2; set++) {
      for (int class = 0; class < 2; class ++) {
        snprintf(name, sizeof name, "%s/%d/a.png", pairs[i][set], class);
        put_image(f, name);
      }
    }
    snprintf(remedy, sizeof remedy, "%s/%s for validation", f->folder, pairs[i][1]);
    assert_refused(f, "are sets of images, not classes", remedy);
    test_folder_remove(f->folder);
    test_folder_create(f->folder);
  }
}

/* Where the folder has the images themselves, its name is a class's. */
static void classes_may_be_called_train_and_test(void **state) {
  fixture *const f = *state;
  put_image(f, "train/1.png");
  put_image(f, "test/1.png");
  assert_loads(f, 2, 2);
  put_image(f, "train/1/1.png");
  assert_loads(f, 3, 2);
}

static void a_folder_with_one_folder(void **state) {
  fixture *const f = *state;
  char remedy[TEST_PATH + 64];
  put_image(f, "digits/0/1.png");
  put_image(f, "digits/1/1.png");
  snprintf(remedy, sizeof remedy, "give %s/digits", f->folder);
  assert_refused(f, "has only one sub-folder, \"digits\"", remedy);
}

static void a_folder_with_nothing_but_images(void **state) {
  fixture *const f = *state;
  put_image(f, "1.png");
  put_image(f, "2.png");
  assert_refused(f, "has no sub-folder, but 2 images", "to a sub-folder named after it");
}

static void a_file_in_place_of_a_folder(void **state) {
  fixture *const f = *state;
  char path[TEST_PATH];
  test_write(f->folder, "train-images-idx3-ubyte", "x", 1);
  assert_int_equal(load_path(f, test_join(path, f->folder, "train-images-idx3-ubyte")),
                   MNISTCNN_NOT_FOUND);
  assert_text_has(mcnn_last_error(), "ubyte: is no folder with one sub-folder per class; IDX files "
                                     "are loaded as two, images and labels");
}

/* Also where broken files may be left out. */
static void a_class_that_cannot_be_read(void **state) {
  fixture *const f = *state;
  put_image(f, "a/1.png");
  test_write(f->folder, "b/1.webp", "x", 1);
  test_write(f->folder, "b/2.WEBP", "x", 1);
  test_write(f->folder, "b/deep/3.heic", "x", 1);
  f->options.skip_broken = 1;
  assert_refused(f, "/b: has no *.png", "(2 .webp, 1 .heic); convert them, or remove the folder");
  test_write(f->folder, "b/4.png", "not one", 7);
  assert_refused(f, "no image of the class \"b\" can be read, of 1", "");
  put_image(f, "b/5.png");
  assert_loads(f, 2, 2);
}

/* --- loaded ----------------------------------------------------------------------------------- */

static void an_empty_class_is_said(void **state) {
  fixture *const f = *state;
  put_image(f, "a/1.png");
  test_make_folder(f->folder, "b");
  assert_loads(f, 1, 2);
  assert_string_equal(f->log, "W: class \"b\" has no images\n");
}

static void folders_of_systems_are_left_out(void **state) {
  fixture *const f = *state;
  put_image(f, "a/1.png");
  put_image(f, "b/1.png");
  put_image(f, "__MACOSX/a/1.png");
  put_image(f, "lost+found/1.png");
  put_image(f, "a/@eaDir/1.png/SYNOPHOTO_THUMB_M.png");
  put_image(f, "a/deep/@eaDir/1.png");
  assert_loads(f, 2, 2);
  assert_text_has(f->log, "folders of the system left out: 4, such as ");
  assert_null(strstr(f->log, "W: "));
}

static void images_beside_the_classes_are_said(void **state) {
  fixture *const f = *state;
  put_image(f, "a/1.png");
  put_image(f, "b/1.png");
  put_image(f, "stray.png");
  assert_loads(f, 2, 2);
  assert_text_has(f->log, "W: images left out as they are in no class's folder, but directly in ");
  assert_text_has(f->log, ": 1\n");
}

static void names_that_differ_in_case_are_said(void **state) {
  fixture *const f = *state;
  put_image(f, "Apple/1.png");
  put_image(f, "Pear/1.png");
  put_image(f, "apple/1.png");
  assert_loads(f, 3, 3);
  assert_string_equal(
      f->log, "W: the classes \"Apple\" and \"apple\" differ in upper and lower case only\n");
}

static void damaged_files_are_loaded_and_said(void **state) {
  fixture *const f = *state;
  size_t size;
  unsigned char *const data = test_png_plain(4, 4, 1, 77, &size);
  char line[TEST_PATH + 128];

  put_image(f, "a/1.png");
  test_write(f->folder, "b/cut.png", data, size - 12);
  free(data);
  assert_loads(f, 2, 2);
  assert_int_equal(mnistcnn_dataset_image(f->dataset, 1)[0], 77);
  snprintf(line, sizeof line,
           "W: %s/b/cut.png: is damaged, but was read: its last chunk is missing\n", f->folder);
  assert_string_equal(f->log, line);
}

/* --- names ------------------------------------------------------------------------------------ */

static void extensions_are_counted(void **state) {
  char text[MCNN_LEFT_OUT_TEXT];
  mcnn_left_out left_out = {0};
  (void)state;

  mcnn_left_out_add(&left_out, "README");
  mcnn_left_out_text(&left_out, text);
  assert_string_equal(text, "1 without an extension");
  mcnn_left_out_add(&left_out, "a.b.TXT");
  mcnn_left_out_add(&left_out, "b.txt");
  mcnn_left_out_add(&left_out, ".gitignore");
  mcnn_left_out_add(&left_out, "c.much-too-long-to-be-one");
  mcnn_left_out_add(&left_out, "d.\xC3\xA9");
  mcnn_left_out_add(&left_out, "e.");
  mcnn_left_out_text(&left_out, text);
  assert_string_equal(text, "2 .txt, 5 others");
  for (int i = 0; i < 20; i++) {
    char name[32];
    snprintf(name, sizeof name, "x.extension%02d", i); /* 12 with the dot */
    mcnn_left_out_add(&left_out, name);
    snprintf(name, sizeof name, "x.extens%02d", i);
    mcnn_left_out_add(&left_out, name);
  }
  mcnn_left_out_text(&left_out, text);
  assert_string_equal(text, "2 .txt, 1 .extens00, 1 .extens01, 1 .extens02, 1 .extens03, "
                            "1 .extens04, 40 others");
}

static void names_of_folders(void **state) {
  (void)state;
  assert_true(mcnn_is_system_folder("__MACOSX") && mcnn_is_system_folder("@eaDir"));
  assert_true(mcnn_is_system_folder("$Recycle.Bin") && mcnn_is_system_folder("Thumbs"));
  assert_false(mcnn_is_system_folder("thumb") || mcnn_is_system_folder(""));
  assert_int_equal(mcnn_dataset_part_of("TRAIN"), MCNN_PART_TRAINING);
  assert_int_equal(mcnn_dataset_part_of("Valid"), MCNN_PART_HELD_OUT);
  assert_int_equal(mcnn_dataset_part_of("trains"), MCNN_NO_PART);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_FOLDER(the_folder_above_the_sets),
      WITH_FOLDER(classes_may_be_called_train_and_test),
      WITH_FOLDER(a_folder_with_one_folder),
      WITH_FOLDER(a_folder_with_nothing_but_images),
      WITH_FOLDER(a_file_in_place_of_a_folder),
      WITH_FOLDER(a_class_that_cannot_be_read),
      WITH_FOLDER(an_empty_class_is_said),
      WITH_FOLDER(folders_of_systems_are_left_out),
      WITH_FOLDER(images_beside_the_classes_are_said),
      WITH_FOLDER(names_that_differ_in_case_are_said),
      WITH_FOLDER(damaged_files_are_loaded_and_said),
      cmocka_unit_test(extensions_are_counted),
      cmocka_unit_test(names_of_folders),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
