// labels: threads
/* Networks of each kind of layer through the public API: what is told of them, the way through a
 * model file, and trainings that give the same bytes at any number of threads and if interrupted.
 */
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

static const char CHECKPOINT[] = "layers.safetensors";

/* --- networks --------------------------------------------------------------------------------- */

typedef struct described {
  const char *architecture;
  uint32_t index; /* of the layer that is looked at */
  int32_t kind;
  uint32_t height, width, channels;
  const char *name, *row; /* in the summary */
  uint64_t parameters;
} described;

static const described networks[] = {
    {"conv 4 3x3 relu, maxpool 3 stride 2 same, flatten, dense 4 softmax", 1,
     MNISTCNN_LAYER_MAXPOOL2D, 5, 5, 4, "max_pooling2d_1",
     "max_pooling2d_1 (MaxPooling2 (None, 5, 5, 4)           0         \n", 0},
    {"conv 4 3x3 relu, avgpool 2x3 stride 2x1, flatten, dense 4 softmax", 1,
     MNISTCNN_LAYER_AVGPOOL2D, 5, 8, 4, "average_pooling2d_1",
     "average_pooling2d_1 (Average (None, 5, 8, 4)           0         \n", 0},
    {"maxpool 3, conv 16 3x3 relu, globalavgpool, dense 4 softmax", 2,
     MNISTCNN_LAYER_GLOBAL_AVGPOOL2D, 1, 1, 16, "global_average_pooling2d_1",
     "global_average_pooling2d_1 ( (None, 16)                0         \n", 0},
    {"maxpool 3, conv 16 3x3 relu, globalmaxpool, flatten, dense 4 softmax", 2,
     MNISTCNN_LAYER_GLOBAL_MAXPOOL2D, 1, 1, 16, "global_max_pooling2d_1",
     "global_max_pooling2d_1 (Glob (None, 16)                0         \n", 0},
    {"zeropad 1x2, conv 4 3x3 relu, maxpool 2, flatten, dense 4 softmax", 0,
     MNISTCNN_LAYER_ZEROPAD2D, 14, 16, 1, "zero_padding2d_1",
     "zero_padding2d_1 (ZeroPaddin (None, 14, 16, 1)         0         \n", 0},
    {"rescale 2 -1, conv 4 3x3 relu, maxpool 2, flatten, dense 4 softmax", 0,
     MNISTCNN_LAYER_RESCALE, 12, 12, 1, "rescaling_1",
     "rescaling_1 (Rescaling)      (None, 12, 12, 1)         0         \n", 0},
    {"conv 8 3x3 relu, spatialdropout 0.25, maxpool 2, flatten, dense 4 softmax", 1,
     MNISTCNN_LAYER_SPATIAL_DROPOUT2D, 10, 10, 8, "spatial_dropout2d_1",
     "spatial_dropout2d_1 (Spatial (None, 10, 10, 8)         0         \n", 0},
    {"conv 8 3x3, batchnorm relu, maxpool 2, flatten, dense 4 softmax", 1,
     MNISTCNN_LAYER_BATCH_NORM, 10, 10, 8, "batch_normalization_1",
     "batch_normalization_1 (Batch (None, 10, 10, 8)         32        \n", 32},
    {"batchnorm momentum 0.9, flatten, dense 30, batchnorm epsilon 0.00001 unbiased relu, "
     "dense 4 softmax",
     3, MNISTCNN_LAYER_BATCH_NORM, 1, 1, 30, "batch_normalization_2",
     "batch_normalization_2 (Batch (None, 30)                120       \n", 120},
    {"conv 8 3x3 relu, conv 8 3x3 same, batchnorm noscale, add 3 relu, conv 12 3x3 same, "
     "batchnorm nocenter relu, conv 12 1x1 from 3, batchnorm, add 3 relu, globalavgpool, "
     "dense 4 softmax",
     8, MNISTCNN_LAYER_ADD, 10, 10, 12, "add_2",
     "add_2 (Add)                  (None, 10, 10, 12)        0         \n", 0},
    {"conv 8 3x3 stride 2 same nobias relu, maxpool 2, flatten, dense 4 softmax", 1,
     MNISTCNN_LAYER_MAXPOOL2D, 3, 3, 8, "max_pooling2d_1",
     "max_pooling2d_1 (MaxPooling2 (None, 3, 3, 8)           0         \n", 0},
    {"conv 8 3x3 dilation 2 relu, conv 8 1x1 stride 2x1 nobias relu, maxpool 2, flatten, "
     "dense 4 softmax",
     2, MNISTCNN_LAYER_MAXPOOL2D, 2, 4, 8, "max_pooling2d_1",
     "max_pooling2d_1 (MaxPooling2 (None, 2, 4, 8)           0         \n", 0},
    {"conv 6 3x3 relu, depthwise 3x3 stride 2 same multiplier 2 relu, flatten, dense 4 softmax", 1,
     MNISTCNN_LAYER_DEPTHWISE_CONV2D, 5, 5, 12, "depthwise_conv2d_1",
     "depthwise_conv2d_1 (Depthwis (None, 5, 5, 12)          120       \n", 120},
    {"depthwise 2x2 multiplier 3 nobias, depthwise 3x3 dilation 2 relu, maxpool 2, flatten, "
     "dense 4 softmax",
     0, MNISTCNN_LAYER_DEPTHWISE_CONV2D, 11, 11, 3, "depthwise_conv2d_1",
     "depthwise_conv2d_1 (Depthwis (None, 11, 11, 3)         12        \n", 12},
    {"separable 8 3x3 multiplier 4 relu, separable 12 3x3 stride 2 same nobias tanh, "
     "flatten, dense 4 softmax",
     0, MNISTCNN_LAYER_SEPARABLE_CONV2D, 10, 10, 8, "separable_conv2d_1",
     "separable_conv2d_1 (Separabl (None, 10, 10, 8)         76        \n", 76},
};
enum { NETWORKS = sizeof networks / sizeof networks[0] };

