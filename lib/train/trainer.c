#include "train/trainer.h"

#include "base/rng.h"
#include "base/sizes.h"
#include "base/status.h"
#include "train/checkpoint.h"
#include "train/evaluate.h"
#include "train/options.h"
#include "train/schedule.h"

#include <math.h>
#include <string.h>

/* Steps between two looks at whether all weights are finite. */
enum { CHECK_STEPS = 64 };

/* A figure that there is not yet. */
static const double NONE_YET = (double)NAN;

/* --- creation -----------------------------------------------------------------------------------
 */

uint64_t mcnn_trainer_steps(const mnistcnn_trainer *trainer) {
  const uint64_t images = mcnn_dataset_count(trainer->train);
  return (images + trainer->options.batch_size - 1) / trainer->options.batch_size;
}

static uint64_t total_steps(const mnistcnn_trainer *trainer) {
  return mcnn_trainer_steps(trainer) * trainer->options.epochs;
}

static uint64_t global_step(const mnistcnn_trainer *trainer) {
  return trainer->state.epoch * mcnn_trainer_steps(trainer) + trainer->state.step;
}

static uint32_t dataset_channels(const mnistcnn_dataset *dataset) {
  uint32_t height, width, channels;
  mcnn_dataset_shape(dataset, &height, &width, &channels);
  return channels;
}

static size_t image_pixels(const mnistcnn_trainer *trainer) {
  const mcnn_shape input = trainer->model->arch->input;
  return (size_t)input.height * input.width;
}

static void choose_net(mnistcnn_trainer *trainer) {
  const mnistcnn_model *model = trainer->model;
  const uint32_t channels = dataset_channels(trainer->train);
  const int gray = channels == 1 && model->gray_net && mcnn_net_gray_input(model->gray_net);
  trainer->net = gray ? model->gray_net : model->net;
  trainer->spread = mcnn_net_input_floats(trainer->net) != image_pixels(trainer) * channels;
}

static mnistcnn_status create_plans(mnistcnn_trainer *trainer) {
  const mcnn_shape input = trainer->model->arch->input;
  const uint32_t channels = dataset_channels(trainer->train);
  const mcnn_augment none = {.kind = MNISTCNN_AUGMENT_NONE};
  const mcnn_augment all = mcnn_augment_of(&trainer->options);
  const mcnn_kernels *kernels = mcnn_kernels_for(mcnn_net_isa(trainer->net));
  float scale, offset;
  mcnn_model_byte_scale(trainer->model, &scale, &offset);
  const mnistcnn_status status =
      mcnn_augment_plan_create(&all, input.height, input.width, channels, scale, offset, kernels,
                               &trainer->alloc, &trainer->augmented);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_augment_plan_create(&none, input.height, input.width, channels, scale, offset,
                                  kernels, &trainer->alloc, &trainer->plain);
}

