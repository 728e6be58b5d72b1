/* Class weights: as Keras' class_weight and scikit-learn's "balanced". */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "best_epoch_support.h"
#include "image_args.h"
#include "network_support.h"
#include "temp_folder.h"

/* --- against Keras ---------------------------------------------------------------------------- */

enum { IMAGES = 7, INPUTS = 4, CLASSES = 3, KERNEL = INPUTS * CLASSES };

/* What Keras 3.15.1 (PyTorch 2.15) made of make_keras_dataset() and first_kernel():
 *
 *   m.compile(optimizer=SGD(0.5), loss=loss, metrics=["accuracy"])
 *   m.fit(x, y, batch_size=3, epochs=2, shuffle=False, class_weight=weights,
 *         validation_data=(x, y))
 */
typedef struct keras_case {
  int32_t loss;
  float weights[CLASSES];
  double losses[2], validation_losses[2], accuracies[2];
  float kernel[KERNEL], bias[CLASSES];
} keras_case;

static const keras_case cases[] = {
    {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY,
     {2, 0.5f, 1.25f},
     {0.82637936, 0.79202783},
     {0.65535361, 0.65438449},
     {2.0 / 7, 1.0 / 7},
     {-0.46351027f, -0.33351415f, -0.10297557f, 0.2833164f, 0.57535565f, -0.35867196f, -0.050067f,
      0.20378308f, 0.44628394f, -0.43037814f, -0.24572927f, 0.07610739f},
     {0.21079391f, -0.11624432f, -0.094549611f}},
    {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY,
     {2, 0.5f, 0},
     {0.55384004, 0.48731801},
     {0.65740454, 0.66695601},
     {2.0 / 7, 2.0 / 7},
     {-0.45641991f, -0.32468748f, -0.11889262f, 0.34677741f, 0.69185221f, -0.53862965f,
      -0.025594484f, 0.25544432f, 0.37015021f, -0.40389428f, -0.17984842f, -0.01625732f},
     {0.29098997f, -0.0029961616f, -0.28799379f}},
    {MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY,
     {2, 0.5f, 1.25f},
     {1.4639237, 1.3681668},
     {1.1325901, 1.1246854},
     {1.0 / 7, 1.0 / 7},
     {-0.35467997f, -0.34510577f, -0.20021427f, 0.18491557f, 0.61862648f, -0.30354208f,
      -0.061295442f, 0.25917163f, 0.40212381f, -0.40717363f, -0.25091174f, 0.058085408f},
     {0.32012799f, -0.15403253f, -0.1660955f}},
    {MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY,
     {2, 0.5f, 0},
     {0.95141792, 0.73101282},
     {1.1814064, 1.2562965},
     {1.0 / 7, 2.0 / 7},
     {-0.35852844f, -0.33738714f, -0.20408443f, 0.33445692f, 0.80172944f, -0.63618636f,
      -0.0032483786f, 0.3292332f, 0.27401519f, -0.35394233f, -0.14729756f, -0.098760076f},
     {0.48644891f, 0.021808624f, -0.50825751f}},
};

static mnistcnn_dataset *make_keras_dataset(void) {
  static const int32_t labels[IMAGES] = {0, 1, 2, 1, 0, 2, 1};
  uint8_t pixels[IMAGES * INPUTS];
  mnistcnn_dataset *dataset;
  for (size_t i = 0; i < IMAGES; i++)
    for (size_t j = 0; j < INPUTS; j++)
      pixels[i * INPUTS + j] = (uint8_t)(i * 53 + j * 91 + i * j * 17);
  assert_ok(mnistcnn_dataset_create_copy(LABELLED(pixels, labels, IMAGES, 2, 2, 1, CLASSES, NULL),
                                         NULL, &dataset));
  return dataset;
}

