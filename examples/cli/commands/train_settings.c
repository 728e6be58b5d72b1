#include "commands/train_settings.h"

#include <math.h>
#include <string.h>

#include "system/processors.h"
#include "terminal/message.h"

static const char default_preset[] = "best";
enum { NOT_GIVEN = -1 };

static const arg_choice initializers[] = {{"glorot_uniform", MNISTCNN_INIT_GLOROT_UNIFORM},
                                          {"glorot_normal", MNISTCNN_INIT_GLOROT_NORMAL},
                                          {"he_uniform", MNISTCNN_INIT_HE_UNIFORM},
                                          {"he_normal", MNISTCNN_INIT_HE_NORMAL},
                                          {"lecun_uniform", MNISTCNN_INIT_LECUN_UNIFORM},
                                          {"lecun_normal", MNISTCNN_INIT_LECUN_NORMAL},
                                          {"kaiming_normal", MNISTCNN_INIT_KAIMING_NORMAL},
                                          {NULL, 0}};

static const arg_choice training_losses[] = {
    {"binary", MNISTCNN_LOSS_BINARY_CROSS_ENTROPY},
    {"categorical", MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY},
    {NULL, 0}};

static const arg_choice optimizers[] = {{"rmsprop", MNISTCNN_OPTIMIZER_RMSPROP},
                                        {"sgd", MNISTCNN_OPTIMIZER_SGD},
                                        {"adam", MNISTCNN_OPTIMIZER_ADAM},
                                        {"adamw", MNISTCNN_OPTIMIZER_ADAMW},
                                        {NULL, 0}};

static const arg_choice schedules[] = {
    {"constant", MNISTCNN_SCHEDULE_CONSTANT}, {"linear", MNISTCNN_SCHEDULE_LINEAR},
    {"cosine", MNISTCNN_SCHEDULE_COSINE},     {"one-cycle", MNISTCNN_SCHEDULE_ONE_CYCLE},
    {"step", MNISTCNN_SCHEDULE_STEP},         {NULL, 0}};

static const arg_choice metric_names[] = {{"loss", MNISTCNN_METRIC_VALIDATION_LOSS},
                                          {"accuracy", MNISTCNN_METRIC_VALIDATION_ACCURACY},
                                          {NULL, 0}};
static const arg_choice presets[] = {{"best", 0}, {"tutorial", 0}, {NULL, 0}};

static const arg_choice augmentations[] = {{"none", MNISTCNN_AUGMENT_NONE},
                                           {"keras-2.0", MNISTCNN_AUGMENT_KERAS_2_0},
                                           {"keras-2.9", MNISTCNN_AUGMENT_KERAS_2_9},
                                           {"affine-elastic", MNISTCNN_AUGMENT_AFFINE_ELASTIC},
                                           {NULL, 0}};

static const char more_help[] =
    "--train and --validation take a folder with one sub-folder per class, or MNIST's IDX files "
    "as\n"
    "IMAGES,LABELS.\n\n"
    "Ctrl-C stops after the current step, saves a checkpoint and prints the command that resumes\n"
    "the training; the result is the same as without the interruption. A second Ctrl-C quits\n"
    "immediately.\n\n"
    "--resume with a higher --epochs continues a training that is complete, if its checkpoint was\n"
    "kept by naming it with --checkpoint; the schedule becomes that of the new number of "
    "epochs.\n\n"
    "Exit status: 0 success, 1 failure, 2 usage error, 130 stopped by Ctrl-C, 143 by SIGTERM.\n";