/* Each worker: the augmentation's scratch, then a gray image to be spread. */
static mnistcnn_status allocate_augmentation(mnistcnn_trainer *trainer) {
  const mnistcnn_status status = create_plans(trainer);
  if (status != MNISTCNN_OK)
    return status;
  const size_t one = mcnn_augment_scratch_floats(trainer->augmented);
  const size_t other = mcnn_augment_scratch_floats(trainer->plain);
  trainer->augment_floats = mcnn_round_up_cache_line(mcnn_max(one, other) + image_pixels(trainer));
  size_t floats;
  if (!mcnn_checked_mul(trainer->augment_floats, trainer->options.num_threads, &floats))
    return mcnn_fail_memory(SIZE_MAX);
  trainer->augment_scratch = mcnn_alloc_array(&trainer->alloc, floats, sizeof(float));
  return trainer->augment_scratch ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static mnistcnn_status allocate_arrays(mnistcnn_trainer *trainer) {
  const mcnn_alloc *alloc = &trainer->alloc;
  const size_t floats = trainer->model->arch->parameter_floats;
  const size_t good = trainer->options.average_decay > 0 ? 2 : 1;
  trainer->order =
      mcnn_alloc_array(alloc, mcnn_dataset_count(trainer->train), sizeof *trainer->order);
  trainer->labels = mcnn_alloc_array(alloc, trainer->options.batch_size, sizeof *trainer->labels);
  trainer->history = mcnn_alloc_zeroed(alloc, trainer->options.epochs, sizeof *trainer->history);
  trainer->weights = mcnn_alloc_array(alloc, floats, sizeof(float));
  trainer->last_good = mcnn_alloc_array(alloc, floats, good * sizeof(float));
  if (!trainer->order || !trainer->labels || !trainer->history || !trainer->weights ||
      !trainer->last_good)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_net_to_training(trainer->net, trainer->model->weights, trainer->weights);
  return mcnn_optimizer_init(&trainer->optimizer, &trainer->options,
                             mcnn_kernels_for(mcnn_net_isa(trainer->net)), trainer->weights, floats,
                             alloc);
}

static mnistcnn_status allocate_validation(mnistcnn_trainer *trainer) {
  mnistcnn_workspace_options options = {.struct_size = sizeof options, .max_batch = 32};
  options.num_threads = trainer->options.num_threads;
  if (!trainer->validation && !trainer->holdout.images)
    return MNISTCNN_OK;
  const mnistcnn_status status =
      mcnn_predictor_create(trainer->model, &options, &trainer->workspace);
  if (status != MNISTCNN_OK)
    return status;
  trainer->validation_scratch = mcnn_alloc_array(
      &trainer->alloc, MCNN_EVALUATE_BLOCK * trainer->model->arch->num_classes, sizeof(float));
  return trainer->validation_scratch ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static mnistcnn_status copy_checkpoint_path(mnistcnn_trainer *trainer) {
  if (!trainer->options.checkpoint_path)
    return MNISTCNN_OK;
  trainer->checkpoint_path = mcnn_alloc_string(&trainer->alloc, trainer->options.checkpoint_path);
  trainer->options.checkpoint_path = trainer->checkpoint_path;
  if (!trainer->checkpoint_path)
    return MNISTCNN_OUT_OF_MEMORY;
  trainer->train_checksum = mcnn_dataset_checksum(trainer->given);
  if (trainer->validation)
    trainer->validation_checksum = mcnn_dataset_checksum(trainer->validation);
  return MNISTCNN_OK;
}

static mnistcnn_status hold_out(mnistcnn_trainer *trainer) {
  const mnistcnn_train_options *options = &trainer->options;
  trainer->train = trainer->given;
  if (!(options->calibration_fraction > 0))
    return MNISTCNN_OK;
  const mnistcnn_status status =
      mcnn_holdout_create(trainer->given, (double)options->calibration_fraction, options->seed,
                          &trainer->alloc, &trainer->holdout);
  if (trainer->holdout.kept)
    trainer->train = trainer->holdout.kept;
  return status;
}

static mnistcnn_status allocate_all(mnistcnn_trainer *trainer) {
  const uint32_t threads = trainer->options.num_threads;
  mnistcnn_status status = hold_out(trainer);
  if (status != MNISTCNN_OK)
    return status;
  size_t batch = mcnn_dataset_count(trainer->train);
  if (batch > trainer->options.batch_size)
    batch = trainer->options.batch_size;
  choose_net(trainer);
  status = mcnn_pool_create(&trainer->alloc, threads, &trainer->pool);
  if (status == MNISTCNN_OK)
    status =
        mcnn_executor_create(trainer->net, batch, threads, &trainer->alloc, &trainer->executor);
  if (status == MNISTCNN_OK)
    status = allocate_arrays(trainer);
  if (status == MNISTCNN_OK)
    status = allocate_augmentation(trainer);
  if (status == MNISTCNN_OK)
    status = allocate_validation(trainer);
  return status == MNISTCNN_OK ? copy_checkpoint_path(trainer) : status;
}

static mnistcnn_status check_datasets(const mnistcnn_model *model, const mnistcnn_dataset *train,
                                      const mnistcnn_dataset *validation) {
  const mnistcnn_status status = mcnn_check_dataset(model, train, "training");
  if (status != MNISTCNN_OK || !validation)
    return status;
  return mcnn_check_dataset(model, validation, "validation");
}

/* A model without names of its own takes the dataset's. */
static mnistcnn_status adopt_names(mnistcnn_model *model, const mnistcnn_dataset *train) {
  const char *const *names = mcnn_dataset_class_names(train);
  if (!names || model->class_names)
    return MNISTCNN_OK;
  return mcnn_model_set_class_names(model, names, model->arch->num_classes);
}

static void begin_epoch(mnistcnn_trainer *trainer) {
  const size_t count = mcnn_dataset_count(trainer->train);
  const uint32_t epoch = trainer->state.epoch + 1;
  for (size_t i = 0; i < count; i++)
    trainer->order[i] = (uint32_t)i;
  if (trainer->options.shuffle) {
    mcnn_rng rng = mcnn_rng_stream(trainer->options.seed, MCNN_RNG_SHUFFLE, epoch, 0);
    mcnn_rng_permutation(&rng, trainer->order, count);
  }
  trainer->epoch_start = mcnn_seconds() - trainer->state.seconds;
}

mnistcnn_status mcnn_trainer_create(mnistcnn_model *model, const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation,
                                    const mnistcnn_train_options *options, mnistcnn_trainer **out) {
  mnistcnn_status status = check_datasets(model, train, validation);
  *out = NULL;
  if (status != MNISTCNN_OK)
    return status;
  mnistcnn_trainer *trainer = mcnn_alloc_zeroed(&model->alloc, 1, sizeof *trainer);
  if (!trainer)
    return MNISTCNN_OUT_OF_MEMORY;
  trainer->alloc = model->alloc;
  trainer->optimizer.alloc = model->alloc;
  trainer->model = model;
  trainer->given = train;
  trainer->validation = validation;
  trainer->options = *options;
  atomic_init(&trainer->cancelled, 0);
  status = allocate_all(trainer);
  if (status == MNISTCNN_OK)
    status = adopt_names(model, train);
  if (status != MNISTCNN_OK) {
    trainer->model = NULL; /* nothing of it was changed: leave it alone */
    mcnn_trainer_free(trainer);
    return status;
  }
  begin_epoch(trainer);
  *out = trainer;
  return MNISTCNN_OK;
}

void mcnn_trainer_free(mnistcnn_trainer *trainer) {
  if (!trainer)
    return;
  const mcnn_alloc alloc = trainer->alloc;
  if (trainer->model)
    mcnn_trainer_publish(trainer);
  mcnn_predictor_free(trainer->workspace);
  mcnn_holdout_free(&trainer->holdout, &alloc);
  mcnn_executor_free(trainer->executor);
  mcnn_pool_free(trainer->pool);
  mcnn_optimizer_free(&trainer->optimizer);
  mcnn_augment_plan_free(trainer->augmented);
  mcnn_augment_plan_free(trainer->plain);
  mcnn_free(&alloc, trainer->validation_scratch);
  mcnn_free(&alloc, trainer->augment_scratch);
  mcnn_free(&alloc, trainer->weights);
  mcnn_free(&alloc, trainer->last_good);
  mcnn_free(&alloc, trainer->history);
  mcnn_free(&alloc, trainer->labels);
  mcnn_free(&alloc, trainer->order);
  mcnn_free(&alloc, trainer->checkpoint_path);
  mcnn_free(&alloc, trainer);
}

/* --- weights ------------------------------------------------------------------------------------
 */

static size_t weight_bytes(const mnistcnn_trainer *trainer) {
  return trainer->model->arch->parameter_floats * sizeof(float);
}

void mcnn_trainer_publish(const mnistcnn_trainer *trainer) {
  const float *average = trainer->optimizer.average;
  mcnn_net_from_training(trainer->net, average ? average : trainer->weights,
                         trainer->model->weights);
  mcnn_model_weights_changed(trainer->model);
}

/* Infinities and NaNs have the largest exponent of all. */
static int all_finite(const float *values, size_t count) {
  uint32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, values + i, sizeof bits);
    bits <<= 1;
    largest = bits > largest ? bits : largest;
  }
  return largest < (uint32_t)0xFF << 24;
}

