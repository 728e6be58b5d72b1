#include "train/state.h"

#include "base/sizes.h"
#include "base/status.h"
#include "model/input.h"
#include "train/evaluate.h"
#include "train/options.h"

#include <stdio.h>

/* --- where it stands -------------------------------------------------------------------------- */

uint64_t mcnn_steps_per_epoch(const mnistcnn_trainer *trainer) {
  const uint64_t images = mcnn_dataset_count(trainer->train_kept);
  return (images + trainer->options.batch_size - 1) / trainer->options.batch_size;
}

uint64_t mcnn_total_steps(const mnistcnn_trainer *trainer) {
  return mcnn_steps_per_epoch(trainer) * trainer->options.epochs;
}

uint64_t mcnn_global_step(const mnistcnn_trainer *trainer) {
  return trainer->state.epoch * mcnn_steps_per_epoch(trainer) + trainer->state.step;
}

int mcnn_train_finished(const mnistcnn_trainer *trainer) {
  return trainer->state.epoch == trainer->options.epochs;
}

size_t mcnn_input_pixels(const mnistcnn_trainer *trainer) {
  const mcnn_shape input = trainer->model->arch->input;
  return (size_t)input.height * input.width;
}

mcnn_loss mcnn_train_loss(const mnistcnn_trainer *trainer) {
  return (mcnn_loss){trainer->options.loss, trainer->options.label_smoothing,
                     trainer->model->arch->num_classes};
}

/* --- memory ----------------------------------------------------------------------------------- */

static uint32_t dataset_channels(const mnistcnn_dataset *dataset) {
  uint32_t height, width, channels;
  mcnn_dataset_shape(dataset, &height, &width, &channels);
  return channels;
}

static void choose_net(mnistcnn_trainer *trainer) {
  const mnistcnn_model *model = trainer->model;
  const uint32_t channels = dataset_channels(trainer->train_kept);
  const int gray = channels == 1 && model->gray_net && mcnn_net_gray_input(model->gray_net);
  trainer->net = gray ? model->gray_net : model->net;
  trainer->broadcast_gray =
      mcnn_net_input_floats(trainer->net) != mcnn_input_pixels(trainer) * channels;
}

static mnistcnn_status create_plans(mnistcnn_trainer *trainer) {
  const mcnn_shape input = trainer->model->arch->input;
  const uint32_t channels = dataset_channels(trainer->train_kept);
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

/* Each worker: the augmentation's scratch, then a gray image to be broadcast. */
static mnistcnn_status allocate_augmentation(mnistcnn_trainer *trainer) {
  const mnistcnn_status status = create_plans(trainer);
  if (status != MNISTCNN_OK)
    return status;
  const size_t one = mcnn_augment_scratch_floats(trainer->augmented);
  const size_t other = mcnn_augment_scratch_floats(trainer->plain);
  trainer->augment_floats =
      mcnn_round_up_cache_line(mcnn_max(one, other) + mcnn_input_pixels(trainer));
  size_t floats;
  if (!mcnn_checked_mul(trainer->augment_floats, trainer->options.num_threads, &floats))
    return mcnn_fail_memory(SIZE_MAX);
  trainer->augment_scratch = mcnn_alloc_array(&trainer->alloc, floats, sizeof(float));
  return trainer->augment_scratch ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static mnistcnn_status allocate_arrays(mnistcnn_trainer *trainer) {
  const mcnn_alloc *alloc = &trainer->alloc;
  const size_t floats = trainer->model->arch->parameter_floats;
  const size_t copies = trainer->options.ema_decay > 0 ? 2 : 1;
  trainer->order =
      mcnn_alloc_array(alloc, mcnn_dataset_count(trainer->train_kept), sizeof *trainer->order);
  trainer->labels = mcnn_alloc_array(alloc, trainer->options.batch_size, sizeof *trainer->labels);
  trainer->history = mcnn_alloc_zeroed(alloc, trainer->options.epochs, sizeof *trainer->history);
  trainer->weights = mcnn_alloc_array(alloc, floats, sizeof(float));
  trainer->last_good = mcnn_alloc_array(alloc, floats, copies * sizeof(float));
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

/* Copies what the options point to, and takes the checksums that every checkpoint will hold. */
static mnistcnn_status set_checkpoint(mnistcnn_trainer *trainer) {
  mnistcnn_train_options *const options = &trainer->options;
  if (options->checkpoint_path) {
    trainer->checkpoint_path = mcnn_alloc_string(&trainer->alloc, options->checkpoint_path);
    options->checkpoint_path = trainer->checkpoint_path;
    if (!trainer->checkpoint_path)
      return MNISTCNN_OUT_OF_MEMORY;
    trainer->checkpoint.path = trainer->checkpoint_path;
  } else if (options->checkpoint_writer) {
    trainer->checkpoint_writer = *options->checkpoint_writer;
    options->checkpoint_writer = &trainer->checkpoint_writer;
    trainer->checkpoint.writer = &trainer->checkpoint_writer;
  } else {
    return MNISTCNN_OK;
  }
  trainer->train_checksum = mcnn_dataset_checksum(trainer->train_full);
  if (trainer->validation)
    trainer->validation_checksum = mcnn_dataset_checksum(trainer->validation);
  return MNISTCNN_OK;
}

static void log_no_holdout(const mnistcnn_trainer *trainer) {
  const mnistcnn_train_options *options = &trainer->options;
  char message[160];
  if (!options->log)
    return;
  (void)snprintf(
      message, sizeof message,
      "calibration_fraction holds out fewer than %d of %zu images: none are held out, and "
      "confidences are not calibrated",
      MCNN_MIN_HOLDOUT, mcnn_dataset_count(trainer->train_full));
  options->log(MNISTCNN_LOG_INFO, message, options->user);
}

static mnistcnn_status hold_out(mnistcnn_trainer *trainer) {
  const mnistcnn_train_options *options = &trainer->options;
  trainer->train_kept = trainer->train_full;
  if (!(options->calibration_fraction > 0))
    return MNISTCNN_OK;
  const mnistcnn_status status =
      mcnn_holdout_create(trainer->train_full, (double)options->calibration_fraction, options->seed,
                          &trainer->alloc, &trainer->holdout);
  if (trainer->holdout.kept)
    trainer->train_kept = trainer->holdout.kept;
  else if (status == MNISTCNN_OK)
    log_no_holdout(trainer);
  return status;
}

mnistcnn_status mcnn_train_state_allocate(mnistcnn_trainer *trainer) {
  const uint32_t threads = trainer->options.num_threads;
  mnistcnn_status status = hold_out(trainer);
  if (status != MNISTCNN_OK)
    return status;
  size_t batch = mcnn_dataset_count(trainer->train_kept);
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
  return status == MNISTCNN_OK ? set_checkpoint(trainer) : status;
}

void mcnn_train_state_free(mnistcnn_trainer *trainer) {
  const mcnn_alloc alloc = trainer->alloc;
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
}