/* Reads the command line once; options that are not given keep what *s has. */
static arg_outcome read_options(train_settings *s, int argc, char **argv) {
  mnistcnn_model_options *const m = &s->model;
  mnistcnn_train_options *const t = &s->training;
  preparation_settings *const p = &s->preparation_options;

  const arg_option options[] = {
      arg_heading("Files"),
      arg_text("train", "DIR", &s->train, "training set (required)"),
      arg_text("validation", "DIR", &s->validation, "validation set, evaluated after each epoch"),
      arg_double("validation-split", &s->validation_split, 1e-6, 1 - 1e-6,
                 "instead of --validation: fraction of every class, such as 0.1"),
      arg_text("out", "FILE", &s->out, "model file to write (required)"),
      arg_text("history", "FILE", &s->history, "write the metric_names of every epoch as JSON"),
      arg_text("checkpoint", "FILE", &s->checkpoint,
               "checkpoint, written after each epoch, and kept (OUT.checkpoint, removed on "
               "success)"),
      arg_optional_text("resume", "FILE", &s->resume,
                        "resume from the checkpoint, with the training options stored in it"),
      arg_text("from", "FILE", &s->from, "start from this model instead of random weights"),
      arg_text("note", "TEXT", &s->note,
               "stored in the model file, for example the source of the images"),
      arg_text(
          "background", "NAME", &s->background,
          "sub-folder with images of no class, about which the network learns to be undecided"),
      arg_float("rejection-threshold", &s->rejection_threshold, 0, 1,
                "stored in the model: images whose largest probability is below it are rejected"),
      arg_switch("skip-broken", &s->skip_broken, 1, "skip files that cannot be read"),
      arg_switch("transpose", &s->idx.transpose, 1,
                 "swap rows and columns of the images in IDX files, for EMNIST"),
      arg_uint32("first-label", &s->idx.first_label, 0, 255,
                 "label of the first class in IDX files (0); 1 for EMNIST's letters"),
      arg_switch("quiet", &s->quiet, 1, "print errors and warnings only"),

      arg_heading("Training"),
      arg_name("preset", &s->preset, presets,
               "defaults of the other options: best, for the highest accuracy (default), or "
               "tutorial, as the Keras script"),
      arg_uint32("epochs", &s->epochs, 1, 100000,
                 "number of epochs (the preset's); with --resume, of all of them (the "
                 "checkpoint's)"),
      arg_uint32("batch", &t->batch_size, 1, 65536, "batch size"),
      arg_uint64("seed", &s->seed, "random seed (1)"),
      arg_uint32("threads", &t->num_threads, 1, 256,
                 "number of threads (all usable processors); does not affect the result"),
      arg_one_of("loss", &t->loss, training_losses, "cross entropy"),
      arg_float("label-smoothing", &t->label_smoothing, 0, 0.999,
                "label smoothing, categorical, or binary and a network that ends in sigmoid"),
      arg_one_of("optimizer", &t->optimizer, optimizers, "optimiser"),
      arg_float("learning-rate", &t->learning_rate, 1e-30, 1e6, "peak learning rate"),
      arg_float("rho", &t->rho, 0, 0.9999999, "for rmsprop"),
      arg_float("momentum", &t->momentum, 0, 0.9999999, "for sgd"),
      arg_switch("nesterov", &t->nesterov, 1, "Nesterov momentum, for sgd"),
      arg_float("beta1", &t->beta1, 0, 0.9999999, "for adam and adamw"),
      arg_float("beta2", &t->beta2, 0, 0.9999999, "for adam and adamw"),
      arg_float("epsilon", &t->epsilon, 0, 1, "for all but sgd"),
      arg_float("weight-decay", &t->weight_decay, 0, 1e6, "for adamw and sgd"),
      arg_float("l2", &t->l2, 0, 1e6, "L2 penalty of the kernels; 0: none"),
      arg_float("clip-norm", &t->clip_norm, 0, 1e6, "longest gradient; 0: any"),
      arg_one_of("schedule", &t->schedule, schedules, "learning rate schedule"),
      arg_float("warmup-fraction", &t->warmup_fraction, 0, 0.999,
                "fraction of all steps for the warmup of the learning rate"),
      arg_float("warmup-start-ratio", &t->warmup_start_ratio, 0, 1,
                "initial learning rate, relative to the peak"),
      arg_float("final-lr-ratio", &t->final_lr_ratio, 0, 1,
                "final learning rate, relative to the peak"),
      arg_float("step-factor", &t->step_factor, 1e-30, 1,
                "factor of the learning rate after every step, for --schedule step"),
      arg_uint32("step-epochs", &t->step_epochs, 1, 100000,
                 "epochs from step to step, for --schedule step"),
      arg_float("ema-decay", &t->ema_decay, 0, 0.999999,
                "decay of the moving average of the weights; 0: none"),
      arg_float("calibration-fraction", &t->calibration_fraction, 0, 0.999,
                "fraction of the images to hold out for calibration; 0: none"),
      arg_switch("no-shuffle", &t->shuffle, 0, "do not shuffle the images"),
      arg_text("class-weights", "TEXT", &s->class_weights,
               "factors of the losses: balanced, for classes of different sizes, or NAME=W,..., "
               "or W,W,... for all"),

      arg_heading("Best epoch"),
      arg_switch("keep-best", &t->keep_best, 1,
                 "write the model of the best epoch, not that of the last"),
      arg_uint32("stop-patience", &t->stop_patience, 0, 100000,
                 "stop after so many epochs without improvement; 0: never"),
      arg_uint32("plateau-patience", &t->plateau_patience, 0, 100000,
                 "lower the learning rate after so many; 0: never"),
      arg_float("plateau-factor", &t->plateau_factor, 1e-30, 0.9999999,
                "factor of the learning rate then (0.1)"),
      arg_float("plateau-min-rate", &t->plateau_min_rate, 0, 1e6,
                "learning rate below which it is not lowered"),
      arg_uint32("plateau-cooldown", &t->plateau_cooldown, 0, 100000,
                 "epochs after that until they are counted again (0)"),
      arg_one_of("metric", &t->metric, metric_names, "what these go by, of validation"),
      arg_float("min-delta", &t->min_delta, 0, 1e6,
                "what is better by this or less is no improvement"),

      arg_heading("Augmentation"),
      arg_one_of(
          "augment", &t->augment, augmentations,
          "kind of augmentation; with another than the preset's, all options below start at 0"),
      arg_float("rotation", &t->rotation, 0, 360, "maximum angle in degrees"),
      arg_float("shear", &t->shear, 0, 360,
                "maximum, in radians (keras-2.0), degrees (keras-2.9) or as a matrix entry "
                "(affine-elastic)"),
      arg_float("zoom", &t->zoom, 0, 0.999, "maximum change of scale of each axis, as a fraction"),
      arg_float("shift", &t->shift, 0, 4096,
                "maximum, in pixels (affine-elastic) or as a fraction of the side (keras)"),
      arg_float("elastic", &t->elastic_pixels, 0, 4096,
                "standard deviation of elastic displacements in pixels, affine-elastic only"),
      arg_float("dilate", &t->dilate, 0, 1, "maximum dilation or erosion, affine-elastic only"),
      arg_switch("flip", &t->horizontal_flip, 1, "flip images horizontally with probability 1/2"),
      arg_switch("no-flip", &t->horizontal_flip, 0, "no flips: better for digits"),
      arg_float("no-augment-fraction", &t->no_augment_fraction, 0, 1,
                "fraction of all steps, at the end, without augmentation"),

      arg_heading("Network"),
      arg_text("arch", "TEXT", &s->arch,
               "the layers, such as 'conv 8 3x3 relu, maxpool 2, flatten, dense classes softmax'"),
      arg_size("size", s->size, 1, 4096, "size of the input (28x28); images are resized to it"),
      arg_uint32("channels", &m->input_channels, 1, 3, "input channels: 1 gray, 3 colour"),
      arg_one_of("init", &m->initializer, initializers, "weight initialisation"),

      arg_heading("Preparation of the images, stored in the model"),
      arg_one_of(
          "prepare", &p->prepare, prepare_choices,
          "digit: each image shows one digit, which is brought into the form of MNIST; none: "
          "images are only resized; auto: as the model of --from, else none"),
      arg_one_of("polarity", &p->polarity, polarity_choices, "of the ink, for --prepare digit"),
      arg_switch("invert", &p->invert, 1,
                 "invert the prepared images: for networks that take dark ink on white"),
      arg_one_of(
          "alpha", &p->alpha, alpha_choices,
          "transparent images: on white or black, whichever shows them; or as Keras, without "
          "their alpha channel (the preset tutorial)"),
      arg_one_of("resize", &p->resize, resize_choices, "how images are resized"),
      arg_per_channel("mean", p->mean, -1e6, 1e6,
                      "mean that is subtracted from intensities of 0 to 1, of all channels or of "
                      "each"),
      arg_per_channel("deviation", p->deviation, 1e-6, 1e6,
                      "standard deviation by which they are then divided"),
      arg_heading("Other"),
  };
  const arg_spec spec = {
      .command = "train",
      .purpose = "Trains a network on PNG, JPEG or BMP files and writes the model.",
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

/* The library checks this too, but only after the images have been loaded. */
static bool has_idle_augmentation(const mnistcnn_train_options *t) {
  const bool smooth_only = t->elastic_pixels > 0 || t->dilate > 0;
  const bool any = smooth_only || t->horizontal_flip || t->rotation > 0 || t->shear > 0 ||
                   t->zoom > 0 || t->shift > 0;

  return (any && t->augment == MNISTCNN_AUGMENT_NONE) ||
         (smooth_only && t->augment != MNISTCNN_AUGMENT_AFFINE_ELASTIC);
}

static arg_outcome check(const train_settings *s) {
  if (!is_named(s->train))
    return refuse("--train DIR is required");
  if (!is_named(s->out))
    return refuse("--out FILE is required");
  if (s->background && !is_folder(s->train))
    return refuse("--background is a sub-folder of --train DIR, which is no folder here");
  if (s->validation && s->validation_split > 0)
    return refuse("--validation and --validation-split exclude each other");
  if (s->model.input_channels == 2)
    return refuse("--channels: '2' is not 1 or 3");
  if (has_idle_augmentation(&s->training))
    return refuse("an augmentation option has no effect with this --augment");
  if (s->training.schedule == MNISTCNN_SCHEDULE_STEP && s->training.step_epochs == 0)
    return refuse("--schedule step needs --step-epochs");
  if (s->preparation_options.polarity > MNISTCNN_POLARITY_AUTO && !s->from &&
      s->preparation_options.prepare != MNISTCNN_PREPARE_DIGIT)
    return refuse("--polarity has no effect without --prepare digit");
  if (!s->from && !preparation_fits(&s->preparation_options, s->model.input_channels))
    return refuse("--mean and --deviation: three numbers are for --channels 3");
  if (!s->resume && !s->validation && !(s->validation_split > 0) &&
      (s->training.keep_best || s->training.stop_patience > 0))
    return refuse("--keep-best and --stop-patience need --validation or --validation-split");
  if (s->from && s->resume)
    return refuse("--from and --resume exclude each other");
  if (s->from && (s->arch || s->size[0] != 0))
    return refuse("--from cannot be combined with --arch or --size");
  return ARGS_GO_ON;
}

/* Values of the preset that are meaningless with another augmentation, optimiser, schedule or loss:
 * ranges in other units, a weight decay for an optimiser without one. */
static void reset_unrelated(mnistcnn_train_options *t, const mnistcnn_train_options *asked) {
  const mnistcnn_train_options defaults = MNISTCNN_TRAIN_OPTIONS_INIT;

  if (asked->augment != NOT_GIVEN && asked->augment != t->augment) {
    t->rotation = t->shear = t->zoom = t->shift = t->elastic_pixels = t->dilate = 0;
    t->no_augment_fraction = 0;
    t->horizontal_flip = 0;
  }
  if (asked->optimizer != NOT_GIVEN && asked->optimizer != t->optimizer) {
    t->weight_decay = 0;
    if (asked->optimizer < MNISTCNN_OPTIMIZER_ADAM)
      t->beta2 = defaults.beta2;
  }
  if (asked->schedule == MNISTCNN_SCHEDULE_CONSTANT || asked->schedule == MNISTCNN_SCHEDULE_STEP)
    t->warmup_fraction = t->warmup_start_ratio = t->final_lr_ratio = 0;
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
  s->training.num_threads = usable_processors();
  reset_unrelated(&s->training, &asked);
  return ARGS_GO_ON;
}

/* The preset's, with what the options say of it. */
static void complete_preparation(train_settings *s) {
  mnistcnn_model_options *const m = &s->model;

  s->preparation = (mnistcnn_preparation)MNISTCNN_PREPARATION_INIT;
  if (m->preparation)
    s->preparation = *m->preparation;
  for (int c = 0; c < 3; c++) {
    s->preparation.mean[c] = m->input_mean;
    s->preparation.deviation[c] = m->input_std;
  }
  preparation_apply(&s->preparation_options, &s->preparation);
  m->input_mean = 0;
  m->input_std = 1;
  m->preparation = &s->preparation;
}

static arg_outcome complete(train_settings *s) {
  complete_preparation(s);
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
  s->training.balance_classes = s->class_weights && strcmp(s->class_weights, "balanced") == 0;
  if (s->resume && s->resume[0] == '\0')
    s->resume = s->checkpoint;
  return ARGS_GO_ON;
}

/* The command line is read twice: first to find the preset, then to apply the other options to it.
 */
arg_outcome train_settings_read(train_settings *s, int argc, char **argv) {
  arg_outcome outcome;

  memset(s, 0, sizeof *s);
  s->preset = default_preset;
  s->preparation_options = preparation_settings_none();
  s->seed = 1;
  s->rejection_threshold = NAN;
  s->training.augment = s->training.optimizer = s->training.loss = NOT_GIVEN;
  s->training.schedule = NOT_GIVEN;
  outcome = read_options(s, argc, argv);
  if (outcome == ARGS_GO_ON)
    outcome = fill_from_preset(s);
  if (outcome == ARGS_GO_ON)
    outcome = read_options(s, argc, argv);
  if (outcome == ARGS_GO_ON)
    outcome = check(s);
  return outcome == ARGS_GO_ON ? complete(s) : outcome;
}
