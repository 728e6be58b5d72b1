#include "train/options.h"

#include "base/limits.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

void mcnn_train_defaults(mnistcnn_train_options *options) {
  const mnistcnn_train_options defaults = MNISTCNN_TRAIN_OPTIONS_INIT;
  *options = defaults;
}

/* --- presets ---------------------------------------------------------------------------------- */

static void tutorial(mnistcnn_train_options *options) {
  options->augment = MNISTCNN_AUGMENT_KERAS_2_0;
  options->shear = 0.2f;
  options->zoom = 0.2f;
  options->horizontal_flip = 1;
}

/* What all of the best recipes share; how they were found is in docs/accuracy.md. */
static void best_common(mnistcnn_train_options *options) {
  options->loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  options->label_smoothing = 0.1f;
  options->optimizer = MNISTCNN_OPTIMIZER_ADAMW;
  options->learning_rate = 0.003f;
  options->beta2 = 0.98f;
  options->schedule = MNISTCNN_SCHEDULE_LINEAR;
  options->warmup_fraction = 0.2f;
  options->warmup_start_ratio = 0.04f;
  options->augment = MNISTCNN_AUGMENT_AFFINE_ELASTIC;
  options->shift = 1.0f;
  options->calibration_fraction = 0.05f;
}

static void best_single_epoch(mnistcnn_train_options *options) {
  options->batch_size = 32;
  options->weight_decay = 0.1f;
  options->rotation = 7.0f;
  options->no_augment_fraction = 0.2f;
}

static void best_few_epochs(mnistcnn_train_options *options) {
  options->batch_size = 64;
  options->weight_decay = 0.3f;
  options->rotation = 8.0f;
  options->shear = 0.05f;
  options->zoom = 0.05f;
  options->elastic_pixels = 0.7f;
  options->no_augment_fraction = 0.3f;
}

static void best_many_epochs(mnistcnn_train_options *options) {
  best_few_epochs(options);
  options->batch_size = 128;
  options->learning_rate = 0.002f;
  options->beta2 = 0.99f;
  options->final_lr_ratio = 0.1f;
  options->ema_decay = 0.999f;
  options->dilate = 0.4f;
  options->no_augment_fraction = 0.1f;
}

static void best(mnistcnn_train_options *options) {
  enum { MANY_EPOCHS = 12 };
  best_common(options);
  if (options->epochs == 1)
    best_single_epoch(options);
  else if (options->epochs < MANY_EPOCHS)
    best_few_epochs(options);
  else
    best_many_epochs(options);
}

mnistcnn_status mcnn_train_preset(mnistcnn_train_options *options, const char *name,
                                  uint32_t epochs) {
  mcnn_train_defaults(options);
  if (epochs > 0)
    options->epochs = epochs;
  if (strcmp(name, "tutorial") == 0)
    tutorial(options);
  else if (strcmp(name, "best") == 0)
    best(options);
  else
    return mcnn_fail(MNISTCNN_NOT_FOUND, "there is no preset \"%.40s\" (tutorial, best)", name);
  return MNISTCNN_OK;
}

mcnn_augment mcnn_augment_of(const mnistcnn_train_options *options) {
  return (mcnn_augment){.kind = options->augment,
                        .horizontal_flip = options->horizontal_flip,
                        .rotation = options->rotation,
                        .shear = options->shear,
                        .zoom = options->zoom,
                        .shift = options->shift,
                        .elastic_pixels = options->elastic_pixels,
                        .dilation = options->dilate};
}

/* --- checks ----------------------------------------------------------------------------------- */

static mnistcnn_status check_count(const char *name, uint32_t value, uint32_t least,
                                   uint32_t most) {
  if (value >= least && value <= most)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s is %u; it must be %u to %u", name, value, least,
                   most);
}

static mnistcnn_status check_choice(const char *name, int32_t value, int32_t last) {
  if (value >= 0 && value <= last)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for %s: %d", name, value);
}

typedef struct bounds {
  float least, most; /* both allowed */
  char text[28];
} bounds;

enum {
  FRACTION,
  FRACTION_BELOW_ONE,
  POSITIVE,
  POSITIVE_TO_ONE,
  POSITIVE_BELOW_ONE,
  DECAY,
  ANGLE,
  HALF_ANGLE,
  PIXELS
};

static const bounds all_bounds[] = {
    [FRACTION] = {0, 1, "0 to 1"},
    [FRACTION_BELOW_ONE] = {0, 1.0f - 0x1p-24f, "at least 0 and below 1"},
    [POSITIVE] = {1e-30f, 1e6f, "1e-30 to 1e6"},
    [POSITIVE_TO_ONE] = {1e-30f, 1, "above 0 and at most 1"},
    [POSITIVE_BELOW_ONE] = {1e-30f, 1.0f - 0x1p-24f, "above 0 and below 1"},
    [DECAY] = {0, 1e6f, "at least 0 and at most 1e6"},
    [ANGLE] = {0, 180, "0 to 180 degrees"},
    [HALF_ANGLE] = {0, 90, "0 to 90"},
    [PIXELS] = {0, 4096, "0 to 4096"},
};

