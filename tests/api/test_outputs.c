/* Networks that end in softmax, in sigmoid or in neither, through the public interface. */
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

#define BODY    "conv 4 3x3 relu, maxpool 2, flatten, dense 16 relu, "
#define SIGMOID BODY "dense 4 sigmoid"
#define LOGITS  BODY "dense 4"

static const char *const architectures[] = {
    SIGMOID,
    LOGITS,
    BODY "dense 4 tanh",
    BODY "dense 4, dropout 0.25, softmax",
    "conv 8 3x3 relu, conv 4 3x3, globalavgpool softmax",
    "conv 8 3x3 relu, conv 4 3x3, globalmaxpool, sigmoid",
    "conv 8 3x3 relu, conv 4 10x10, flatten, softmax",
    "flatten, dense 300 nobias relu, dense 16 nobias relu, dense 4 nobias softmax",
};
enum { ARCHITECTURES = sizeof architectures / sizeof architectures[0] };

/* --- the same bytes --------------------------------------------------------------------------- */

static void trains_and_copies_like_any_other(void **state) {
  const mnistcnn_train_options options = small_training(3);
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++) {
    check_thread_counts(architectures[i], &options);
    check_resume(architectures[i], &options, "outputs.ckpt");
    check_copies(architectures[i]);
  }
}

/* --- probabilities ---------------------------------------------------------------------------- */

enum { IMAGES = 5, INPUTS = SMALL_SIDE * SMALL_SIDE * 3, VALUES = IMAGES * SMALL_CLASSES };

static void predict(const mnistcnn_model *model, float probabilities[VALUES]) {
  float images[IMAGES * INPUTS];
  for (size_t i = 0; i < IMAGES * INPUTS; i++)
    images[i] = (float)(i * 7 % 11) / 10;
  assert_ok(mnistcnn_predict(model, NULL, images, IMAGES * INPUTS, probabilities, VALUES));
}

/* The three have the same weights; the softmax's logarithms differ from the logits by a constant.
 */
static void outputs_agree(float temperature) {
  float softmax[VALUES], sigmoid[VALUES], plain[VALUES];
  mnistcnn_model *a = make_network(BODY "dense 4 softmax");
  mnistcnn_model *b = make_network(SIGMOID), *c = make_network(LOGITS);
  assert_ok(mnistcnn_model_set_temperature(a, temperature));
  assert_ok(mnistcnn_model_set_temperature(b, temperature));
  assert_ok(mnistcnn_model_set_temperature(c, temperature));
  predict(a, softmax);
  predict(b, sigmoid);
  predict(c, plain);
  assert_memory_equal(softmax, plain, sizeof plain);
  for (size_t i = 0; i < IMAGES; i++) {
    const float *p = softmax + i * SMALL_CLASSES, *q = sigmoid + i * SMALL_CLASSES;
    for (size_t j = 1; j < SMALL_CLASSES; j++) {
      const double logit = log((double)q[j] / (1 - (double)q[j]));
      const double first = log((double)q[0] / (1 - (double)q[0]));
      assert_true(fabs(log((double)p[j] / (double)p[0]) - (logit - first)) < 1e-5);
    }
  }
  mnistcnn_model_free(a);
  mnistcnn_model_free(b);
  mnistcnn_model_free(c);
}

static void probabilities_are_of_the_same_logits(void **state) {
  (void)state;
  outputs_agree(1);
  outputs_agree(2.5f);
}

/* --- losses ----------------------------------------------------------------------------------- */

static void every_network_learns(void **state) {
  mnistcnn_dataset *dataset = make_dataset(64, SMALL_SIDE, 1, SMALL_CLASSES, 9);
  (void)state;
  for (size_t i = 0; i < ARCHITECTURES; i++) {
    mnistcnn_model *model = make_network(architectures[i]);
    mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;
    mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
    options.epochs = 100;
    options.batch_size = 16;
    options.learning_rate = 0.004f;
    options.optimizer = MNISTCNN_OPTIMIZER_ADAMW;
    assert_ok(mnistcnn_train(model, dataset, NULL, &options, NULL));
    assert_ok(mnistcnn_evaluate(model, dataset, NULL, &metrics));
    if (!(metrics.accuracy > 0.9))
      fail_msg("%s: %g", architectures[i], metrics.accuracy);
    mnistcnn_model_free(model);
  }
  mnistcnn_dataset_free(dataset);
}

static void assert_refused(mnistcnn_status status, const char *reason) {
  assert_int_equal(status, MNISTCNN_INVALID_ARGUMENT);
  if (!strstr(mnistcnn_last_error(), reason))
    fail_msg("refused with: %s", mnistcnn_last_error());
}

