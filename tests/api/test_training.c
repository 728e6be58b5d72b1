// labels: threads
/* Training through the public API: it learns, it repeats, it can be stopped and taken up again, and
 * what goes wrong leaves things as they were. */
#include "api_support.h"
#include "image_args.h"
#include "temp_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char CHECKPOINT[] = "checkpoint.safetensors";

/* --- learning --------------------------------------------------------------------------------- */

static void overfits_32_images(void **state) {
  mnistcnn_dataset *dataset = make_dataset(32, 28, 3, 10, 5);
  mnistcnn_train_options options;
  mnistcnn_progress last = {.struct_size = sizeof last};
  mnistcnn_model *model;
  (void)state;
  assert_ok(mnistcnn_train_options_init(&options, sizeof options));
  options.epochs = 60;
  assert_ok(mnistcnn_model_create(NULL, &model));
  assert_ok(mnistcnn_train(model, dataset, dataset, &options, &last));
  assert_true(last.loss < 1e-4);
  assert_true(last.validation_accuracy == 1.0);
  assert_true(last.validation_binary_accuracy == 1.0);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static void every_optimizer_and_loss_learns(void **state) {
  static const float rates[] = {0.002f, 0.05f, 0.003f, 0.003f};
  mnistcnn_dataset *dataset = make_dataset(64, SMALL_SIDE, 1, SMALL_CLASSES, 6);
  (void)state;
  for (int32_t optimizer = 0; optimizer <= MNISTCNN_OPTIMIZER_ADAMW; optimizer++) {
    for (int32_t loss = 0; loss <= MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY; loss++) {
      mnistcnn_train_options options = small_training(30);
      mnistcnn_progress last = {.struct_size = sizeof last};
      mnistcnn_model *model = make_small_model(1, NULL);
      options.optimizer = optimizer;
      options.loss = loss;
      options.learning_rate = rates[optimizer];
      options.schedule = loss ? MNISTCNN_SCHEDULE_COSINE : MNISTCNN_SCHEDULE_LINEAR;
      options.warmup_fraction = 0.1f;
      assert_ok(mnistcnn_train(model, dataset, dataset, &options, &last));
      assert_true(last.validation_accuracy > 0.95);
      mnistcnn_model_free(model);
    }
  }
  mnistcnn_dataset_free(dataset);
}

/* --- the same bytes --------------------------------------------------------------------------- */

static mnistcnn_train_options averaged_adamw(uint32_t epochs) {
  mnistcnn_train_options options = small_training(epochs);
  options.optimizer = MNISTCNN_OPTIMIZER_ADAMW;
  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  options.schedule = MNISTCNN_SCHEDULE_LINEAR;
  options.final_lr_ratio = 0.2f;
  options.dilate = 0.4f;
  options.weight_decay = 0.1f;
  options.ema_decay = 0.95f;
  options.no_augment_fraction = 0.3f;
  return options;
}

static void same_bytes_at_any_thread_count(void **state) {
  static const uint32_t threads[] = {2, 3, 8};
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  mnistcnn_model *alone = make_small_model(3, NULL);
  mnistcnn_train_options options = averaged_adamw(2);
  (void)state;
  assert_ok(mnistcnn_train(alone, dataset, dataset, &options, NULL));
  for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
    mnistcnn_model *model = make_small_model(3, NULL);
    options.num_threads = threads[i];
    assert_ok(mnistcnn_train(model, dataset, dataset, &options, NULL));
    assert_same_model(alone, model);
    mnistcnn_model_free(model);
  }
  mnistcnn_model_free(alone);
  mnistcnn_dataset_free(dataset);
}

static void another_seed_gives_another_model(void **state) {
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  mnistcnn_model *one = make_small_model(1, NULL), *other = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(1);
  size_t one_size, other_size;
  (void)state;
  assert_ok(mnistcnn_train(one, dataset, NULL, &options, NULL));
  options.seed = 2;
  assert_ok(mnistcnn_train(other, dataset, NULL, &options, NULL));
  unsigned char *one_bytes = model_bytes(one, &one_size);
  unsigned char *other_bytes = model_bytes(other, &other_size);
  assert_true(one_size != other_size || memcmp(one_bytes, other_bytes, one_size) != 0);
  free(one_bytes);
  free(other_bytes);
  mnistcnn_model_free(one);
  mnistcnn_model_free(other);
  mnistcnn_dataset_free(dataset);
}

