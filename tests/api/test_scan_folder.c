/* mnistcnn_dataset_scan_folder(): what is in a folder of images, before they are loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"
#include "temp_folder.h"

/* No image is read: these are empty files. */
static void make_file(const char *path) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fclose(file), 0);
}

static void make_folders(void) {
  static const char *const folders[] = {"set", "set/b", "set/a", "set/.hidden", "set/b/below"};
  static const char *const files[] = {"set/a/0.png", "set/b/0.png", "set/b/below/1.png",
                                      "set/b/notes.txt"};
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
    test_folder_make(folders[i]);
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    make_file(files[i]);
}

static void classes_and_images_are_counted(void **state) {
  uint32_t classes = 0;
  uint64_t images = 0;
  size_t length = 0;
  char names[4];
  (void)state;
  make_folders();
  assert_ok(mnistcnn_dataset_scan_folder("set", &classes, &images, names, sizeof names, &length));
  assert_int_equal(classes, 2);
  assert_int_equal(images, 3);
  assert_int_equal(length, 3);
  assert_string_equal(names, "a\nb");
  assert_ok(mnistcnn_dataset_scan_folder("set", &classes, &images, NULL, 0, &length));
  assert_int_equal(length, 3);
  assert_ok(mnistcnn_dataset_scan_folder("set", &classes, &images, NULL, 0, NULL));
}

static void failures_change_nothing(void **state) {
  uint32_t classes = 7;
  uint64_t images = 7;
  char names[3];
  (void)state;
  assert_int_equal(
      mnistcnn_dataset_scan_folder("set", &classes, &images, names, sizeof names, NULL),
      MNISTCNN_BUFFER_TOO_SMALL);
  assert_int_equal(mnistcnn_dataset_scan_folder("none", &classes, &images, NULL, 0, NULL),
                   MNISTCNN_NOT_FOUND);
  assert_non_null(strstr(mnistcnn_last_error(), "none"));
  assert_int_equal(classes, 7);
  assert_int_equal(images, 7);
  assert_int_equal(mnistcnn_dataset_scan_folder(NULL, &classes, &images, NULL, 0, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_scan_folder("set", NULL, &images, NULL, 0, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_scan_folder("set", &classes, NULL, NULL, 0, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(classes_and_images_are_counted),
      cmocka_unit_test(failures_change_nothing),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
