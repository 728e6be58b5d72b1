/* mnistcnn train: folders of images in, a model file out. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "commands/train_checks.h"
#include "commands/train_settings.h"
#include "files/history.h"
#include "files/images.h"
#include "files/rescue.h"
#include "model/load.h"
#include "model/table.h"
#include "terminal/interrupt.h"
#include "terminal/message.h"
#include "terminal/progress_bar.h"
#include "terminal/shell_words.h"
#include "terminal/streams.h"

typedef struct session {
  train_settings settings;
  int argc;
  char **argv;
  progress_bar bar;
  uint32_t epoch_ended;      /* the last epoch whose end was reported */
  uint32_t epoch_in_history; /* the last epoch in the history file */
  uint32_t best_epoch;       /* that of --keep-best; 0: none */
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
  s->best_epoch = progress->best_epoch;
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

/* A validation set may do without background images. */
static const char *background_of(const train_settings *settings, const char *source) {
  char path[PATH_CAPACITY];

  if (!settings->background || source != settings->validation)
    return settings->background;
  return make_path(path, "%s/%s", source, settings->background) && is_folder(path)
             ? settings->background
             : NULL;
}

static int load_one(session *s, const char *source, mnistcnn_dataset **dataset) {
  const train_settings *const settings = &s->settings;
  const image_options options = {.shape = {settings->model.input_height,
                                           settings->model.input_width,
                                           settings->model.input_channels},
                                 .preparation = settings->preparation,
                                 .skip_broken = settings->skip_broken,
                                 .num_threads = settings->training.num_threads,
                                 .idx = settings->idx,
                                 .background = background_of(settings, source),
                                 .bar = &s->bar,
                                 .monitor = interrupt_monitor()};

  return images_load(source, &options, dataset);
}

