// labels: threads
/* Progress that other threads read while a call works, cancelling it from there, and the short
 * steps of a trainer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"
#include "image_args.h"
#include "temp_folder.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

/* --- another thread --------------------------------------------------------------------------- */

typedef struct watcher {
  mnistcnn_monitor *monitor;
  atomic_int stop;
  uint64_t cancel_at_step; /* 0: never */
  size_t reads, changes;
  int torn; /* figures that do not belong together */
} watcher;

/* Every publication of a training has as many images as its steps make, so mixed ones show. */
static int belongs_together(const mnistcnn_progress *p) {
  if (p->event != MNISTCNN_EVENT_STEP)
    return 1;
  const uint64_t images = p->step == p->steps ? p->images_total : p->step * 16;
  return p->images_done == images && p->struct_size == sizeof *p;
}

static void *watch(void *context) {
  watcher *w = context;
  mnistcnn_progress now = MNISTCNN_PROGRESS_INIT, before = MNISTCNN_PROGRESS_INIT;
  while (!atomic_load(&w->stop)) {
    if (mnistcnn_monitor_progress(w->monitor, &now) == MNISTCNN_OK) {
      w->reads++;
      w->changes += memcmp(&now, &before, sizeof now) != 0;
      w->torn |= !belongs_together(&now);
      before = now;
      if (w->cancel_at_step > 0 && now.step >= w->cancel_at_step)
        mnistcnn_monitor_cancel(w->monitor);
    }
    sched_yield();
  }
  return NULL;
}

