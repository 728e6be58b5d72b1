/* The best epoch: kept, waited for by early stopping and by the plateau of the learning rate, and
 * the same after an interruption and after more epochs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "best_epoch_support.h"
#include "file_order.h"
#include "network_support.h"
#include "temp_folder.h"

#define NETWORK                                                                                    \
  "conv 4 3x3 relu, batchnorm, maxpool 2, flatten, dropout 0.25, dense 16 relu, dense 4 softmax"

static const char CHECKPOINT[] = "best.checkpoint";

typedef struct fixture {
  mnistcnn_dataset *train, *validation;
} fixture;

static int make_datasets(void **state) {
  static fixture f;
  f.train = make_noisy(240, 3);
  f.validation = make_noisy(60, 4);
  *state = &f;
  return test_enter_folder(state) ? -1 : (*state = &f, 0);
}

static int free_datasets(void **state) {
  fixture *f = *state;
  mnistcnn_dataset_free(f->train);
  mnistcnn_dataset_free(f->validation);
  return test_leave_folder(state);
}

static mnistcnn_model *trained(const fixture *f, const mnistcnn_train_options *options,
                               epoch_log *log) {
  mnistcnn_train_options own = *options;
  mnistcnn_model *model = make_network(NETWORK);
  *log = (epoch_log){0};
  own.progress = log_epochs;
  own.user = log;
  assert_ok(mnistcnn_train(model, f->train, f->validation, &own, NULL));
  return model;
}

/* --- the best epoch is kept ------------------------------------------------------------------- */

/* The model is the one that a training of just so many epochs ends with. */
static void check_kept(const fixture *f, const mnistcnn_train_options *options,
                       double (*figure_of)(const mnistcnn_progress *progress)) {
  mnistcnn_train_options kept = *options, shorter = *options;
  epoch_log log, other;
  char text[16];
  kept.keep_best = 1;
  mnistcnn_model *model = trained(f, &kept, &log);
  const uint32_t best = least_epoch(&log, figure_of);
  assert_in_range(best, 2, options->epochs - 1); /* or this tests nothing */
  assert_int_equal(log.figures[log.epochs].best_epoch, best);
  assert_int_equal(log.figures[best - 1].best_epoch == best, 0);
  (void)snprintf(text, sizeof text, "%u", best);
  assert_string_equal(mnistcnn_model_note(model, "training.kept_epoch"), text);
  shorter.epochs = best;
  mnistcnn_model *same = trained(f, &shorter, &other);
  assert_same_answers(model, same);
  mnistcnn_model_free(same);
  mnistcnn_model_free(model);
}

static void the_best_epoch_is_kept(void **state) {
  mnistcnn_train_options options = overfitting(12);
  check_kept(*state, &options, validation_loss_of);
  options.ema_decay = 0.9f;
  check_kept(*state, &options, validation_loss_of);
  options.calibration_fraction = 0.45f; /* each epoch has a temperature of its own */
  check_kept(*state, &options, validation_loss_of);
  options = overfitting(12);
  options.metric = MNISTCNN_METRIC_VALIDATION_ACCURACY;
  check_kept(*state, &options, validation_error_of);
}

/* Only the end brings it: until then the current weights are there to be looked at. */
static void the_trainer_tells_the_best_epoch(void **state) {
  const fixture *f = *state;
  mnistcnn_train_options options = overfitting(10);
  mnistcnn_progress progress = MNISTCNN_PROGRESS_INIT, history = MNISTCNN_PROGRESS_INIT;
  mnistcnn_model *model = make_network(NETWORK), *last, *ended;
  mnistcnn_trainer *trainer;
  options.keep_best = 1;
  assert_ok(mnistcnn_trainer_create(model, f->train, f->validation, &options, &trainer));
  while (progress.epoch < 10 || progress.step < progress.steps)
    assert_ok(mnistcnn_trainer_step(trainer, &progress));
  assert_ok(mnistcnn_trainer_model(trainer, &last));
  while (!mnistcnn_trainer_finished(trainer))
    assert_ok(mnistcnn_trainer_step(trainer, &progress));
  assert_ok(mnistcnn_trainer_history(trainer, 10, &history));
  assert_int_equal(history.best_epoch, progress.best_epoch);
  assert_int_equal(history.stopped_early, 0);
  assert_ok(mnistcnn_trainer_model(trainer, &ended));
  assert_ok(mnistcnn_trainer_save_file(trainer, CHECKPOINT)); /* which has the last weights */
  mnistcnn_trainer_free(trainer);
  assert_same_answers(ended, model);
  epoch_log log;
  options.keep_best = 0;
  mnistcnn_model *whole = trained(f, &options, &log);
  assert_same_answers(last, whole);
  mnistcnn_model_free(whole);
  mnistcnn_model_free(ended);
  mnistcnn_model_free(last);
  mnistcnn_model_free(model);
}

