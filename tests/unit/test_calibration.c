/* The expected calibration error and the fit of the temperature, against numpy
 * (tests/golden/calibration_values.py) and against labels drawn from a known one. */
#include "../golden/calibration_values.h"
#include "support.h"
#include "train/calibration.h"
#include "train/holdout.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- expected calibration error --------------------------------------------------------------- */

static double error_in_blocks(size_t block) {
  mcnn_calibration calibration = {0};
  for (size_t i = 0; i < VALUE_ROWS; i += block) {
    const size_t rows = VALUE_ROWS - i < block ? VALUE_ROWS - i : block;
    mcnn_calibration_add(&calibration, value_calibration_probabilities + i * VALUE_CLASSES,
                         value_calibration_labels + i, rows, VALUE_CLASSES);
  }
  assert_int_equal(calibration.images, VALUE_ROWS);
  return mcnn_calibration_error(&calibration);
}

static void error_matches_numpy(void **state) {
  (void)state;
  assert_true(value_calibration_error > 0.1); /* a value that a wrong bin would change */
  assert_true(fabs(error_in_blocks(VALUE_ROWS) - value_calibration_error) < 1e-7);
  assert_true(error_in_blocks(7) == error_in_blocks(VALUE_ROWS));
}

static void sure_and_right_is_no_error(void **state) {
  const float p[4] = {1, 0, 0, 1};
  const uint32_t right[2] = {0, 1}, wrong[2] = {1, 0};
  mcnn_calibration calibration = {0};
  (void)state;
  mcnn_calibration_add(&calibration, p, right, 2, 2);
  assert_true(mcnn_calibration_error(&calibration) == 0);
  calibration = (mcnn_calibration){0};
  mcnn_calibration_add(&calibration, p, wrong, 2, 2);
  assert_true(mcnn_calibration_error(&calibration) == 1);
}

static void no_images_and_nan_have_no_error(void **state) {
  const float p[2] = {NAN, NAN};
  const uint32_t label = 0;
  mcnn_calibration calibration = {0};
  (void)state;
  assert_true(isnan(mcnn_calibration_error(&calibration)));
  mcnn_calibration_add(&calibration, p, &label, 1, 2);
  assert_true(isnan(mcnn_calibration_error(&calibration)));
}

/* Background images have no class to be sure of. */
static void background_is_of_no_account(void **state) {
  const float p[6] = {1, 0, 0.5f, 0.5f, 0, 1};
  const uint32_t labels[3] = {0, MCNN_NO_CLASS, 1};
  mcnn_calibration calibration = {0};
  (void)state;
  mcnn_calibration_add(&calibration, p, labels, 3, 2);
  assert_int_equal(calibration.images, 2);
  assert_true(mcnn_calibration_error(&calibration) == 0);
}

/* The target of a background image is the uniform distribution, or none of the classes: the loss is
 * that, by hand, and is least at the temperature that is fitted. It alone bounds the confidence. */
static void background_makes_less_sure(void **state) {
  static const mcnn_output outputs[] = {MCNN_OUTPUT_SOFTMAX, MCNN_OUTPUT_SIGMOID};
  const float logits[6] = {4, 0, 2, -1, 0, 3};
  const uint32_t labels[3] = {0, MCNN_NO_CLASS, 1};
  const double softmax = log(1 + exp(-4)) + log(1 + exp(3)) - 1.5 + log(1 + exp(-3));
  const double sigmoid =
      (log(1 + exp(-4)) + log(2) + log(1 + exp(2)) + log(1 + exp(-1)) + log(2) + log(1 + exp(-3))) /
      2;
  (void)state;
  assert_true(fabs(3 * mcnn_temperature_loss(logits, labels, 3, 2, outputs[0], 1) - softmax) <
              1e-9);
  assert_true(fabs(3 * mcnn_temperature_loss(logits, labels, 3, 2, outputs[1], 1) - sigmoid) <
              1e-9);
  for (int i = 0; i < 2; i++) {
    const double fitted = (double)mcnn_fit_temperature(logits, labels, 3, 2, outputs[i]);
    const double least = mcnn_temperature_loss(logits, labels, 3, 2, outputs[i], fitted);
    assert_true(least < mcnn_temperature_loss(logits, labels, 3, 2, outputs[i], fitted * 1.05));
    assert_true(least < mcnn_temperature_loss(logits, labels, 3, 2, outputs[i], fitted / 1.05));
  }
}

