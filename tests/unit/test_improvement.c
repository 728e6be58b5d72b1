/* Early stopping and the plateau of the learning rate, epoch by epoch as Keras' callbacks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../golden/improvement_values.h"
#include "train/improvement.h"

/* A trainer without a network: the validation figures are those of the case. */
static void check_case(const improvement_case *c) {
  mcnn_epoch_record history[SEQUENCE_EPOCHS] = {{0}};
  const mnistcnn_dataset *const some = (const mnistcnn_dataset *)history; /* not looked at */
  mnistcnn_trainer trainer = {.history = history, .validation = some};
  trainer.options.epochs = SEQUENCE_EPOCHS + 1;
  trainer.options.metric = c->metric;
  trainer.options.stop_patience = c->stop_patience;
  trainer.options.min_delta = c->min_delta;
  trainer.options.plateau_patience = c->plateau_patience;
  trainer.options.plateau_factor = c->plateau_factor;
  trainer.options.plateau_min_rate = c->plateau_min_rate;
  trainer.options.plateau_cooldown = c->plateau_cooldown;
  mcnn_improvement_begin(&trainer.improvement);
  for (uint32_t epoch = 1; epoch <= c->epochs; epoch++) {
    assert_int_equal(trainer.improvement.stopped, 0);
    assert_true(fabs(mcnn_reduced_rate(&trainer, 0.5) - c->rates[epoch - 1]) < 1e-7);
    history[epoch - 1].validation_loss = c->metric ? 0 : c->values[epoch - 1];
    history[epoch - 1].validation_accuracy = c->metric ? c->values[epoch - 1] : 0;
    trainer.state.epoch = epoch;
    mcnn_improvement_record(&trainer);
  }
  assert_int_equal(trainer.improvement.stopped, c->stops);
}

static void it_is_as_with_keras(void **state) {
  size_t stopped = 0;
  (void)state;
  for (size_t i = 0; i < sizeof improvement_cases / sizeof improvement_cases[0]; i++) {
    check_case(&improvement_cases[i]);
    stopped += improvement_cases[i].stops;
  }
  assert_true(stopped > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_as_with_keras),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