/* --- early stopping --------------------------------------------------------------------------- */

static void it_stops_after_so_many_epochs(void **state) {
  const fixture *f = *state;
  mnistcnn_train_options options = overfitting(30);
  epoch_log log;
  options.stop_patience = 3;
  mnistcnn_model *model = trained(f, &options, &log);
  const uint32_t best = least_epoch(&log, validation_loss_of);
  assert_true(log.epochs < 30);
  assert_int_equal(log.epochs, best + 3);
  assert_int_equal(log.figures[log.epochs].stopped_early, 1);
  assert_int_equal(log.figures[log.epochs - 1].stopped_early, 0);
  mnistcnn_model_free(model);
  options.min_delta = 100; /* nothing improves by so much: the first epoch is the reference */
  model = trained(f, &options, &log);
  assert_int_equal(log.epochs, 4);
  assert_int_equal(log.figures[4].best_epoch, least_epoch(&log, validation_loss_of));
  mnistcnn_model_free(model);
  options.epochs = 4; /* the last epoch ends it, not the patience */
  model = trained(f, &options, &log);
  assert_int_equal(log.figures[4].stopped_early, 0);
  mnistcnn_model_free(model);
}

static void a_stopped_training_has_finished(void **state) {
  const fixture *f = *state;
  mnistcnn_train_options options = overfitting(30);
  mnistcnn_progress progress = MNISTCNN_PROGRESS_INIT;
  mnistcnn_model *model = make_network(NETWORK);
  mnistcnn_trainer *trainer;
  options.stop_patience = 1;
  options.min_delta = 100;
  assert_ok(mnistcnn_trainer_create(model, f->train, f->validation, &options, &trainer));
  while (!mnistcnn_trainer_finished(trainer))
    assert_ok(mnistcnn_trainer_step(trainer, &progress));
  assert_int_equal(progress.epoch, 2);
  assert_int_equal(mnistcnn_trainer_step(trainer, NULL), MNISTCNN_STATE);
  assert_non_null(strstr(mnistcnn_last_error(), "stopped early, after epoch 2"));
  assert_int_equal(mnistcnn_trainer_history(trainer, 3, &progress), MNISTCNN_NOT_FOUND);
  mnistcnn_trainer_free(trainer);
  mnistcnn_model_free(model);
}

/* --- the plateau ------------------------------------------------------------------------------ */

/* ReduceLROnPlateau of Keras 3, in its own words: wait, best, cooldown_counter. */
typedef struct plateau {
  double rate, best;
  uint32_t wait, cooldown_counter;
} plateau;

static void keras_epoch_end(plateau *k, const mnistcnn_train_options *o, double current) {
  if (k->cooldown_counter > 0) {
    k->cooldown_counter--;
    k->wait = 0;
  }
  if (current < k->best - (double)o->min_delta) {
    k->best = current;
    k->wait = 0;
  } else if (k->cooldown_counter == 0) {
    k->wait++;
    if (k->wait >= o->plateau_patience && k->rate > (double)o->plateau_min_rate) {
      k->rate = fmax(k->rate * (double)o->plateau_factor, (double)o->plateau_min_rate);
      k->cooldown_counter = o->plateau_cooldown;
      k->wait = 0;
    }
  }
}

/* Returns how often the rate fell. */
static uint32_t check_plateau(const fixture *f, const mnistcnn_train_options *options,
                              int validates) {
  mnistcnn_train_options own = *options;
  mnistcnn_model *model = make_network(NETWORK);
  epoch_log log = {0};
  plateau k = {.rate = (double)options->learning_rate, .best = HUGE_VAL};
  uint32_t falls = 0;
  own.progress = log_epochs;
  own.user = &log;
  assert_ok(mnistcnn_train(model, f->train, validates ? f->validation : NULL, &own, NULL));
  assert_int_equal(log.epochs, options->epochs);
  for (uint32_t epoch = 1; epoch <= log.epochs; epoch++) {
    const mnistcnn_progress *figures = &log.figures[epoch];
    const double before = k.rate;
    assert_true(fabs(figures->learning_rate - k.rate) <= 1e-9 * k.rate);
    keras_epoch_end(&k, options,
                    !validates        ? figures->loss
                    : options->metric ? -figures->validation_accuracy
                                      : figures->validation_loss);
    falls += k.rate < before;
  }
  mnistcnn_model_free(model);
  return falls;
}

