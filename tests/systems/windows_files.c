/* Files, folders and threads of Windows, through the public functions: names beyond the system's
 * own code page, files that are replaced in one step, and errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"
#include "image_args.h"

#include <windows.h>

/* "Ziffern π 数" */
#define NAME      "Ziffern \xcf\x80 \xe6\x95\xb0"
#define WIDE_NAME L"Ziffern \x03c0 \x6570"

static void make_folder(const wchar_t *name) {
  assert_true(CreateDirectoryW(name, NULL));
}

static size_t count_entries(const wchar_t *pattern) {
  WIN32_FIND_DATAW entry;
  size_t count = 0;
  const HANDLE search = FindFirstFileW(pattern, &entry);
  if (search == INVALID_HANDLE_VALUE)
    return 0;
  do {
    count += entry.cFileName[0] != L'.';
    /* A temporary begins with a dot, too. */
    count += wcsstr(entry.cFileName, L".tmp") ? 1 : 0;
  } while (FindNextFileW(search, &entry));
  FindClose(search);
  return count;
}

/* As that of tests/support/temp_folder.h, which is for POSIX; windows.sh removes the folder. */
static int test_enter_folder(void **state) {
  wchar_t name[64];
  (void)state;
  swprintf(name, sizeof name / sizeof name[0], L"mnistcnn %lu \x03c0", GetCurrentProcessId());
  return CreateDirectoryW(name, NULL) && SetCurrentDirectoryW(name) ? 0 : 1;
}

static void models_are_replaced(void **state) {
  mnistcnn_model *first = make_small_model(1, NULL), *second = make_small_model(3, NULL), *same;
  (void)state;
  make_folder(WIDE_NAME);
  assert_ok(mnistcnn_model_save_file(first, NAME "/model.safetensors"));
  assert_ok(mnistcnn_model_save_file(second, NAME "\\model.safetensors"));
  assert_int_equal(count_entries(WIDE_NAME L"/*"), 1);
  assert_ok(mnistcnn_model_load_file(NAME "/model.safetensors", NULL, &same));
  assert_same_model(second, same);
  mnistcnn_model_free(same);
  mnistcnn_model_free(second);
  mnistcnn_model_free(first);
}

static void what_cannot_be_written_stays(void **state) {
  mnistcnn_model *model = make_small_model(1, NULL), *other = make_small_model(3, NULL), *same;
  (void)state;
  assert_ok(mnistcnn_model_save_file(model, "kept.safetensors"));
  assert_true(SetFileAttributesW(L"kept.safetensors", FILE_ATTRIBUTE_READONLY));
  assert_int_equal(mnistcnn_model_save_file(other, "kept.safetensors"), MNISTCNN_IO);
  assert_non_null(strstr(mnistcnn_last_error(), "kept.safetensors"));
  assert_ok(mnistcnn_model_load_file("kept.safetensors", NULL, &same));
  assert_same_model(model, same);
  assert_int_equal(mnistcnn_model_save_file(model, "missing/model.safetensors"),
                   MNISTCNN_NOT_FOUND);
  assert_int_equal(mnistcnn_model_save_file(model, NAME), MNISTCNN_IO); /* a folder */
  mnistcnn_model_free(same);
  mnistcnn_model_free(other);
  mnistcnn_model_free(model);
}

static void what_cannot_be_read_is_named(void **state) {
  mnistcnn_model *model;
  (void)state;
  assert_int_equal(mnistcnn_model_load_file("no such file", NULL, &model), MNISTCNN_NOT_FOUND);
  assert_non_null(strstr(mnistcnn_last_error(), "no such file"));
  assert_int_equal(mnistcnn_model_load_file(NAME, NULL, &model), MNISTCNN_IO);
  assert_int_equal(mnistcnn_model_load_file("\xff.safetensors", NULL, &model), MNISTCNN_IO);
}

/* Folders of PNG files, trained on with threads, a checkpoint and a resumed training. */
static void folders_are_trained_on(void **state) {
  enum { IMAGES = 80 };
  mnistcnn_model *model = make_small_model(1, NULL), *resumed;
  mnistcnn_dataset_options dataset_options = MNISTCNN_DATASET_OPTIONS_INIT;
  mnistcnn_train_options options = small_training(2);
  mnistcnn_resume_options resume = MNISTCNN_RESUME_OPTIONS_INIT;
  mnistcnn_dataset *dataset;
  mnistcnn_trainer *trainer;
  uint8_t *pixels;
  int32_t *labels;
  char path[128];
  wchar_t wide[128];
  (void)state;
  make_images(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 1, &pixels, &labels);
  make_folder(L"train");
  for (int c = 0; c < SMALL_CLASSES; c++) {
    swprintf(wide, sizeof wide / sizeof wide[0], L"train/\x00e9 %d", c);
    make_folder(wide);
  }
  for (int i = 0; i < IMAGES; i++) {
    (void)snprintf(path, sizeof path, "train/\xc3\xa9 %d/%03d \xcf\x80.png", (int)labels[i], i);
    assert_ok(mnistcnn_image_save_png(
        IMAGE(pixels + (size_t)i * SMALL_SIDE * SMALL_SIDE, SMALL_SIDE, SMALL_SIDE, 1), path));
  }
  dataset_options.height = dataset_options.width = SMALL_SIDE;
  dataset_options.channels = 1;
  dataset_options.num_threads = 2;
  assert_ok(mnistcnn_dataset_load_folder("train", &dataset_options, &dataset));
  assert_int_equal(mnistcnn_dataset_num_images(dataset), IMAGES);
  assert_string_equal(mnistcnn_dataset_class_name(dataset, 1), "\xc3\xa9 1");
  options.num_threads = 3;
  options.checkpoint_path = NAME "/checkpoint.safetensors";
  assert_ok(mnistcnn_train(model, dataset, NULL, &options, NULL));
  resume.path = options.checkpoint_path;
  assert_ok(mnistcnn_trainer_resume(&resume, dataset, NULL, &resumed, &trainer));
  assert_same_model(model, resumed);
  mnistcnn_trainer_free(trainer);
  mnistcnn_model_free(resumed);
  mnistcnn_dataset_free(dataset);
  mnistcnn_model_free(model);
  free(pixels);
  free(labels);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(models_are_replaced),
      cmocka_unit_test(what_cannot_be_written_stays),
      cmocka_unit_test(what_cannot_be_read_is_named),
      cmocka_unit_test(folders_are_trained_on),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, NULL);
}