/* Which kinds of augmentation make use of an option that belongs to augmentation. */
enum { NOT_OF_AUGMENTATION, OF_ALL_KINDS, OF_AFFINE_ELASTIC };

typedef struct range {
  const char *name;
  int bounds;       /* in all_bounds */
  int augmentation; /* see above */
  size_t offset;    /* of the float in mnistcnn_train_options */
} range;

#define RANGE(name, bounds, augmentation)                                                          \
  { #name, bounds, augmentation, offsetof(mnistcnn_train_options, name) }

static const range ranges[] = {
    RANGE(label_smoothing, FRACTION_BELOW_ONE, NOT_OF_AUGMENTATION),
    RANGE(learning_rate, POSITIVE, NOT_OF_AUGMENTATION),
    RANGE(rho, FRACTION_BELOW_ONE, NOT_OF_AUGMENTATION),
    RANGE(momentum, FRACTION_BELOW_ONE, NOT_OF_AUGMENTATION),
    RANGE(beta1, FRACTION_BELOW_ONE, NOT_OF_AUGMENTATION),
    RANGE(beta2, FRACTION_BELOW_ONE, NOT_OF_AUGMENTATION),
    RANGE(epsilon, POSITIVE_TO_ONE, NOT_OF_AUGMENTATION),
    RANGE(weight_decay, DECAY, NOT_OF_AUGMENTATION),
    RANGE(warmup_fraction, FRACTION_BELOW_ONE, NOT_OF_AUGMENTATION),
    RANGE(warmup_start_ratio, FRACTION, NOT_OF_AUGMENTATION),
    RANGE(final_lr_ratio, FRACTION, NOT_OF_AUGMENTATION),
    RANGE(ema_decay, FRACTION_BELOW_ONE, NOT_OF_AUGMENTATION),
    RANGE(no_augment_fraction, FRACTION, NOT_OF_AUGMENTATION),
    RANGE(rotation, ANGLE, OF_ALL_KINDS),
    RANGE(shear, HALF_ANGLE, OF_ALL_KINDS),
    RANGE(zoom, FRACTION_BELOW_ONE, OF_ALL_KINDS),
    RANGE(shift, PIXELS, OF_ALL_KINDS),
    RANGE(elastic_pixels, PIXELS, OF_AFFINE_ELASTIC),
    RANGE(dilate, FRACTION, OF_AFFINE_ELASTIC),
    RANGE(calibration_fraction, FRACTION_BELOW_ONE, NOT_OF_AUGMENTATION),
    RANGE(l2, DECAY, NOT_OF_AUGMENTATION),
    RANGE(clip_norm, DECAY, NOT_OF_AUGMENTATION),
    RANGE(step_factor, POSITIVE_TO_ONE, NOT_OF_AUGMENTATION),
    RANGE(min_delta, DECAY, NOT_OF_AUGMENTATION),
    RANGE(plateau_factor, POSITIVE_BELOW_ONE, NOT_OF_AUGMENTATION),
    RANGE(plateau_min_rate, DECAY, NOT_OF_AUGMENTATION),
};

enum { NUM_RANGES = sizeof ranges / sizeof ranges[0] };

static float value_of(const mnistcnn_train_options *o, const range *r) {
  float value;
  memcpy(&value, (const char *)o + r->offset, sizeof value);
  return value;
}

static mnistcnn_status check_ranges(const mnistcnn_train_options *o) {
  for (const range *r = ranges; r < ranges + NUM_RANGES; r++) {
    const bounds *b = &all_bounds[r->bounds];
    const float value = value_of(o, r);
    if (!(value >= b->least && value <= b->most)) /* written so that NaN fails */
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s must be %s", r->name, b->text);
  }
  return MNISTCNN_OK;
}

static int is_idle(const range *r, int32_t augment) {
  return r->augmentation != NOT_OF_AUGMENTATION &&
         (augment == MNISTCNN_AUGMENT_NONE ||
          (r->augmentation == OF_AFFINE_ELASTIC && augment != MNISTCNN_AUGMENT_AFFINE_ELASTIC));
}

/* An augmentation that is asked for, but not done by the kind that was chosen; NULL: all is well.
 */
static const char *idle_augmentation(const mnistcnn_train_options *o) {
  if (o->horizontal_flip != 0 && o->augment == MNISTCNN_AUGMENT_NONE)
    return "horizontal_flip";
  for (const range *r = ranges; r < ranges + NUM_RANGES; r++)
    if (value_of(o, r) > 0 && is_idle(r, o->augment))
      return r->name;
  return NULL;
}

static mnistcnn_status check_contradictions(const mnistcnn_train_options *o) {
  const char *idle = idle_augmentation(o);
  if (idle)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s has no effect with this augment kind", idle);
  return MNISTCNN_OK;
}

static mnistcnn_status check_class_weights(const mnistcnn_train_options *o) {
  if (o->class_weights && o->balance_classes)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "class_weights and balance_classes exclude each other");
  if ((o->num_class_weights > 0) != (o->class_weights ? 1 : 0)) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "class_weights and num_class_weights go together: give both or neither");
  }
  return MNISTCNN_OK;
}

