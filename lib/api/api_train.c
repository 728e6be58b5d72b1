#include "api/check.h"
#include "api/progress.h"
#include "api/save_options.h"
#include "api/train_options.h"
#include "base/platform.h"
#include "data/augment.h"
#include "image/pixels.h"
#include "train/checkpoint.h"
#include "train/options.h"
#include "train/progress.h"
#include "train/trainer.h"

#include <string.h>

#define FIRST_SIZE MCNN_SIZE_THROUGH(mnistcnn_train_options, error)
static const char TYPE[] = "mnistcnn_train_options";

/* --- options ---------------------------------------------------------------------------------- */

mnistcnn_status mnistcnn_train_options_init(mnistcnn_train_options *options, size_t size) {
  mnistcnn_train_options complete;
  mcnn_train_defaults(&complete);
  return mcnn_export_options(TYPE, &complete, FIRST_SIZE, sizeof complete, options, size);
}

mnistcnn_status mnistcnn_train_options_preset(mnistcnn_train_options *options, size_t size,
                                              const char *preset, uint32_t epochs) {
  mnistcnn_train_options complete;
  MCNN_REQUIRE(preset);
  const mnistcnn_status status = mcnn_train_preset(&complete, preset, epochs);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_export_options(TYPE, &complete, FIRST_SIZE, sizeof complete, options, size);
}

mnistcnn_status mcnn_import_train_options(const mnistcnn_train_options *given,
                                          mnistcnn_train_options *options) {
  mcnn_train_defaults(options);
  const mnistcnn_status status =
      mcnn_import_options(TYPE, given, FIRST_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

/* At most one of path and writer; *copy takes the writer's struct. */
static mnistcnn_status check_checkpoint(const char *path, const mnistcnn_writer *writer,
                                        mnistcnn_writer *copy) {
  if (path && writer) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "options: give either checkpoint_path or checkpoint_writer, not both");
  }
  return mcnn_import_writer(writer, copy);
}

mnistcnn_status mcnn_check_train_options(const mnistcnn_train_options *options) {
  mnistcnn_writer writer;
  const mnistcnn_status status = mcnn_train_options_check(options);
  return status == MNISTCNN_OK
             ? check_checkpoint(options->checkpoint_path, options->checkpoint_writer, &writer)
             : status;
}

/* --- trainer ---------------------------------------------------------------------------------- */

static mnistcnn_status create(mnistcnn_model *model, const mnistcnn_dataset *train,
                              const mnistcnn_dataset *validation, mnistcnn_train_options *options,
                              mnistcnn_trainer **trainer) {
  mnistcnn_writer writer;
  MCNN_REQUIRE(trainer);
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(train);
  mnistcnn_status status = mcnn_train_options_check(options);
  if (status == MNISTCNN_OK)
    status = check_checkpoint(options->checkpoint_path, options->checkpoint_writer, &writer);
  options->checkpoint_writer = options->checkpoint_writer ? &writer : NULL;
  if (status == MNISTCNN_OK)
    status = mcnn_trainer_create(model, train, validation, options, trainer);
  options->checkpoint_writer = NULL; /* the trainer has a copy of its own */
  return status;
}

mnistcnn_status mnistcnn_trainer_create(mnistcnn_model *model, const mnistcnn_dataset *train,
                                        const mnistcnn_dataset *validation,
                                        const mnistcnn_train_options *options,
                                        mnistcnn_trainer **trainer) {
  mnistcnn_train_options complete;
  if (trainer)
    *trainer = NULL;
  const mnistcnn_status status = mcnn_import_train_options(options, &complete);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_report(complete.error, create(model, train, validation, &complete, trainer));
}

/* --- resuming --------------------------------------------------------------------------------- */

static const char RESUME_TYPE[] = "mnistcnn_resume_options";
enum { FIRST_RESUME_SIZE = MCNN_SIZE_THROUGH(mnistcnn_resume_options, error) };
static const mnistcnn_resume_options resume_defaults = MNISTCNN_RESUME_OPTIONS_INIT;

mnistcnn_status mnistcnn_resume_options_init(mnistcnn_resume_options *options, size_t size) {
  return mcnn_export_options(RESUME_TYPE, &resume_defaults, FIRST_RESUME_SIZE,
                             sizeof resume_defaults, options, size);
}

