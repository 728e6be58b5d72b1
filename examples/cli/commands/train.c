/* mnistcnn train: folders of PNG files in, a model file out. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "commands/train_settings.h"
#include "files/history.h"
#include "files/images.h"
#include "model/load.h"
#include "model/table.h"
#include "terminal/interrupt.h"
#include "terminal/message.h"
#include "terminal/progress_bar.h"
#include "terminal/shell_words.h"

typedef struct session {
  train_settings settings;
  int argc;
  char **argv;
  progress_bar bar;
  uint32_t epoch_ended;      /* the last epoch whose end was reported */
  uint32_t epoch_in_history; /* the last epoch in the history file */
  bool history_failed;
  mnistcnn_dataset *train;
  mnistcnn_dataset *validation;
  mnistcnn_model *model;
  mnistcnn_trainer *trainer;
} session;

static int32_t show_training(const mnistcnn_progress *progress, void *user) {
  session *const s = user;

  if (progress->event == MNISTCNN_EVENT_EPOCH_END)
    s->epoch_ended = progress->epoch;
  if (!s->settings.quiet)
    progress_bar_train(&s->bar, progress);
  return 0;
}

static void show_log(int32_t level, const char *message, void *user) {
  session *const s = user;

  if (s->settings.quiet && level < MNISTCNN_LOG_WARNING)
    return;
  progress_bar_leave(&s->bar);
  log_to_stderr(level, message, NULL);
}

/* --- set-up ----------------------------------------------------------------------------------- */

/* Checked before training, so that a typing error does not cost a night. */
static bool outputs_are_writable(const train_settings *settings) {
  return can_write(settings->out) && can_write(settings->checkpoint) &&
         (!settings->history || can_write(settings->history));
}

