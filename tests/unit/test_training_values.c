/* Softmax, losses, metrics, optimisers and schedules against values computed independently
 * (tests/golden/training_values.py). */
#include "../golden/training_values.h"
#include "kernels/elementwise/softmax.h"
#include "mnistcnn.h"
#include "nn/loss.h"
#include "train/checkpoint.h"
#include "train/optimizer.h"
#include "train/options.h"
#include "train/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CLASSES = 10, ROWS = 6, PARAMETERS = 7, STEPS = 6, TOTAL_STEPS = 50 };

static void assert_near(double got, double want, double tolerance) {
  assert_true(fabs(got - want) <= tolerance * (1 + fabs(want)));
}

static void softmax_matches(void **state) {
  float p[ROWS * CLASSES];
  (void)state;
  mcnn_softmax_rows(ROWS, CLASSES, value_logits, p);
  for (size_t i = 0; i < ROWS * CLASSES; i++)
    assert_near((double)p[i], (double)value_probabilities[i], 2e-7);
}

static void check_loss(const mcnn_loss *loss, const double *want, const float *gradient) {
  float dz[ROWS * CLASSES];
  for (size_t i = 0; i < ROWS; i++) {
    mcnn_loss_sums sums = {0};
    mcnn_loss_add(loss, value_probabilities + i * CLASSES, value_labels + i, 1, &sums);
    assert_near(sums.loss, want[i], 1e-6);
  }
  mcnn_loss_gradient(loss, ROWS, value_probabilities, value_labels, ROWS, dz);
  for (size_t i = 0; i < ROWS * CLASSES; i++)
    assert_near((double)dz[i], (double)gradient[i], 1e-7);
}

static void losses_match(void **state) {
  const mcnn_loss bce = {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, CLASSES, MCNN_OUTPUT_SOFTMAX, NULL};
  const mcnn_loss cce = {MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY, 0, CLASSES, MCNN_OUTPUT_SOFTMAX,
                         NULL};
  const mcnn_loss smooth = {MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY, 0.1f, CLASSES,
                            MCNN_OUTPUT_SOFTMAX, NULL};
  (void)state;
  check_loss(&bce, value_bce, value_bce_gradient);
  check_loss(&cce, value_cce, value_cce_gradient);
  check_loss(&smooth, value_cce_smooth, value_cce_smooth_gradient);
}

static void metrics_match(void **state) {
  const mcnn_loss bce = {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, CLASSES, MCNN_OUTPUT_SOFTMAX, NULL};
  mcnn_loss_sums sums = {0};
  (void)state;
  mcnn_loss_add(&bce, value_probabilities, value_labels, ROWS, &sums);
  assert_int_equal(sums.images, ROWS);
  assert_int_equal(sums.correct, value_correct[0]);
  assert_int_equal(sums.binary_correct, value_binary_correct[0]);
}

static void a_nan_is_never_right(void **state) {
  const mcnn_loss bce = {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, 2, MCNN_OUTPUT_SOFTMAX, NULL};
  const float p[2] = {NAN, NAN};
  const uint32_t label = 0;
  mcnn_loss_sums sums = {0};
  (void)state;
  mcnn_loss_add(&bce, p, &label, 1, &sums);
  assert_int_equal(sums.correct, 0);
  assert_true(isnan(sums.loss));
}

typedef struct optimizer_case {
  int32_t kind;
  uint32_t nesterov;
  float decay;
  const float *want;
} optimizer_case;

static void check_optimizer(const optimizer_case *c, const mcnn_kernels *kernels) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mnistcnn_train_options options;
  mcnn_optimizer optimizer;
  float w[PARAMETERS];
  mcnn_train_defaults(&options);
  options.optimizer = c->kind;
  options.nesterov = c->nesterov;
  options.weight_decay = c->decay;
  options.beta2 = 0.99f;
  memcpy(w, value_start, sizeof w);
  assert_int_equal(mcnn_optimizer_init(&optimizer, &options, kernels, w, PARAMETERS, &alloc), 0);
  for (size_t step = 0; step < STEPS; step++) {
    mcnn_optimizer_begin(&optimizer, step, (double)0.01f);
    mcnn_optimizer_update(&optimizer, 1, 0, value_gradients + step * PARAMETERS, 3, w);
    mcnn_optimizer_update(&optimizer, 1, 3, value_gradients + step * PARAMETERS + 3, 4, w);
  }
  for (size_t i = 0; i < PARAMETERS; i++)
    assert_near((double)w[i], (double)c->want[i], 1e-6);
  mcnn_optimizer_free(&optimizer);
}

