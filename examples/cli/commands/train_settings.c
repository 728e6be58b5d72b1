#include "commands/train_settings.h"

#include <string.h>

#include "files/images.h"
#include "terminal/message.h"

static const char default_preset[] = "best";
enum { NOT_GIVEN = -1 };

static const arg_choice initializers[] = {
    {"glorot", MNISTCNN_INIT_GLOROT_UNIFORM}, {"he", MNISTCNN_INIT_HE_NORMAL}, {NULL, 0}};

static const arg_choice losses[] = {{"binary", MNISTCNN_LOSS_BINARY_CROSS_ENTROPY},
                                    {"categorical", MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY},
                                    {NULL, 0}};

static const arg_choice optimizers[] = {{"rmsprop", MNISTCNN_OPTIMIZER_RMSPROP},
                                        {"sgd", MNISTCNN_OPTIMIZER_SGD},
                                        {"adam", MNISTCNN_OPTIMIZER_ADAM},
                                        {"adamw", MNISTCNN_OPTIMIZER_ADAMW},
                                        {NULL, 0}};

static const arg_choice schedules[] = {{"constant", MNISTCNN_SCHEDULE_CONSTANT},
                                       {"linear", MNISTCNN_SCHEDULE_LINEAR},
                                       {"cosine", MNISTCNN_SCHEDULE_COSINE},
                                       {NULL, 0}};

static const arg_choice augmentations[] = {{"none", MNISTCNN_AUGMENT_NONE},
                                           {"keras-2.0", MNISTCNN_AUGMENT_KERAS_2_0},
                                           {"keras-2.9", MNISTCNN_AUGMENT_KERAS_2_9},
                                           {"smooth", MNISTCNN_AUGMENT_SMOOTH},
                                           {NULL, 0}};

static const char more_help[] =
    "--train and --validation take a folder with one sub-folder a class, or MNIST's IDX files as\n"
    "IMAGES,LABELS.\n\n"
    "Ctrl-C stops at the next step, saves a checkpoint and prints the command that goes on; the\n"
    "result is then the same as if it had never been stopped. A second Ctrl-C quits at once.\n\n"
    "Exit status: 0 done, 1 failure, 2 wrong usage, 130 stopped by Ctrl-C, 143 by SIGTERM.\n";