static mnistcnn_model *make_of(const char *architecture) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  options.input_height = options.input_width = SMALL_SIDE;
  options.input_channels = 1;
  options.num_classes = SMALL_CLASSES;
  options.architecture = architecture;
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

static mnistcnn_model *make(size_t network) {
  return make_of(networks[network].architecture);
}

/* --- what is told of them --------------------------------------------------------------------- */

static void are_described(void **state) {
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    const described *want = &networks[i];
    mnistcnn_model *model = make(i);
    mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
    char summary[4096];
    assert_string_equal(mnistcnn_model_architecture(model), want->architecture);
    assert_ok(mnistcnn_model_layer_info(model, want->index, &info));
    assert_int_equal(info.kind, want->kind);
    assert_int_equal(info.output_height, want->height);
    assert_int_equal(info.output_width, want->width);
    assert_int_equal(info.output_channels, want->channels);
    assert_int_equal(info.num_parameters, want->parameters);
    assert_string_equal(info.name, want->name);
    assert_ok(mnistcnn_model_summary(model, summary, sizeof summary, NULL));
    if (!strstr(summary, want->row))
      fail_msg("no row %s in\n%s", want->row, summary);
    mnistcnn_model_free(model);
  }
}

static void tell_what_an_exporter_needs(void **state) {
  static const mnistcnn_layer_info expected[] = {
      {.kind = MNISTCNN_LAYER_ZEROPAD2D,
       .pad_top = 1,
       .pad_bottom = 1,
       .pad_left = 2,
       .pad_right = 2},
      {.kind = MNISTCNN_LAYER_RESCALE, .scale = 2, .offset = -0.5f},
      {.kind = MNISTCNN_LAYER_CONV2D,
       .kernel_shape = {3, 3, 1, 8},
       .num_parameters = 72,
       .stride_height = 2,
       .stride_width = 1,
       .dilation_height = 1,
       .dilation_width = 1,
       .padding = MNISTCNN_PADDING_SAME},
      {.kind = MNISTCNN_LAYER_CONV2D,
       .kernel_shape = {2, 3, 8, 4},
       .num_parameters = 196,
       .stride_height = 1,
       .stride_width = 1,
       .dilation_height = 2,
       .dilation_width = 3,
       .has_bias = 1},
      {.kind = MNISTCNN_LAYER_SPATIAL_DROPOUT2D, .rate = 0.25f},
      {.kind = MNISTCNN_LAYER_AVGPOOL2D,
       .kernel_shape = {2, 3},
       .stride_height = 3,
       .stride_width = 2,
       .padding = MNISTCNN_PADDING_SAME},
      {.kind = MNISTCNN_LAYER_FLATTEN},
      {.kind = MNISTCNN_LAYER_DENSE, .num_parameters = 164, .kernel_shape = {40, 4}, .has_bias = 1},
      {.kind = MNISTCNN_LAYER_SOFTMAX}};
  mnistcnn_model *model =
      make_of("zeropad 1x2, rescale 2 -0.5, conv 8 3x3 stride 2x1 same nobias, "
              "conv 4 2x3 dilation 2x3, spatialdropout 0.25, avgpool 2x3 stride 3x2 same, "
              "flatten, dense 4 softmax");
  size_t count;
  (void)state;
  for (uint32_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
    mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT, want = expected[i];
    assert_ok(mnistcnn_model_layer_info(model, i, &info));
    want.struct_size = sizeof want;
    want.input = (int32_t)i - 1;
    want.other = -1;
    want.output_height = info.output_height;
    want.output_width = info.output_width;
    want.output_channels = info.output_channels;
    memcpy(want.name, info.name, sizeof want.name);
    assert_memory_equal(&info, &want, sizeof want);
  }
  assert_ok(mnistcnn_model_weights(model, 2, MNISTCNN_WEIGHTS_KERNEL, NULL, 0, &count));
  assert_int_equal(count, 72);
  assert_int_equal(mnistcnn_model_weights(model, 2, MNISTCNN_WEIGHTS_BIAS, NULL, 0, &count),
                   MNISTCNN_NOT_FOUND);
  assert_string_equal(mnistcnn_last_error(), "layer 2, conv2d_1, has no bias");
  mnistcnn_model_free(model);
}

