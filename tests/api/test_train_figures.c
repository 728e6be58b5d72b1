/* What each step of a training works on and reports: which images in which order, which of them
 * augmented, which units dropped out, and the figures of steps, epochs and stopped trainings. */
#include "api_support.h"
#include "image_args.h"
#include "temp_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const char CHECKPOINT[] = "checkpoint.safetensors";

enum { IMAGES = 24, MAX_STEPS = 2 * IMAGES };

/* --- the losses of a model that does not change ----------------------------------------------- */

static mnistcnn_model *make_model(const char *architecture) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.input_height = options.input_width = SMALL_SIDE;
  options.input_channels = 1;
  options.num_classes = SMALL_CLASSES;
  options.architecture = architecture;
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

/* The smallest learning rate there is: the weights stay as they are, so that each loss shows what
 * the step was made with. */
static mnistcnn_train_options frozen(uint32_t epochs, uint32_t batch_size) {
  mnistcnn_train_options options;
  assert_ok(mnistcnn_train_options_init(&options, sizeof options));
  options.epochs = epochs;
  options.batch_size = batch_size;
  options.optimizer = MNISTCNN_OPTIMIZER_SGD;
  options.learning_rate = 1e-30f;
  options.momentum = 0;
  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  return options;
}

/* The sum of the losses of an epoch so far, after each step of a training of IMAGES images. */
static size_t train_frozen(const char *architecture, const mnistcnn_train_options *options,
                           double sums[MAX_STEPS]) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_model(architecture);
  mnistcnn_trainer *trainer;
  size_t steps = 0;
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, options, &trainer));
  while (!mnistcnn_trainer_finished(trainer)) {
    mnistcnn_progress progress = {.struct_size = sizeof progress};
    assert_true(steps < MAX_STEPS);
    assert_ok(mnistcnn_trainer_step(trainer, &progress));
    sums[steps++] = progress.loss * (double)progress.images_done;
  }
  mnistcnn_trainer_free(trainer);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
  return steps;
}

static const char PLAIN_NET[] = "conv 4 3x3 relu, maxpool 2, flatten, dense 4 softmax";
static const char DROPOUT_NET[] = "flatten, dense 16 relu, dropout 0.5, dense 4 softmax";

static void each_epoch_has_an_order_of_its_own(void **state) {
  double sums[MAX_STEPS];
  mnistcnn_train_options options = frozen(2, 1);
  size_t same = 0;
  (void)state;
  assert_int_equal(train_frozen(PLAIN_NET, &options, sums), 2 * IMAGES);
  for (size_t i = 0; i + 1 < IMAGES; i++)
    same += sums[i] == sums[IMAGES + i];
  assert_in_range(same, 0, IMAGES / 2);
  assert_true(fabs(sums[IMAGES - 1] - sums[2 * IMAGES - 1]) < 1e-6 * sums[IMAGES - 1]);
  options.shuffle = 0;
  (void)train_frozen(PLAIN_NET, &options, sums);
  for (size_t i = 0; i < IMAGES; i++)
    assert_true(sums[i] == sums[IMAGES + i]);
}

static void each_epoch_drops_other_units(void **state) {
  double sums[MAX_STEPS];
  mnistcnn_train_options options = frozen(2, IMAGES);
  (void)state;
  options.shuffle = 0;
  assert_int_equal(train_frozen(DROPOUT_NET, &options, sums), 2);
  assert_true(sums[0] != sums[1]);
}

/* Half of the steps without augmentation: the second of two. */
static void the_last_steps_are_not_augmented(void **state) {
  double plain[MAX_STEPS], augmented[MAX_STEPS];
  mnistcnn_train_options options = frozen(1, IMAGES / 2);
  (void)state;
  assert_int_equal(train_frozen(PLAIN_NET, &options, plain), 2);
  options.augment = MNISTCNN_AUGMENT_AFFINE_ELASTIC;
  options.rotation = 30;
  options.no_augment_fraction = 0.5f;
  assert_int_equal(train_frozen(PLAIN_NET, &options, augmented), 2);
  assert_true(fabs(plain[0] - augmented[0]) > 1e-4);
  assert_true(fabs((plain[1] - plain[0]) - (augmented[1] - augmented[0])) < 1e-6);
}