static mnistcnn_status train_watched(watcher *w, uint32_t epochs) {
  mnistcnn_dataset *dataset = make_dataset(200, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  pthread_t thread;
  options.epochs = epochs;
  options.batch_size = 16;
  options.monitor = w->monitor;
  assert_int_equal(pthread_create(&thread, NULL, watch, w), 0);
  const mnistcnn_status status = mnistcnn_train(model, dataset, dataset, &options, NULL);
  atomic_store(&w->stop, 1);
  assert_int_equal(pthread_join(thread, NULL), 0);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
  return status;
}

static void another_thread_sees_whole_figures(void **state) {
  watcher w = {0};
  (void)state;
  assert_ok(mnistcnn_monitor_create(NULL, &w.monitor));
  for (uint32_t epochs = 20; w.changes < 5 && epochs < 2000; epochs *= 2) {
    atomic_store(&w.stop, 0);
    assert_ok(train_watched(&w, epochs));
  }
  assert_true(w.changes >= 5);
  assert_false(w.torn);
  mnistcnn_monitor_free(w.monitor);
}

static void another_thread_cancels(void **state) {
  watcher w = {.cancel_at_step = 2};
  (void)state;
  assert_ok(mnistcnn_monitor_create(NULL, &w.monitor));
  assert_int_equal(train_watched(&w, 100000), MNISTCNN_CANCELLED);
  mnistcnn_monitor_free(w.monitor);
}

/* --- the other long calls --------------------------------------------------------------------- */

/* Two classes of one image each, in the working folder. */
static void make_image_folder(void) {
  static const uint8_t pixels[16] = {255};
  test_folder_make("images");
  test_folder_make("images/a");
  test_folder_make("images/b");
  assert_ok(mnistcnn_image_save_png(IMAGE(pixels, 4, 4, 1), "images/a/1.png"));
  assert_ok(mnistcnn_image_save_png(IMAGE(pixels, 4, 4, 1), "images/b/1.png"));
}

static void evaluation_and_loading_take_a_monitor(void **state) {
  mnistcnn_dataset *dataset = make_dataset(3000, SMALL_SIDE, 1, SMALL_CLASSES, 8), *none;
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_evaluate_options options = MNISTCNN_EVALUATE_OPTIONS_INIT;
  mnistcnn_dataset_options load = MNISTCNN_DATASET_OPTIONS_INIT;
  mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;
  mnistcnn_progress progress = MNISTCNN_PROGRESS_INIT;
  (void)state;
  make_image_folder();
  assert_ok(mnistcnn_monitor_create(NULL, &options.monitor));
  load.monitor = options.monitor;
  assert_int_equal(mnistcnn_monitor_progress(options.monitor, &progress), MNISTCNN_NOT_FOUND);
  assert_ok(mnistcnn_evaluate(model, dataset, &options, &metrics));
  assert_ok(mnistcnn_monitor_progress(options.monitor, &progress));
  assert_int_equal(progress.event, MNISTCNN_EVENT_EVALUATING);
  assert_int_equal(progress.images_done, 3000);
  mnistcnn_monitor_cancel(options.monitor);
  assert_int_equal(mnistcnn_evaluate(model, dataset, &options, &metrics), MNISTCNN_CANCELLED);
  assert_ok(mnistcnn_evaluate(model, dataset, &options, &metrics)); /* once asked, once cancelled */
  mnistcnn_monitor_cancel(load.monitor);
  assert_int_equal(mnistcnn_dataset_load_folder("images", &load, &none), MNISTCNN_CANCELLED);
  assert_null(none);
  assert_ok(mnistcnn_dataset_load_folder("images", &load, &none));
  mnistcnn_dataset_free(none);
  assert_ok(mnistcnn_monitor_progress(load.monitor, &progress));
  assert_int_equal(progress.event, MNISTCNN_EVENT_LOADING);
  assert_int_equal(mnistcnn_monitor_progress(NULL, &progress), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_monitor_progress(load.monitor, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_monitor_create(NULL, NULL), MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_monitor_free(options.monitor);
  mnistcnn_monitor_free(NULL);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* --- a trainer's steps ------------------------------------------------------------------------ */

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A validation that takes much longer than a step is done in slices, with the same figures. */
static void validation_is_sliced(void **state) {
  mnistcnn_dataset *train = make_dataset(16, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_dataset *validation = make_dataset(60000, SMALL_SIDE, 1, SMALL_CLASSES, 9);
  mnistcnn_model *model = make_small_model(1, NULL), *same = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(1);
  mnistcnn_progress last = MNISTCNN_PROGRESS_INIT, progress = MNISTCNN_PROGRESS_INIT;
  mnistcnn_trainer *trainer;
  size_t slices = 0;
  (void)state;
  options.batch_size = 16;
  assert_ok(mnistcnn_model_set_instruction_set(model, "portable"));
  assert_ok(mnistcnn_model_set_instruction_set(same, "portable"));
  const double start = seconds_now();
  assert_ok(mnistcnn_train(same, train, validation, &options, &last));
  const double whole = seconds_now() - start;
  assert_ok(mnistcnn_trainer_create(model, train, validation, &options, &trainer));
  assert_int_equal(mnistcnn_trainer_progress(trainer, &progress), MNISTCNN_NOT_FOUND);
  while (!mnistcnn_trainer_finished(trainer)) {
    assert_ok(mnistcnn_trainer_step(trainer, &progress));
    slices += progress.event == MNISTCNN_EVENT_VALIDATING;
  }
  assert_true(slices > 0 || whole < 0.2);
  assert_true(progress.validation_loss == last.validation_loss);
  assert_true(progress.validation_accuracy == last.validation_accuracy);
  progress.event = 0;
  assert_ok(mnistcnn_trainer_progress(trainer, &progress));
  assert_int_equal(progress.event, MNISTCNN_EVENT_EPOCH_END);
  mnistcnn_trainer_free(trainer);
  assert_same_model(model, same);
  mnistcnn_model_free(model);
  mnistcnn_model_free(same);
  mnistcnn_dataset_free(train);
  mnistcnn_dataset_free(validation);
}

/* As many steps as fit in the time, at least one, at most to the end of the epoch, and the same
 * result as step by step. */
static void a_trainer_runs_for_a_time(void **state) {
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_model *model = make_small_model(1, NULL), *same = make_small_model(1, NULL);
  mnistcnn_train_options options = small_training(3);
  mnistcnn_progress progress = MNISTCNN_PROGRESS_INIT, last = MNISTCNN_PROGRESS_INIT;
  mnistcnn_trainer *trainer;
  (void)state;
  options.batch_size = 16;
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  assert_ok(mnistcnn_trainer_run(trainer, 0, &progress));
  assert_int_equal(progress.step, 1);
  assert_int_equal(mnistcnn_trainer_run(trainer, -1, &progress), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_trainer_run(trainer, (double)NAN, &progress),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_trainer_run(NULL, 0, &progress), MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_trainer_cancel(trainer);
  assert_int_equal(mnistcnn_trainer_run(trainer, (double)INFINITY, &progress), MNISTCNN_CANCELLED);
  assert_false(mnistcnn_trainer_finished(trainer));
  for (uint32_t epoch = 1; epoch <= 3; epoch++) {
    assert_false(mnistcnn_trainer_finished(trainer));
    assert_ok(mnistcnn_trainer_run(trainer, (double)INFINITY, &progress));
    assert_int_equal(progress.event, MNISTCNN_EVENT_EPOCH_END);
    assert_int_equal(progress.epoch, epoch);
  }
  assert_true(mnistcnn_trainer_finished(trainer));
  assert_int_equal(mnistcnn_trainer_run(trainer, 0, NULL), MNISTCNN_STATE);
  mnistcnn_trainer_free(trainer);
  assert_ok(mnistcnn_train(same, dataset, NULL, &options, &last));
  assert_same_model(model, same);
  assert_true(progress.loss == last.loss);
  mnistcnn_model_free(model);
  mnistcnn_model_free(same);
  mnistcnn_dataset_free(dataset);
}

/* The copy has the weights that the model has when the trainer is freed at that moment, and the
 * training goes on as if none had been taken. */
static void a_trainer_gives_its_current_model(void **state) {
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_model *model = make_small_model(1, NULL), *other = make_small_model(1, NULL);
  mnistcnn_model *copies[2], *none;
  mnistcnn_train_options options = small_training(2);
  mnistcnn_trainer *trainer;
  (void)state;
  options.ema_decay = 0.9f;
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  for (size_t i = 0; i < 2; i++) {
    assert_ok(mnistcnn_trainer_step(trainer, NULL));
    assert_ok(mnistcnn_trainer_model(trainer, &copies[i]));
  }
  while (!mnistcnn_trainer_finished(trainer))
    assert_ok(mnistcnn_trainer_step(trainer, NULL));
  mnistcnn_trainer_free(trainer);
  assert_ok(mnistcnn_trainer_create(other, dataset, NULL, &options, &trainer));
  for (size_t i = 0; i < 2; i++)
    assert_ok(mnistcnn_trainer_step(trainer, NULL));
  mnistcnn_trainer_free(trainer);
  assert_same_model(copies[1], other);
  assert_ok(mnistcnn_train(copies[0], dataset, NULL, &options, NULL)); /* a model as any other */
  mnistcnn_model_free(other);
  other = make_small_model(1, NULL);
  assert_ok(mnistcnn_train(other, dataset, NULL, &options, NULL));
  assert_same_model(model, other);
  assert_int_equal(mnistcnn_trainer_model(NULL, &none), MNISTCNN_INVALID_ARGUMENT);
  assert_null(none);
  mnistcnn_model_free(copies[0]);
  mnistcnn_model_free(copies[1]);
  mnistcnn_model_free(model);
  mnistcnn_model_free(other);
  mnistcnn_dataset_free(dataset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(another_thread_sees_whole_figures),
      cmocka_unit_test(another_thread_cancels),
      cmocka_unit_test(evaluation_and_loading_take_a_monitor),
      cmocka_unit_test(validation_is_sliced),
      cmocka_unit_test(a_trainer_runs_for_a_time),
      cmocka_unit_test(a_trainer_gives_its_current_model),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