static mnistcnn_model *make_keras_model(void) {
  static const float bias[CLASSES] = {0};
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model;
  float kernel[KERNEL];
  options.input_height = options.input_width = 2;
  options.input_channels = 1;
  options.num_classes = CLASSES;
  options.architecture = "flatten, dense classes softmax";
  assert_ok(mnistcnn_model_create(&options, &model));
  for (int i = 0; i < KERNEL; i++)
    kernel[i] = (float)(i * 29 % 13 - 6) / 10.0f;
  assert_ok(mnistcnn_model_set_weights(model, 1, MNISTCNN_WEIGHTS_KERNEL, kernel, KERNEL));
  assert_ok(mnistcnn_model_set_weights(model, 1, MNISTCNN_WEIGHTS_BIAS, bias, CLASSES));
  return model;
}

static void check_weights(const mnistcnn_model *model, int32_t which, const float *want,
                          size_t count) {
  float got[KERNEL];
  size_t got_count;
  assert_ok(mnistcnn_model_weights(model, 1, which, got, KERNEL, &got_count));
  assert_int_equal(got_count, count);
  for (size_t i = 0; i < count; i++)
    assert_true(fabsf(got[i] - want[i]) < 2e-6f);
}

static void check_case(const keras_case *c) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  mnistcnn_dataset *dataset = make_keras_dataset();
  mnistcnn_model *model = make_keras_model();
  epoch_log log = {0};
  options.epochs = 2;
  options.batch_size = 3;
  options.shuffle = 0;
  options.loss = c->loss;
  options.optimizer = MNISTCNN_OPTIMIZER_SGD;
  options.momentum = 0;
  options.learning_rate = 0.5f;
  options.class_weights = c->weights;
  options.num_class_weights = CLASSES;
  options.progress = log_epochs;
  options.user = &log;
  assert_ok(mnistcnn_train(model, dataset, dataset, &options, NULL));
  for (uint32_t i = 0; i < 2; i++) {
    const mnistcnn_progress *figures = &log.figures[i + 1];
    assert_true(fabs(figures->loss - c->losses[i]) < 2e-6);
    assert_true(fabs(figures->validation_loss - c->validation_losses[i]) < 2e-6);
    assert_true(fabs(figures->accuracy - c->accuracies[i]) < 1e-9);
  }
  check_weights(model, MNISTCNN_WEIGHTS_KERNEL, c->kernel, KERNEL);
  check_weights(model, MNISTCNN_WEIGHTS_BIAS, c->bias, CLASSES);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static void they_are_those_of_keras(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check_case(&cases[i]);
}

/* --- balanced --------------------------------------------------------------------------------- */

/* Images of the first three of SMALL_CLASSES classes: 30, 12 and 6 of them. */
static mnistcnn_dataset *make_unbalanced(void) {
  mnistcnn_dataset *all = make_dataset(120, SMALL_SIDE, 1, SMALL_CLASSES, 5), *subset;
  static const size_t wanted[] = {30, 12, 6, 0};
  size_t indices[48], count = 0;
  for (size_t i = 0; i < 120; i++)
    if (i / SMALL_CLASSES < wanted[i % SMALL_CLASSES])
      indices[count++] = i;
  assert_int_equal(count, 48);
  assert_ok(mnistcnn_dataset_subset(all, indices, count, &subset));
  mnistcnn_dataset_free(all);
  return subset;
}

static mnistcnn_model *trained(const mnistcnn_dataset *dataset,
                               const mnistcnn_train_options *options) {
  mnistcnn_model *model = make_network(SMALL_ARCHITECTURE);
  assert_ok(mnistcnn_train(model, dataset, NULL, options, NULL));
  return model;
}

/* compute_class_weight("balanced") of scikit-learn: n / (classes that are there * count). */
static void balanced_is_that_of_scikit_learn(void **state) {
  static const float weights[SMALL_CLASSES] = {48.0f / (3 * 30), 48.0f / (3 * 12), 48.0f / (3 * 6),
                                               0};
  mnistcnn_train_options options = small_training(3);
  mnistcnn_dataset *dataset = make_unbalanced();
  (void)state;
  mnistcnn_model *plain = trained(dataset, &options);
  options.balance_classes = 1;
  mnistcnn_model *balanced = trained(dataset, &options);
  options.balance_classes = 0;
  options.class_weights = weights;
  options.num_class_weights = SMALL_CLASSES;
  mnistcnn_model *weighted = trained(dataset, &options);
  size_t sizes[2];
  unsigned char *bytes[2] = {model_bytes(plain, &sizes[0]), model_bytes(balanced, &sizes[1])};
  assert_same_model(balanced, weighted);
  assert_true(sizes[0] != sizes[1] || memcmp(bytes[0], bytes[1], sizes[0]) != 0);
  free(bytes[0]);
  free(bytes[1]);
  mnistcnn_model_free(weighted);
  mnistcnn_model_free(balanced);
  mnistcnn_model_free(plain);
  mnistcnn_dataset_free(dataset);
}

