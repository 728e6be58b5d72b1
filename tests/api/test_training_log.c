/* What the log of a training is told: what has no effect, what the datasets lack, and a network
 * that does not learn. A healthy training is told nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image_args.h"
#include "network_support.h"

typedef struct messages {
  size_t count, warnings;
  char text[2048]; /* all of them, each followed by a newline */
} messages;

static void keep_message(int32_t level, const char *message, void *user) {
  messages *m = user;
  const size_t length = strlen(m->text);
  assert_null(strchr(message, '\n'));
  (void)snprintf(m->text + length, sizeof m->text - length, "%s\n", message);
  m->count++;
  m->warnings += level == MNISTCNN_LOG_WARNING;
}

static mnistcnn_status train(const char *architecture, const mnistcnn_dataset *dataset,
                             const mnistcnn_dataset *validation,
                             const mnistcnn_train_options *options, messages *m) {
  mnistcnn_train_options own = *options;
  mnistcnn_model *model = make_network(architecture);
  *m = (messages){0};
  own.log = keep_message;
  own.user = m;
  const mnistcnn_status status = mnistcnn_train(model, dataset, validation, &own, NULL);
  mnistcnn_model_free(model);
  return status;
}

/* Just one message, which contains `text`. */
static void assert_one(const messages *m, const char *text) {
  if (m->count != 1 || !strstr(m->text, text))
    fail_msg("not just \"%s\", but:\n%s", text, m->text);
}

static void assert_none(const messages *m) {
  if (m->count != 0)
    fail_msg("unexpected:\n%s", m->text);
}

/* --- options ---------------------------------------------------------------------------------- */

