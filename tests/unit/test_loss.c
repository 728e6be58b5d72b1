/* Figures and gradients of the losses where a value is on an edge; finite differences are in
 * test_gradients.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "mnistcnn.h"
#include "nn/loss.h"

#include <math.h>

/* Keras clips probabilities to [1e-7, 1 - 1e-7]; where it did, the gradient is 0, and nothing is
 * divided by 0. */
static void clipped_probabilities_have_no_gradient(void **state) {
  static const float certain[2] = {1, 0};
  const mcnn_loss loss = {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, 2, MCNN_OUTPUT_SOFTMAX, NULL};
  (void)state;
  for (uint32_t label = 0; label < 2; label++) {
    float gradient[2] = {7, 7};
    mcnn_loss_gradient(&loss, 1, certain, &label, 1, gradient);
    assert_true(gradient[0] == 0 && gradient[1] == 0);
  }
}

/* Binary accuracy rounds 0.5 to 0, as Keras does. */
static void one_half_counts_as_zero(void **state) {
  static const float p[3] = {0.5f, 0.25f, 0.25f};
  const mcnn_loss loss = {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, 3, MCNN_OUTPUT_SOFTMAX, NULL};
  const uint32_t label = 0;
  mcnn_loss_sums sums = {0};
  (void)state;
  mcnn_loss_add(&loss, p, &label, 1, &sums);
  assert_int_equal(sums.correct, 1);
  assert_int_equal(sums.binary_correct, 2);
}

/* -log p with a probability that underflowed stays finite; a NaN is never right. */
static void figures_stay_finite(void **state) {
  static const float none[2] = {0, 1}, broken[2] = {NAN, NAN};
  const mcnn_loss loss = {MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY, 0, 2, MCNN_OUTPUT_SOFTMAX, NULL};
  const uint32_t label = 0;
  mcnn_loss_sums sums = {0};
  (void)state;
  mcnn_loss_add(&loss, none, &label, 1, &sums);
  assert_true(isfinite(sums.loss) && sums.loss > 80);
  assert_int_equal(sums.correct, 0);
  mcnn_loss_add(&loss, broken, &label, 1, &sums);
  assert_int_equal(sums.correct, 0);
  assert_int_equal(sums.images, 2);
}

/* Keras' targets are y (1 - s) + s / 2. The loss is clipped, the gradient is not: a confident
 * mistake is unlearnt. */
static void sigmoids_are_losses_of_their_own(void **state) {
  static const float p[3] = {0.25f, 0.5f, 0.875f}, certain[3] = {0, 1, 0};
  const mcnn_loss loss = {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0.2f, 3, MCNN_OUTPUT_SIGMOID, NULL};
  const mcnn_loss plain = {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, 3, MCNN_OUTPUT_SIGMOID, NULL};
  const double want =
      -(0.9 * log(0.25) + 0.1 * log(0.75) + log(0.5) + 0.1 * log(0.875) + 0.9 * log(0.125)) / 3;
  const uint32_t label = 0;
  mcnn_loss_sums sums = {0}, clipped = {0};
  float gradient[3];
  (void)state;
  mcnn_loss_add(&loss, p, &label, 1, &sums);
  assert_true(fabs(sums.loss - want) < 1e-7);
  assert_int_equal(sums.correct, 0);
  assert_int_equal(sums.binary_correct, 1);
  mcnn_loss_gradient(&loss, 2, p, &label, 1, gradient);
  assert_true(fabsf(gradient[0] - (0.25f - 0.9f) / 6) < 1e-7f);
  assert_true(fabsf(gradient[2] - (0.875f - 0.1f) / 6) < 1e-7f);
  mcnn_loss_add(&plain, certain, &label, 1, &clipped);
  assert_true(fabs(clipped.loss + 2 * log(1e-7) / 3) < 1e-1);
  mcnn_loss_gradient(&plain, 1, certain, &label, 1, gradient);
  assert_true(gradient[0] == -1.0f / 3 && gradient[1] == 1.0f / 3 && gradient[2] == 0);
}

/* The target of a background image is the uniform distribution, or of a sigmoid no class; it has no
 * weight and counts for no accuracy. Values by hand. */
static void background_wants_no_class(void **state) {
  static const float p[4] = {0.5f, 0.25f, 0.125f, 0.125f}, weights[4] = {9, 9, 9, 9};
  const mcnn_loss losses[] = {
      {MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY, 0.1f, 4, MCNN_OUTPUT_SOFTMAX, weights},
      {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, 4, MCNN_OUTPUT_SOFTMAX, weights},
      {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, 4, MCNN_OUTPUT_SIGMOID, weights}};
  const double of_target = log(0.5) + log(0.25) + 2 * log(0.125);
  const double of_rest = log(0.5) + log(0.75) + 2 * log(0.875);
  const double want[] = {-of_target / 4, -(of_target / 4 + of_rest * 3 / 4) / 4, -of_rest / 4};
  const uint32_t labels[2] = {MCNN_NO_CLASS, 0};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    mcnn_loss_sums sums = {0}, both = {0};
    mcnn_loss_add(&losses[i], p, labels, 1, &sums);
    assert_true(fabs(sums.loss - want[i]) < 1e-6);
    assert_int_equal(sums.images, 1);
    assert_int_equal(sums.background, 1);
    assert_int_equal(sums.correct + sums.binary_correct, 0);
    mcnn_loss_add(&losses[i], p, labels + 1, 1, &both);
    mcnn_loss_sums_add(&both, &sums);
    assert_int_equal(both.images, 2);
    assert_int_equal(both.background, 1);
    assert_int_equal(both.correct, 1);
  }
}

/* Where the target is met there is nothing to learn. */
static void undecided_background_has_no_gradient(void **state) {
  static const float p[4] = {0.25f, 0.25f, 0.25f, 0.25f};
  const uint32_t label = MCNN_NO_CLASS;
  (void)state;
  for (int32_t kind = MNISTCNN_LOSS_BINARY_CROSS_ENTROPY;
       kind <= MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY; kind++) {
    const mcnn_loss loss = {kind, 0, 4, MCNN_OUTPUT_SOFTMAX, NULL};
    float gradient[4];
    mcnn_loss_gradient(&loss, 1, p, &label, 1, gradient);
    for (int j = 0; j < 4; j++)
      assert_true(fabsf(gradient[j]) < 1e-7f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clipped_probabilities_have_no_gradient),
      cmocka_unit_test(one_half_counts_as_zero),
      cmocka_unit_test(figures_stay_finite),
      cmocka_unit_test(sigmoids_are_losses_of_their_own),
      cmocka_unit_test(background_wants_no_class),
      cmocka_unit_test(undecided_background_has_no_gradient),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