static mnistcnn_status resume(mnistcnn_resume_options *options, const mnistcnn_dataset *train,
                              const mnistcnn_dataset *validation, mnistcnn_model **model,
                              mnistcnn_trainer **trainer) {
  mnistcnn_reader reader;
  mnistcnn_writer writer;
  mcnn_alloc alloc;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(trainer);
  MCNN_REQUIRE(train);
  if ((options->path ? 1 : 0) + (options->reader ? 1 : 0) != 1)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: give either path or reader");
  if (options->reserved != 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: reserved must be 0");
  mnistcnn_status status = mcnn_import_reader(options->reader, &reader);
  if (status == MNISTCNN_OK)
    status = check_checkpoint(options->checkpoint_path, options->checkpoint_writer, &writer);
  options->checkpoint_writer = options->checkpoint_writer ? &writer : NULL;
  if (status == MNISTCNN_OK)
    status = mcnn_import_allocator(options->allocator, &alloc);
  options->reader = options->reader ? &reader : NULL;
  if (status == MNISTCNN_OK)
    status = mcnn_trainer_resume(options, train, validation, &alloc, model, trainer);
  options->reader = NULL;
  options->checkpoint_writer = NULL; /* the trainer has a copy of its own */
  return status;
}

mnistcnn_status mnistcnn_trainer_resume(const mnistcnn_resume_options *options,
                                        const mnistcnn_dataset *train,
                                        const mnistcnn_dataset *validation, mnistcnn_model **model,
                                        mnistcnn_trainer **trainer) {
  mnistcnn_resume_options complete = resume_defaults;
  if (model)
    *model = NULL;
  if (trainer)
    *trainer = NULL;
  MCNN_REQUIRE(options);
  mnistcnn_status status =
      mcnn_import_options(RESUME_TYPE, options, FIRST_RESUME_SIZE, &complete, sizeof complete);
  if (status == MNISTCNN_OK)
    status = mcnn_check_error(complete.error);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_report(complete.error, resume(&complete, train, validation, model, trainer));
}

/* --- using a trainer -------------------------------------------------------------------------- */

static mnistcnn_status report(const mnistcnn_trainer *trainer, mnistcnn_status status) {
  return mcnn_report(trainer->options.error, status);
}

static mnistcnn_status step(mnistcnn_trainer *trainer, mnistcnn_progress *progress) {
  mnistcnn_progress figures;
  mnistcnn_status status = mcnn_check_progress(progress);
  if (status != MNISTCNN_OK)
    return status;
  status = mcnn_trainer_step(trainer, &figures);
  if (status == MNISTCNN_OK)
    mcnn_copy_out_progress(&figures, progress);
  return status;
}

mnistcnn_status mnistcnn_trainer_step(mnistcnn_trainer *trainer, mnistcnn_progress *progress) {
  MCNN_REQUIRE(trainer);
  return report(trainer, step(trainer, progress));
}

static mnistcnn_status run(mnistcnn_trainer *trainer, double seconds, mnistcnn_progress *progress) {
  const double start = mcnn_seconds();
  mnistcnn_progress figures;
  if (!(seconds >= 0))
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "seconds: %g is no length of time", seconds);
  mnistcnn_status status = mcnn_check_progress(progress);
  if (status != MNISTCNN_OK)
    return status;
  do
    status = mcnn_trainer_step(trainer, &figures);
  while (status == MNISTCNN_OK && figures.event != MNISTCNN_EVENT_EPOCH_END &&
         mcnn_seconds() - start < seconds);
  if (status == MNISTCNN_OK)
    mcnn_copy_out_progress(&figures, progress);
  return status;
}

mnistcnn_status mnistcnn_trainer_run(mnistcnn_trainer *trainer, double seconds,
                                     mnistcnn_progress *progress) {
  MCNN_REQUIRE(trainer);
  return report(trainer, run(trainer, seconds, progress));
}

int32_t mnistcnn_trainer_finished(const mnistcnn_trainer *trainer) {
  return trainer && mcnn_train_finished(trainer);
}

void mnistcnn_trainer_cancel(mnistcnn_trainer *trainer) {
  if (trainer)
    mcnn_trainer_cancel(trainer);
}

mnistcnn_status mnistcnn_trainer_progress(const mnistcnn_trainer *trainer,
                                          mnistcnn_progress *progress) {
  MCNN_REQUIRE(trainer);
  return mcnn_copy_out_monitored(trainer->monitor, progress);
}

mnistcnn_status mnistcnn_trainer_model(const mnistcnn_trainer *trainer, mnistcnn_model **model) {
  MCNN_REQUIRE(model);
  *model = NULL;
  MCNN_REQUIRE(trainer);
  return report(trainer, mcnn_trainer_model(trainer, model));
}

static mnistcnn_status save(const mnistcnn_trainer *trainer, const mnistcnn_save_options *options) {
  mnistcnn_writer writer;
  mcnn_target target;
  MCNN_REQUIRE(trainer);
  const mnistcnn_status status = mcnn_read_save_target(options, &writer, &target);
  return status == MNISTCNN_OK ? mcnn_trainer_save(trainer, &target) : status;
}

mnistcnn_status mnistcnn_trainer_save(const mnistcnn_trainer *trainer,
                                      const mnistcnn_save_options *options) {
  mnistcnn_save_options complete;
  const mnistcnn_status status = mcnn_import_save_options(options, &complete);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, save(trainer, &complete)) : status;
}

mnistcnn_status mnistcnn_trainer_save_file(const mnistcnn_trainer *trainer, const char *path) {
  const mcnn_target target = {.path = path};
  MCNN_REQUIRE(trainer);
  MCNN_REQUIRE(path);
  return report(trainer, mcnn_trainer_save(trainer, &target));
}