/* --- temperature ------------------------------------------------------------------------------ */

static float fit(const float *logits) {
  return mcnn_fit_temperature(logits, value_calibration_labels, VALUE_ROWS, VALUE_CLASSES,
                              MCNN_OUTPUT_SOFTMAX);
}

static double loss(const float *logits, double temperature) {
  return mcnn_temperature_loss(logits, value_calibration_labels, VALUE_ROWS, VALUE_CLASSES,
                               MCNN_OUTPUT_SOFTMAX, temperature);
}

static void temperature_matches_numpy(void **state) {
  const double t = (double)fit(value_calibration_logits);
  (void)state;
  assert_true(fabs(loss(value_calibration_logits, 1) - value_loss_at_1) < 1e-9);
  assert_true(fabs(t - value_temperature) < 1e-5);
  assert_true(fabs(t - 2) < 0.3); /* what the labels were drawn with */
}

/* Logits times a factor want a temperature times that factor. */
static void a_known_factor_is_found(void **state) {
  static const float factors[] = {0.1f, 0.5f, 3, 8};
  const double once = (double)fit(value_calibration_logits);
  float scaled[VALUE_ROWS * VALUE_CLASSES];
  (void)state;
  for (size_t f = 0; f < sizeof factors / sizeof factors[0]; f++) {
    for (size_t i = 0; i < VALUE_ROWS * VALUE_CLASSES; i++)
      scaled[i] = value_calibration_logits[i] * factors[f];
    const double t = (double)fit(scaled);
    assert_true(fabs(t / (double)factors[f] - once) < 1e-5 * once);
    assert_true(loss(scaled, t) <= loss(scaled, 1));
    assert_true(loss(scaled, t) < loss(scaled, 1.01 * t));
    assert_true(loss(scaled, t) < loss(scaled, 0.99 * t));
  }
}

static void the_fit_stays_within_its_bounds(void **state) {
  float scaled[VALUE_ROWS * VALUE_CLASSES];
  (void)state;
  for (size_t i = 0; i < VALUE_ROWS * VALUE_CLASSES; i++)
    scaled[i] = value_calibration_logits[i] * 1000;
  assert_true(fabsf(fit(scaled) - MCNN_MAX_TEMPERATURE) < 1e-4f);
  for (size_t i = 0; i < VALUE_ROWS * VALUE_CLASSES; i++)
    scaled[i] = value_calibration_logits[i] * 1e-3f;
  assert_true(fabsf(fit(scaled) - MCNN_MIN_TEMPERATURE) < 1e-4f);
}

/* Where the loss is least, found by trying. */
static double best_of_many(const float *logits) {
  double best = 1;
  for (double t = (double)MCNN_MIN_TEMPERATURE; t < (double)MCNN_MAX_TEMPERATURE; t *= 1.001)
    if (mcnn_temperature_loss(logits, value_calibration_labels, VALUE_ROWS, VALUE_CLASSES,
                              MCNN_OUTPUT_SIGMOID, t) <
        mcnn_temperature_loss(logits, value_calibration_labels, VALUE_ROWS, VALUE_CLASSES,
                              MCNN_OUTPUT_SIGMOID, best))
      best = t;
  return best;
}

static void temperature_of_a_sigmoid(void **state) {
  static const float z[2] = {2, -1};
  static const uint32_t label = 1;
  const double want = (log1p(exp(2.0 / 3)) + log1p(exp(1.0 / 3))) / 2;
  const float fitted = mcnn_fit_temperature(value_calibration_logits, value_calibration_labels,
                                            VALUE_ROWS, VALUE_CLASSES, MCNN_OUTPUT_SIGMOID);
  (void)state;
  assert_true(fabs(mcnn_temperature_loss(z, &label, 1, 2, MCNN_OUTPUT_SIGMOID, 3) - want) < 1e-12);
  assert_true(fabs((double)fitted / best_of_many(value_calibration_logits) - 1) < 2e-3);
}