/* --- cancelling and resuming ------------------------------------------------------------------ */

typedef struct stop_after {
  int calls_left;
  uint32_t events[5];
} stop_after;

static int32_t count_down(const mnistcnn_progress *progress, void *user) {
  stop_after *stop = user;
  assert_in_range(progress->event, 0, 4);
  stop->events[progress->event]++;
  return stop->calls_left-- == 0;
}

/* Trains until callback number `call`, then from the checkpoint to the end, with another number of
 * threads; returns 0 where training was over before. */
static int interrupted(const mnistcnn_train_options *options, const mnistcnn_dataset *train,
                       const mnistcnn_dataset *validation, int call,
                       const mnistcnn_model *uninterrupted) {
  mnistcnn_train_options first = *options;
  mnistcnn_resume_options second = MNISTCNN_RESUME_OPTIONS_INIT;
  stop_after stop = {.calls_left = call};
  mnistcnn_model *model = make_small_model(1, NULL), *resumed;
  first.checkpoint_path = CHECKPOINT;
  first.progress = count_down;
  first.user = &stop;
  const mnistcnn_status status = mnistcnn_train(model, train, validation, &first, NULL);
  if (status == MNISTCNN_OK) {
    assert_same_model(uninterrupted, model);
    mnistcnn_model_free(model);
    return 0;
  }
  assert_int_equal(status, MNISTCNN_CANCELLED);
  second.path = CHECKPOINT;
  second.num_threads = 2;
  assert_ok(mnistcnn_train_resume(&second, train, validation, &resumed, NULL));
  assert_same_model(uninterrupted, resumed);
  mnistcnn_model_free(model);
  mnistcnn_model_free(resumed);
  return 1;
}

static void resuming_equals_never_stopping(void **state) {
  mnistcnn_dataset *train = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_dataset *validation = make_dataset(20, SMALL_SIDE, 1, SMALL_CLASSES, 9);
  mnistcnn_train_options recipes[2] = {small_training(3), averaged_adamw(3)};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    mnistcnn_model *uninterrupted = make_small_model(1, NULL);
    int call = 0;
    assert_ok(mnistcnn_train(uninterrupted, train, validation, &recipes[i], NULL));
    while (interrupted(&recipes[i], train, validation, call, uninterrupted))
      call++;
    assert_true(call > 15); /* 3 epochs of 5 steps, and the events between them */
    mnistcnn_model_free(uninterrupted);
  }
  remove(CHECKPOINT);
  mnistcnn_dataset_free(train);
  mnistcnn_dataset_free(validation);
}

/* --- calibration ------------------------------------------------------------------------------ */

enum { CALIBRATED_IMAGES = 450 };

/* Every tenth label is wrong, so that there are mistakes among the images held out. */
static mnistcnn_dataset *make_noisy_dataset(void) {
  uint8_t *pixels;
  int32_t *labels;
  mnistcnn_dataset *dataset;
  make_images(CALIBRATED_IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 11, &pixels, &labels);
  for (size_t i = 0; i < CALIBRATED_IMAGES; i += 10)
    labels[i] = (labels[i] + 1) % SMALL_CLASSES;
  assert_ok(mnistcnn_dataset_create_copy(
      LABELLED(pixels, labels, CALIBRATED_IMAGES, SMALL_SIDE, SMALL_SIDE, 1, SMALL_CLASSES, NULL),
      NULL, &dataset));
  free(pixels);
  free(labels);
  return dataset;
}

static mnistcnn_train_options calibrated(uint32_t epochs) {
  mnistcnn_train_options options = averaged_adamw(epochs);
  options.label_smoothing = 0.3f; /* which makes it far from sure enough */
  options.calibration_fraction = 0.3f;
  options.batch_size = 64;
  return options;
}

/* The images held out are those of a split of the same fraction and seed: setting the temperature
 * back to 1 does them no good. */