/* What mnistcnn_augment_image() shows of an epoch is what that epoch trains on. */
static void an_epoch_trains_on_its_augmented_images(void **state) {
  enum { PIXELS = SMALL_SIDE * SMALL_SIDE };
  double sums[MAX_STEPS];
  float image[PIXELS], p[SMALL_CLASSES];
  mnistcnn_train_options options = frozen(2, 1);
  mnistcnn_model *model = make_model(PLAIN_NET);
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  options.shuffle = 0;
  options.augment = MNISTCNN_AUGMENT_AFFINE_ELASTIC;
  options.rotation = 30;
  (void)train_frozen(PLAIN_NET, &options, sums);
  make_images(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5, &pixels, &labels);
  for (uint32_t epoch = 1; epoch <= 2; epoch++) {
    double sum = 0;
    for (size_t i = 0; i < IMAGES; i++) {
      assert_ok(mnistcnn_augment_image(&options, epoch, i,
                                       IMAGE(pixels + i * PIXELS, SMALL_SIDE, SMALL_SIDE, 1), image,
                                       PIXELS));
      assert_ok(
          mnistcnn_predict(model, NULL, image, mnistcnn_model_num_inputs(model), p, SMALL_CLASSES));
      sum -= log((double)p[labels[i]]);
      assert_true(fabs(sum - sums[(epoch - 1) * IMAGES + i]) < 1e-5 * sum);
    }
  }
  free(pixels);
  free(labels);
  mnistcnn_model_free(model);
}

/* --- figures ---------------------------------------------------------------------------------- */