static void losses_that_do_not_fit_are_refused(void **state) {
  static const char reason[] = "categorical cross entropy does not go with the output sigmoid";
  mnistcnn_dataset *dataset = make_dataset(20, SMALL_SIDE, 1, SMALL_CLASSES, 9);
  mnistcnn_model *model = make_network(SIGMOID), *other = make_network(LOGITS);
  mnistcnn_train_options options = small_training(1);
  mnistcnn_evaluate_options evaluate = MNISTCNN_EVALUATE_OPTIONS_INIT;
  mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;
  mnistcnn_cost cost = MNISTCNN_COST_INIT;
  (void)state;
  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  evaluate.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  assert_refused(mnistcnn_train(model, dataset, NULL, &options, NULL), reason);
  assert_refused(mnistcnn_model_train_cost(model, dataset, NULL, &options, &cost), reason);
  assert_refused(mnistcnn_evaluate(model, dataset, &evaluate, &metrics), reason);
  assert_ok(mnistcnn_train(other, dataset, NULL, &options, NULL));
  assert_ok(mnistcnn_evaluate(other, dataset, &evaluate, &metrics));
  options.loss = MNISTCNN_LOSS_BINARY_CROSS_ENTROPY;
  options.label_smoothing = 0.1f;
  assert_ok(mnistcnn_train(model, dataset, NULL, &options, NULL));
  assert_refused(mnistcnn_train(other, dataset, NULL, &options, NULL), "label_smoothing");
  mnistcnn_model_free(other);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* --- calibration ------------------------------------------------------------------------------ */

/* Smoothed labels leave it far from sure enough. */
static void sigmoids_are_calibrated(void **state) {
  mnistcnn_dataset *dataset = make_dataset(400, SMALL_SIDE, 1, SMALL_CLASSES, 3);
  mnistcnn_model *model = make_network(SIGMOID);
  mnistcnn_train_options options = small_training(1);
  (void)state;
  options.label_smoothing = 0.3f;
  options.calibration_fraction = 0.3f;
  assert_ok(mnistcnn_train(model, dataset, NULL, &options, NULL));
  assert_true(mnistcnn_model_temperature(model) < 1);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* --- without bias ----------------------------------------------------------------------------- */

static void layers_without_bias_have_a_kernel(void **state) {
  float values[SMALL_CLASSES];
  size_t count;
  mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
  mnistcnn_model *model = make_network("conv 4 3x3 relu, globalavgpool, dense 4 nobias");
  (void)state;
  assert_ok(mnistcnn_model_layer_info(model, 2, &info));
  assert_int_equal(info.num_parameters, 16);
  assert_ok(mnistcnn_model_weights(model, 2, MNISTCNN_WEIGHTS_KERNEL, NULL, 0, &count));
  assert_int_equal(count, 16);
  assert_int_equal(mnistcnn_model_weights(model, 2, MNISTCNN_WEIGHTS_BIAS, values, 4, &count),
                   MNISTCNN_NOT_FOUND);
  assert_non_null(strstr(mnistcnn_last_error(), "dense_1, has no bias"));
  assert_int_equal(mnistcnn_model_set_weights(model, 2, MNISTCNN_WEIGHTS_BIAS, values, 4),
                   MNISTCNN_NOT_FOUND);
  mnistcnn_model_free(model);
}

/* --- as text ---------------------------------------------------------------------------------- */

/* In Keras only a dense layer's softmax is no layer of its own. */
static void summaries_are_those_of_keras(void **state) {
  char text[4096];
  mnistcnn_model *model = make_network(architectures[4]);
  (void)state;
  assert_ok(mnistcnn_model_summary(model, text, sizeof text, NULL));
  assert_non_null(strstr(text, "activation_1 (Activation)    (None, 4)"));
  mnistcnn_model_free(model);
  model = make_network(SIGMOID);
  assert_ok(mnistcnn_model_summary(model, text, sizeof text, NULL));
  assert_null(strstr(text, "ctivation"));
  assert_non_null(strstr(text, "dense_2 (Dense)"));
  mnistcnn_model_free(model);
}

/* The sigmoid that ends a network is no operation, another one is. */
static void plans_leave_the_output_out(void **state) {
  char text[4096];
  mnistcnn_model *model = make_network(BODY "dense 4 tanh, sigmoid");
  (void)state;
  assert_ok(mnistcnn_model_plan(model, text, sizeof text, NULL));
  assert_non_null(strstr(text, "tanh of dense_2"));
  assert_null(strstr(text, "sigmoid"));
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trains_and_copies_like_any_other),
      cmocka_unit_test(probabilities_are_of_the_same_logits),
      cmocka_unit_test(every_network_learns),
      cmocka_unit_test(losses_that_do_not_fit_are_refused),
      cmocka_unit_test(sigmoids_are_calibrated),
      cmocka_unit_test(layers_without_bias_have_a_kernel),
      cmocka_unit_test(summaries_are_those_of_keras),
      cmocka_unit_test(plans_leave_the_output_out),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
