/* The log as lines in memory: the same as a callback is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mnistcnn.h"
#include "temp_folder.h"

enum { SIDE = 8, CLASSES = 2, IMAGES = 4, ROOM = 4096 };

/* As a program would write it. */
static void write_line(int32_t level, const char *message, void *user) {
  char *const text = user;
  const size_t length = strlen(text);

  snprintf(text + length, ROOM - length, "%d %s\n", (int)level, message);
}

static mnistcnn_dataset *new_dataset(void) {
  static const uint8_t pixels[IMAGES * SIDE * SIDE] = {1, 2, 3};
  static const int32_t labels[IMAGES] = {0, 0, 0, 0};
  const mnistcnn_labelled_images images = {.struct_size = sizeof images,
                                           .num_classes = CLASSES,
                                           .pixels = pixels,
                                           .size_bytes = sizeof pixels,
                                           .labels = labels,
                                           .count = IMAGES,
                                           .shape = {SIDE, SIDE, 1}};
  mnistcnn_dataset *dataset = NULL;

  assert_int_equal(mnistcnn_dataset_create_copy(&images, NULL, &dataset), MNISTCNN_OK);
  return dataset;
}

/* A training with an option of another optimiser, on a class without images. */
static void train(mnistcnn_log_callback log, void *user) {
  mnistcnn_model_options network = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  mnistcnn_dataset *const dataset = new_dataset();
  mnistcnn_model *model = NULL;

  network.input_height = network.input_width = SIDE;
  network.input_channels = 1;
  network.num_classes = CLASSES;
  network.architecture = "flatten, dense classes softmax";
  assert_int_equal(mnistcnn_model_create(&network, &model), MNISTCNN_OK);
  options.epochs = 1;
  options.beta1 = 0.5f;
  options.log = log;
  options.user = user;
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_OK);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static void lines_are_those_of_a_callback(void **state) {
  char told[ROOM] = "", kept[ROOM] = "untouched";
  mnistcnn_log_lines lines = MNISTCNN_LOG_LINES_INIT;
  (void)state;

  lines.text = kept;
  lines.capacity = sizeof kept;
  train(write_line, told);
  train(mnistcnn_log_collect, &lines);
  assert_non_null(strstr(told, "beta1"));
  assert_string_equal(kept, told);
  assert_int_equal(lines.length, strlen(told));
  assert_int_equal(lines.num_lost, 0);
}

static void what_has_no_room_is_counted(void **state) {
  char text[12] = "", exact[3 + 4];
  mnistcnn_log_lines lines = MNISTCNN_LOG_LINES_INIT;
  (void)state;

  lines.text = text;
  lines.capacity = sizeof text;
  mnistcnn_log_collect(MNISTCNN_LOG_WARNING, "one", &lines);
  mnistcnn_log_collect(MNISTCNN_LOG_INFO, "longer", &lines);
  mnistcnn_log_collect(MNISTCNN_LOG_INFO, "ab", &lines);
  assert_string_equal(text, "1 one\n0 ab\n");
  assert_int_equal(lines.length, 11);
  assert_int_equal(lines.num_lost, 1);
  mnistcnn_log_collect(MNISTCNN_LOG_INFO, "", &lines);
  assert_int_equal(lines.num_lost, 2);
  lines.length = SIZE_MAX;
  mnistcnn_log_collect(MNISTCNN_LOG_INFO, "", &lines);
  assert_int_equal(lines.num_lost, 3);
  lines = (mnistcnn_log_lines){sizeof lines, UINT32_MAX, 0, 0, NULL};
  mnistcnn_log_collect(MNISTCNN_LOG_INFO, "", &lines);
  assert_int_equal(lines.num_lost, UINT32_MAX);
  lines = (mnistcnn_log_lines){sizeof lines, 0, sizeof exact, 0, exact};
  mnistcnn_log_collect(MNISTCNN_LOG_INFO, "fit", &lines);
  assert_string_equal(exact, "0 fit\n");
}

static void what_is_no_struct_is_left_alone(void **state) {
  char text[20] = "";
  mnistcnn_log_lines lines = {4, 0, sizeof text, 0, text};
  (void)state;

  mnistcnn_log_collect(MNISTCNN_LOG_INFO, "line", NULL);
  mnistcnn_log_collect(MNISTCNN_LOG_INFO, "line", &lines);
  lines.struct_size = 0;
  mnistcnn_log_collect(MNISTCNN_LOG_INFO, "line", &lines);
  lines.struct_size = sizeof lines;
  mnistcnn_log_collect(MNISTCNN_LOG_INFO, NULL, &lines);
  assert_string_equal(text, "");
  assert_int_equal(lines.num_lost, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_are_those_of_a_callback),
      cmocka_unit_test(what_has_no_room_is_counted),
      cmocka_unit_test(what_is_no_struct_is_left_alone),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