static void validation_is_without_label_smoothing(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(1);
  mnistcnn_evaluate_options evaluate;
  mnistcnn_progress last = {.struct_size = sizeof last};
  mnistcnn_metrics metrics = {.struct_size = sizeof metrics};
  (void)state;
  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  options.label_smoothing = 0.3f;
  assert_ok(mnistcnn_train(model, dataset, dataset, &options, &last));
  assert_ok(mnistcnn_evaluate_options_init(&evaluate, sizeof evaluate));
  evaluate.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  assert_ok(mnistcnn_evaluate(model, dataset, &evaluate, &metrics));
  assert_true(fabs(last.validation_loss - metrics.loss) < 1e-6);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* A line from 0.003 to 0 in 6 steps. */
static void a_step_reports_the_learning_rate_it_was_made_with(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(1);
  mnistcnn_trainer *trainer;
  (void)state;
  options.batch_size = IMAGES / 6;
  options.schedule = MNISTCNN_SCHEDULE_LINEAR;
  options.learning_rate = 0.003f;
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  for (int step = 0; step < 6; step++) {
    mnistcnn_progress progress = {.struct_size = sizeof progress};
    assert_ok(mnistcnn_trainer_step(trainer, &progress));
    assert_true(fabs(progress.learning_rate - 0.003 * (6 - step) / 6) < 1e-9);
  }
  mnistcnn_trainer_free(trainer);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* --- stopping --------------------------------------------------------------------------------- */

static int32_t stop_at_epoch_end(const mnistcnn_progress *progress, void *user) {
  const uint32_t *epoch = user;
  return progress->event == MNISTCNN_EVENT_EPOCH_END && progress->epoch == *epoch;
}

static int32_t stop_in_epoch(const mnistcnn_progress *progress, void *user) {
  const uint32_t *epoch = user;
  return progress->event == MNISTCNN_EVENT_STEP && progress->epoch == *epoch;
}

static void after_the_last_epoch_there_is_nothing_to_stop(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(2);
  uint32_t epoch = 2;
  (void)state;
  options.progress = stop_at_epoch_end;
  options.user = &epoch;
  assert_ok(mnistcnn_train(model, dataset, NULL, &options, NULL));
  epoch = 1;
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_CANCELLED);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static void a_stopped_training_gives_the_last_epoch(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(3);
  mnistcnn_progress last = {.struct_size = sizeof last};
  uint32_t epoch = 2;
  (void)state;
  options.progress = stop_in_epoch;
  options.user = &epoch;
  assert_int_equal(mnistcnn_train(model, dataset, dataset, &options, &last), MNISTCNN_CANCELLED);
  assert_int_equal(last.event, MNISTCNN_EVENT_EPOCH_END);
  assert_int_equal(last.epoch, 1);
  assert_true(last.loss > 0 && last.validation_loss > 0);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static int32_t wait_and_stop(const mnistcnn_progress *progress, void *user) {
  const struct timespec pause = {.tv_nsec = 200000000};
  (void)progress;
  (void)user;
  nanosleep(&pause, NULL);
  return 1;
}

static mnistcnn_status resume_checkpoint(const mnistcnn_dataset *dataset, mnistcnn_model **model,
                                         mnistcnn_trainer **trainer) {
  mnistcnn_resume_options options = MNISTCNN_RESUME_OPTIONS_INIT;
  options.path = CHECKPOINT;
  return mnistcnn_trainer_resume(&options, dataset, NULL, model, trainer);
}

/* The seconds of an epoch go on where they stood, whatever lay between. */
static void the_seconds_of_an_epoch_survive_a_stop(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL), *resumed;
  mnistcnn_train_options options = small_training(1);
  mnistcnn_progress progress = {.struct_size = sizeof progress};
  mnistcnn_trainer *trainer;
  (void)state;
  options.batch_size = 4;
  options.checkpoint_path = CHECKPOINT;
  options.progress = wait_and_stop;
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_CANCELLED);
  assert_ok(resume_checkpoint(dataset, &resumed, &trainer));
  assert_ok(mnistcnn_trainer_step(trainer, &progress));
  assert_int_equal(progress.step, 2);
  assert_true(progress.seconds >= 0.2);
  mnistcnn_trainer_free(trainer);
  mnistcnn_model_free(resumed);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* The same of a checkpoint that the host asks for. */
static void the_seconds_of_an_epoch_survive_a_save(void **state) {
  const struct timespec pause = {.tv_nsec = 200000000};
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL), *resumed;
  mnistcnn_train_options options = small_training(1);
  mnistcnn_progress progress = {.struct_size = sizeof progress};
  mnistcnn_trainer *trainer;
  (void)state;
  options.batch_size = 4;
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  assert_ok(mnistcnn_trainer_step(trainer, NULL));
  nanosleep(&pause, NULL);
  assert_ok(mnistcnn_trainer_save_file(trainer, CHECKPOINT));
  mnistcnn_trainer_free(trainer);
  assert_ok(resume_checkpoint(dataset, &resumed, &trainer));
  assert_ok(mnistcnn_trainer_step(trainer, &progress));
  assert_true(progress.seconds >= 0.2);
  mnistcnn_trainer_free(trainer);
  mnistcnn_model_free(resumed);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* Counts the ends of epochs, and makes a message of its own in each. */
static int32_t count_epochs(const mnistcnn_progress *progress, void *user) {
  uint32_t *epochs = user;
  *epochs += progress->event == MNISTCNN_EVENT_EPOCH_END;
  (void)mnistcnn_model_create(NULL, NULL);
  return 0;
}

/* A checkpoint in a folder that is gone: every epoch is made, recorded and reported, and every one
 * returns the error of its checkpoint. */
static void a_checkpoint_that_fails_loses_no_epoch(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL), *same = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(3);
  mnistcnn_progress figures = {.struct_size = sizeof figures};
  mnistcnn_trainer *trainer;
  uint32_t epochs = 0, failures = 0;
  (void)state;
  assert_ok(mnistcnn_train(same, dataset, NULL, &options, NULL));
  options.checkpoint_path = "there is no such folder/checkpoint";
  options.progress = count_epochs;
  options.user = &epochs;
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  while (!mnistcnn_trainer_finished(trainer)) {
    const mnistcnn_status status = mnistcnn_trainer_step(trainer, NULL);
    if (status == MNISTCNN_OK)
      continue;
    assert_int_equal(status, MNISTCNN_NOT_FOUND);
    assert_non_null(strstr(mnistcnn_last_error(), "no such folder/checkpoint"));
    failures++;
  }
  assert_int_equal(epochs, 3);
  assert_int_equal(failures, 3);
  for (uint32_t epoch = 1; epoch <= 3; epoch++)
    assert_ok(mnistcnn_trainer_history(trainer, epoch, &figures));
  mnistcnn_trainer_free(trainer);
  assert_same_model(model, same);
  mnistcnn_model_free(model);
  mnistcnn_model_free(same);
  mnistcnn_dataset_free(dataset);
}

/* It fails before the second look at the weights: those of the first, untrained, come back, the
 * averaged ones too. */
static void a_failed_training_gives_back_the_weights(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  (void)state;
  for (int average = 0; average < 2; average++) {
    mnistcnn_model *model = make_small_model(1, NULL), *untrained = make_small_model(1, NULL);
    mnistcnn_train_options options = small_training(1);
    options.batch_size = 1;
    options.optimizer = MNISTCNN_OPTIMIZER_SGD;
    options.learning_rate = 1e5f;
    options.weight_decay = 1e5f;
    options.ema_decay = average ? 0.9f : 0;
    assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_NOT_FINITE);
    assert_same_model(model, untrained);
    mnistcnn_model_free(model);
    mnistcnn_model_free(untrained);
  }
  mnistcnn_dataset_free(dataset);
}