/* The weights are looked at and copied in so many pieces, mostly by the threads that train them. */
enum { WEIGHT_PIECES = 16 };

typedef struct weight_check {
  mnistcnn_trainer *trainer;
  atomic_int failed;
} weight_check;

static void check_piece(void *context, size_t piece, size_t worker) {
  weight_check *check = context;
  const mnistcnn_trainer *trainer = check->trainer;
  const float *average = trainer->optimizer.average;
  size_t begin, end;
  (void)worker;
  mcnn_task_range(trainer->model->arch->parameter_floats, WEIGHT_PIECES, piece, &begin, &end);
  if (!all_finite(trainer->weights + begin, end - begin) ||
      (average && !all_finite(average + begin, end - begin)))
    atomic_store(&check->failed, 1);
}

static void keep_piece(void *context, size_t piece, size_t worker) {
  const weight_check *check = context;
  const mnistcnn_trainer *trainer = check->trainer;
  const float *average = trainer->optimizer.average;
  const size_t floats = trainer->model->arch->parameter_floats;
  size_t begin, end;
  (void)worker;
  mcnn_task_range(floats, WEIGHT_PIECES, piece, &begin, &end);
  const size_t bytes = (end - begin) * sizeof(float);
  memcpy(trainer->last_good + begin, trainer->weights + begin, bytes);
  if (average)
    memcpy(trainer->last_good + floats + begin, average + begin, bytes);
}