static void held_out_images_fit_the_temperature(void **state) {
  mnistcnn_dataset *dataset = make_noisy_dataset(), *kept, *held_out;
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_train_options options = calibrated(20);
  mnistcnn_evaluate_options evaluate;
  mnistcnn_metrics fitted = {.struct_size = sizeof fitted}, plain = fitted;
  (void)state;
  assert_ok(mnistcnn_train(model, dataset, NULL, &options, NULL));
  assert_string_equal(mnistcnn_model_note(model, "training.held_out"), "135");
  assert_string_equal(mnistcnn_model_note(model, "training.images"), "315");
  assert_true(mnistcnn_model_temperature(model) < 0.9f);
  assert_ok(mnistcnn_dataset_split(dataset, 0.3, options.seed, &kept, &held_out));
  assert_ok(mnistcnn_evaluate_options_init(&evaluate, sizeof evaluate));
  evaluate.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  assert_ok(mnistcnn_evaluate(model, held_out, &evaluate, &fitted));
  assert_ok(mnistcnn_model_set_temperature(model, 1));
  assert_ok(mnistcnn_evaluate(model, held_out, &evaluate, &plain));
  assert_int_equal(fitted.correct, plain.correct);
  assert_true(fitted.loss < plain.loss);
  assert_true(fitted.calibration_error < plain.calibration_error);
  mnistcnn_dataset_free(held_out);
  mnistcnn_dataset_free(kept);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static void calibration_repeats_and_resumes(void **state) {
  mnistcnn_dataset *dataset = make_noisy_dataset();
  mnistcnn_model *uninterrupted = make_small_model(1, NULL);
  const mnistcnn_train_options options = calibrated(2);
  int call = 0;
  (void)state;
  assert_ok(mnistcnn_train(uninterrupted, dataset, dataset, &options, NULL));
  assert_true(mnistcnn_model_temperature(uninterrupted) != 1);
  while (interrupted(&options, dataset, dataset, call, uninterrupted))
    call++;
  assert_true(call > 10); /* 2 epochs of 5 steps, and the events between them */
  remove(CHECKPOINT);
  mnistcnn_model_free(uninterrupted);
  mnistcnn_dataset_free(dataset);
}

/* The temperature of a model that is trained on belongs to weights that are no more. */
static void training_forgets_an_older_temperature(void **state) {
  mnistcnn_dataset *dataset = make_noisy_dataset();
  mnistcnn_model *model = make_small_model(1, NULL), *same = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(1);
  (void)state;
  assert_ok(mnistcnn_model_set_temperature(model, 3));
  assert_ok(mnistcnn_train(model, dataset, dataset, &options, NULL));
  assert_ok(mnistcnn_train(same, dataset, dataset, &options, NULL));
  assert_same_model(model, same);
  mnistcnn_model_free(model);
  mnistcnn_model_free(same);
  mnistcnn_dataset_free(dataset);
}

static void stepping_equals_one_call(void **state) {
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_model *one_call = make_small_model(1, NULL), *stepped = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(2);
  mnistcnn_progress progress = {.struct_size = sizeof progress};
  mnistcnn_progress history = {.struct_size = sizeof history};
  mnistcnn_trainer *trainer;
  size_t steps = 0;
  (void)state;
  assert_ok(mnistcnn_train(one_call, dataset, dataset, &options, NULL));
  assert_ok(mnistcnn_trainer_create(stepped, dataset, dataset, &options, &trainer));
  while (!mnistcnn_trainer_finished(trainer)) {
    assert_ok(mnistcnn_trainer_step(trainer, &progress));
    steps++;
  }
  assert_int_equal(steps, 2 * (5 + 1)); /* and the validation of each epoch */
  assert_int_equal(progress.event, MNISTCNN_EVENT_EPOCH_END);
  assert_int_equal(progress.epoch, 2);
  assert_ok(mnistcnn_trainer_history(trainer, 2, &history));
  assert_true(history.validation_loss == progress.validation_loss);
  assert_int_equal(mnistcnn_trainer_history(trainer, 3, &history), MNISTCNN_NOT_FOUND);
  assert_int_equal(mnistcnn_trainer_step(trainer, NULL), MNISTCNN_STATE);
  mnistcnn_trainer_free(trainer);
  assert_same_model(one_call, stepped);
  mnistcnn_model_free(one_call);
  mnistcnn_model_free(stepped);
  mnistcnn_dataset_free(dataset);
}

static void monitor_and_trainer_cancel(void **state) {
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(1);
  mnistcnn_trainer *trainer;
  (void)state;
  assert_ok(mnistcnn_monitor_create(NULL, &options.monitor));
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  assert_ok(mnistcnn_trainer_step(trainer, NULL));
  mnistcnn_monitor_cancel(options.monitor);
  assert_int_equal(mnistcnn_trainer_step(trainer, NULL), MNISTCNN_CANCELLED);
  mnistcnn_trainer_cancel(trainer);
  assert_int_equal(mnistcnn_trainer_step(trainer, NULL), MNISTCNN_CANCELLED);
  assert_ok(mnistcnn_trainer_step(trainer, NULL));
  mnistcnn_trainer_cancel(NULL);
  mnistcnn_monitor_cancel(NULL);
  mnistcnn_trainer_free(trainer);
  mnistcnn_monitor_free(options.monitor);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static mnistcnn_status resume_training(const mnistcnn_dataset *train,
                                       const mnistcnn_dataset *validation,
                                       mnistcnn_model **resumed) {
  mnistcnn_resume_options options = MNISTCNN_RESUME_OPTIONS_INIT;
  options.path = CHECKPOINT;
  return mnistcnn_train_resume(&options, train, validation, resumed, NULL);
}

static void a_checkpoint_wants_its_own_images(void **state) {
  mnistcnn_dataset *train = make_dataset(40, SMALL_SIDE, 1, SMALL_CLASSES, 1);
  mnistcnn_dataset *other = make_dataset(40, SMALL_SIDE, 1, SMALL_CLASSES, 2);
  mnistcnn_model *model = make_small_model(1, NULL), *resumed;
  mnistcnn_train_options options = small_training(2);
  mnistcnn_trainer *trainer;
  (void)state;
  assert_ok(mnistcnn_trainer_create(model, train, NULL, &options, &trainer));
  assert_ok(mnistcnn_trainer_step(trainer, NULL));
  assert_ok(mnistcnn_trainer_save_file(trainer, CHECKPOINT));
  mnistcnn_trainer_free(trainer);
  assert_int_equal(resume_training(other, NULL, &resumed), MNISTCNN_SHAPE_MISMATCH);
  assert_null(resumed);
  assert_int_equal(resume_training(train, other, &resumed), MNISTCNN_SHAPE_MISMATCH);
  assert_ok(resume_training(train, NULL, &resumed));
  mnistcnn_model_free(resumed);
  assert_ok(mnistcnn_model_save_file(model, CHECKPOINT)); /* a model is no checkpoint */
  assert_int_equal(resume_training(train, NULL, &resumed), MNISTCNN_FORMAT);
  remove(CHECKPOINT);
  assert_int_equal(resume_training(train, NULL, &resumed), MNISTCNN_NOT_FOUND);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(train);
  mnistcnn_dataset_free(other);
}

/* Every length, and every byte of the header changed: an error or a training that goes on, no
 * crash.
 */
static void damaged_checkpoints_are_refused(void **state) {
  mnistcnn_dataset *train = make_dataset(20, SMALL_SIDE, 1, SMALL_CLASSES, 1);
  mnistcnn_model *model = make_small_model(1, NULL), *resumed;
  mnistcnn_train_options options = averaged_adamw(1);
  mnistcnn_trainer *trainer;
  static unsigned char bytes[200000];
  (void)state;
  options.epochs = 2;
  assert_ok(mnistcnn_trainer_create(model, train, NULL, &options, &trainer));
  for (int i = 0; i < 3; i++)
    assert_ok(mnistcnn_trainer_step(trainer, NULL));
  assert_ok(mnistcnn_trainer_save_file(trainer, CHECKPOINT));
  mnistcnn_trainer_free(trainer);
  FILE *file = fopen(CHECKPOINT, "rb");
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  assert_true(size > 5000 && size < sizeof bytes);
  for (size_t at = 0; at < size; at += at < 6000 ? 7 : 997) {
    const unsigned char kept = bytes[at];
    bytes[at] ^= 0x11;
    file = fopen(CHECKPOINT, "wb");
    fwrite(bytes, 1, size, file);
    fclose(file);
    bytes[at] = kept;
    if (resume_training(train, NULL, &resumed) == MNISTCNN_OK)
      mnistcnn_model_free(resumed);
    file = fopen(CHECKPOINT, "wb");
    fwrite(bytes, 1, at, file);
    fclose(file);
    assert_int_not_equal(resume_training(train, NULL, &resumed), MNISTCNN_OK);
  }
  remove(CHECKPOINT);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(train);
}

/* --- what goes wrong -------------------------------------------------------------------------- */

static void all_weights_are_finite(const mnistcnn_model *model) {
  float values[4096];
  for (uint32_t layer = 0; layer < mnistcnn_model_num_layers(model); layer++) {
    for (int32_t which = 0; which < 2; which++) {
      size_t count;
      if (mnistcnn_model_weights(model, layer, which, values, 4096, &count) != MNISTCNN_OK)
        continue;
      for (size_t i = 0; i < count; i++)
        assert_true(isfinite(values[i]));
    }
  }
}

static void a_loss_that_explodes_stops(void **state) {
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 3);
  (void)state;
  for (int average = 0; average < 2; average++) {
    mnistcnn_model *model = make_small_model(1, NULL);
    mnistcnn_train_options options = small_training(200);
    options.optimizer = MNISTCNN_OPTIMIZER_SGD;
    options.learning_rate = 1e4f;
    options.weight_decay = 1.0f; /* weights -= 1e4 * weights, again and again */
    options.ema_decay = average ? 0.9f : 0;
    assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_NOT_FINITE);
    assert_non_null(strstr(mnistcnn_last_error(), "epoch"));
    all_weights_are_finite(model);
    mnistcnn_model_free(model);
  }
  mnistcnn_dataset_free(dataset);
}