static void a_failed_training_is_not_saved(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL), *resumed;
  mnistcnn_train_options options = small_training(1);
  mnistcnn_trainer *trainer;
  mnistcnn_status status;
  (void)state;
  options.batch_size = 1;
  options.optimizer = MNISTCNN_OPTIMIZER_SGD;
  options.learning_rate = 1e5f;
  options.weight_decay = 1e5f;
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  assert_ok(mnistcnn_trainer_save_file(trainer, CHECKPOINT));
  while ((status = mnistcnn_trainer_step(trainer, NULL)) == MNISTCNN_OK)
    continue;
  assert_int_equal(status, MNISTCNN_NOT_FINITE);
  assert_int_equal(mnistcnn_trainer_save_file(trainer, CHECKPOINT), MNISTCNN_STATE);
  assert_non_null(strstr(mnistcnn_last_error(), "failed"));
  mnistcnn_trainer_free(trainer);
  assert_ok(resume_checkpoint(dataset, &resumed, &trainer));
  assert_ok(mnistcnn_trainer_step(trainer, NULL)); /* the one saved before */
  mnistcnn_trainer_free(trainer);
  mnistcnn_model_free(resumed);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* --- messages ----------------------------------------------------------------------------------
 */

static void keep_message(int32_t level, const char *message, void *user) {
  char *kept = user;
  assert_int_equal(level, MNISTCNN_LOG_INFO);
  assert_true(kept[0] == '\0'); /* once only */
  strcpy(kept, message);
}

static void too_few_images_to_calibrate_are_logged(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(1);
  char message[512] = "";
  (void)state;
  options.log = keep_message;
  options.user = message;
  assert_ok(mnistcnn_train(model, dataset, NULL, &options, NULL));
  assert_string_equal(message, ""); /* not asked for */
  options.calibration_fraction = 0.5f;
  assert_ok(mnistcnn_train(model, dataset, NULL, &options, NULL));
  assert_non_null(strstr(message, "calibration_fraction"));
  assert_true(mnistcnn_model_temperature(model) == 1);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* A struct that is to be filled, never initialised or of a newer program: refused before any work,
 * and filled as far as it is known. */
static void output_structs_are_checked(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_model *model = make_small_model(1, NULL), *untrained = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(1);
  mnistcnn_progress progress;
  mnistcnn_metrics metrics;
  struct {
    mnistcnn_metrics known;
    uint64_t newer[2];
  } longer;
  (void)state;
  memset(&progress, 0xCC, sizeof progress);
  memset(&metrics, 0xCC, sizeof metrics);
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, &progress),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_same_model(model, untrained);
  assert_int_equal(mnistcnn_evaluate(model, dataset, NULL, &metrics), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "mnistcnn_metrics"));
  memset(&longer, 0xAB, sizeof longer);
  longer.known.struct_size = sizeof longer;
  assert_ok(mnistcnn_evaluate(model, dataset, NULL, &longer.known));
  assert_int_equal(longer.known.count, IMAGES);
  assert_int_equal(longer.newer[1], 0);
  mnistcnn_model_free(model);
  mnistcnn_model_free(untrained);
  mnistcnn_dataset_free(dataset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_epoch_has_an_order_of_its_own),
      cmocka_unit_test(each_epoch_drops_other_units),
      cmocka_unit_test(the_last_steps_are_not_augmented),
      cmocka_unit_test(an_epoch_trains_on_its_augmented_images),
      cmocka_unit_test(validation_is_without_label_smoothing),
      cmocka_unit_test(a_step_reports_the_learning_rate_it_was_made_with),
      cmocka_unit_test(after_the_last_epoch_there_is_nothing_to_stop),
      cmocka_unit_test(a_stopped_training_gives_the_last_epoch),
      cmocka_unit_test(the_seconds_of_an_epoch_survive_a_stop),
      cmocka_unit_test(the_seconds_of_an_epoch_survive_a_save),
      cmocka_unit_test(a_checkpoint_that_fails_loses_no_epoch),
      cmocka_unit_test(a_failed_training_gives_back_the_weights),
      cmocka_unit_test(a_failed_training_is_not_saved),
      cmocka_unit_test(too_few_images_to_calibrate_are_logged),
      cmocka_unit_test(output_structs_are_checked),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