static mnistcnn_status check_improvement(const mnistcnn_train_options *o) {
  mnistcnn_status status = check_choice("metric", o->metric, MNISTCNN_METRIC_VALIDATION_ACCURACY);
  if (status == MNISTCNN_OK)
    status = check_count("keep_best", o->keep_best, 0, 1);
  if (status == MNISTCNN_OK)
    status = check_count("stop_patience", o->stop_patience, 0, MCNN_MAX_EPOCHS);
  if (status == MNISTCNN_OK)
    status = check_count("plateau_patience", o->plateau_patience, 0, MCNN_MAX_EPOCHS);
  if (status == MNISTCNN_OK)
    status = check_count("plateau_cooldown", o->plateau_cooldown, 0, MCNN_MAX_EPOCHS);
  return status == MNISTCNN_OK ? check_count("balance_classes", o->balance_classes, 0, 1) : status;
}

/* The option that needs validation figures; NULL: none does. */
static const char *validated_option(const mnistcnn_train_options *o) {
  if (o->keep_best)
    return "keep_best";
  if (o->stop_patience > 0)
    return "stop_patience";
  return o->plateau_patience > 0 && o->metric == MNISTCNN_METRIC_VALIDATION_ACCURACY ? "metric"
                                                                                     : NULL;
}

mnistcnn_status mcnn_train_options_check_data(const mnistcnn_train_options *o, uint32_t num_classes,
                                              int has_validation) {
  const char *validated = validated_option(o);
  if (validated && !has_validation) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "%s needs a validation dataset: split one off the training images, or leave "
                     "this option out",
                     validated);
  }
  if (o->num_class_weights > 0 && o->num_class_weights != num_classes) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "class_weights: there are %u for the %u classes of the model",
                     o->num_class_weights, num_classes);
  }
  /* Not before their number is known to be right. */
  for (uint32_t i = 0; i < o->num_class_weights; i++)
    if (!(o->class_weights[i] >= 0 && o->class_weights[i] <= 1e6f))
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "class_weights[%u] must be 0 to 1e6", i);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_check_loss(int32_t loss, mcnn_output output) {
  if (loss != MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY || output != MCNN_OUTPUT_SIGMOID)
    return MNISTCNN_OK;
  return mcnn_fail(
      MNISTCNN_INVALID_ARGUMENT,
      "loss: categorical cross entropy does not go with the output sigmoid; use binary "
      "cross entropy");
}

mnistcnn_status mcnn_train_options_check_output(const mnistcnn_train_options *o,
                                                mcnn_output output) {
  if (o->label_smoothing > 0 && o->loss == MNISTCNN_LOSS_BINARY_CROSS_ENTROPY &&
      output != MCNN_OUTPUT_SIGMOID) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "label_smoothing goes with categorical cross entropy, or with binary cross "
                     "entropy and the output sigmoid");
  }
  return mcnn_check_loss(o->loss, output);
}

mnistcnn_status mcnn_train_options_check(const mnistcnn_train_options *o) {
  mnistcnn_status status = check_count("epochs", o->epochs, 1, MCNN_MAX_EPOCHS);
  if (status == MNISTCNN_OK)
    status = check_count("batch_size", o->batch_size, 1, MCNN_MAX_BATCH);
  if (status == MNISTCNN_OK)
    status = check_count("num_threads", o->num_threads, 1, MCNN_MAX_THREADS);
  if (status == MNISTCNN_OK)
    status = check_count("shuffle", o->shuffle, 0, 1);
  if (status == MNISTCNN_OK)
    status = check_count("horizontal_flip", o->horizontal_flip, 0, 1);
  if (status == MNISTCNN_OK)
    status = check_count("nesterov", o->nesterov, 0, 1);
  if (status == MNISTCNN_OK)
    status = check_choice("loss", o->loss, MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY);
  if (status == MNISTCNN_OK)
    status = check_choice("optimizer", o->optimizer, MNISTCNN_OPTIMIZER_ADAMW);
  if (status == MNISTCNN_OK)
    status = check_choice("schedule", o->schedule, MNISTCNN_SCHEDULE_STEP);
  if (status == MNISTCNN_OK && o->schedule == MNISTCNN_SCHEDULE_STEP)
    status = check_count("step_epochs", o->step_epochs, 1, MCNN_MAX_EPOCHS);
  if (status == MNISTCNN_OK)
    status = check_choice("augment", o->augment, MNISTCNN_AUGMENT_AFFINE_ELASTIC);
  if (status == MNISTCNN_OK)
    status = check_count("reserved", o->reserved, 0, 0);
  if (status == MNISTCNN_OK)
    status = check_ranges(o);
  if (status == MNISTCNN_OK)
    status = check_improvement(o);
  if (status == MNISTCNN_OK)
    status = check_class_weights(o);
  return status == MNISTCNN_OK ? check_contradictions(o) : status;
}