static mnistcnn_layer_info info_of(const mnistcnn_model *model, uint32_t index) {
  mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
  assert_ok(mnistcnn_model_layer_info(model, index, &info));
  return info;
}

/* What reads what, and the constants of a batch normalisation. */
static void tell_what_they_read(void **state) {
  mnistcnn_model *model =
      make_of("batchnorm, conv 8 3x3 same relu, conv 8 3x3 same, "
              "batchnorm momentum 0.9 epsilon 0.00001 unbiased noscale, add 3 relu, "
              "conv 8 1x1 from 2, add 2, flatten, dense 4");
  const float ones[8] = {1, 1, 1, 1, 1, 1, 1, 1}, negative[8] = {0, 0, 0, -1};
  float values[8];
  (void)state;
  assert_int_equal(info_of(model, 0).input, -1);
  assert_int_equal(info_of(model, 1).input, 0);
  const mnistcnn_layer_info norm = info_of(model, 3), add = info_of(model, 4);
  assert_true(norm.momentum == 0.9f && norm.epsilon == 0.00001f && norm.unbiased == 1);
  assert_int_equal(norm.kernel_shape[0], 0);
  assert_int_equal(norm.other, -1);
  assert_int_equal(add.input, 3);
  assert_int_equal(add.other, 1);
  assert_int_equal(add.activation, MNISTCNN_ACTIVATION_RELU);
  assert_int_equal(info_of(model, 5).input, 3);
  assert_ok(mnistcnn_model_weights(model, 3, MNISTCNN_WEIGHTS_MOVING_VARIANCE, values, 8, NULL));
  assert_memory_equal(values, ones, sizeof ones);
  assert_int_equal(mnistcnn_model_weights(model, 3, MNISTCNN_WEIGHTS_GAMMA, values, 8, NULL),
                   MNISTCNN_NOT_FOUND);
  assert_ok(mnistcnn_model_set_weights(model, 3, MNISTCNN_WEIGHTS_BETA, negative, 8));
  assert_int_equal(
      mnistcnn_model_set_weights(model, 3, MNISTCNN_WEIGHTS_MOVING_VARIANCE, negative, 8),
      MNISTCNN_INVALID_ARGUMENT);
  assert_string_equal(mnistcnn_last_error(), "values[3] is a negative variance");
  mnistcnn_model_free(model);
}

/* --- model files ------------------------------------------------------------------------------ */

static void predict(const mnistcnn_model *model, float probabilities[SMALL_CLASSES]) {
  float image[SMALL_SIDE * SMALL_SIDE];
  for (size_t i = 0; i < SMALL_SIDE * SMALL_SIDE; i++)
    image[i] = (float)(i % 7) / 7;
  assert_ok(
      mnistcnn_predict(model, NULL, image, SMALL_SIDE * SMALL_SIDE, probabilities, SMALL_CLASSES));
}