static void without_mistakes_it_stays_1(void **state) {
  const float right[4] = {2, 1, 0, 3}, infinite[4] = {2, INFINITY, 0, 3};
  const uint32_t labels[2] = {0, 1};
  (void)state;
  assert_true(mcnn_fit_temperature(right, labels, 2, 2, MCNN_OUTPUT_SOFTMAX) == 1);
  assert_true(mcnn_fit_temperature(right, labels, 0, 2, MCNN_OUTPUT_SOFTMAX) == 1);
  assert_true(mcnn_fit_temperature(infinite, labels, 2, 2, MCNN_OUTPUT_SOFTMAX) == 1);
  const float apart[4] = {2, -1, -3, 3};
  assert_true(mcnn_fit_temperature(apart, labels, 2, 2, MCNN_OUTPUT_SIGMOID) == 1);
  assert_true(mcnn_fit_temperature(right, labels, 2, 2, MCNN_OUTPUT_SIGMOID) != 1);
}

/* --- what is held out ------------------------------------------------------------------------- */

enum { SIDE = 4, HELD_CLASSES = 4, HELD_COUNT = 2000 };

static mnistcnn_status make_dataset(const mcnn_alloc *alloc, mnistcnn_dataset **dataset) {
  static uint8_t pixels[HELD_COUNT * SIDE * SIDE];
  static int32_t labels[HELD_COUNT];
  for (size_t i = 0; i < HELD_COUNT; i++)
    labels[i] = (int32_t)(i % HELD_CLASSES);
  const mnistcnn_labelled_images images = {.num_classes = HELD_CLASSES,
                                           .pixels = pixels,
                                           .size_bytes = sizeof pixels,
                                           .labels = labels,
                                           .count = HELD_COUNT,
                                           .shape = {SIDE, SIDE, 1}};
  return mcnn_dataset_create(&images, 1, alloc, dataset);
}

static mnistcnn_status hold_out(const mcnn_alloc *alloc, void *context) {
  mnistcnn_dataset *dataset = context;
  mcnn_holdout holdout;
  mnistcnn_status status = make_dataset(alloc, &dataset);
  if (status != MNISTCNN_OK)
    return status;
  status = mcnn_holdout_create(dataset, 0.1, 3, alloc, &holdout);
  if (status == MNISTCNN_OK) {
    assert_int_equal(mcnn_dataset_count(holdout.kept), HELD_COUNT - 200);
    assert_int_equal(mcnn_dataset_count(holdout.images), 200);
    for (size_t i = 0; i < 200; i++)
      assert_int_equal(holdout.labels[i], mcnn_dataset_label(holdout.images, i));
  }
  mcnn_holdout_free(&holdout, alloc);
  mcnn_dataset_free(dataset);
  return status;
}

static void a_share_is_held_out(void **state) {
  (void)state;
  assert_true(test_every_allocation(hold_out, NULL) > 5);
}

static void of_few_images_none_are(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const double enough = (double)MCNN_MIN_HOLDOUT / HELD_COUNT;
  mnistcnn_dataset *dataset;
  mcnn_holdout holdout;
  (void)state;
  assert_int_equal(make_dataset(&alloc, &dataset), MNISTCNN_OK);
  assert_int_equal(mcnn_holdout_create(dataset, enough, 1, &alloc, &holdout), MNISTCNN_OK);
  assert_int_equal(mcnn_dataset_count(holdout.images), MCNN_MIN_HOLDOUT);
  mcnn_holdout_free(&holdout, &alloc);
  assert_int_equal(mcnn_holdout_create(dataset, 0.04, 1, &alloc, &holdout), MNISTCNN_OK);
  assert_null(holdout.kept);
  assert_null(holdout.images);
  mcnn_dataset_free(dataset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(error_matches_numpy),
      cmocka_unit_test(sure_and_right_is_no_error),
      cmocka_unit_test(no_images_and_nan_have_no_error),
      cmocka_unit_test(background_is_of_no_account),
      cmocka_unit_test(background_makes_less_sure),
      cmocka_unit_test(temperature_matches_numpy),
      cmocka_unit_test(a_known_factor_is_found),
      cmocka_unit_test(the_fit_stays_within_its_bounds),
      cmocka_unit_test(temperature_of_a_sigmoid),
      cmocka_unit_test(without_mistakes_it_stays_1),
      cmocka_unit_test(a_share_is_held_out),
      cmocka_unit_test(of_few_images_none_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