static void the_rate_falls_as_with_keras(void **state) {
  mnistcnn_train_options options = overfitting(25);
  options.plateau_patience = 2;
  options.plateau_factor = 0.5f;
  assert_true(check_plateau(*state, &options, 1) > 4);
  options.plateau_cooldown = 3;
  assert_in_range(check_plateau(*state, &options, 1), 2, 5);
  options.plateau_cooldown = 1;
  options.plateau_min_rate = 0.002f;
  assert_int_equal(check_plateau(*state, &options, 1), 3);
  options.metric = MNISTCNN_METRIC_VALIDATION_ACCURACY;
  options.min_delta = 0.02f;
  assert_int_equal(check_plateau(*state, &options, 1), 3);
  options.metric = MNISTCNN_METRIC_VALIDATION_LOSS;
  options.min_delta = 0.05f;
  assert_true(check_plateau(*state, &options, 0) > 0); /* by the training loss */
}

static void factors_multiply_the_schedule(void **state) {
  const fixture *f = *state;
  mnistcnn_train_options options = overfitting(8);
  epoch_log plain, reduced;
  options.schedule = MNISTCNN_SCHEDULE_LINEAR;
  options.final_lr_ratio = 0.5f;
  mnistcnn_model_free(trained(f, &options, &plain));
  options.plateau_patience = 1;
  options.plateau_factor = 0.25f;
  options.min_delta = 100; /* each epoch but the first is without improvement */
  mnistcnn_model_free(trained(f, &options, &reduced));
  for (uint32_t epoch = 1; epoch <= 8; epoch++) {
    const double factor = epoch < 3 ? 1 : pow(0.25, epoch - 2);
    assert_true(fabs(reduced.figures[epoch].learning_rate -
                     factor * plain.figures[epoch].learning_rate) < 1e-9);
  }
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static mnistcnn_train_options everything(void) {
  static const float weights[SMALL_CLASSES] = {1, 0.5f, 2, 1.5f};
  mnistcnn_train_options options = overfitting(12);
  options.keep_best = 1;
  options.stop_patience = 4;
  options.plateau_patience = 1;
  options.plateau_factor = 0.5f;
  options.plateau_cooldown = 1;
  options.ema_decay = 0.5f;
  options.learning_rate = 0.03f;
  options.calibration_fraction = 0.45f;
  options.class_weights = weights;
  options.num_class_weights = SMALL_CLASSES;
  return options;
}

static int32_t count_down(const mnistcnn_progress *progress, void *user) {
  int *calls_left = user;
  (void)progress;
  return (*calls_left)-- == 0;
}

/* Stops at callback number `call`, and goes on from the checkpoint; 0: it was over before. */
static int interrupted(const fixture *f, const mnistcnn_train_options *options, int call,
                       const mnistcnn_model *uninterrupted) {
  mnistcnn_train_options first = *options;
  mnistcnn_resume_options second = MNISTCNN_RESUME_OPTIONS_INIT;
  mnistcnn_model *model = make_network(NETWORK), *resumed;
  int calls_left = call;
  first.checkpoint_path = CHECKPOINT;
  first.progress = count_down;
  first.user = &calls_left;
  const mnistcnn_status status = mnistcnn_train(model, f->train, f->validation, &first, NULL);
  mnistcnn_model_free(model);
  second.path = CHECKPOINT;
  second.num_threads = 2;
  assert_ok(mnistcnn_train_resume(&second, f->train, f->validation, &resumed, NULL));
  assert_same_model(uninterrupted, resumed); /* also where it was over: that is in there, too */
  mnistcnn_model_free(resumed);
  if (status == MNISTCNN_OK)
    return 0;
  assert_int_equal(status, MNISTCNN_CANCELLED);
  return 1;
}

static void resuming_equals_never_stopping(void **state) {
  const fixture *f = *state;
  const mnistcnn_train_options options = everything();
  epoch_log log;
  mnistcnn_model *uninterrupted = trained(f, &options, &log);
  int call = 0;
  assert_in_range(log.figures[log.epochs].best_epoch, 1, log.epochs - 1);
  assert_true(log.figures[log.epochs].learning_rate < 0.016);
  while (interrupted(f, &options, call, uninterrupted))
    call += 5;
  assert_true(call > 50);
  mnistcnn_model_free(uninterrupted);
}

/* --- damaged checkpoints ---------------------------------------------------------------------- */

typedef struct memory_file {
  char bytes[1 << 17];
  size_t size, done;
} memory_file;

static int32_t append(const void *data, size_t size_bytes, void *user) {
  memory_file *file = user;
  assert_true(file->size + size_bytes <= sizeof file->bytes);
  memcpy(file->bytes + file->size, data, size_bytes);
  file->size += size_bytes;
  return 0;
}

static int64_t take(void *buffer, size_t size_bytes, void *user) {
  memory_file *file = user;
  const size_t left = file->size - file->done;
  const size_t count = size_bytes < left ? size_bytes : left;
  memcpy(buffer, file->bytes + file->done, count);
  file->done += count;
  return (int64_t)count;
}

/* Of two epochs of `everything()`. */
static void save_to_memory(const fixture *f, memory_file *file) {
  const mnistcnn_writer writer = {.struct_size = sizeof writer, .write = append, .user = file};
  mnistcnn_train_options options = everything();
  mnistcnn_model *model = make_network(NETWORK);
  options.epochs = 2;
  options.checkpoint_writer = &writer;
  file->size = file->done = 0;
  mnistcnn_trainer *trainer;
  mnistcnn_progress progress = MNISTCNN_PROGRESS_INIT;
  assert_ok(mnistcnn_trainer_create(model, f->train, f->validation, &options, &trainer));
  do {
    file->size = 0; /* the last one counts */
    assert_ok(mnistcnn_trainer_step(trainer, &progress));
  } while (!mnistcnn_trainer_finished(trainer));
  mnistcnn_trainer_free(trainer);
  mnistcnn_model_free(model);
}

static char *find_text(memory_file *file, const char *text) {
  const size_t length = strlen(text);
  for (size_t i = 0; i + length <= file->size; i++)
    if (memcmp(file->bytes + i, text, length) == 0)
      return file->bytes + i;
  fail_msg("%s is not in the file", text);
  return NULL;
}

static void refuses_file(const fixture *f, memory_file *file, const char *message) {
  const mnistcnn_reader reader = {.struct_size = sizeof reader, .read = take, .user = file};
  mnistcnn_resume_options options = MNISTCNN_RESUME_OPTIONS_INIT;
  mnistcnn_model *model;
  options.reader = &reader;
  file->done = 0;
  const mnistcnn_status status =
      mnistcnn_train_resume(&options, f->train, f->validation, &model, NULL);
  assert_true(status == MNISTCNN_FORMAT || status == MNISTCNN_INVALID_ARGUMENT);
  assert_null(model);
  if (!strstr(mnistcnn_last_error(), message))
    fail_msg("\"%s\" is not in \"%s\"", message, mnistcnn_last_error());
}

/* Of a tensor of the file. */
static char *values_of(memory_file *file, const char *name) {
  unsigned long offset = 0;
  char *entry = find_text(file, name);
  const char *at = strstr(entry, "\"data_offsets\":[");
  assert_non_null(at);
  offset = strtoul(at + strlen("\"data_offsets\":["), NULL, 10);
  return file->bytes + 8 + file_header_bytes(file->bytes) + offset;
}

static void damaged_checkpoints_are_refused(void **state) {
  static const struct {
    const char *key, *value, *message;
  } damages[] = {
      {"improvement.best_epoch\":\"", "00000003", "impossible"},
      {"improvement.reference_epoch\":\"", "00000003", "impossible"},
      {"improvement.stop_wait\":\"", "00000003", "impossible"},
      {"improvement.plateau_wait\":\"", "00000003", "impossible"},
      {"improvement.stopped\":\"", "00000002", "impossible"},
      {"improvement.best_temperature\":\"", "7fc00000", "impossible"},
      {"improvement.rate_factor\":\"", "7ff8000000000000", "impossible"},
      {"improvement.rate_factor\":\"", "4000000000000000", "impossible"},
      {"option.num_class_weights\":\"", "00000003", "checkpoint.class_weights"},
      {"option.num_class_weights\":\"", "ffffffff", "checkpoint.class_weights"},
      {"option.metric\":\"", "00000002", "metric"},
      {"option.keep_best\":\"", "00000007", "keep_best"},
  };
  static memory_file file;
  const fixture *f = *state;
  const float nan = NAN;
  for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
    save_to_memory(f, &file);
    memcpy(find_text(&file, damages[i].key) + strlen(damages[i].key), damages[i].value,
           strlen(damages[i].value));
    refuses_file(f, &file, damages[i].message);
  }
  save_to_memory(f, &file);
  copy_file_floats(values_of(&file, "\"checkpoint.best\""), &nan, 1);
  refuses_file(f, &file, "checkpoint.best is not finite");
  save_to_memory(f, &file);
  copy_file_floats(values_of(&file, "\"checkpoint.class_weights\""), &nan, 1);
  refuses_file(f, &file, "class_weights[0] must be 0 to 1e6");
}