#define IDLE(member, value, message)                                                               \
  do {                                                                                             \
    mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;                                  \
    options.epochs = 1;                                                                            \
    options.member = value;                                                                        \
    assert_ok(train(SMALL_ARCHITECTURE, dataset, dataset, &options, &m));                          \
    assert_one(&m, #member " has no effect: it belongs to " message);                              \
    assert_int_equal(m.warnings, 1);                                                               \
  } while (0)

static void options_without_effect_are_named(void **state) {
  mnistcnn_dataset *dataset = make_dataset(40, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  messages m;
  (void)state;
  IDLE(nesterov, 1, "SGD");
  IDLE(momentum, 0.5f, "SGD");
  IDLE(beta1, 0.8f, "Adam");
  IDLE(beta2, 0.9f, "Adam");
  IDLE(weight_decay, 0.1f, "AdamW and SGD");
  IDLE(warmup_fraction, 0.1f, "a schedule with warmup");
  IDLE(warmup_start_ratio, 0.1f, "a schedule with warmup");
  IDLE(final_lr_ratio, 0.1f, "a schedule that falls");
  IDLE(step_factor, 0.5f, "the schedule of steps");
  IDLE(step_epochs, 2, "the schedule of steps");
  IDLE(no_augment_fraction, 0.5f, "augmentation");
  IDLE(min_delta, 0.5f, "stop_patience");
  IDLE(plateau_factor, 0.5f, "plateau_patience");
  IDLE(plateau_min_rate, 0.5f, "plateau_patience");
  IDLE(plateau_cooldown, 1, "plateau_patience");
  IDLE(metric, MNISTCNN_METRIC_VALIDATION_ACCURACY, "keep_best");
  mnistcnn_train_options options = small_training(1);
  options.optimizer = MNISTCNN_OPTIMIZER_SGD;
  options.rho = 0.5f;
  assert_ok(train(SMALL_ARCHITECTURE, dataset, NULL, &options, &m));
  assert_one(&m, "rho has no effect");
  options.rho = 0.9f;
  options.epsilon = 1e-4f;
  assert_ok(train(SMALL_ARCHITECTURE, dataset, NULL, &options, &m));
  assert_one(&m, "epsilon has no effect");
  mnistcnn_dataset_free(dataset);
}

/* All of them where they belong. */
static void options_with_effect_are_not(void **state) {
  mnistcnn_dataset *dataset = make_dataset(40, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  mnistcnn_train_options options = small_training(1);
  messages m;
  (void)state;
  options.optimizer = MNISTCNN_OPTIMIZER_SGD;
  options.nesterov = 1;
  options.momentum = 0.5f;
  options.weight_decay = 0.1f;
  options.schedule = MNISTCNN_SCHEDULE_COSINE;
  options.warmup_fraction = 0.1f;
  options.warmup_start_ratio = options.final_lr_ratio = 0.2f;
  options.no_augment_fraction = 0.5f;
  options.plateau_patience = 1;
  options.plateau_factor = options.plateau_min_rate = options.min_delta = 0.5f;
  options.plateau_cooldown = 1;
  options.metric = MNISTCNN_METRIC_VALIDATION_ACCURACY;
  assert_ok(train(SMALL_ARCHITECTURE, dataset, dataset, &options, &m));
  assert_none(&m);
  options = small_training(1);
  options.optimizer = MNISTCNN_OPTIMIZER_ADAM;
  options.beta1 = 0.8f;
  options.beta2 = 0.9f;
  options.epsilon = 1e-7f;
  options.schedule = MNISTCNN_SCHEDULE_STEP;
  options.step_epochs = 1;
  options.step_factor = 0.5f;
  assert_ok(train(SMALL_ARCHITECTURE, dataset, NULL, &options, &m));
  assert_none(&m);
  mnistcnn_dataset_free(dataset);
}

static void sizes_that_are_not_kept_are_noted(void **state) {
  mnistcnn_dataset *dataset = make_dataset(40, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  mnistcnn_train_options options = small_training(1);
  messages m;
  (void)state;
  options.batch_size = 41;
  assert_ok(train(SMALL_ARCHITECTURE, dataset, NULL, &options, &m));
  assert_one(&m, "batch_size is 41, but there are 40 images");
  assert_int_equal(m.warnings, 0);
  options.batch_size = 40;
  options.calibration_fraction = 0.1f;
  assert_ok(train(SMALL_ARCHITECTURE, dataset, NULL, &options, &m));
  assert_one(&m, "calibration_fraction holds out fewer than 100 of 40 images");
  mnistcnn_dataset_free(dataset);
}

/* --- classes ---------------------------------------------------------------------------------- */

/* Of make_dataset(), the classes whose bit is set in `classes`. */
static mnistcnn_dataset *some_classes(uint32_t classes, const char *const *names) {
  uint8_t *pixels;
  int32_t *labels;
  mnistcnn_dataset *dataset, *subset;
  size_t indices[80], count = 0;
  make_images(80, SMALL_SIDE, 1, SMALL_CLASSES, 7, &pixels, &labels);
  assert_ok(mnistcnn_dataset_create_copy(
      LABELLED(pixels, labels, 80, SMALL_SIDE, SMALL_SIDE, 1, SMALL_CLASSES, names), NULL,
      &dataset));
  for (size_t i = 0; i < 80; i++)
    if (classes >> labels[i] & 1)
      indices[count++] = i;
  assert_ok(mnistcnn_dataset_subset(dataset, indices, count, &subset));
  mnistcnn_dataset_free(dataset);
  free(pixels);
  free(labels);
  return subset;
}

static void missing_classes_are_named(void **state) {
  static const char *const names[SMALL_CLASSES] = {"ant", "bee", "cat", "dog"};
  mnistcnn_dataset *all = some_classes(15, names), *no_cat = some_classes(11, names);
  mnistcnn_dataset *only_bee = some_classes(2, names), *numbered = some_classes(3, NULL);
  const mnistcnn_train_options options = small_training(1);
  messages m;
  (void)state;
  assert_ok(train(SMALL_ARCHITECTURE, all, all, &options, &m));
  assert_none(&m);
  assert_ok(train(SMALL_ARCHITECTURE, no_cat, NULL, &options, &m));
  assert_one(&m, "class \"cat\" has no training images\n");
  assert_ok(train(SMALL_ARCHITECTURE, all, no_cat, &options, &m));
  assert_one(&m, "class \"cat\" has no validation images\n");
  assert_ok(train(SMALL_ARCHITECTURE, all, only_bee, &options, &m));
  assert_one(&m, "class \"ant\" has no validation images, nor have 2 other classes\n");
  assert_ok(train(SMALL_ARCHITECTURE, only_bee, NULL, &options, &m));
  assert_one(&m, "all training images are of class \"bee\"");
  assert_ok(train(SMALL_ARCHITECTURE, numbered, NULL, &options, &m));
  assert_one(&m, "class 2 has no training images, nor have 1 other classes\n");
  mnistcnn_dataset_free(numbered);
  mnistcnn_dataset_free(only_bee);
  mnistcnn_dataset_free(no_cat);
  mnistcnn_dataset_free(all);
}

/* --- networks that do not learn --------------------------------------------------------------- */

#define DEEP "flatten, dense 32 relu, dense 32 relu, dense 4 softmax"

/* Each says so once, not in every epoch. */
static void dead_networks_are_named(void **state) {
  static const struct {
    int32_t optimizer, loss;
    float rate;
    const char *message;
  } deaths[] = {
      {MNISTCNN_OPTIMIZER_RMSPROP, 0, 0.1f, "the network gives every image the same output"},
      {MNISTCNN_OPTIMIZER_SGD, 0, 10, "the network gives every image the same output"},
      {MNISTCNN_OPTIMIZER_ADAM, 0, 0.1f, "the network gives every image the same output"},
      {MNISTCNN_OPTIMIZER_ADAMW, 0, 0.1f, "the network gives every image the same output"},
      {MNISTCNN_OPTIMIZER_SGD, 1, 2, "the network gives every image the same output"},
      /* Clipped by binary cross entropy, outputs that differ are stuck, too. */
      {MNISTCNN_OPTIMIZER_RMSPROP, 0, 10, "the loss has not changed"},
  };
  mnistcnn_dataset *dataset = make_dataset(200, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  messages m;
  (void)state;
  for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
    mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
    options.epochs = 6;
    options.optimizer = deaths[i].optimizer;
    options.loss = deaths[i].loss;
    options.learning_rate = deaths[i].rate;
    assert_ok(train(DEEP, dataset, NULL, &options, &m));
    assert_one(&m, deaths[i].message);
    assert_int_equal(m.warnings, 1);
  }
  mnistcnn_dataset_free(dataset);
}

static void rates_without_effect_are_named(void **state) {
  mnistcnn_dataset *dataset = make_dataset(200, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  messages m;
  (void)state;
  options.learning_rate = 1e-20f;
  assert_ok(train(DEEP, dataset, NULL, &options, &m));
  assert_one(&m, "epoch 2: the loss has not changed");
  mnistcnn_dataset_free(dataset);
}

/* A linear network cannot die: it swings. */
static void rates_that_are_too_high_are_named(void **state) {
  mnistcnn_dataset *dataset = make_dataset(200, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  messages m;
  (void)state;
  options.epochs = 20;
  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  options.optimizer = MNISTCNN_OPTIMIZER_ADAM;
  options.schedule = MNISTCNN_SCHEDULE_LINEAR;
  options.warmup_fraction = 0.999f;
  options.learning_rate = 500;
  assert_ok(train("flatten, dense 8, dense 8, dense 4 softmax", dataset, NULL, &options, &m));
  assert_one(&m, "the loss rises");
  mnistcnn_dataset_free(dataset);
}

/* No false alarms: whatever the seed, the optimiser and the size of the dataset; also where all has
 * been learnt, and where there is but one class. */
static void healthy_trainings_are_quiet(void **state) {
  static const float rates[] = {0.002f, 0.05f, 0.003f, 0.003f};
  static const size_t counts[] = {4, 30, 200};
  messages m;
  (void)state;
  for (uint32_t run = 0; run < 24; run++) {
    mnistcnn_dataset *dataset = make_dataset(counts[run % 3], SMALL_SIDE, 1, SMALL_CLASSES, run);
    mnistcnn_train_options options = small_training(run % 5 ? 8 : 40);
    options.batch_size = counts[run % 3] < 16 ? 4 : 16;
    options.seed = run;
    options.optimizer = (int32_t)(run % 4);
    options.loss = (int32_t)(run / 4 % 2);
    options.learning_rate = rates[run % 4];
    assert_ok(train(SMALL_ARCHITECTURE, dataset, dataset, &options, &m));
    assert_none(&m);
    mnistcnn_dataset_free(dataset);
  }
  mnistcnn_dataset *one = some_classes(2, NULL);
  mnistcnn_train_options options = small_training(60);
  assert_ok(train(SMALL_ARCHITECTURE, one, NULL, &options, &m));
  assert_one(&m, "all training images are of class 1");
  mnistcnn_dataset_free(one);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_without_effect_are_named),
      cmocka_unit_test(options_with_effect_are_not),
      cmocka_unit_test(sizes_that_are_not_kept_are_noted),
      cmocka_unit_test(missing_classes_are_named),
      cmocka_unit_test(dead_networks_are_named),
      cmocka_unit_test(rates_without_effect_are_named),
      cmocka_unit_test(rates_that_are_too_high_are_named),
      cmocka_unit_test(healthy_trainings_are_quiet),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