static void go_through_model_files(void **state) {
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    mnistcnn_model *model = make(i), *loaded;
    float before[SMALL_CLASSES], after[SMALL_CLASSES];
    size_t size;
    unsigned char *bytes = model_bytes(model, &size);
    assert_ok(mnistcnn_model_load_memory(bytes, size, NULL, &loaded));
    assert_same_model(model, loaded);
    assert_string_equal(mnistcnn_model_architecture(loaded), networks[i].architecture);
    predict(model, before);
    predict(loaded, after);
    assert_memory_equal(before, after, sizeof before);
    free(bytes);
    mnistcnn_model_free(loaded);
    mnistcnn_model_free(model);
  }
}

/* --- training --------------------------------------------------------------------------------- */

static mnistcnn_model *train(size_t network, const mnistcnn_dataset *dataset, uint32_t threads,
                             uint32_t epochs, double *accuracy) {
  mnistcnn_train_options options = small_training(epochs);
  mnistcnn_progress last = {.struct_size = sizeof last};
  mnistcnn_model *model = make(network);
  options.num_threads = threads;
  assert_ok(mnistcnn_train(model, dataset, dataset, &options, &last));
  *accuracy = last.validation_accuracy;
  return model;
}

#ifndef __SANITIZE_THREAD__
static void learn(void **state) {
  mnistcnn_dataset *dataset = make_dataset(64, SMALL_SIDE, 1, SMALL_CLASSES, 6);
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    double accuracy;
    mnistcnn_model *model = train(i, dataset, 1, 60, &accuracy);
    if (!(accuracy > 0.6))
      fail_msg("%s: accuracy %g", networks[i].architecture, accuracy);
    mnistcnn_model_free(model);
  }
  mnistcnn_dataset_free(dataset);
}
#endif

static void give_the_same_bytes_at_any_number_of_threads(void **state) {
  static const uint32_t threads[] = {2, 3, 8};
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    double accuracy;
    mnistcnn_model *one = train(i, dataset, 1, 2, &accuracy);
    for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
      mnistcnn_model *other = train(i, dataset, threads[t], 2, &accuracy);
      assert_same_model(one, other);
      mnistcnn_model_free(other);
    }
    mnistcnn_model_free(one);
  }
  mnistcnn_dataset_free(dataset);
}

static int32_t stop_at(const mnistcnn_progress *progress, void *user) {
  int *calls_left = user;
  (void)progress;
  return (*calls_left)-- == 0;
}

/* Trains until callback number `call`, then from the checkpoint to the end. */
static mnistcnn_model *train_in_parts(size_t network, const mnistcnn_dataset *dataset, int call) {
  mnistcnn_train_options first = small_training(2);
  mnistcnn_resume_options second = MNISTCNN_RESUME_OPTIONS_INIT;
  mnistcnn_model *model = make(network), *resumed;
  first.checkpoint_path = second.path = CHECKPOINT;
  first.progress = stop_at;
  first.user = &call;
  assert_int_equal(mnistcnn_train(model, dataset, dataset, &first, NULL), MNISTCNN_CANCELLED);
  second.num_threads = 2;
  assert_ok(mnistcnn_train_resume(&second, dataset, dataset, &resumed, NULL));
  mnistcnn_model_free(model);
  return resumed;
}

static void resume_as_if_never_stopped(void **state) {
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    double accuracy;
    mnistcnn_model *uninterrupted = train(i, dataset, 1, 2, &accuracy);
    for (int call = 1; call <= 9; call += 4) {
      mnistcnn_model *resumed = train_in_parts(i, dataset, call);
      assert_same_model(uninterrupted, resumed);
      mnistcnn_model_free(resumed);
    }
    mnistcnn_model_free(uninterrupted);
  }
  mnistcnn_dataset_free(dataset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(are_described),
      cmocka_unit_test(tell_what_an_exporter_needs),
      cmocka_unit_test(tell_what_they_read),
      cmocka_unit_test(go_through_model_files),
#ifndef __SANITIZE_THREAD__ /* trains longest, with one thread */
      cmocka_unit_test(learn),
#endif
      cmocka_unit_test(give_the_same_bytes_at_any_number_of_threads),
      cmocka_unit_test(resume_as_if_never_stopped),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