/* --- more epochs ------------------------------------------------------------------------------ */

static mnistcnn_status resume_to(const fixture *f, uint32_t epochs, epoch_log *log,
                                 mnistcnn_model **model) {
  mnistcnn_resume_options options = MNISTCNN_RESUME_OPTIONS_INIT;
  *log = (epoch_log){0};
  options.path = CHECKPOINT;
  options.epochs = epochs;
  options.progress = log_epochs;
  options.user = log;
  return mnistcnn_train_resume(&options, f->train, f->validation, model, NULL);
}

static void train_to_checkpoint(const fixture *f, const mnistcnn_train_options *options) {
  mnistcnn_train_options own = *options;
  epoch_log log;
  own.checkpoint_path = CHECKPOINT;
  mnistcnn_model_free(trained(f, &own, &log));
}

/* At a constant rate, or one that falls in steps, as if it had been so many epochs from the start.
 */
static void more_epochs_continue_a_finished_training(void **state) {
  const fixture *f = *state;
  mnistcnn_train_options options = everything();
  epoch_log log, longer;
  mnistcnn_model *model;
  options.stop_patience = 0;
  options.epochs = 3;
  for (int32_t schedule = 0; schedule <= MNISTCNN_SCHEDULE_STEP;
       schedule += MNISTCNN_SCHEDULE_STEP) {
    options.schedule = schedule;
    options.step_epochs = 2;
    train_to_checkpoint(f, &options);
    assert_ok(resume_to(f, 7, &log, &model));
    mnistcnn_train_options whole = options;
    whole.epochs = 7;
    mnistcnn_model *uninterrupted = trained(f, &whole, &longer);
    assert_int_equal(log.epochs, 7);
    assert_same_model(model, uninterrupted);
    mnistcnn_model_free(uninterrupted);
    mnistcnn_model_free(model);
  }
}

