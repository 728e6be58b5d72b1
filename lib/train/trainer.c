#include "train/trainer.h"

#include "base/status.h"
#include "model/check_dataset.h"
#include "train/checkpoint.h"
#include "train/epoch.h"
#include "train/options.h"
#include "train/progress.h"
#include "train/step.h"
#include "train/weights.h"

#include <stdio.h>

/* --- creation --------------------------------------------------------------------------------- */

/* A model without names or a preparation of its own takes the dataset's. What it has been trained
 * with it keeps. */
static mnistcnn_status adopt(mnistcnn_model *model, const mnistcnn_dataset *train) {
  const char *const *names = mcnn_dataset_class_names(train);
  if (names && !model->class_names) {
    const mnistcnn_status status =
        mcnn_model_set_class_names(model, names, model->arch->num_classes);
    if (status != MNISTCNN_OK)
      return status;
  }
  mcnn_model_adopt_preparation(model, mcnn_dataset_origin(train));
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_trainer_create(mnistcnn_model *model, const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation,
                                    const mnistcnn_train_options *options, mnistcnn_trainer **out) {
  mnistcnn_status status = mcnn_train_options_check_output(options, model->arch->output);
  *out = NULL;
  if (status == MNISTCNN_OK)
    status = mcnn_check_training_datasets(model, train, validation);
  if (status != MNISTCNN_OK)
    return status;
  mnistcnn_trainer *trainer = mcnn_alloc_zeroed(&model->alloc, 1, sizeof *trainer);
  if (!trainer)
    return MNISTCNN_OUT_OF_MEMORY;
  trainer->alloc = model->alloc;
  trainer->optimizer.alloc = model->alloc;
  trainer->model = model;
  trainer->train_full = train;
  trainer->validation = validation;
  trainer->options = *options;
  mcnn_monitor_init(&trainer->own_monitor, &trainer->alloc);
  trainer->monitor = options->monitor ? options->monitor : &trainer->own_monitor;
  status = mcnn_train_state_allocate(trainer);
  if (status == MNISTCNN_OK)
    status = adopt(model, train);
  if (status != MNISTCNN_OK) {
    trainer->model = NULL; /* nothing of it was changed: leave it alone */
    mcnn_trainer_free(trainer);
    return status;
  }
  mcnn_epoch_begin(trainer);
  *out = trainer;
  return MNISTCNN_OK;
}

void mcnn_trainer_free(mnistcnn_trainer *trainer) {
  if (!trainer)
    return;
  const mcnn_alloc alloc = trainer->alloc;
  if (trainer->model)
    mcnn_weights_publish(trainer);
  mcnn_train_state_free(trainer);
  mcnn_free(&alloc, trainer);
}

/* --- one step --------------------------------------------------------------------------------- */

static mnistcnn_status cancelled(mnistcnn_trainer *trainer) {
  mcnn_weights_publish(trainer);
  if (mcnn_target_is_set(&trainer->checkpoint)) {
    const mnistcnn_status status = mcnn_checkpoint_write(trainer, &trainer->checkpoint);
    if (status != MNISTCNN_OK)
      return status;
  }
  return mcnn_fail(MNISTCNN_CANCELLED, "training was cancelled in epoch %u after step %llu",
                   trainer->state.epoch + 1, (unsigned long long)trainer->state.step);
}

void mcnn_trainer_cancel(mnistcnn_trainer *trainer) {
  mcnn_monitor_cancel(trainer->monitor);
}

static mnistcnn_status check_not_failed(const mnistcnn_trainer *trainer) {
  return trainer->failed
             ? mcnn_fail(MNISTCNN_STATE, "this training has failed and cannot be continued")
             : MNISTCNN_OK;
}

static mnistcnn_status check_state(const mnistcnn_trainer *trainer) {
  const mnistcnn_status status = check_not_failed(trainer);
  if (status != MNISTCNN_OK)
    return status;
  if (mcnn_train_finished(trainer)) {
    return mcnn_fail(MNISTCNN_STATE, "all %u epochs of this training are done",
                     trainer->options.epochs);
  }
  return MNISTCNN_OK;
}

/* After the last epoch there is nothing left to cancel. */
static int call_epoch_end(mnistcnn_trainer *trainer, mnistcnn_progress *progress) {
  mcnn_epoch_progress(trainer, trainer->state.epoch, progress);
  return mcnn_call_progress(trainer, progress) && !mcnn_train_finished(trainer);
}

/* The epoch has ended although its checkpoint could not be written: the end is reported, and the
 * error returned, whatever the callback has done to the thread's message. */
static mnistcnn_status end_without_checkpoint(mnistcnn_trainer *trainer, mnistcnn_status status,
                                              mnistcnn_progress *progress) {
  char message[MCNN_ERROR_CAPACITY];
  (void)snprintf(message, sizeof message, "%s", mcnn_last_error());
  return call_epoch_end(trainer, progress) ? cancelled(trainer) : mcnn_fail(status, "%s", message);
}

/* The epoch's last step was made: goes on with what is left of it. */
static mnistcnn_status end_epoch(mnistcnn_trainer *trainer, mnistcnn_progress *progress) {
  int finished;
  mnistcnn_status status = mcnn_epoch_finish(trainer, progress, &finished);
  if (status == MNISTCNN_CANCELLED)
    return cancelled(trainer);
  if (status != MNISTCNN_OK || !finished)
    return status;
  if (mcnn_target_is_set(&trainer->checkpoint))
    status = mcnn_checkpoint_write(trainer, &trainer->checkpoint);
  if (status != MNISTCNN_OK)
    return end_without_checkpoint(trainer, status, progress);
  return call_epoch_end(trainer, progress) ? cancelled(trainer) : MNISTCNN_OK;
}

mnistcnn_status mcnn_trainer_step(mnistcnn_trainer *trainer, mnistcnn_progress *progress) {
  const uint64_t steps = mcnn_steps_per_epoch(trainer);
  mnistcnn_status status = check_state(trainer);
  if (status != MNISTCNN_OK)
    return status;
  if (mcnn_cancel_requested(trainer))
    return cancelled(trainer);
  if (trainer->state.step < steps) {
    status = mcnn_train_step(trainer);
    if (status != MNISTCNN_OK)
      return status;
    *progress = mcnn_running_progress(trainer);
    if (mcnn_call_progress(trainer, progress))
      return cancelled(trainer);
    /* Validation takes calls of its own. */
    if (trainer->state.step < steps || trainer->validation)
      return MNISTCNN_OK;
  }
  return end_epoch(trainer, progress);
}

mnistcnn_status mcnn_trainer_save(const mnistcnn_trainer *trainer, const mcnn_target *target) {
  const mnistcnn_status status = check_not_failed(trainer);
  return status == MNISTCNN_OK ? mcnn_checkpoint_write(trainer, target) : status;
}

mnistcnn_status mcnn_trainer_model(const mnistcnn_trainer *trainer, mnistcnn_model **out) {
  *out = NULL;
  mnistcnn_status status = check_not_failed(trainer);
  if (status == MNISTCNN_OK)
    status = mcnn_model_clone(trainer->model, out);
  if (status == MNISTCNN_OK)
    mcnn_weights_copy_out(trainer, *out);
  return status;
}

/* --- resuming --------------------------------------------------------------------------------- */

/* What only concerns this process comes from the host, the rest from the checkpoint. */
static void take_host_options(mnistcnn_train_options *options,
                              const mnistcnn_resume_options *host) {
  options->num_threads = host->num_threads;
  options->checkpoint_path = host->checkpoint_path;
  options->checkpoint_writer = host->checkpoint_writer;
  options->progress = host->progress;
  options->log = host->log;
  options->user = host->user;
  options->monitor = host->monitor;
  options->error = host->error;
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
  if (!mcnn_train_finished(*out))
    mcnn_epoch_begin(*out);
  /* A copy to go back to, whatever the first step brings. */
  return mcnn_weights_check(*out) == MNISTCNN_OK
             ? MNISTCNN_OK
             : mcnn_fail(MNISTCNN_FORMAT, "%s: weights are not finite", path);
}

mnistcnn_status mcnn_trainer_resume(const mnistcnn_resume_options *options,
                                    const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation, const mcnn_alloc *alloc,
                                    mnistcnn_model **model, mnistcnn_trainer **out) {
  const mcnn_source source = {options->path, options->reader};
  const char *const path = mcnn_source_label(&source, "checkpoint data");
  mcnn_checkpoint checkpoint = {0};
  *model = NULL;
  *out = NULL;
  mnistcnn_status status = mcnn_checkpoint_open(&source, path, alloc, &checkpoint);
  if (status == MNISTCNN_OK && options->instruction_set)
    status = mcnn_model_select_isa_named(checkpoint.model, options->instruction_set);
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