static int split_train(session *s) {
  mnistcnn_dataset *whole = s->train;

  s->train = NULL;
  const double fraction = s->settings.validation_split;
  const size_t images = mnistcnn_dataset_num_images(whole);
  const mnistcnn_status status =
      mnistcnn_dataset_split(whole, fraction, s->settings.seed, &s->train, &s->validation);
  mnistcnn_dataset_free(whole);
  if (status == MNISTCNN_INVALID_ARGUMENT) {
    return fail("--validation-split %g: of the %zu images of %s, none would be left for training "
                "or for validation; a class needs two to have one in each",
                fraction, images, s->settings.train);
  }
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

/* Called as set_note(), for the same reason. */
static int set_rejection_threshold(session *s) {
  const float threshold = s->settings.rejection_threshold;

  if (!isnan(threshold) &&
      mnistcnn_model_set_rejection_threshold(s->model, threshold) != MNISTCNN_OK)
    return fail("--rejection-threshold: %s", mnistcnn_last_error());
  return EXIT_STATUS_OK;
}

static int create_trainer(session *s) {
  const train_settings *const settings = &s->settings;

  if (mnistcnn_trainer_create(s->model, s->train, s->validation, &settings->training,
                              &s->trainer) != MNISTCNN_OK)
    return fail_library();
  if (is_file(settings->checkpoint)) {
    warn("%s is from an earlier training and will be replaced; use --resume to continue it",
         settings->checkpoint);
  }
  return EXIT_STATUS_OK;
}

/* A checkpoint of a complete training only gives its model. */
static void note_finished(const session *s) {
  mnistcnn_progress last = MNISTCNN_PROGRESS_INIT;
  uint32_t epochs = 0;

  if (!mnistcnn_trainer_finished(s->trainer))
    return;
  while (mnistcnn_trainer_history(s->trainer, epochs + 1, &last) == MNISTCNN_OK)
    epochs++;
  warn("%s: the training %s epoch %" PRIu32 ", there is nothing left to train; its model is "
       "written to %s; give --epochs %" PRIu32 " or more to train further",
       s->settings.resume, last.stopped_early ? "stopped early after" : "was complete after",
       epochs, s->settings.out, epochs + 1);
}

static int resume_trainer(session *s) {
  const mnistcnn_train_options *const training = &s->settings.training;
  mnistcnn_resume_options options = MNISTCNN_RESUME_OPTIONS_INIT;

  options.path = s->settings.resume;
  options.epochs = s->settings.epochs;
  options.num_threads = training->num_threads;
  options.checkpoint_path = training->checkpoint_path;
  options.progress = training->progress;
  options.log = training->log;
  options.user = training->user;
  options.monitor = training->monitor;
  if (mnistcnn_trainer_resume(&options, s->train, s->validation, &s->model, &s->trainer) !=
      MNISTCNN_OK)
    return fail_file(s->settings.resume);
  note_finished(s);
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
static void print_resume_command(const session *s, const char *checkpoint) {
  fputs("mnistcnn: to resume:", stderr);
  for (int i = 0; i < s->argc; i++) {
    putc(' ', stderr);
    print_shell_word(stderr, s->argv[i]);
  }
  if (!s->settings.resume || strcmp(s->settings.resume, checkpoint) != 0) {
    fputs(" --resume ", stderr);
    print_shell_word(stderr, checkpoint);
  }
  putc('\n', stderr);
}

/* The library has written the checkpoint. */
static int stop_interrupted(session *s) {
  progress_bar_leave(&s->bar);
  fail("stopped; checkpoint saved to %s", s->settings.checkpoint);
  print_resume_command(s, s->settings.checkpoint);
  return interrupt_exit_status();
}

static bool save_checkpoint_to(const char *path, const void *user) {
  return mnistcnn_trainer_save_file(((const session *)user)->trainer, path) == MNISTCNN_OK;
}

/* The checkpoint could not be written, and there will be no other. */
static int stop_without_checkpoint(session *s) {
  char path[PATH_CAPACITY];

  fail_library();
  if (!rescue_save(s->settings.checkpoint, save_checkpoint_to, s, path))
    return fail("stopped; the checkpoint could not be saved elsewhere either");
  fail("stopped; checkpoint saved to %s instead", path);
  print_resume_command(s, path);
  return interrupt_exit_status();
}

static void print_kept(const session *s) {
  mnistcnn_progress last = MNISTCNN_PROGRESS_INIT;

  if (s->settings.quiet || mnistcnn_trainer_history(s->trainer, 1, &last) != MNISTCNN_OK)
    return;
  if (last.stopped_early)
    printf("Stopped early: the last epochs brought no improvement.\n");
  if (last.best_epoch > 0)
    printf("Best epoch: %" PRIu32 "\n", last.best_epoch);
}

static bool save_model_to(const char *path, const void *user) {
  return mnistcnn_model_save_file(((const session *)user)->model, path) == MNISTCNN_OK;
}

/* The checkpoint stays, too. */
static int save_elsewhere(session *s) {
  char path[PATH_CAPACITY];

  fail_file(s->settings.out);
  if (rescue_save(s->settings.out, save_model_to, s, path))
    return fail("the model has been saved to %s instead", path);
  if (is_file(s->settings.checkpoint))
    print_resume_command(s, s->settings.checkpoint);
  return EXIT_STATUS_FAILURE;
}

static int write_model(session *s) {
  print_kept(s);
  mnistcnn_trainer_free(s->trainer); /* the model must not be used before */
  s->trainer = NULL;
  if (set_note(s) != EXIT_STATUS_OK || set_rejection_threshold(s) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  if (!save_model_to(s->settings.out, s))
    return save_elsewhere(s);
  if (!s->settings.quiet)
    printf("Saved %s\n", s->settings.out);
  return EXIT_STATUS_OK;
}

/* What --keep-best has kept is not lost if a later epoch fails. */
static int stop_failed(session *s) {
  fail_library();
  if (!s->settings.training.keep_best || s->best_epoch == 0)
    return EXIT_STATUS_FAILURE;
  fail("the model of epoch %" PRIu32 " is kept", s->best_epoch);
  (void)write_model(s);
  return EXIT_STATUS_FAILURE;
}

/* One step. If it fails and has ended an epoch all the same, it is the checkpoint that could not be
 * written, for whatever reason, which is none to lose hours of training. */
static int step(session *s) {
  const uint32_t ended_before = s->epoch_ended;
  const mnistcnn_status status = mnistcnn_trainer_step(s->trainer, NULL);

  if (status == MNISTCNN_OK)
    return EXIT_STATUS_OK;
  if (status == MNISTCNN_CANCELLED)
    return stop_interrupted(s);
  progress_bar_leave(&s->bar);
  if (status == MNISTCNN_NOT_FINITE)
    return stop_failed(s);
  if (interrupt_exit_status() != 0)
    return stop_without_checkpoint(s);
  if (s->epoch_ended == ended_before)
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
  const int status = write_model(s);

  if (status != EXIT_STATUS_OK)
    return status;
  if (settings->checkpoint == settings->default_checkpoint)
    remove(settings->checkpoint);
  return s->history_failed ? EXIT_STATUS_FAILURE : EXIT_STATUS_OK;
}

static int train(session *s) {
  int status = EXIT_STATUS_OK;

  if (s->settings.from)
    status = load_start_model(s);
  if (status == EXIT_STATUS_OK && !s->settings.resume)
    status = train_check_images(&s->settings, &s->model);
  if (status == EXIT_STATUS_OK && s->model)
    status = set_note(s);
  if (status == EXIT_STATUS_OK && s->model)
    status = set_rejection_threshold(s);
  if (status == EXIT_STATUS_OK && s->model)
    status = set_rejection_threshold(s);
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
  const int checked = train_check_files(&s.settings);
  if (checked != EXIT_STATUS_OK)
    return checked;
  s.settings.training.progress = show_training;
  s.settings.training.log = show_log;
  s.settings.training.user = &s;
  progress_bar_start(&s.bar, stdout);
  streams_outlive_reader();
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
