/* The initialiser macros have the values of the _init functions, and the version macros those of
 * the library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"

#if MNISTCNN_VERSION_NUMBER < 100
#error "0.1.0 is 100"
#endif

#define CHECK_DEFAULTS(type, INIT)                                                                 \
  do {                                                                                             \
    const type macro = INIT;                                                                       \
    type filled;                                                                                   \
    assert_int_equal(type##_init(&filled, sizeof filled), MNISTCNN_OK);                            \
    assert_memory_equal(&macro, &filled, sizeof filled);                                           \
  } while (0)

static void option_macros_are_the_defaults(void **state) {
  (void)state;
  CHECK_DEFAULTS(mnistcnn_preparation, MNISTCNN_PREPARATION_INIT);
  CHECK_DEFAULTS(mnistcnn_model_options, MNISTCNN_MODEL_OPTIONS_INIT);
  CHECK_DEFAULTS(mnistcnn_load_options, MNISTCNN_LOAD_OPTIONS_INIT);
  CHECK_DEFAULTS(mnistcnn_save_options, MNISTCNN_SAVE_OPTIONS_INIT);
  CHECK_DEFAULTS(mnistcnn_workspace_options, MNISTCNN_WORKSPACE_OPTIONS_INIT);
  CHECK_DEFAULTS(mnistcnn_digit_options, MNISTCNN_DIGIT_OPTIONS_INIT);
  CHECK_DEFAULTS(mnistcnn_dataset_options, MNISTCNN_DATASET_OPTIONS_INIT);
  CHECK_DEFAULTS(mnistcnn_train_options, MNISTCNN_TRAIN_OPTIONS_INIT);
  CHECK_DEFAULTS(mnistcnn_resume_options, MNISTCNN_RESUME_OPTIONS_INIT);
  CHECK_DEFAULTS(mnistcnn_evaluate_options, MNISTCNN_EVALUATE_OPTIONS_INIT);
}

#define CHECK_SIZE(type, INIT)                                                                     \
  do {                                                                                             \
    const type macro = INIT, empty = {.struct_size = sizeof(type)};                                \
    assert_memory_equal(&macro, &empty, sizeof macro);                                             \
  } while (0)

static void other_macros_set_the_size(void **state) {
  (void)state;
  CHECK_SIZE(mnistcnn_error, MNISTCNN_ERROR_INIT);
  CHECK_SIZE(mnistcnn_allocator, MNISTCNN_ALLOCATOR_INIT);
  CHECK_SIZE(mnistcnn_reader, MNISTCNN_READER_INIT);
  CHECK_SIZE(mnistcnn_writer, MNISTCNN_WRITER_INIT);
  CHECK_SIZE(mnistcnn_log_lines, MNISTCNN_LOG_LINES_INIT);
  CHECK_SIZE(mnistcnn_progress, MNISTCNN_PROGRESS_INIT);
  CHECK_SIZE(mnistcnn_layer_info, MNISTCNN_LAYER_INFO_INIT);
  CHECK_SIZE(mnistcnn_digit_info, MNISTCNN_DIGIT_INFO_INIT);
  CHECK_SIZE(mnistcnn_image_info, MNISTCNN_IMAGE_INFO_INIT);
  CHECK_SIZE(mnistcnn_labelled_images, MNISTCNN_LABELLED_IMAGES_INIT);
  CHECK_SIZE(mnistcnn_metrics, MNISTCNN_METRICS_INIT);
  CHECK_SIZE(mnistcnn_cost, MNISTCNN_COST_INIT);
}

static void version_macros_are_the_library(void **state) {
  (void)state;
  assert_int_equal(mnistcnn_version(), MNISTCNN_VERSION_NUMBER);
  assert_string_equal(mnistcnn_version_string(), MNISTCNN_VERSION_STRING);
}

static void notes_are_enumerated_in_order(void **state) {
  static const char *const keys[] = {"a", "b.c", "training.epochs", "z"};
  mnistcnn_model *model = make_small_model(1, NULL);
  (void)state;
  assert_int_equal(mnistcnn_model_num_notes(model), 0);
  assert_null(mnistcnn_model_note_key(model, 0));
  for (size_t i = 4; i-- > 0;)
    assert_ok(mnistcnn_model_set_note(model, keys[i], "value"));
  assert_int_equal(mnistcnn_model_num_notes(model), 4);
  for (uint32_t i = 0; i < 4; i++)
    assert_string_equal(mnistcnn_model_note_key(model, i), keys[i]);
  assert_null(mnistcnn_model_note_key(model, 4));
  assert_ok(mnistcnn_model_set_note(model, "b.c", NULL));
  assert_string_equal(mnistcnn_model_note_key(model, 1), "training.epochs");
  assert_int_equal(mnistcnn_model_num_notes(NULL), 0);
  assert_null(mnistcnn_model_note_key(NULL, 0));
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(option_macros_are_the_defaults),
      cmocka_unit_test(other_macros_set_the_size),
      cmocka_unit_test(version_macros_are_the_library),
      cmocka_unit_test(notes_are_enumerated_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
