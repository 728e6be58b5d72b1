/* Figures and gradients of the losses where a value is on an edge; finite differences are in
 * test_gradients.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mnistcnn.h"
#include "nn/loss.h"

#include <math.h>

/* Keras clips probabilities to [1e-7, 1 - 1e-7]; where it did, the gradient is 0, and nothing is
 * divided by 0. */
static void clipped_probabilities_have_no_gradient(void **state) {
  static const float certain[2] = {1, 0};
  const mcnn_loss loss = {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, 2};
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
  const mcnn_loss loss = {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, 3};
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
  const mcnn_loss loss = {MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY, 0, 2};
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clipped_probabilities_have_no_gradient),
      cmocka_unit_test(one_half_counts_as_zero),
      cmocka_unit_test(figures_stay_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