/* One reading of the command line over what *s holds. */
static arg_outcome read_options(train_settings *s, int argc, char **argv) {
  mnistcnn_model_options *const m = &s->model;
  mnistcnn_train_options *const t = &s->training;

  const arg_option options[] = {
      arg_heading("Files"),
      arg_text("train", "DIR", &s->train, "the images to learn from (required)"),
      arg_text("validation", "DIR", &s->validation, "images to measure each epoch with"),
      arg_double("validation-split", &s->validation_split, 1e-6, 1 - 1e-6,
                 "without a validation folder: this share of every class, as 0.1"),
      arg_text("out", "FILE", &s->out, "the model file to write (required)"),
      arg_text("history", "FILE", &s->history, "write the figures of every epoch as JSON"),
      arg_text("checkpoint", "FILE", &s->checkpoint,
               "kept up at each epoch end (OUT.checkpoint, removed when all went well)"),
      arg_optional_text(
          "resume", "FILE", &s->resume,
          "go on from the checkpoint, with the recipe it holds, whatever else is said "
          "about it"),
      arg_text("from", "FILE", &s->from, "start from this model instead of random weights"),
      arg_text("note", "TEXT", &s->note, "kept in the model file, as where the images are from"),
      arg_switch("skip-broken", &s->skip_broken, 1, "leave out files that cannot be read"),
      arg_switch("quiet", &s->quiet, 1, "print errors and warnings only"),

      arg_heading("Training"),
      arg_text("preset", "NAME", &s->preset,
               "the recipe the other options change: best, for the highest accuracy (default), or "
               "tutorial, as the Keras script"),
      arg_uint32("epochs", &s->epochs, 1, 100000, "passes over the images (the preset's)"),
      arg_uint32("batch", &t->batch_size, 1, 65536, "images a step"),
      arg_uint64("seed", &s->seed, "another course of training with each seed (1)"),
      arg_uint32("threads", &t->num_threads, 1, 256,
                 "how many to use (all processors); the result does not depend on it"),
      arg_one_of("loss", &t->loss, losses, "which cross entropy"),
      arg_float("label-smoothing", &t->label_smoothing, 0, 0.999, "categorical only"),
      arg_one_of("optimizer", &t->optimizer, optimizers, "what takes the steps"),
      arg_float("learning-rate", &t->learning_rate, 1e-30, 1e6, "at its highest"),
      arg_float("rho", &t->rho, 0, 0.9999999, "of rmsprop"),
      arg_float("momentum", &t->momentum, 0, 0.9999999, "of sgd"),
      arg_switch("nesterov", &t->nesterov, 1, "Nesterov's momentum, of sgd"),
      arg_float("beta1", &t->beta1, 0, 0.9999999, "of adam and adamw"),
      arg_float("beta2", &t->beta2, 0, 0.9999999, "of adam and adamw"),
      arg_float("epsilon", &t->epsilon, 0, 1, "keeps divisions finite; of all but sgd"),
      arg_float("weight-decay", &t->weight_decay, 0, 1e6, "of adamw and sgd"),
      arg_one_of("schedule", &t->schedule, schedules, "of the learning rate"),
      arg_float("warmup-fraction", &t->warmup_fraction, 0, 0.999,
                "the share of all steps in which the learning rate rises"),
      arg_float("warmup-start", &t->warmup_start, 0, 1, "... from this share of it"),
      arg_float("schedule-end", &t->schedule_end, 0, 1, "... and to which share it falls"),
      arg_float("average-decay", &t->average_decay, 0, 0.999999,
                "moving average of the weights; 0: none"),
      arg_float("calibration-fraction", &t->calibration_fraction, 0, 0.999,
                "of the images to leave out and learn from how sure to be; 0: none"),
      arg_switch("no-shuffle", &t->shuffle, 0, "take the images in their order"),

      arg_heading("Augmentation"),
      arg_one_of("augment", &t->augment, augmentations,
                 "how images are varied; a way that is not the preset's starts without any of it"),
      arg_float("rotation", &t->rotation, 0, 360, "up to so many degrees"),
      arg_float("shear", &t->shear, 0, 360,
                "radians (keras-2.0), degrees (keras-2.9) or a share (smooth)"),
      arg_float("zoom", &t->zoom, 0, 0.999, "each axis by up to this share"),
      arg_float("shift", &t->shift, 0, 4096, "pixels (smooth) or share of the side (keras)"),
      arg_float("elastic", &t->elastic_pixels, 0, 4096, "pixels, smooth only"),
      arg_float("stroke", &t->stroke, 0, 1, "thicker or thinner by up to this share, smooth only"),
      arg_switch("flip", &t->horizontal_flip, 1, "mirror every second image"),
      arg_switch("no-flip", &t->horizontal_flip, 0, "mirror none: better for digits"),
      arg_float("plain-fraction", &t->plain_fraction, 0, 1,
                "the last share of all steps without augmentation"),

      arg_heading("Network"),
      arg_text("arch", "TEXT", &s->arch,
               "its layers, as 'conv 8 3x3 relu, maxpool 2, flatten, dense classes softmax'"),
      arg_size("size", s->size, 1, 4096, "of its input (28x28); images are resized to it"),
      arg_uint32("channels", &m->input_channels, 1, 3, "of its input: 1 gray, 3 colour"),
      arg_one_of("init", &m->initializer, initializers, "how the first weights are drawn"),
      arg_float("mean", &m->input_mean, -1e6, 1e6, "taken off intensities of 0 to 1 ..."),
      arg_float("deviation", &m->input_deviation, 1e-6, 1e6, "... which are then divided by this"),
      arg_heading("Other"),
  };
  const arg_spec spec = {
      .command = "train",
      .purpose = "Trains a network on PNG files and writes the model.",
      .synopsis = "--train DIR [--validation DIR] --out FILE [OPTION...]",
      .more_help = more_help,
      .options = options,
      .num_options = sizeof options / sizeof options[0],
  };
  return args_parse(&spec, argc, argv, NULL);
}

static arg_outcome refuse(const char *text) {
  args_usage_error("train", "%s", text);
  return ARGS_USAGE_ERROR;
}

static bool is_named(const char *path) {
  return path && path[0] != '\0';
}

static bool is_same(const char *path, const char *other) {
  return path && other && strcmp(path, other) == 0;
}

