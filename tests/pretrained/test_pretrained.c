/* The embedded model is the file in the repository, byte for byte, and says where it comes from. */
#include "mnistcnn_pretrained.h"
#include "pretrained/embedded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void its_bytes_are_those_of_the_file(void **state) {
  size_t size;
  const unsigned char *const bytes = mcnn_pretrained_bytes(&size);
  unsigned char *const file_bytes = malloc(size + 1);
  FILE *const file = fopen(MODEL_FILE, "rb");
  (void)state;
  assert_true((uintptr_t)bytes % 64 == 0);
  assert_non_null(file);
  assert_non_null(file_bytes);
  assert_int_equal(fread(file_bytes, 1, size + 1, file), size);
  assert_memory_equal(bytes, file_bytes, size);
  fclose(file);
  free(file_bytes);
}

static unsigned char *bytes_of(const mnistcnn_model *model, size_t *size) {
  assert_int_equal(mnistcnn_model_save_memory(model, NULL, 0, size), MNISTCNN_OK);
  unsigned char *bytes = malloc(*size);
  assert_non_null(bytes);
  assert_int_equal(mnistcnn_model_save_memory(model, bytes, *size, size), MNISTCNN_OK);
  return bytes;
}

static void the_library_would_write_the_same_bytes(void **state) {
  mnistcnn_model *model;
  size_t size, file_size;
  (void)state;
  const unsigned char *const file_bytes = mcnn_pretrained_bytes(&file_size);
  assert_int_equal(mnistcnn_pretrained_model(NULL, &model), MNISTCNN_OK);
  unsigned char *bytes = bytes_of(model, &size);
  assert_int_equal(size, file_size);
  assert_memory_equal(bytes, file_bytes, size);
  free(bytes);
  mnistcnn_model_free(model);
}

static void it_prepares_digits(void **state) {
  mnistcnn_model *model;
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  (void)state;
  assert_int_equal(mnistcnn_pretrained_model(NULL, &model), MNISTCNN_OK);
  assert_int_equal(mnistcnn_model_preparation(model, &how), MNISTCNN_OK);
  assert_int_equal(how.prepare, MNISTCNN_PREPARE_DIGIT);
  assert_int_equal(how.polarity, MNISTCNN_POLARITY_AUTO);
  assert_int_equal(how.alpha, MNISTCNN_ALPHA_COMPOSITE);
  assert_true(how.mean[0] == 0.1307f && how.deviation[0] == 0.3081f);
  mnistcnn_model_free(model);
}

static void it_is_the_file(void **state) {
  mnistcnn_model *embedded, *file;
  size_t size, file_size;
  (void)state;
  assert_int_equal(mnistcnn_pretrained_model(NULL, &embedded), MNISTCNN_OK);
  assert_int_equal(mnistcnn_model_load_file(MODEL_FILE, NULL, &file), MNISTCNN_OK);
  unsigned char *bytes = bytes_of(embedded, &size), *file_bytes = bytes_of(file, &file_size);
  assert_int_equal(size, file_size);
  assert_memory_equal(bytes, file_bytes, size);
  free(bytes);
  free(file_bytes);
  mnistcnn_model_free(embedded);
  mnistcnn_model_free(file);
}

static void it_says_where_it_comes_from(void **state) {
  mnistcnn_model *model;
  mnistcnn_shape shape;
  (void)state;
  assert_int_equal(mnistcnn_pretrained_model(NULL, &model), MNISTCNN_OK);
  assert_int_equal(mnistcnn_model_input_shape(model, &shape), MNISTCNN_OK);
  assert_true(shape.height == 28 && shape.width == 28 && shape.channels == 1);
  assert_string_equal(mnistcnn_model_class_name(model, 9), "9");
  assert_string_equal(mnistcnn_model_note(model, "training.epochs"), "24");
  assert_string_equal(mnistcnn_model_note(model, "training.seed"), "1");
  assert_non_null(strstr(mnistcnn_model_note(model, "description"), "make-model.sh"));
  assert_true(mnistcnn_model_temperature(model) < 1);
  assert_true(mnistcnn_model_rejection_threshold(model) > 0.3f);
  mnistcnn_model_free(model);
}

static void null_is_refused(void **state) {
  (void)state;
  assert_int_equal(mnistcnn_pretrained_model(NULL, NULL), MNISTCNN_INVALID_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(its_bytes_are_those_of_the_file),
      cmocka_unit_test(the_library_would_write_the_same_bytes),
      cmocka_unit_test(it_prepares_digits),
      cmocka_unit_test(it_is_the_file),
      cmocka_unit_test(it_says_where_it_comes_from),
      cmocka_unit_test(null_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