/* Looks at the weights; keeps a copy of good ones. */
static mnistcnn_status check_weights(mnistcnn_trainer *trainer) {
  weight_check check = {.trainer = trainer};
  atomic_init(&check.failed, 0);
  mcnn_pool_run(trainer->pool, check_piece, &check, WEIGHT_PIECES);
  if (atomic_load(&check.failed))
    return MNISTCNN_NOT_FINITE;
  mcnn_pool_run(trainer->pool, keep_piece, &check, WEIGHT_PIECES);
  return MNISTCNN_OK;
}

static mnistcnn_status stop_not_finite(mnistcnn_trainer *trainer, const char *what) {
  const size_t floats = trainer->model->arch->parameter_floats;
  memcpy(trainer->weights, trainer->last_good, weight_bytes(trainer));
  if (trainer->optimizer.average)
    memcpy(trainer->optimizer.average, trainer->last_good + floats, weight_bytes(trainer));
  trainer->failed = 1;
  mcnn_trainer_publish(trainer);
  return mcnn_fail(
      MNISTCNN_NOT_FINITE,
      "%s became infinite or NaN in epoch %u, step %llu; a lower learning rate may help", what,
      trainer->state.epoch + 1, (unsigned long long)trainer->state.step + 1);
}

/* --- one step -----------------------------------------------------------------------------------
 */

typedef struct fill_context {
  const mnistcnn_trainer *trainer;
  const uint32_t *samples;
  const mcnn_augment_plan *plan;
} fill_context;

/* The order is random, so that an image comes from far away: it is sent for so many images before
 * its turn. The processor follows by itself where it is larger. */
enum { FETCHED_AHEAD = 4, FETCHED_BYTES = 832, CACHE_LINE = 64 };

static void fetch_image(const mnistcnn_trainer *trainer, size_t place) {
  if (place >= mcnn_dataset_count(trainer->train))
    return;
  const uint8_t *image = mcnn_dataset_image(trainer->train, trainer->order[place]);
  for (size_t at = 0; at < FETCHED_BYTES; at += CACHE_LINE)
    __builtin_prefetch(image + at);
}

