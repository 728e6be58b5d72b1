/* Networks of all activations through the public interface: described, trained to the same bytes
 * by any number of threads and after a stop, cloned, saved and loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "network_support.h"
#include "temp_folder.h"

#define CHECKPOINT "activations.ckpt"

static const char *const architectures[] = {
    "tanh, conv 4 3x3 elu 0.5, maxpool 2, softplus, dropout 0.25, conv 4 3x3 same swish, flatten, "
    "dense 16 leaky_relu, dense 4 softmax",
    "conv 4 3x3 same gelu, conv 4 3x3 selu, hard_swish, maxpool 3, flatten, dense 270 gelu_tanh, "
    "dropout 0.5, dense 9 hard_sigmoid, dense 4 softmax",
    "conv 4 3x3 relu, relu6, maxpool 2, linear, flatten, dense 270, dense 12 sigmoid, "
    "dense 4 softmax",
};
enum { ARCHITECTURES = sizeof architectures / sizeof architectures[0] };

/* --- described -------------------------------------------------------------------------------- */

typedef struct description {
  int32_t kind, activation;
  float parameter;
} description;

static void layers_tell_their_activation(void **state) {
  static const description expected[] = {
      {MNISTCNN_LAYER_ACTIVATION, MNISTCNN_ACTIVATION_TANH, 0},
      {MNISTCNN_LAYER_CONV2D, MNISTCNN_ACTIVATION_ELU, 0.5f},
      {MNISTCNN_LAYER_MAXPOOL2D, MNISTCNN_ACTIVATION_LINEAR, 0},
      {MNISTCNN_LAYER_ACTIVATION, MNISTCNN_ACTIVATION_SOFTPLUS, 0},
      {MNISTCNN_LAYER_DROPOUT, MNISTCNN_ACTIVATION_LINEAR, 0},
      {MNISTCNN_LAYER_CONV2D, MNISTCNN_ACTIVATION_SWISH, 0},
      {MNISTCNN_LAYER_FLATTEN, MNISTCNN_ACTIVATION_LINEAR, 0},
      {MNISTCNN_LAYER_DENSE, MNISTCNN_ACTIVATION_LEAKY_RELU, 0.2f},
      {MNISTCNN_LAYER_DENSE, MNISTCNN_ACTIVATION_LINEAR, 0},
      {MNISTCNN_LAYER_SOFTMAX, MNISTCNN_ACTIVATION_LINEAR, 0}};
  enum { LAYERS = sizeof expected / sizeof expected[0] };
  mnistcnn_model *model = make_network(architectures[0]);
  (void)state;
  assert_int_equal(mnistcnn_model_num_layers(model), LAYERS);
  for (uint32_t i = 0; i < LAYERS; i++) {
    mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
    assert_ok(mnistcnn_model_layer_info(model, i, &info));
    assert_int_equal(info.kind, expected[i].kind);
    assert_int_equal(info.activation, expected[i].activation);
    assert_memory_equal(&info.activation_parameter, &expected[i].parameter, sizeof(float));
  }
  mnistcnn_model_free(model);
}

static void plans_and_summaries_name_them(void **state) {
  char text[4096];
  mnistcnn_model *model = make_network("conv 4 3x3 elu 0.5, maxpool 2, flatten, dense 4 softmax");
  (void)state;
  assert_ok(mnistcnn_model_plan(model, text, sizeof text, NULL));
  assert_non_null(strstr(text, "Prediction:\n"
                               "1: conv2d_1 + elu + max_pooling2d_1, 12x12x3 -> 5x5x4\n"));
  assert_non_null(strstr(text, "1: conv2d_1 + max_pooling2d_1, 12x12x3 -> 5x5x4\n"
                               "2: elu of conv2d_1, 5x5x4 -> 5x5x4\n"));
  assert_ok(mnistcnn_model_summary(model, text, sizeof text, NULL));
  assert_null(strstr(text, "activation"));
  mnistcnn_model_free(model);
}

/* --- the same bytes --------------------------------------------------------------------------- */

static void same_bytes_at_any_thread_count(void **state) {
  const mnistcnn_train_options options = small_training(2);
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++)
    check_thread_counts(architectures[i], &options);
}

static void resuming_equals_never_stopping(void **state) {
  const mnistcnn_train_options options = small_training(3);
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++)
    check_resume(architectures[i], &options, CHECKPOINT);
}

static void copies_are_the_same(void **state) {
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++)
    check_copies(architectures[i]);
}

/* --- learning --------------------------------------------------------------------------------- */

static void every_network_learns(void **state) {
  mnistcnn_dataset *dataset = make_dataset(64, SMALL_SIDE, 1, SMALL_CLASSES, 9);
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++) {
    mnistcnn_model *model = make_network(architectures[i]);
    mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;
    mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
    options.epochs = 60;
    options.batch_size = 16;
    options.optimizer = MNISTCNN_OPTIMIZER_ADAMW;
    options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
    assert_ok(mnistcnn_train(model, dataset, NULL, &options, NULL));
    assert_ok(mnistcnn_evaluate(model, dataset, NULL, &metrics));
    assert_true(metrics.accuracy > 0.9);
    mnistcnn_model_free(model);
  }
  mnistcnn_dataset_free(dataset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_tell_their_activation),
      cmocka_unit_test(plans_and_summaries_name_them),
      cmocka_unit_test(same_bytes_at_any_thread_count),
      cmocka_unit_test(resuming_equals_never_stopping),
      cmocka_unit_test(copies_are_the_same),
      cmocka_unit_test(every_network_learns),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