static void optimizers_match(void **state) {
  const optimizer_case cases[] = {
      {MNISTCNN_OPTIMIZER_RMSPROP, 0, 0, value_rmsprop},
      {MNISTCNN_OPTIMIZER_SGD, 0, 0, value_sgd},
      {MNISTCNN_OPTIMIZER_SGD, 1, 0.3f, value_sgd_nesterov_decay},
      {MNISTCNN_OPTIMIZER_ADAM, 0, 0.3f, value_adam}, /* plain Adam takes no decay */
      {MNISTCNN_OPTIMIZER_ADAMW, 0, 0.3f, value_adamw},
  };
  (void)state;
  for (int isa = 0; isa < MCNN_ISA_COUNT; isa++) {
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
      if (mcnn_isa_available((mcnn_isa)isa))
        check_optimizer(&cases[i], mcnn_kernels_for((mcnn_isa)isa));
  }
}

static void biases_do_not_decay(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const float zero = 0;
  mnistcnn_train_options options;
  mcnn_optimizer optimizer;
  float w = 1;
  (void)state;
  mcnn_train_defaults(&options);
  options.optimizer = MNISTCNN_OPTIMIZER_ADAMW;
  options.weight_decay = 0.5f;
  assert_int_equal(
      mcnn_optimizer_init(&optimizer, &options, mcnn_kernels_for(mcnn_isa_best()), &w, 1, &alloc),
      0);
  mcnn_optimizer_begin(&optimizer, 0, 0.1);
  mcnn_optimizer_update(&optimizer, 0, 0, &zero, 1, &w);
  assert_true(w == 1.0f);
  mcnn_optimizer_update(&optimizer, 1, 0, &zero, 1, &w);
  assert_near((double)w, 0.95, 1e-6);
  mcnn_optimizer_free(&optimizer);
}

/* (1 + step) / (10 + step), until that is more than the decay asked for. */
static void the_average_forgets_early_steps_sooner(void **state) {
  static const double want[][2] = {{0, 0.1}, {5, 0.4}, {90, 0.91}, {100000, 0.999}};
  const mcnn_alloc alloc = mcnn_alloc_default();
  mnistcnn_train_options options;
  mcnn_optimizer optimizer;
  (void)state;
  mcnn_train_defaults(&options);
  options.ema_decay = 0.999f;
  for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
    const float gradient = 1;
    float w = 1;
    assert_int_equal(
        mcnn_optimizer_init(&optimizer, &options, mcnn_kernels_for(mcnn_isa_best()), &w, 1, &alloc),
        0);
    mcnn_optimizer_begin(&optimizer, (uint64_t)want[i][0], 0.1);
    mcnn_optimizer_update(&optimizer, 1, 0, &gradient, 1, &w);
    assert_true(w < 1);
    assert_near((double)optimizer.ema[0], want[i][1] + (1 - want[i][1]) * (double)w, 1e-6);
    mcnn_optimizer_free(&optimizer);
  }
}

static void schedules_match(void **state) {
  mnistcnn_train_options options;
  (void)state;
  mcnn_train_defaults(&options);
  options.learning_rate = 0.003f;
  options.warmup_fraction = 0.2f;
  options.warmup_start_ratio = 0.04f;
  for (uint64_t t = 0; t < TOTAL_STEPS; t++) {
    options.schedule = MNISTCNN_SCHEDULE_CONSTANT;
    assert_true(mcnn_learning_rate(&options, t, TOTAL_STEPS) == (double)0.003f);
    options.schedule = MNISTCNN_SCHEDULE_LINEAR;
    assert_near(mcnn_learning_rate(&options, t, TOTAL_STEPS), value_linear[t], 1e-12);
    options.schedule = MNISTCNN_SCHEDULE_COSINE;
    assert_near(mcnn_learning_rate(&options, t, TOTAL_STEPS), value_cosine[t], 1e-12);
  }
}

/* PyTorch's OneCycleLR with anneal_strategy "cos", as its get_lr() computes it. */
static double torch_one_cycle(double step, double total, double peak, double pct_start,
                              double div_factor, double final_div_factor) {
  const double pi = 3.14159265358979323846, initial = peak / div_factor;
  const double least = initial / final_div_factor;
  const double ends[2] = {pct_start * total - 1, total - 1};
  const double from[2] = {initial, peak}, to[2] = {peak, least};
  double start_step = 0;
  for (int i = 0; i < 2; i++) {
    if (step <= ends[i] || i == 1) {
      const double pct = (step - start_step) / (ends[i] - start_step);
      return to[i] + (from[i] - to[i]) / 2.0 * (cos(pi * pct) + 1);
    }
    start_step = ends[i];
  }
  return 0;
}