static void fill_input(void *context, size_t index, size_t worker, float *input) {
  const fill_context *fill = context;
  const mnistcnn_trainer *trainer = fill->trainer;
  const uint32_t sample = fill->samples[index];
  fetch_image(trainer, (size_t)(fill->samples - trainer->order) + index + FETCHED_AHEAD);
  float *scratch = trainer->augment_scratch + worker * trainer->augment_floats;
  const size_t pixels = image_pixels(trainer);
  float *target = trainer->spread ? scratch + trainer->augment_floats - pixels : input;
  mcnn_augment_image(fill->plan, trainer->options.seed, trainer->state.epoch + 1, sample,
                     mcnn_dataset_image(trainer->train, sample), target, scratch);
  if (trainer->spread)
    mcnn_broadcast_gray(pixels, target, input);
}

static void apply_gradient(void *context, const mcnn_parameter *parameter, size_t offset,
                           const float *gradient, size_t count) {
  mnistcnn_trainer *trainer = context;
  mcnn_optimizer_update(&trainer->optimizer, !parameter->is_kernel, offset, gradient, count,
                        trainer->weights);
}

static mcnn_loss loss_of(const mnistcnn_trainer *trainer) {
  return (mcnn_loss){trainer->options.loss, trainer->options.label_smoothing,
                     trainer->model->arch->num_classes};
}

static int in_plain_part(const mnistcnn_trainer *trainer) {
  const double total = (double)total_steps(trainer);
  return (double)global_step(trainer) >= total * (1.0 - (double)trainer->options.plain_fraction);
}

static size_t batch_images(const mnistcnn_trainer *trainer) {
  const size_t done = (size_t)trainer->state.step * trainer->options.batch_size;
  const size_t left = mcnn_dataset_count(trainer->train) - done;
  return left < trainer->options.batch_size ? left : trainer->options.batch_size;
}

static mnistcnn_status train_step(mnistcnn_trainer *trainer) {
  const uint64_t step = global_step(trainer);
  const mcnn_loss loss = loss_of(trainer);
  mcnn_loss_sums sums = {0};
  fill_context fill = {.trainer = trainer,
                       .samples =
                           trainer->order + trainer->state.step * trainer->options.batch_size,
                       .plan = in_plain_part(trainer) ? trainer->plain : trainer->augmented};
  const mcnn_batch batch = {.images = batch_images(trainer),
                            .labels = trainer->labels,
                            .fill = fill_input,
                            .context = &fill,
                            .seed = trainer->options.seed,
                            .step = step};
  if (step % CHECK_STEPS == 0 && check_weights(trainer) != MNISTCNN_OK)
    return stop_not_finite(trainer, "a weight");
  for (size_t i = 0; i < batch.images; i++)
    trainer->labels[i] = mcnn_dataset_label(trainer->train, fill.samples[i]);
  mcnn_executor_forward(trainer->executor, trainer->pool, trainer->weights, &batch, &loss, &sums);
  if (!isfinite(sums.loss))
    return stop_not_finite(trainer, "the loss");
  mcnn_optimizer_begin(&trainer->optimizer, step,
                       mcnn_learning_rate(&trainer->options, step, total_steps(trainer)));
  mcnn_executor_backward(trainer->executor, trainer->pool, trainer->weights, apply_gradient,
                         trainer);
  mcnn_loss_sums_add(&trainer->state.sums, &sums);
  trainer->state.step++;
  trainer->model->temperature = 1; /* what was fitted to other weights says nothing of these */
  return MNISTCNN_OK;
}

/* --- progress -----------------------------------------------------------------------------------
 */

static void fill_means(const mcnn_loss_sums *sums, uint32_t classes, double *loss, double *accuracy,
                       double *binary_accuracy) {
  const double images = (double)sums->images;
  *loss = sums->images ? sums->loss / images : NONE_YET;
  *accuracy = sums->images ? (double)sums->correct / images : NONE_YET;
  *binary_accuracy = sums->images ? (double)sums->binary_correct / (images * classes) : NONE_YET;
}

static double seconds_in_epoch(const mnistcnn_trainer *trainer) {
  return mcnn_seconds() - trainer->epoch_start;
}