/* The library would say so too, but only once the images are loaded. */
static bool has_idle_augmentation(const mnistcnn_train_options *t) {
  const bool smooth_only = t->elastic_pixels > 0 || t->stroke > 0;
  const bool any = smooth_only || t->horizontal_flip || t->rotation > 0 || t->shear > 0 ||
                   t->zoom > 0 || t->shift > 0;

  return (any && t->augment == MNISTCNN_AUGMENT_NONE) ||
         (smooth_only && t->augment != MNISTCNN_AUGMENT_SMOOTH);
}

static arg_outcome check(const train_settings *s) {
  if (!is_named(s->train))
    return refuse("--train DIR is needed");
  if (!is_named(s->out))
    return refuse("--out FILE is needed");
  if (is_same(s->out, s->checkpoint) || is_same(s->out, s->history) ||
      is_same(s->checkpoint, s->history))
    return refuse("--out, --checkpoint and --history need a file each");
  if (s->validation && s->validation_split > 0)
    return refuse("--validation and --validation-split exclude each other");
  if (s->model.input_channels == 2)
    return refuse("--channels: '2' is not 1 or 3");
  if (has_idle_augmentation(&s->training))
    return refuse("--augment is one that does not do all that the other options ask for");
  if (s->from && s->resume)
    return refuse("--from and --resume exclude each other");
  if (s->from && (s->arch || s->size[0] != 0))
    return refuse("--from brings its own network: leave --arch and --size out");
  return ARGS_GO_ON;
}

/* What a preset says about the ways of its own means little for another way that was asked for:
 * ranges in other units, a weight decay where there is none. */
static void drop_what_was_for_another_way(mnistcnn_train_options *t,
                                          const mnistcnn_train_options *asked) {
  if (asked->augment != NOT_GIVEN && asked->augment != t->augment) {
    t->rotation = t->shear = t->zoom = t->shift = t->elastic_pixels = t->stroke = 0;
    t->plain_fraction = 0;
    t->horizontal_flip = 0;
  }
  if (asked->optimizer != NOT_GIVEN && asked->optimizer != t->optimizer)
    t->weight_decay = 0;
  if (asked->loss == MNISTCNN_LOSS_BINARY_CROSS_ENTROPY)
    t->label_smoothing = 0;
}

static arg_outcome fill_from_preset(train_settings *s) {
  const mnistcnn_train_options asked = s->training;

  if (mnistcnn_model_options_preset(&s->model, sizeof s->model, s->preset) != MNISTCNN_OK ||
      mnistcnn_train_options_preset(&s->training, sizeof s->training, s->preset, s->epochs) !=
          MNISTCNN_OK) {
    args_usage_error("train", "--preset: %s", mnistcnn_last_error());
    return ARGS_USAGE_ERROR;
  }
  s->training.num_threads = online_processors();
  drop_what_was_for_another_way(&s->training, &asked);
  return ARGS_GO_ON;
}

static arg_outcome complete(train_settings *s) {
  s->model.seed = s->seed;
  s->training.seed = s->seed;
  if (s->arch)
    s->model.architecture = s->arch;
  if (s->size[0] != 0) {
    s->model.input_height = s->size[0];
    s->model.input_width = s->size[1];
  }
  if (!s->checkpoint) {
    if (!make_path(s->default_checkpoint, "%s.checkpoint", s->out))
      return ARGS_USAGE_ERROR;
    s->checkpoint = s->default_checkpoint;
  }
  s->training.checkpoint_path = s->checkpoint;
  if (s->resume && s->resume[0] == '\0')
    s->resume = s->checkpoint;
  return ARGS_GO_ON;
}

/* The line is read twice: first to find the preset, then to lay the other options over it. */
arg_outcome train_settings_read(train_settings *s, int argc, char **argv) {
  arg_outcome outcome;

  memset(s, 0, sizeof *s);
  s->preset = default_preset;
  s->seed = 1;
  s->training.augment = s->training.optimizer = s->training.loss = NOT_GIVEN;
  outcome = read_options(s, argc, argv);
  if (outcome == ARGS_GO_ON)
    outcome = fill_from_preset(s);
  if (outcome == ARGS_GO_ON)
    outcome = read_options(s, argc, argv);
  if (outcome == ARGS_GO_ON)
    outcome = check(s);
  return outcome == ARGS_GO_ON ? complete(s) : outcome;
}