/* --- copies, checkpoints, threads ------------------------------------------------------------- */

static void they_train_to_the_same_bytes(void **state) {
  static const float weights[SMALL_CLASSES] = {0, 0.5f, 2, 1.5f};
  mnistcnn_train_options options = small_training(3);
  (void)state;
  options.class_weights = weights;
  options.num_class_weights = SMALL_CLASSES;
  check_thread_counts(SMALL_ARCHITECTURE, &options);
  check_resume(SMALL_ARCHITECTURE, &options, "class_weights.ckpt");
  options.class_weights = NULL;
  options.num_class_weights = 0;
  options.balance_classes = 1;
  check_resume(SMALL_ARCHITECTURE, &options, "class_weights.ckpt");
}

static void the_array_is_copied(void **state) {
  float weights[SMALL_CLASSES] = {1, 0.5f, 2, 1.5f};
  mnistcnn_train_options options = small_training(2);
  mnistcnn_dataset *dataset = make_unbalanced();
  mnistcnn_model *model = make_network(SMALL_ARCHITECTURE);
  mnistcnn_trainer *trainer;
  (void)state;
  options.class_weights = weights;
  options.num_class_weights = SMALL_CLASSES;
  mnistcnn_model *whole = trained(dataset, &options);
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  memset(weights, 0, sizeof weights);
  while (!mnistcnn_trainer_finished(trainer))
    assert_ok(mnistcnn_trainer_step(trainer, NULL));
  mnistcnn_trainer_free(trainer);
  assert_same_model(whole, model);
  mnistcnn_model_free(model);
  mnistcnn_model_free(whole);
  mnistcnn_dataset_free(dataset);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refuses(const float *weights, uint32_t count, uint32_t balance, const char *message) {
  mnistcnn_train_options options = small_training(1);
  mnistcnn_dataset *dataset = make_unbalanced();
  mnistcnn_model *model = make_network(SMALL_ARCHITECTURE);
  options.class_weights = weights;
  options.num_class_weights = count;
  options.balance_classes = balance;
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_INVALID_ARGUMENT);
  if (!strstr(mnistcnn_last_error(), message))
    fail_msg("\"%s\" is not in \"%s\"", message, mnistcnn_last_error());
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static void wrong_weights_are_named(void **state) {
  static const float good[SMALL_CLASSES] = {1, 1, 1, 1}, negative[SMALL_CLASSES] = {1, -1, 1, 1};
  static const float broken[SMALL_CLASSES] = {1, 1, NAN, 1}, huge[SMALL_CLASSES] = {1, 1, 1, 2e6f};
  static const float idle[SMALL_CLASSES] = {0, 0, 0, 5}; /* of a class without images */
  (void)state;
  refuses(good, SMALL_CLASSES, 1, "exclude each other");
  refuses(good, 0, 0, "go together");
  refuses(NULL, SMALL_CLASSES, 0, "go together");
  refuses(good, 3, 0, "there are 3 for the 4 classes");
  refuses(negative, SMALL_CLASSES, 0, "class_weights[1] must be 0 to 1e6");
  refuses(broken, SMALL_CLASSES, 0, "class_weights[2] must be 0 to 1e6");
  refuses(huge, SMALL_CLASSES, 0, "class_weights[3] must be 0 to 1e6");
  refuses(idle, SMALL_CLASSES, 0, "have the weight 0");
  refuses(NULL, 0, 2, "balance_classes is 2");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_are_those_of_keras),
      cmocka_unit_test(balanced_is_that_of_scikit_learn),
      cmocka_unit_test(they_train_to_the_same_bytes),
      cmocka_unit_test(the_array_is_copied),
      cmocka_unit_test(wrong_weights_are_named),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