static int load_start_model(session *s) {
  mnistcnn_model_options *const model = &s->settings.model;

  if (load_model_file(s->settings.from, &s->model) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  if (preparation_change(&s->settings.preparation_options, s->model) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  mnistcnn_shape shape;
  if (mnistcnn_model_input_shape(s->model, &shape) != MNISTCNN_OK ||
      mnistcnn_model_preparation(s->model, &s->settings.preparation) != MNISTCNN_OK)
    return fail_library();
  model->input_height = shape.height;
  model->input_width = shape.width;
  model->input_channels = shape.channels;
  return EXIT_STATUS_OK;
}

static int load_one(session *s, const char *source, mnistcnn_dataset **dataset) {
  const train_settings *const settings = &s->settings;
  const image_options options = {.shape = {settings->model.input_height,
                                           settings->model.input_width,
                                           settings->model.input_channels},
                                 .preparation = settings->preparation,
                                 .skip_broken = settings->skip_broken,
                                 .num_threads = settings->training.num_threads,
                                 .bar = &s->bar,
                                 .monitor = interrupt_monitor()};

  return images_load(source, &options, dataset);
}

static int split_train(session *s) {
  mnistcnn_dataset *whole = s->train;

  s->train = NULL;
  const mnistcnn_status status = mnistcnn_dataset_split(
      whole, s->settings.validation_split, s->settings.seed, &s->train, &s->validation);
  mnistcnn_dataset_free(whole);
  return status == MNISTCNN_OK ? EXIT_STATUS_OK : fail_library();
}

static int load_images(session *s) {
  int status = load_one(s, s->settings.train, &s->train);

  if (status == EXIT_STATUS_OK && s->settings.validation)
    status = load_one(s, s->settings.validation, &s->validation);
  else if (status == EXIT_STATUS_OK && s->settings.validation_split > 0)
    status = split_train(s);
  if (status != EXIT_STATUS_OK || s->settings.quiet)
    return status;
  images_print_found(s->train);
  if (s->validation)
    images_print_found(s->validation);
  return EXIT_STATUS_OK;
}

/* Called before training, so that an invalid note fails early, and after it, because a checkpoint
 * has a note of its own. */
static int set_note(session *s) {
  const char *const note = s->settings.note;

  if (note && mnistcnn_model_set_note(s->model, "description", note) != MNISTCNN_OK)
    return fail("--note: %s", mnistcnn_last_error());
  return EXIT_STATUS_OK;
}

static int create_trainer(session *s) {
  const train_settings *const settings = &s->settings;
  mnistcnn_model_options options = settings->model;

  options.num_classes = mnistcnn_dataset_num_classes(s->train);
  if (!s->model && mnistcnn_model_create(&options, &s->model) != MNISTCNN_OK)
    return fail_library();
  if (set_note(s) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  if (mnistcnn_trainer_create(s->model, s->train, s->validation, &settings->training,
                              &s->trainer) != MNISTCNN_OK)
    return fail_library();
  if (is_file(settings->checkpoint)) {
    warn("%s is from an earlier training and will be replaced; use --resume to continue it",
         settings->checkpoint);
  }
  return EXIT_STATUS_OK;
}

static int resume_trainer(session *s) {
  const mnistcnn_train_options *const training = &s->settings.training;
  mnistcnn_resume_options options = MNISTCNN_RESUME_OPTIONS_INIT;

  options.path = s->settings.resume;
  options.num_threads = training->num_threads;
  options.checkpoint_path = training->checkpoint_path;
  options.progress = training->progress;
  options.log = training->log;
  options.user = training->user;
  options.monitor = training->monitor;
  if (mnistcnn_trainer_resume(&options, s->train, s->validation, &s->model, &s->trainer) !=
      MNISTCNN_OK)
    return fail_file(s->settings.resume);
  return EXIT_STATUS_OK;
}

static int start_trainer(session *s) {
  const train_settings *const settings = &s->settings;

  if (!settings->resume)
    return create_trainer(s);
  return resume_trainer(s);
}

/* --- training --------------------------------------------------------------------------------- */

/* The command line of this training, with --resume; if given twice, the last one is used. */
static void print_resume_command(const session *s) {
  fputs("mnistcnn: to resume:", stderr);
  for (int i = 0; i < s->argc; i++) {
    putc(' ', stderr);
    print_shell_word(stderr, s->argv[i]);
  }
  if (!s->settings.resume || strcmp(s->settings.resume, s->settings.checkpoint) != 0) {
    fputs(" --resume ", stderr);
    print_shell_word(stderr, s->settings.checkpoint);
  }
  putc('\n', stderr);
}

/* The library has written the checkpoint. */
static int stop_interrupted(session *s) {
  progress_bar_leave(&s->bar);
  fail("stopped; checkpoint saved to %s", s->settings.checkpoint);
  print_resume_command(s);
  return interrupt_exit_status();
}

/* One step. An I/O error, or a folder that is gone, can only be that of the checkpoint at the end
 * of an epoch, which is no reason to lose hours of training. */
static int step(session *s) {
  const mnistcnn_status status = mnistcnn_trainer_step(s->trainer, NULL);

  if (status == MNISTCNN_OK)
    return EXIT_STATUS_OK;
  if (status == MNISTCNN_CANCELLED)
    return stop_interrupted(s);
  progress_bar_leave(&s->bar);
  if ((status != MNISTCNN_IO && status != MNISTCNN_NOT_FOUND) || interrupt_exit_status() != 0)
    return fail_library();
  warn("cannot write the checkpoint: %s", mnistcnn_last_error());
  return EXIT_STATUS_OK;
}

/* The history is updated at the end of each epoch. If that fails, training continues, and the exit
 * status is that of a failure. */
static void update_history(session *s) {
  const char *const path = s->settings.history;

  if (!path || s->epoch_ended == s->epoch_in_history)
    return;
  s->epoch_in_history = s->epoch_ended;
  if (!history_write(path, s->trainer))
    s->history_failed = true;
}

static int run_trainer(session *s) {
  while (!mnistcnn_trainer_finished(s->trainer)) {
    const int status = step(s);
    if (status != EXIT_STATUS_OK)
      return status;
    update_history(s);
  }
  return EXIT_STATUS_OK;
}

/* A checkpoint named by --checkpoint is kept. */
static int save_model(session *s) {
  const train_settings *const settings = &s->settings;

  mnistcnn_trainer_free(s->trainer); /* the model must not be used before */
  s->trainer = NULL;
  if (set_note(s) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  if (mnistcnn_model_save_file(s->model, settings->out) != MNISTCNN_OK)
    return fail_file(settings->out);
  if (settings->checkpoint == settings->default_checkpoint)
    unlink(settings->checkpoint);
  if (!settings->quiet)
    printf("Saved %s\n", settings->out);
  return s->history_failed ? EXIT_STATUS_FAILURE : EXIT_STATUS_OK;
}

static int train(session *s) {
  int status = EXIT_STATUS_OK;

  if (s->settings.from)
    status = load_start_model(s);
  if (status == EXIT_STATUS_OK)
    status = load_images(s);
  if (status == EXIT_STATUS_OK)
    status = start_trainer(s);
  if (status == EXIT_STATUS_OK && !s->settings.quiet)
    status = model_table_print(s->model);
  if (status == EXIT_STATUS_OK)
    status = run_trainer(s);
  if (status == EXIT_STATUS_OK)
    status = save_model(s);
  return status;
}

int cmd_train(int argc, char **argv) {
  session s = {.argc = argc, .argv = argv};

  const arg_outcome outcome = train_settings_read(&s.settings, argc, argv);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  if (!outputs_are_writable(&s.settings))
    return EXIT_STATUS_FAILURE;
  s.settings.training.progress = show_training;
  s.settings.training.log = show_log;
  s.settings.training.user = &s;
  progress_bar_start(&s.bar, stdout);
  if (!interrupt_catch())
    return fail_library();
  s.settings.training.monitor = interrupt_monitor();

  const int status = train(&s);
  mnistcnn_trainer_free(s.trainer);
  mnistcnn_model_free(s.model);
  mnistcnn_dataset_free(s.validation);
  mnistcnn_dataset_free(s.train);
  interrupt_release();
  return status == EXIT_STATUS_FAILURE && interrupt_exit_status() != 0 ? interrupt_exit_status()
                                                                       : status;
}