static mnistcnn_status copy_out_epoch(const mnistcnn_trainer *trainer, uint32_t epoch,
                                      mnistcnn_progress *figures) {
  mnistcnn_progress complete;
  MCNN_REQUIRE(figures);
  const mnistcnn_status status = mcnn_check_progress(figures);
  if (status != MNISTCNN_OK)
    return status;
  if (epoch < 1 || epoch > trainer->state.epoch) {
    return mcnn_fail(MNISTCNN_NOT_FOUND, "epoch %u: %u epochs are finished", epoch,
                     trainer->state.epoch);
  }
  mcnn_epoch_progress(trainer, epoch, &complete);
  mcnn_copy_out_progress(&complete, figures);
  return MNISTCNN_OK;
}

mnistcnn_status mnistcnn_trainer_history(const mnistcnn_trainer *trainer, uint32_t epoch,
                                         mnistcnn_progress *figures) {
  MCNN_REQUIRE(trainer);
  return report(trainer, copy_out_epoch(trainer, epoch, figures));
}

void mnistcnn_trainer_free(mnistcnn_trainer *trainer) {
  mcnn_trainer_free(trainer);
}

/* --- one call --------------------------------------------------------------------------------- */

/* trainer NULL: it could not be made, and `status` says why. */
static mnistcnn_status run_to_end(mnistcnn_status status, mnistcnn_trainer *trainer,
                                  mnistcnn_progress *last) {
  mnistcnn_progress figures;
  if (!trainer)
    return status;
  while (status == MNISTCNN_OK && !mcnn_train_finished(trainer))
    status = mcnn_trainer_step(trainer, &figures);
  if (trainer->state.epoch > 0 && last) {
    mcnn_epoch_progress(trainer, trainer->state.epoch, &figures);
    mcnn_copy_out_progress(&figures, last);
  }
  (void)report(trainer, status);
  mcnn_trainer_free(trainer);
  return status;
}

mnistcnn_status mnistcnn_train(mnistcnn_model *model, const mnistcnn_dataset *train,
                               const mnistcnn_dataset *validation,
                               const mnistcnn_train_options *options, mnistcnn_progress *last) {
  mnistcnn_trainer *trainer = NULL;
  mnistcnn_status status = mcnn_check_progress(last);
  if (status == MNISTCNN_OK)
    status = mnistcnn_trainer_create(model, train, validation, options, &trainer);
  return run_to_end(status, trainer, last);
}

mnistcnn_status mnistcnn_train_resume(const mnistcnn_resume_options *options,
                                      const mnistcnn_dataset *train,
                                      const mnistcnn_dataset *validation, mnistcnn_model **model,
                                      mnistcnn_progress *last) {
  mnistcnn_trainer *trainer = NULL;
  mnistcnn_status status = mcnn_check_progress(last);
  if (status == MNISTCNN_OK)
    status = mnistcnn_trainer_resume(options, train, validation, model, &trainer);
  else if (model)
    *model = NULL;
  return run_to_end(status, trainer, last);
}

/* --- augmentation alone ----------------------------------------------------------------------- */

static mnistcnn_status augment(const mnistcnn_train_options *o, uint32_t epoch, uint64_t index,
                               const uint8_t *pixels, const mcnn_shape *shape, float *intensities) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_augment what = mcnn_augment_of(o);
  mcnn_augment_plan *plan = NULL;
  const mnistcnn_status status =
      mcnn_augment_plan_create(&what, shape->height, shape->width, shape->channels, 1.0f / 255.0f,
                               0.0f, mcnn_kernels_for(mcnn_isa_best()), &alloc, &plan);
  if (status != MNISTCNN_OK)
    return status;
  float *scratch = mcnn_alloc_array(&alloc, mcnn_augment_scratch_floats(plan), sizeof *scratch);
  if (scratch)
    mcnn_augment_image(plan, o->seed, epoch, index, pixels, intensities, scratch);
  mcnn_augment_plan_free(plan);
  mcnn_free(&alloc, scratch);
  return scratch ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

mnistcnn_status mnistcnn_augment_image(const mnistcnn_train_options *options, uint32_t epoch,
                                       uint64_t index, const mnistcnn_image *image,
                                       float *intensities, size_t capacity) {
  mnistcnn_train_options complete;
  MCNN_REQUIRE(intensities);
  mnistcnn_status status = mcnn_check_image(image, 0);
  if (status == MNISTCNN_OK)
    status = mcnn_import_train_options(options, &complete);
  if (status == MNISTCNN_OK)
    status = mcnn_check_train_options(&complete);
  if (status != MNISTCNN_OK)
    return status;
  const size_t needed = mcnn_shape_bytes(&image->shape);
  if (capacity < needed) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "capacity: %zu intensities do not fit in %zu",
                     needed, capacity);
  }
  return augment(&complete, epoch, index, image->pixels, &image->shape, intensities);
}