static void one_cycle_is_that_of_pytorch(void **state) {
  mnistcnn_train_options options;
  (void)state;
  mcnn_train_defaults(&options);
  options.schedule = MNISTCNN_SCHEDULE_ONE_CYCLE;
  options.learning_rate = 0.003f;
  options.warmup_fraction = 0.3f;
  options.warmup_start_ratio = 0.04f; /* div_factor 25 */
  options.final_lr_ratio = 4e-6f;     /* final_div_factor 1e4 */
  for (uint64_t total = 10; total <= TOTAL_STEPS; total++)
    for (uint64_t t = 0; t < total; t++)
      assert_near(mcnn_learning_rate(&options, t, total),
                  torch_one_cycle((double)t, (double)total, (double)0.003f, 0.3, 25, 1e4), 1e-9);
}

/* As short as a cycle can be, and all of it down: finite, from the peak to the end. */
static void one_cycle_has_no_shortest(void **state) {
  static const float fractions[] = {0, 0.1f, 0.25f, 0.5f, 0.75f, 0.99999994f};
  mnistcnn_train_options options;
  (void)state;
  mcnn_train_defaults(&options);
  options.schedule = MNISTCNN_SCHEDULE_ONE_CYCLE;
  options.learning_rate = 1;
  options.final_lr_ratio = 0.125f;
  for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
    options.warmup_fraction = fractions[i];
    for (uint64_t total = 1; total <= 9; total++) {
      for (uint64_t t = 0; t < total; t++) {
        const double rate = mcnn_learning_rate(&options, t, total);
        assert_true(rate >= 0 && rate <= 1);
      }
      if (total > 1)
        assert_near(mcnn_learning_rate(&options, total - 1, total), 0.125, 1e-12);
    }
  }
}

/* 4 epochs of 3 steps. */
static void steps_are_those_of_pytorch(void **state) {
  static const double want[2][4] = {{1, 0.5, 0.25, 0.125}, {1, 1, 0.5, 0.5}};
  mnistcnn_train_options options;
  (void)state;
  mcnn_train_defaults(&options);
  options.schedule = MNISTCNN_SCHEDULE_STEP;
  options.learning_rate = 1;
  options.step_factor = 0.5f;
  for (options.step_epochs = 1; options.step_epochs <= 2; options.step_epochs++)
    for (uint64_t t = 0; t < 12; t++)
      assert_true(mcnn_learning_rate(&options, t, 12) == want[options.step_epochs - 1][t / 3]);
}

/* What falls to a share of the peak is that share of it plus the rest of what falls to 0. */
static void schedules_end_where_they_are_told(void **state) {
  const int32_t kinds[] = {MNISTCNN_SCHEDULE_LINEAR, MNISTCNN_SCHEDULE_COSINE};
  mnistcnn_train_options options;
  (void)state;
  mcnn_train_defaults(&options);
  options.warmup_fraction = 0.2f;
  for (size_t i = 0; i < 2; i++) {
    for (uint64_t t = 0; t < TOTAL_STEPS; t++) {
      options.schedule = kinds[i];
      options.final_lr_ratio = 0;
      const double to_zero = mcnn_learning_rate(&options, t, TOTAL_STEPS);
      options.final_lr_ratio = 0.25f;
      const double falling = 0.25 * (double)options.learning_rate + 0.75 * to_zero;
      assert_near(mcnn_learning_rate(&options, t, TOTAL_STEPS),
                  t < TOTAL_STEPS / 5 ? to_zero : falling, 1e-9);
    }
  }
}

/* What is written can be read: an optimiser of two arrays and an average make a file of more than
 * 2 GiB of 107 million parameters. */
static void the_largest_checkpoint_may_be_read(void **state) {
  const uint64_t arrays = 1 + 2 + 2; /* the model, the optimiser's, the weights and the average */
  (void)state;
  if (sizeof(size_t) < 8)
    skip();
  assert_true(mcnn_checkpoint_max_bytes() > (uint64_t)2 << 30);
  assert_true(mcnn_checkpoint_max_bytes() > arrays * MCNN_MAX_PARAMETERS * sizeof(float));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_largest_checkpoint_may_be_read),
      cmocka_unit_test(softmax_matches),
      cmocka_unit_test(losses_match),
      cmocka_unit_test(metrics_match),
      cmocka_unit_test(a_nan_is_never_right),
      cmocka_unit_test(optimizers_match),
      cmocka_unit_test(biases_do_not_decay),
      cmocka_unit_test(the_average_forgets_early_steps_sooner),
      cmocka_unit_test(schedules_match),
      cmocka_unit_test(schedules_end_where_they_are_told),
      cmocka_unit_test(one_cycle_is_that_of_pytorch),
      cmocka_unit_test(one_cycle_has_no_shortest),
      cmocka_unit_test(steps_are_those_of_pytorch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
