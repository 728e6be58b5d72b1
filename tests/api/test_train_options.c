/* Options of training that change the gradient: the L2 penalty and clipping. And the schedules that
 * depend on epochs. */
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

#define PLAIN  "conv 4 3x3 relu, maxpool 2, flatten, dense 270 relu, dense 4 softmax"
#define OWN_L2 "conv 4 3x3 l2 0.25 relu, maxpool 2, flatten, dense 270 l2 0 relu, dense 4 softmax"

/* Layers of PLAIN and OWN_L2 that have weights. */
static const uint32_t weighted[] = {0, 3, 4};
enum { WEIGHTED = 3, IMAGES = 32, MOST_WEIGHTS = 100 * 270 };

/* One step of plain gradient descent with a rate of 1 / 8. */
static mnistcnn_train_options one_step(void) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  options.epochs = 1;
  options.batch_size = IMAGES;
  options.optimizer = MNISTCNN_OPTIMIZER_SGD;
  options.momentum = 0;
  options.learning_rate = 0.125f;
  return options;
}

static mnistcnn_model *trained(const char *architecture, const mnistcnn_train_options *options) {
  mnistcnn_model *model = make_network(architecture);
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  assert_ok(mnistcnn_train(model, dataset, NULL, options, NULL));
  mnistcnn_dataset_free(dataset);
  return model;
}

static size_t weights_of(const mnistcnn_model *model, uint32_t layer, int32_t which,
                         float values[MOST_WEIGHTS]) {
  size_t count;
  assert_ok(mnistcnn_model_weights(model, layer, which, values, MOST_WEIGHTS, &count));
  return count;
}

/* --- the L2 penalty --------------------------------------------------------------------------- */

/* The step with the penalty differs from the one without by rate * 2 l2 w of the first weights. */
static void check_penalty(const mnistcnn_model *model, const mnistcnn_model *without,
                          const double l2[WEIGHTED]) {
  static float start[MOST_WEIGHTS], with[MOST_WEIGHTS], plain[MOST_WEIGHTS];
  mnistcnn_model *first = make_network(PLAIN);
  for (uint32_t i = 0; i < WEIGHTED; i++) {
    for (int32_t which = 0; which < 2; which++) {
      const double factor = which == MNISTCNN_WEIGHTS_KERNEL ? 0.125 * 2 * l2[i] : 0;
      const size_t count = weights_of(first, weighted[i], which, start);
      assert_int_equal(weights_of(model, weighted[i], which, with), count);
      assert_int_equal(weights_of(without, weighted[i], which, plain), count);
      for (size_t j = 0; j < count; j++)
        assert_true(fabs((double)plain[j] - factor * (double)start[j] - (double)with[j]) < 1e-7);
    }
  }
  mnistcnn_model_free(first);
}

static void penalties_are_added_to_the_gradient(void **state) {
  mnistcnn_train_options options = one_step();
  mnistcnn_model *without = trained(PLAIN, &options);
  (void)state;
  options.l2 = 0.5f;
  mnistcnn_model *all = trained(PLAIN, &options), *own = trained(OWN_L2, &options);
  check_penalty(all, without, (const double[]){0.5, 0.5, 0.5});
  check_penalty(own, without, (const double[]){0.25, 0, 0.5});
  options.clip_norm = 1e6f; /* far away: the gradient only takes the longer way */
  mnistcnn_model *kept = trained(OWN_L2, &options);
  assert_same_model(own, kept);
  mnistcnn_model_free(kept);
  mnistcnn_model_free(own);
  mnistcnn_model_free(all);
  mnistcnn_model_free(without);
}

/* The loss that is reported is the same. */
static void penalties_are_not_in_the_loss(void **state) {
  mnistcnn_progress plain = MNISTCNN_PROGRESS_INIT, with = MNISTCNN_PROGRESS_INIT;
  mnistcnn_train_options options = one_step();
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *a = make_network(PLAIN), *b = make_network(PLAIN);
  (void)state;
  assert_ok(mnistcnn_train(a, dataset, NULL, &options, &plain));
  options.l2 = 0.5f;
  assert_ok(mnistcnn_train(b, dataset, NULL, &options, &with));
  assert_true(plain.loss == with.loss);
  mnistcnn_model_free(b);
  mnistcnn_model_free(a);
  mnistcnn_dataset_free(dataset);
}

