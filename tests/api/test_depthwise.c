/* Depthwise and separable convolution through the public API: what they compute is what Keras
 * computes, and their weights can be taken out and set. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"

static void assert_fails(mnistcnn_status status, mnistcnn_status expected, const char *part) {
  assert_int_equal(status, expected);
  assert_non_null(strstr(mnistcnn_last_error(), part));
}

static mnistcnn_model *make(const char *architecture, uint32_t side, uint32_t classes) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  options.input_height = options.input_width = side;
  options.input_channels = 1;
  options.num_classes = classes;
  options.architecture = architecture;
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

static void set(mnistcnn_model *model, uint32_t layer, int32_t which, const float *values,
                size_t count) {
  float back[16];
  size_t floats;
  assert_ok(mnistcnn_model_set_weights(model, layer, which, values, count));
  assert_ok(mnistcnn_model_weights(model, layer, which, back, 16, &floats));
  assert_int_equal(floats, count);
  assert_memory_equal(back, values, count * sizeof *values);
}

static const float identity[16] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};

/* Logits that are the features: the ratios of probabilities are exp of their differences. */
static void assert_logits(const mnistcnn_model *model, float pixel, const float want[4]) {
  float probabilities[4];
  assert_ok(mnistcnn_predict(model, NULL, &pixel, 1, probabilities, 4));
  for (int i = 0; i < 4; i++) {
    const double difference = log((double)probabilities[i] / (double)probabilities[0]);
    assert_true(fabs(difference - (double)(want[i] - want[0])) < 1e-5);
  }
}

/* Keras: the kernel [[1, 2], [3, 4]] on (1, 10) gives 1, 2, 30, 40; here a tenth of it. */
static void depthwise_is_that_of_keras(void **state) {
  static const float spread[2] = {0.1f, 1}, kernel[4] = {1, 2, 3, 4};
  static const float bias[4] = {0, 0.5f, -1, -2};
  mnistcnn_model *model =
      make("depthwise 1x1 multiplier 2 nobias, depthwise 1x1 multiplier 2, flatten, "
           "dense 4 softmax",
           1, 4);
  (void)state;
  set(model, 0, MNISTCNN_WEIGHTS_KERNEL, spread, 2);
  set(model, 1, MNISTCNN_WEIGHTS_KERNEL, kernel, 4);
  set(model, 1, MNISTCNN_WEIGHTS_BIAS, bias, 4);
  set(model, 3, MNISTCNN_WEIGHTS_KERNEL, identity, 16);
  assert_logits(model, 1, (const float[4]){0.1f, 0.7f, 2, 2});
  mnistcnn_model_free(model);
}

/* First the channels by themselves (0.1, 0.2, 3, 4), then their sums, then the bias. */
static void separable_is_that_of_keras(void **state) {
  static const float spread[2] = {0.1f, 1}, kernel[4] = {1, 2, 3, 4};
  static const float pointwise[16] = {1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
  static const float bias[4] = {0, 0, 1, -1};
  mnistcnn_model *model = make("depthwise 1x1 multiplier 2 nobias, separable 4 1x1 multiplier 2, "
                               "flatten, dense 4 softmax",
                               1, 4);
  (void)state;
  set(model, 0, MNISTCNN_WEIGHTS_KERNEL, spread, 2);
  set(model, 1, MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL, kernel, 4);
  set(model, 1, MNISTCNN_WEIGHTS_POINTWISE_KERNEL, pointwise, 16);
  set(model, 1, MNISTCNN_WEIGHTS_BIAS, bias, 4);
  set(model, 3, MNISTCNN_WEIGHTS_KERNEL, identity, 16);
  assert_logits(model, 1, (const float[4]){0.3f, 3, 1.2f, 3.1f});
  mnistcnn_model_free(model);
}

static void tells_which_weights_there_are(void **state) {
  mnistcnn_model *model =
      make("depthwise 3x2 nobias, separable 5 2x2 multiplier 2, flatten, dense 4 softmax", 8, 4);
  mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
  size_t count;
  (void)state;
  assert_ok(mnistcnn_model_layer_info(model, 1, &info));
  assert_memory_equal(info.kernel_shape, ((const uint32_t[4]){2, 2, 1, 2}),
                      sizeof info.kernel_shape);
  assert_ok(mnistcnn_model_layer_info(model, 0, &info));
  assert_memory_equal(info.kernel_shape, ((const uint32_t[4]){3, 2, 1, 1}),
                      sizeof info.kernel_shape);
  assert_ok(mnistcnn_model_weights(model, 1, MNISTCNN_WEIGHTS_POINTWISE_KERNEL, NULL, 0, &count));
  assert_int_equal(count, 10);
  assert_fails(mnistcnn_model_weights(model, 0, MNISTCNN_WEIGHTS_BIAS, NULL, 0, &count),
               MNISTCNN_NOT_FOUND, "layer 0, depthwise_conv2d_1, has no bias");
  assert_fails(mnistcnn_model_weights(model, 1, MNISTCNN_WEIGHTS_KERNEL, NULL, 0, &count),
               MNISTCNN_NOT_FOUND, "layer 1, separable_conv2d_1, has no kernel");
  assert_fails(mnistcnn_model_weights(model, 0, MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL, NULL, 0, &count),
               MNISTCNN_NOT_FOUND, "has no depthwise_kernel");
  assert_fails(mnistcnn_model_weights(model, 2, MNISTCNN_WEIGHTS_KERNEL, NULL, 0, &count),
               MNISTCNN_NOT_FOUND, "has no weights");
  assert_fails(mnistcnn_model_weights(model, 0, 99, NULL, 0, &count), MNISTCNN_INVALID_ARGUMENT,
               "which is 99");
  assert_fails(mnistcnn_model_weights(model, 0, -1, NULL, 0, &count), MNISTCNN_INVALID_ARGUMENT,
               "which is -1");
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(depthwise_is_that_of_keras),
      cmocka_unit_test(separable_is_that_of_keras),
      cmocka_unit_test(tells_which_weights_there_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