static mnistcnn_progress running_progress(const mnistcnn_trainer *trainer) {
  const mcnn_train_state *state = &trainer->state;
  const uint64_t steps = mcnn_trainer_steps(trainer);
  const uint64_t last = global_step(trainer) ? global_step(trainer) - 1 : 0;
  mnistcnn_progress p = {.struct_size = sizeof p, .event = MNISTCNN_EVENT_STEP};
  p.epoch = state->epoch + 1;
  p.epochs = trainer->options.epochs;
  p.step = state->step;
  p.steps = steps;
  p.images_done = state->sums.images;
  p.images_total = mcnn_dataset_count(trainer->train);
  p.seconds = seconds_in_epoch(trainer);
  p.seconds_left =
      state->step ? p.seconds * (double)(steps - state->step) / (double)state->step : NONE_YET;
  p.learning_rate = mcnn_learning_rate(&trainer->options, last, total_steps(trainer));
  fill_means(&state->sums, trainer->model->arch->num_classes, &p.loss, &p.accuracy,
             &p.binary_accuracy);
  p.validation_loss = p.validation_accuracy = p.validation_binary_accuracy = NONE_YET;
  return p;
}

void mcnn_trainer_history(const mnistcnn_trainer *trainer, uint32_t epoch,
                          mnistcnn_progress *figures) {
  const mcnn_epoch_record *record = &trainer->history[epoch - 1];
  *figures = (mnistcnn_progress){.struct_size = sizeof *figures,
                                 .event = MNISTCNN_EVENT_EPOCH_END,
                                 .epoch = epoch,
                                 .epochs = trainer->options.epochs,
                                 .step = mcnn_trainer_steps(trainer),
                                 .steps = mcnn_trainer_steps(trainer),
                                 .images_done = mcnn_dataset_count(trainer->train),
                                 .images_total = mcnn_dataset_count(trainer->train),
                                 .seconds = record->seconds,
                                 .learning_rate = record->learning_rate,
                                 .loss = record->loss,
                                 .accuracy = record->accuracy,
                                 .binary_accuracy = record->binary_accuracy,
                                 .validation_loss = record->validation_loss,
                                 .validation_accuracy = record->validation_accuracy,
                                 .validation_binary_accuracy = record->validation_binary_accuracy};
}

static int host_wants_to_stop(mnistcnn_trainer *trainer) {
  const volatile int32_t *flag = trainer->options.cancel;
  if (flag && __atomic_load_n(flag, __ATOMIC_RELAXED))
    return 1;
  return atomic_exchange_explicit(&trainer->cancelled, 0, memory_order_relaxed);
}

static int call_back(mnistcnn_trainer *trainer, const mnistcnn_progress *progress) {
  const mnistcnn_progress_callback callback = trainer->options.progress;
  return (callback && callback(progress, trainer->options.user)) || host_wants_to_stop(trainer);
}

/* --- the end of an epoch ------------------------------------------------------------------------
 */

typedef struct validation_context {
  mnistcnn_trainer *trainer;
  mnistcnn_progress progress;
} validation_context;

static int validation_progress(void *context, size_t done, size_t total) {
  validation_context *validation = context;
  validation->progress.event = MNISTCNN_EVENT_VALIDATING;
  validation->progress.images_done = done;
  validation->progress.images_total = total;
  validation->progress.seconds = seconds_in_epoch(validation->trainer);
  validation->progress.seconds_left = NONE_YET;
  return call_back(validation->trainer, &validation->progress);
}

static mnistcnn_status validate(mnistcnn_trainer *trainer, mcnn_epoch_record *record) {
  validation_context context = {trainer, running_progress(trainer)};
  mcnn_loss_sums sums = {0};
  mcnn_loss loss = loss_of(trainer);
  loss.label_smoothing = 0; /* a training aid, not part of the measure */
  const mcnn_evaluation evaluation = {.model = trainer->model,
                                      .workspace = trainer->workspace,
                                      .dataset = trainer->validation,
                                      .loss = loss,
                                      .progress = validation_progress,
                                      .context = &context};
  mnistcnn_status status = MNISTCNN_OK;
  if (trainer->validation)
    status = mcnn_evaluate(&evaluation, trainer->validation_scratch, &sums);
  fill_means(&sums, loss.classes, &record->validation_loss, &record->validation_accuracy,
             &record->validation_binary_accuracy);
  return status;
}