/* A rate that had fallen to 0 is that of the longer schedule again. */
static void schedules_are_stretched(void **state) {
  const fixture *f = *state;
  mnistcnn_train_options options = overfitting(4);
  epoch_log log;
  mnistcnn_model *model;
  options.schedule = MNISTCNN_SCHEDULE_LINEAR;
  train_to_checkpoint(f, &options);
  assert_ok(resume_to(f, 8, &log, &model));
  assert_int_equal(log.figures[5].epochs, 8);
  assert_true(fabs(log.figures[5].learning_rate - 0.01 * (1 - 74.0 / 120)) < 1e-6);
  assert_true(log.figures[8].learning_rate < 1e-4);
  mnistcnn_model_free(model);
}

static void a_stopped_training_goes_on(void **state) {
  const fixture *f = *state;
  mnistcnn_train_options options = overfitting(30);
  epoch_log log;
  mnistcnn_model *model;
  options.stop_patience = 2;
  options.min_delta = 100;
  train_to_checkpoint(f, &options);
  assert_ok(resume_to(f, 0, &log, &model)); /* nothing is left to be done */
  assert_int_equal(log.epochs, 0);
  mnistcnn_model_free(model);
  assert_ok(resume_to(f, 30, &log, &model)); /* the patience starts anew */
  assert_int_equal(log.epochs, 5);
  assert_int_equal(log.figures[5].stopped_early, 1);
  mnistcnn_model_free(model);
  assert_ok(resume_to(f, 4, &log, &model));
  assert_int_equal(log.epochs, 4);
  mnistcnn_model_free(model);
  assert_int_equal(resume_to(f, 2, &log, &model), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "has begun epoch 3"));
  assert_int_equal(resume_to(f, 100001, &log, &model), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "1 to 100000"));
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refuses(const fixture *f, const mnistcnn_train_options *options,
                    const mnistcnn_dataset *validation, const char *message) {
  mnistcnn_model *model = make_network(NETWORK);
  assert_int_equal(mnistcnn_train(model, f->train, validation, options, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  if (!strstr(mnistcnn_last_error(), message))
    fail_msg("\"%s\" is not in \"%s\"", message, mnistcnn_last_error());
  mnistcnn_model_free(model);
}

#define REFUSES(member, value, validation, message)                                                \
  do {                                                                                             \
    mnistcnn_train_options options = overfitting(2);                                               \
    options.plateau_patience = 1;                                                                  \
    options.member = value;                                                                        \
    refuses(f, &options, validation, message);                                                     \
  } while (0)

static void wrong_options_are_named(void **state) {
  const fixture *f = *state;
  REFUSES(keep_best, 1, NULL, "keep_best needs a validation dataset");
  REFUSES(stop_patience, 1, NULL, "stop_patience needs a validation dataset");
  REFUSES(metric, 1, NULL, "metric needs a validation dataset");
  REFUSES(metric, 2, f->validation, "metric");
  REFUSES(metric, -1, f->validation, "metric");
  REFUSES(keep_best, 2, f->validation, "keep_best");
  REFUSES(stop_patience, 100001, f->validation, "stop_patience");
  REFUSES(plateau_patience, 100001, f->validation, "plateau_patience");
  REFUSES(plateau_cooldown, 100001, f->validation, "plateau_cooldown");
  REFUSES(plateau_factor, 0, f->validation, "plateau_factor");
  REFUSES(plateau_factor, 1, f->validation, "plateau_factor");
  REFUSES(plateau_factor, NAN, f->validation, "plateau_factor");
  REFUSES(plateau_min_rate, -1, f->validation, "plateau_min_rate");
  REFUSES(min_delta, -1, f->validation, "min_delta");
}

/* With keep_best an explosion costs no more than the epochs since the best one. */
static void an_explosion_leaves_the_best(void **state) {
  const fixture *f = *state;
  mnistcnn_train_options options = overfitting(30);
  mnistcnn_progress progress = MNISTCNN_PROGRESS_INIT;
  mnistcnn_model *model = make_network(NETWORK), *best = NULL;
  mnistcnn_trainer *trainer;
  mnistcnn_status status = MNISTCNN_OK;
  options.optimizer = MNISTCNN_OPTIMIZER_SGD;
  options.keep_best = 1;
  options.schedule = MNISTCNN_SCHEDULE_LINEAR; /* all of it is warmup: it explodes in the end */
  options.warmup_fraction = 0.9999f;
  options.weight_decay = 10;
  options.learning_rate = 4;
  options.warmup_start_ratio = 0.002f;
  assert_ok(mnistcnn_trainer_create(model, f->train, f->validation, &options, &trainer));
  while (status == MNISTCNN_OK) {
    status = mnistcnn_trainer_step(trainer, &progress);
    if (status == MNISTCNN_OK && progress.event == MNISTCNN_EVENT_EPOCH_END &&
        progress.best_epoch == progress.epoch) {
      mnistcnn_model_free(best);
      assert_ok(mnistcnn_trainer_model(trainer, &best));
    }
  }
  assert_int_equal(status, MNISTCNN_NOT_FINITE);
  assert_int_equal(mnistcnn_trainer_save_file(trainer, CHECKPOINT), MNISTCNN_STATE);
  mnistcnn_trainer_free(trainer);
  assert_non_null(best);
  assert_same_answers(model, best);
  mnistcnn_model_free(best);
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_best_epoch_is_kept),
      cmocka_unit_test(the_trainer_tells_the_best_epoch),
      cmocka_unit_test(it_stops_after_so_many_epochs),
      cmocka_unit_test(a_stopped_training_has_finished),
      cmocka_unit_test(the_rate_falls_as_with_keras),
      cmocka_unit_test(factors_multiply_the_schedule),
      cmocka_unit_test(resuming_equals_never_stopping),
      cmocka_unit_test(damaged_checkpoints_are_refused),
      cmocka_unit_test(more_epochs_continue_a_finished_training),
      cmocka_unit_test(schedules_are_stretched),
      cmocka_unit_test(a_stopped_training_goes_on),
      cmocka_unit_test(wrong_options_are_named),
      cmocka_unit_test(an_explosion_leaves_the_best),
  };
  return cmocka_run_group_tests(tests, make_datasets, free_datasets);
}