/* --- clipping --------------------------------------------------------------------------------- */

/* Of the way from the first weights: all of them together. */
static double way(const mnistcnn_model *model) {
  static float start[MOST_WEIGHTS], end[MOST_WEIGHTS];
  mnistcnn_model *first = make_network(PLAIN);
  double sum = 0;
  for (uint32_t i = 0; i < WEIGHTED; i++) {
    for (int32_t which = 0; which < 2; which++) {
      const size_t count = weights_of(first, weighted[i], which, start);
      assert_int_equal(weights_of(model, weighted[i], which, end), count);
      for (size_t j = 0; j < count; j++)
        sum += pow((double)end[j] - (double)start[j], 2);
    }
  }
  mnistcnn_model_free(first);
  return sqrt(sum);
}

static void long_gradients_are_clipped(void **state) {
  mnistcnn_train_options options = one_step();
  mnistcnn_model *whole = trained(PLAIN, &options);
  const double norm = way(whole) / 0.125;
  (void)state;
  options.clip_norm = (float)(norm / 4);
  mnistcnn_model *clipped = trained(PLAIN, &options);
  assert_true(fabs(way(clipped) / way(whole) - 0.25) < 1e-3);
  options.clip_norm = (float)(norm * 1.01);
  mnistcnn_model *untouched = trained(PLAIN, &options);
  assert_same_model(untouched, whole);
  options.clip_norm = (float)norm;
  options.l2 = 2;
  mnistcnn_model *with_penalty = trained(PLAIN, &options);
  assert_true(fabs(way(with_penalty) / way(whole) - 1) < 1e-3);
  mnistcnn_model_free(with_penalty);
  mnistcnn_model_free(untouched);
  mnistcnn_model_free(clipped);
  mnistcnn_model_free(whole);
}

/* --- the same bytes --------------------------------------------------------------------------- */

static void all_of_it_trains_to_the_same_bytes(void **state) {
  mnistcnn_train_options options = small_training(3);
  (void)state;
  options.l2 = 1e-3f;
  options.schedule = MNISTCNN_SCHEDULE_ONE_CYCLE;
  options.warmup_fraction = 0.3f;
  check_thread_counts(OWN_L2, &options);
  check_resume(OWN_L2, &options, "train_options.ckpt");
  check_copies(OWN_L2);
  options.clip_norm = 0.01f;
  options.ema_decay = 0.9f;
  options.optimizer = MNISTCNN_OPTIMIZER_ADAMW;
  options.weight_decay = 0.1f;
  options.schedule = MNISTCNN_SCHEDULE_STEP;
  options.step_epochs = 1;
  options.step_factor = 0.25f;
  check_thread_counts(OWN_L2, &options);
  check_resume(OWN_L2, &options, "train_options.ckpt");
}

/* --- schedules -------------------------------------------------------------------------------- */

static void steps_follow_the_epochs(void **state) {
  mnistcnn_train_options options = small_training(4);
  mnistcnn_dataset *dataset = make_dataset(50, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_network(PLAIN);
  mnistcnn_progress last = MNISTCNN_PROGRESS_INIT;
  (void)state;
  options.schedule = MNISTCNN_SCHEDULE_STEP;
  options.step_factor = 0.5f;
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, &last),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "step_epochs is 0"));
  options.step_epochs = 2;
  assert_ok(mnistcnn_train(model, dataset, NULL, &options, &last));
  assert_true(fabs(last.learning_rate - 0.0005) < 1e-9);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(penalties_are_added_to_the_gradient),
      cmocka_unit_test(penalties_are_not_in_the_loss),
      cmocka_unit_test(long_gradients_are_clipped),
      cmocka_unit_test(all_of_it_trains_to_the_same_bytes),
      cmocka_unit_test(steps_follow_the_epochs),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
