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

#include "api_support.h"

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

static mnistcnn_model *make_model(const char *architecture) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model;
  options.input_height = options.input_width = SMALL_SIDE;
  options.num_classes = SMALL_CLASSES;
  options.architecture = architecture;
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_string_equal(mnistcnn_model_architecture(model), architecture);
  return model;
}

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
  mnistcnn_model *model = make_model(architectures[0]);
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
  mnistcnn_model *model = make_model("conv 4 3x3 elu 0.5, maxpool 2, flatten, dense 4 softmax");
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
  static const uint32_t threads[] = {2, 3, 8};
  mnistcnn_dataset *dataset = make_dataset(50, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++) {
    mnistcnn_model *alone = make_model(architectures[i]);
    mnistcnn_train_options options = small_training(2);
    assert_ok(mnistcnn_train(alone, dataset, dataset, &options, NULL));
    for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
      mnistcnn_model *model = make_model(architectures[i]);
      options.num_threads = threads[t];
      assert_ok(mnistcnn_train(model, dataset, dataset, &options, NULL));
      assert_same_model(alone, model);
      mnistcnn_model_free(model);
    }
    mnistcnn_model_free(alone);
  }
  mnistcnn_dataset_free(dataset);
}

static int32_t stop_at_zero(const mnistcnn_progress *progress, void *user) {
  int *calls_left = user;
  (void)progress;
  return (*calls_left)-- == 0;
}

/* Stopped at a call in the middle, and resumed by another number of threads. */
static void resuming_equals_never_stopping(void **state) {
  mnistcnn_dataset *dataset = make_dataset(50, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++) {
    mnistcnn_train_options options = small_training(3);
    mnistcnn_resume_options resume = MNISTCNN_RESUME_OPTIONS_INIT;
    mnistcnn_model *uninterrupted = make_model(architectures[i]);
    mnistcnn_model *model = make_model(architectures[i]), *resumed;
    int calls_left = 6;
    assert_ok(mnistcnn_train(uninterrupted, dataset, NULL, &options, NULL));
    options.checkpoint_path = CHECKPOINT;
    options.progress = stop_at_zero;
    options.user = &calls_left;
    assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_CANCELLED);
    resume.path = CHECKPOINT;
    resume.num_threads = 2;
    assert_ok(mnistcnn_train_resume(&resume, dataset, NULL, &resumed, NULL));
    assert_same_model(uninterrupted, resumed);
    mnistcnn_model_free(resumed);
    mnistcnn_model_free(model);
    mnistcnn_model_free(uninterrupted);
  }
  remove(CHECKPOINT);
  mnistcnn_dataset_free(dataset);
}

static void copies_are_the_same(void **state) {
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++) {
    mnistcnn_model *model = make_model(architectures[i]), *clone, *loaded;
    size_t size;
    unsigned char *bytes = model_bytes(model, &size);
    assert_ok(mnistcnn_model_clone(model, &clone));
    assert_same_model(model, clone);
    assert_ok(mnistcnn_model_load_memory(bytes, size, NULL, &loaded));
    assert_same_model(model, loaded);
    assert_string_equal(mnistcnn_model_architecture(loaded), architectures[i]);
    free(bytes);
    mnistcnn_model_free(loaded);
    mnistcnn_model_free(clone);
    mnistcnn_model_free(model);
  }
}

/* --- learning --------------------------------------------------------------------------------- */

static void every_network_learns(void **state) {
  mnistcnn_dataset *dataset = make_dataset(64, SMALL_SIDE, 1, SMALL_CLASSES, 9);
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++) {
    mnistcnn_model *model = make_model(architectures[i]);
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
  return cmocka_run_group_tests(tests, NULL, NULL);
}
