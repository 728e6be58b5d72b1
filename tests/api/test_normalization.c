/* Layers that normalise channels, and zeros on chosen sides, through the public interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "network_support.h"
#include "temp_folder.h"

#include <math.h>

#define THREE "normalize 0.485 0.456 0.406 / 0.229 0.224 0.225, "
#define NET   "conv 4 3x3 relu, maxpool 2, flatten, dense 4 softmax"

static const char *const architectures[] = {
    THREE NET,
    "normalize 0.5 / 0.25, " NET,
    "zeropad 1 0 0 2, conv 4 3x3 relu, normalize 1 2 3 4 / 1 0.5 2 3, zeropad 0 0 0 1, maxpool 2, "
    "flatten, dense 4 softmax",
};
enum { ARCHITECTURES = sizeof architectures / sizeof architectures[0] };

static void trains_and_copies_like_any_other(void **state) {
  const mnistcnn_train_options options = small_training(3);
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++) {
    check_thread_counts(architectures[i], &options);
    check_resume(architectures[i], &options, "normalization.ckpt");
    check_copies(architectures[i]);
  }
}

static mnistcnn_layer_info info_of(const char *architecture, uint32_t layer) {
  mnistcnn_model *model = make_network(architecture);
  mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
  assert_ok(mnistcnn_model_layer_info(model, layer, &info));
  mnistcnn_model_free(model);
  return info;
}

static void layers_tell_what_they_do(void **state) {
  static const float means[4] = {0.485f, 0.456f, 0.406f, 0}, none[4] = {0};
  static const float deviations[4] = {0.229f, 0.224f, 0.225f, 0},
                     quarters[4] = {0.25f, 0.25f, 0.25f, 0.25f};
  (void)state;
  const mnistcnn_layer_info three = info_of(architectures[0], 0);
  assert_int_equal(three.kind, MNISTCNN_LAYER_NORMALIZATION);
  assert_string_equal(three.name, "normalization_1");
  assert_memory_equal(three.mean, means, sizeof means);
  assert_memory_equal(three.deviation, deviations, sizeof means);
  assert_memory_equal(info_of(architectures[1], 0).deviation, quarters, sizeof means);
  const mnistcnn_layer_info padded = info_of(architectures[2], 0);
  assert_int_equal(padded.pad_top, 1);
  assert_int_equal(padded.pad_bottom, 0);
  assert_int_equal(padded.pad_left, 0);
  assert_int_equal(padded.pad_right, 2);
  assert_memory_equal(info_of(architectures[0], 1).deviation, none, sizeof means);
}

/* The network normalises what it is given: as when the images were normalised before. */
static void it_is_what_the_formula_says(void **state) {
  enum { INPUTS = SMALL_SIDE * SMALL_SIDE * 3 };
  static const float means[3] = {0.485f, 0.456f, 0.406f}, deviations[3] = {0.229f, 0.224f, 0.225f};
  float images[INPUTS], normalized[INPUTS], got[SMALL_CLASSES], want[SMALL_CLASSES];
  mnistcnn_model *plain = make_network(NET), *model = make_network(THREE NET);
  (void)state;
  for (size_t i = 0; i < INPUTS; i++) {
    images[i] = (float)(i * 7 % 11) / 10;
    normalized[i] = (images[i] - means[i % 3]) / deviations[i % 3];
  }
  assert_ok(mnistcnn_predict(model, NULL, images, INPUTS, got, SMALL_CLASSES));
  assert_ok(mnistcnn_predict(plain, NULL, normalized, INPUTS, want, SMALL_CLASSES));
  assert_memory_equal(got, want, sizeof want);
  mnistcnn_model_free(model);
  mnistcnn_model_free(plain);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trains_and_copies_like_any_other),
      cmocka_unit_test(layers_tell_what_they_do),
      cmocka_unit_test(it_is_what_the_formula_says),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