static void bad_options_are_named(void **state) {
  mnistcnn_dataset *dataset = make_dataset(8, SMALL_SIDE, 1, SMALL_CLASSES, 3);
  mnistcnn_model *model = make_small_model(1, NULL);
  (void)state;
#define REFUSED(field, value)                                                                      \
  do {                                                                                             \
    mnistcnn_train_options options;                                                                \
    assert_ok(mnistcnn_train_options_init(&options, sizeof options));                              \
    options.field = (value);                                                                       \
    assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL),                         \
                     MNISTCNN_INVALID_ARGUMENT);                                                   \
    assert_non_null(strstr(mnistcnn_last_error(), #field));                                        \
  } while (0)
  REFUSED(epochs, 0);
  REFUSED(epochs, 100001);
  REFUSED(batch_size, 0);
  REFUSED(batch_size, 65537);
  REFUSED(num_threads, 0);
  REFUSED(num_threads, 257);
  REFUSED(loss, 2);
  REFUSED(loss, -1);
  REFUSED(optimizer, 4);
  REFUSED(schedule, 5);
  REFUSED(augment, 4);
  REFUSED(shuffle, 2);
  REFUSED(label_smoothing, 0.1f); /* with binary cross entropy */
  REFUSED(learning_rate, 0);
  REFUSED(learning_rate, NAN);
  REFUSED(learning_rate, INFINITY);
  REFUSED(rho, 1);
  REFUSED(momentum, -0.1f);
  REFUSED(beta1, 1);
  REFUSED(beta2, NAN);
  REFUSED(epsilon, 0);
  REFUSED(weight_decay, -1);
  REFUSED(warmup_fraction, 1);
  REFUSED(warmup_start_ratio, 1.5f);
  REFUSED(final_lr_ratio, NAN);
  REFUSED(ema_decay, 1);
  REFUSED(no_augment_fraction, 2);
  REFUSED(zoom, 1);
  REFUSED(dilate, 1.5f);
  REFUSED(calibration_fraction, 1);
  REFUSED(calibration_fraction, NAN);
  REFUSED(l2, -1);
  REFUSED(l2, NAN);
  REFUSED(l2, 2e6f);
  REFUSED(clip_norm, -1);
  REFUSED(clip_norm, INFINITY);
  REFUSED(step_factor, 0);
  REFUSED(step_factor, 1.5f);
  REFUSED(reserved, 1);
  REFUSED(struct_size, 3);
#undef REFUSED
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* An option that the kind of augmentation has no use for is refused, not left out. */
static void idle_augmentation_is_named(void **state) {
  static const int32_t kinds[] = {MNISTCNN_AUGMENT_NONE, MNISTCNN_AUGMENT_KERAS_2_0,
                                  MNISTCNN_AUGMENT_KERAS_2_9};
  mnistcnn_dataset *dataset = make_dataset(8, SMALL_SIDE, 1, SMALL_CLASSES, 3);
  mnistcnn_model *model = make_small_model(1, NULL);
  (void)state;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    mnistcnn_train_options elastic = {0}, dilate, rotation;
    assert_ok(mnistcnn_train_options_init(&elastic, sizeof elastic));
    elastic.epochs = 1;
    elastic.augment = kinds[i];
    dilate = rotation = elastic;
    elastic.elastic_pixels = 0.5f;
    assert_int_equal(mnistcnn_train(model, dataset, NULL, &elastic, NULL),
                     MNISTCNN_INVALID_ARGUMENT);
    assert_non_null(strstr(mnistcnn_last_error(), "elastic_pixels"));
    dilate.dilate = 0.5f;
    assert_int_equal(mnistcnn_train(model, dataset, NULL, &dilate, NULL),
                     MNISTCNN_INVALID_ARGUMENT);
    assert_non_null(strstr(mnistcnn_last_error(), "dilate"));
    rotation.rotation = 5;
    assert_int_equal(mnistcnn_train(model, dataset, NULL, &rotation, NULL),
                     i == 0 ? MNISTCNN_INVALID_ARGUMENT : MNISTCNN_OK);
  }
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static void datasets_must_fit(void **state) {
  static const char *const one[] = {"a", "b", "c", "d"};
  static const char *const other[] = {"a", "b", "x", "d"};
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_dataset *wide = make_dataset(8, 16, 1, SMALL_CLASSES, 1);
  mnistcnn_dataset *colour = make_dataset(8, SMALL_SIDE, 3, SMALL_CLASSES, 1);
  mnistcnn_dataset *more = make_dataset(8, SMALL_SIDE, 1, SMALL_CLASSES + 1, 1);
  mnistcnn_dataset *good = make_dataset(8, SMALL_SIDE, 1, SMALL_CLASSES, 1), *named;
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  assert_int_equal(mnistcnn_train(model, wide, NULL, NULL, NULL), MNISTCNN_SHAPE_MISMATCH);
  assert_int_equal(mnistcnn_train(model, colour, NULL, NULL, NULL), MNISTCNN_SHAPE_MISMATCH);
  assert_int_equal(mnistcnn_train(model, more, NULL, NULL, NULL), MNISTCNN_SHAPE_MISMATCH);
  assert_int_equal(mnistcnn_train(model, good, wide, NULL, NULL), MNISTCNN_SHAPE_MISMATCH);
  make_images(8, SMALL_SIDE, 1, SMALL_CLASSES, 1, &pixels, &labels);
  assert_ok(mnistcnn_dataset_create_copy(
      LABELLED(pixels, labels, 8, SMALL_SIDE, SMALL_SIDE, 1, SMALL_CLASSES, one), NULL, &named));
  assert_ok(mnistcnn_train(model, named, NULL, NULL, NULL)); /* takes the names */
  assert_string_equal(mnistcnn_model_class_name(model, 2), "c");
  assert_ok(mnistcnn_model_set_class_names(model, other, SMALL_CLASSES));
  assert_int_equal(mnistcnn_train(model, named, NULL, NULL, NULL), MNISTCNN_SHAPE_MISMATCH);
  assert_non_null(strstr(mnistcnn_last_error(), "\"c\""));
  free(pixels);
  free(labels);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(wide);
  mnistcnn_dataset_free(colour);
  mnistcnn_dataset_free(more);
  mnistcnn_dataset_free(good);
  mnistcnn_dataset_free(named);
}

static void every_allocation_may_fail(void **state) {
  mnistcnn_dataset *dataset = make_dataset(20, SMALL_SIDE, 1, SMALL_CLASSES, 4);
  mnistcnn_train_options options = averaged_adamw(1);
  test_allocator allocator;
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  (void)state;
  options.num_threads = 2;
  options.checkpoint_path = CHECKPOINT;
  options.keep_best = 1;
  options.balance_classes = 1;
  test_allocator_init(&allocator);
  for (size_t n = 0; status != MNISTCNN_OK; n++) {
    mnistcnn_trainer *trainer = NULL;
    allocator.fail_at = SIZE_MAX;
    mnistcnn_model *model = make_small_model(3, &allocator.interface);
    mnistcnn_model *before = make_small_model(3, NULL);
    const size_t live = allocator.live;
    allocator.calls = 0;
    allocator.fail_at = n;
    status = mnistcnn_trainer_create(model, dataset, dataset, &options, &trainer);
    if (status == MNISTCNN_OK) {
      while (status == MNISTCNN_OK && !mnistcnn_trainer_finished(trainer))
        status = mnistcnn_trainer_step(trainer, NULL);
      mnistcnn_trainer_free(trainer);
      /* The last step may have left a note out; a checkpoint is never half-written. */
      assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
    } else {
      assert_int_equal(status, MNISTCNN_OUT_OF_MEMORY);
      assert_null(trainer);
      allocator.fail_at = SIZE_MAX;
      assert_same_model(before, model);
      assert_int_equal(allocator.live, live);
    }
    mnistcnn_model_free(model);
    mnistcnn_model_free(before);
    assert_int_equal(allocator.live, 0);
    assert_true(n < 1000);
  }
  remove(CHECKPOINT);
  mnistcnn_dataset_free(dataset);
}

/* A checkpoint is taken up again, or there is neither model nor trainer. */
static void resuming_survives_want_of_memory(void **state) {
  static const float weights[SMALL_CLASSES] = {1, 2, 3, 4};
  mnistcnn_progress progress = MNISTCNN_PROGRESS_INIT;
  mnistcnn_dataset *dataset = make_dataset(20, SMALL_SIDE, 1, SMALL_CLASSES, 4);
  mnistcnn_model *model = make_small_model(3, NULL), *resumed;
  mnistcnn_train_options options = averaged_adamw(2);
  mnistcnn_trainer *trainer;
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  test_allocator allocator;
  size_t n = 0;
  (void)state;
  options.keep_best = 1;
  options.class_weights = weights;
  options.num_class_weights = SMALL_CLASSES;
  assert_ok(mnistcnn_trainer_create(model, dataset, dataset, &options, &trainer));
  do {
    assert_ok(mnistcnn_trainer_step(trainer, &progress));
  } while (progress.event != MNISTCNN_EVENT_EPOCH_END);
  assert_ok(mnistcnn_trainer_save_file(trainer, CHECKPOINT));
  mnistcnn_trainer_free(trainer);
  test_allocator_init(&allocator);
  mnistcnn_resume_options resume = MNISTCNN_RESUME_OPTIONS_INIT;
  resume.path = CHECKPOINT;
  resume.allocator = &allocator.interface;
  for (; status != MNISTCNN_OK; n++) {
    allocator.calls = 0;
    allocator.fail_at = n;
    status = mnistcnn_trainer_resume(&resume, dataset, dataset, &resumed, &trainer);
    assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
    assert_true((status == MNISTCNN_OK) == (resumed ? 1 : 0));
    assert_true((status == MNISTCNN_OK) == (trainer ? 1 : 0));
    mnistcnn_trainer_free(trainer);
    mnistcnn_model_free(resumed);
    assert_int_equal(allocator.live, 0);
    assert_true(n < 1000);
  }
  assert_true(n > 8);
  remove(CHECKPOINT);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* --- presets and augmentation ----------------------------------------------------------------- */

static void presets_are_as_documented(void **state) {
  mnistcnn_train_options tutorial, best, kept;
  (void)state;
  assert_ok(mnistcnn_train_options_preset(&tutorial, sizeof tutorial, "tutorial", 0));
  assert_int_equal(tutorial.struct_size, sizeof tutorial);
  assert_int_equal(tutorial.epochs, 4);
  assert_int_equal(tutorial.batch_size, 32);
  assert_int_equal(tutorial.optimizer, MNISTCNN_OPTIMIZER_RMSPROP);
  assert_true(tutorial.learning_rate == 0.001f);
  assert_int_equal(tutorial.loss, MNISTCNN_LOSS_BINARY_CROSS_ENTROPY);
  assert_int_equal(tutorial.schedule, MNISTCNN_SCHEDULE_CONSTANT);
  assert_int_equal(tutorial.augment, MNISTCNN_AUGMENT_KERAS_2_0);
  assert_true(tutorial.shear == 0.2f && tutorial.zoom == 0.2f);
  assert_int_equal(tutorial.horizontal_flip, 1);
  for (uint32_t epochs = 1; epochs <= 40; epochs++) {
    assert_ok(mnistcnn_train_options_preset(&best, sizeof best, "best", epochs));
    assert_int_equal(best.epochs, epochs);
    assert_int_equal(best.optimizer, MNISTCNN_OPTIMIZER_ADAMW);
    assert_int_equal(best.horizontal_flip, 0);
    assert_true(best.calibration_fraction > 0);
    assert_int_equal(best.batch_size, epochs == 1 ? 32 : epochs < 12 ? 64 : 128);
    assert_true(best.beta2 == (epochs < 12 ? 0.98f : 0.99f));
    assert_true((best.ema_decay > 0) == (epochs >= 12));
  }
  memset(&kept, 7, sizeof kept);
  best = kept;
  assert_int_equal(mnistcnn_train_options_preset(&best, sizeof best, "worst", 0),
                   MNISTCNN_NOT_FOUND);
  assert_non_null(strstr(mnistcnn_last_error(), "worst"));
  assert_int_equal(mnistcnn_train_options_preset(&best, sizeof best, NULL, 0),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_train_options_preset(&best, 3, "best", 0), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_train_options_preset(NULL, sizeof best, "best", 0),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_memory_equal(&best, &kept, sizeof best);
}

enum { AUGMENTED = SMALL_SIDE * SMALL_SIDE * 3 };

/* The same for the same epoch and sample, another image for another; intensities of 0 to 1. */
static void an_image_is_augmented_as_in_training(void **state) {
  static float plain[AUGMENTED], one[AUGMENTED], again[AUGMENTED], other[AUGMENTED];
  mnistcnn_train_options options;
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  make_images(1, SMALL_SIDE, 3, SMALL_CLASSES, 5, &pixels, &labels);
  assert_ok(mnistcnn_augment_image(NULL, 1, 0, IMAGE(pixels, SMALL_SIDE, SMALL_SIDE, 3), plain,
                                   AUGMENTED));
  for (size_t i = 0; i < AUGMENTED; i++)
    assert_true(fabsf(plain[i] - (float)pixels[i] / 255.0f) < 1e-6f);
  for (int32_t augment = MNISTCNN_AUGMENT_KERAS_2_0; augment <= MNISTCNN_AUGMENT_AFFINE_ELASTIC;
       augment++) {
    assert_ok(mnistcnn_train_options_init(&options, sizeof options));
    options.augment = augment;
    options.rotation = 20;
    options.zoom = 0.2f;
    assert_ok(mnistcnn_augment_image(&options, 1, 3, IMAGE(pixels, SMALL_SIDE, SMALL_SIDE, 3), one,
                                     AUGMENTED));
    assert_ok(mnistcnn_augment_image(&options, 1, 3, IMAGE(pixels, SMALL_SIDE, SMALL_SIDE, 3),
                                     again, AUGMENTED));
    assert_ok(mnistcnn_augment_image(&options, 2, 3, IMAGE(pixels, SMALL_SIDE, SMALL_SIDE, 3),
                                     other, AUGMENTED));
    assert_memory_equal(one, again, sizeof one);
    assert_memory_not_equal(one, other, sizeof one);
    assert_memory_not_equal(one, plain, sizeof one);
    for (size_t i = 0; i < AUGMENTED; i++)
      assert_true(one[i] >= 0 && one[i] <= 1);
  }
  assert_int_equal(mnistcnn_augment_image(&options, 1, 3, IMAGE(pixels, SMALL_SIDE, SMALL_SIDE, 3),
                                          one, AUGMENTED - 1),
                   MNISTCNN_BUFFER_TOO_SMALL);
  assert_int_equal(mnistcnn_augment_image(&options, 1, 3, IMAGE(NULL, SMALL_SIDE, SMALL_SIDE, 3),
                                          one, AUGMENTED),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_augment_image(&options, 1, 3, IMAGE(pixels, SMALL_SIDE, SMALL_SIDE, 2),
                                          one, AUGMENTED),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(
      mnistcnn_augment_image(&options, 1, 3, IMAGE(pixels, 0, SMALL_SIDE, 3), one, AUGMENTED),
      MNISTCNN_INVALID_ARGUMENT);
  free(pixels);
  free(labels);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(overfits_32_images),
      cmocka_unit_test(every_optimizer_and_loss_learns),
      cmocka_unit_test(same_bytes_at_any_thread_count),
      cmocka_unit_test(another_seed_gives_another_model),
      cmocka_unit_test(resuming_equals_never_stopping),
      cmocka_unit_test(held_out_images_fit_the_temperature),
      cmocka_unit_test(calibration_repeats_and_resumes),
      cmocka_unit_test(training_forgets_an_older_temperature),
      cmocka_unit_test(stepping_equals_one_call),
      cmocka_unit_test(monitor_and_trainer_cancel),
      cmocka_unit_test(a_checkpoint_wants_its_own_images),
      cmocka_unit_test(damaged_checkpoints_are_refused),
      cmocka_unit_test(a_loss_that_explodes_stops),
      cmocka_unit_test(bad_options_are_named),
      cmocka_unit_test(idle_augmentation_is_named),
      cmocka_unit_test(datasets_must_fit),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(resuming_survives_want_of_memory),
      cmocka_unit_test(presets_are_as_documented),
      cmocka_unit_test(an_image_is_augmented_as_in_training),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