static void note_number(mnistcnn_model *model, const char *key, uint64_t value) {
  char text[24];
  size_t at = sizeof text;
  text[--at] = '\0';
  do {
    text[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  /* A note is a courtesy: for want of memory it is left out, not the training. */
  (void)mcnn_model_set_note(model, key, text + at);
}

static void write_notes(const mnistcnn_trainer *trainer) {
  mnistcnn_model *model = trainer->model;
  note_number(model, "training.epochs", trainer->state.epoch);
  note_number(model, "training.batch_size", trainer->options.batch_size);
  note_number(model, "training.images", mcnn_dataset_count(trainer->train));
  note_number(model, "training.seed", trainer->options.seed);
  if (trainer->holdout.images)
    note_number(model, "training.held_out", mcnn_dataset_count(trainer->holdout.images));
}

static void record_epoch(mnistcnn_trainer *trainer, const mcnn_epoch_record *validation) {
  const mnistcnn_progress p = running_progress(trainer);
  mcnn_epoch_record *record = &trainer->history[trainer->state.epoch];
  *record = *validation;
  record->seconds = p.seconds;
  record->learning_rate = p.learning_rate;
  record->loss = p.loss;
  record->accuracy = p.accuracy;
  record->binary_accuracy = p.binary_accuracy;
  trainer->state = (mcnn_train_state){.epoch = trainer->state.epoch + 1};
}

/* Calibrates, validates, records, writes the checkpoint. Cancelled in the validation, the epoch is
 * still open and the next call comes back here. */
static mnistcnn_status finish_epoch(mnistcnn_trainer *trainer) {
  mcnn_epoch_record validation = {0};
  if (check_weights(trainer) != MNISTCNN_OK)
    return stop_not_finite(trainer, "a weight");
  mcnn_trainer_publish(trainer);
  if (trainer->holdout.images) {
    trainer->model->temperature =
        mcnn_holdout_temperature(&trainer->holdout, trainer->model, trainer->workspace);
  }
  mnistcnn_status status = validate(trainer, &validation);
  if (status != MNISTCNN_OK)
    return status;
  record_epoch(trainer, &validation);
  write_notes(trainer);
  if (!mcnn_trainer_finished(trainer))
    begin_epoch(trainer);
  if (trainer->checkpoint_path)
    status = mcnn_checkpoint_write(trainer, trainer->checkpoint_path);
  return status;
}

static mnistcnn_status cancelled(mnistcnn_trainer *trainer) {
  trainer->state.seconds = seconds_in_epoch(trainer);
  mcnn_trainer_publish(trainer);
  if (trainer->checkpoint_path) {
    const mnistcnn_status status = mcnn_checkpoint_write(trainer, trainer->checkpoint_path);
    if (status != MNISTCNN_OK)
      return status;
  }
  return mcnn_fail(MNISTCNN_CANCELLED, "training was cancelled in epoch %u after step %llu",
                   trainer->state.epoch + 1, (unsigned long long)trainer->state.step);
}

int mcnn_trainer_finished(const mnistcnn_trainer *trainer) {
  return trainer->state.epoch == trainer->options.epochs;
}

void mcnn_trainer_cancel(mnistcnn_trainer *trainer) {
  atomic_store_explicit(&trainer->cancelled, 1, memory_order_relaxed);
}

static mnistcnn_status check_state(const mnistcnn_trainer *trainer) {
  if (trainer->failed)
    return mcnn_fail(MNISTCNN_STATE, "this training has failed and cannot go on");
  if (mcnn_trainer_finished(trainer)) {
    return mcnn_fail(MNISTCNN_STATE, "all %u epochs of this training are done",
                     trainer->options.epochs);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_trainer_step(mnistcnn_trainer *trainer, mnistcnn_progress *progress) {
  mnistcnn_status status = check_state(trainer);
  if (status != MNISTCNN_OK)
    return status;
  if (host_wants_to_stop(trainer))
    return cancelled(trainer);
  if (trainer->state.step < mcnn_trainer_steps(trainer)) {
    status = train_step(trainer);
    if (status != MNISTCNN_OK)
      return status;
    *progress = running_progress(trainer);
    if (call_back(trainer, progress))
      return cancelled(trainer);
  }
  if (trainer->state.step < mcnn_trainer_steps(trainer))
    return MNISTCNN_OK;
  status = finish_epoch(trainer);
  if (status == MNISTCNN_CANCELLED)
    return cancelled(trainer);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_trainer_history(trainer, trainer->state.epoch, progress);
  /* After the last epoch there is nothing left to cancel. */
  if (call_back(trainer, progress) && !mcnn_trainer_finished(trainer))
    return cancelled(trainer);
  return MNISTCNN_OK;
}

/* --- resuming -----------------------------------------------------------------------------------
 */

/* What only concerns this process comes from the host, the rest from the checkpoint. */
static void take_host_options(mnistcnn_train_options *options, const mnistcnn_train_options *host) {
  options->num_threads = host->num_threads;
  options->checkpoint_path = host->checkpoint_path;
  options->cancel = host->cancel;
  options->progress = host->progress;
  options->log = host->log;
  options->user = host->user;
}

static mnistcnn_status check_same_data(const mcnn_checkpoint *checkpoint, const char *path,
                                       const mnistcnn_dataset *train,
                                       const mnistcnn_dataset *validation) {
  const uint64_t check = validation ? mcnn_dataset_checksum(validation) : 0;
  if (mcnn_dataset_checksum(train) != checkpoint->train_checksum)
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH, "%s: made with other training images", path);
  if (check != checkpoint->validation_checksum)
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH, "%s: made with other validation images", path);
  return MNISTCNN_OK;
}

static mnistcnn_status resume(mcnn_checkpoint *checkpoint, const char *path,
                              const mnistcnn_dataset *train, const mnistcnn_dataset *validation,
                              mnistcnn_trainer **out) {
  mnistcnn_status status = mcnn_train_options_check(&checkpoint->options);
  if (status == MNISTCNN_OK)
    status = check_same_data(checkpoint, path, train, validation);
  if (status == MNISTCNN_OK)
    status = mcnn_trainer_create(checkpoint->model, train, validation, &checkpoint->options, out);
  if (status != MNISTCNN_OK)
    return status;
  status = mcnn_checkpoint_restore(checkpoint, path, *out);
  if (status != MNISTCNN_OK) {
    mcnn_trainer_free(*out);
    *out = NULL;
    return status;
  }
  if (!mcnn_trainer_finished(*out))
    begin_epoch(*out);
  /* A copy to go back to, whatever the first step brings. */
  return check_weights(*out) == MNISTCNN_OK
             ? MNISTCNN_OK
             : mcnn_fail(MNISTCNN_FORMAT, "%s: weights are not finite", path);
}

mnistcnn_status mcnn_trainer_resume(const char *path, const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation,
                                    const mnistcnn_train_options *options, const mcnn_alloc *alloc,
                                    mnistcnn_model **model, mnistcnn_trainer **out) {
  mcnn_checkpoint checkpoint = {0};
  *model = NULL;
  *out = NULL;
  mnistcnn_status status = mcnn_checkpoint_open(path, alloc, &checkpoint);
  if (status == MNISTCNN_OK) {
    take_host_options(&checkpoint.options, options);
    status = resume(&checkpoint, path, train, validation, out);
  }
  if (status == MNISTCNN_OK) {
    *model = checkpoint.model;
    checkpoint.model = NULL;
  } else {
    mcnn_trainer_free(*out);
    *out = NULL;
  }
  mcnn_checkpoint_close(&checkpoint);
  return status;
}
