#include "api/check.h"
#include "data/augment.h"
#include "image/pixels.h"
#include "train/checkpoint.h"
#include "train/options.h"
#include "train/progress.h"
#include "train/trainer.h"

#include <string.h>

#define FIRST_SIZE MCNN_SIZE_THROUGH(mnistcnn_train_options, user)
static const char TYPE[] = "mnistcnn_train_options";

#define FIRST_PROGRESS_SIZE MCNN_SIZE_THROUGH(mnistcnn_progress, validation_binary_accuracy)
static const char PROGRESS_TYPE[] = "mnistcnn_progress";

/* --- options ---------------------------------------------------------------------------------- */

mnistcnn_status mnistcnn_train_options_init(mnistcnn_train_options *options, size_t size) {
  mnistcnn_train_options complete = {.struct_size = sizeof complete};
  mcnn_train_defaults(&complete);
  return mcnn_export_options(TYPE, &complete, FIRST_SIZE, sizeof complete, options, size);
}

mnistcnn_status mnistcnn_train_options_preset(mnistcnn_train_options *options, size_t size,
                                              const char *preset, uint32_t epochs) {
  mnistcnn_train_options complete = {.struct_size = sizeof complete};
  MCNN_REQUIRE(preset);
  const mnistcnn_status status = mcnn_train_preset(&complete, preset, epochs);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_export_options(TYPE, &complete, FIRST_SIZE, sizeof complete, options, size);
}

static mnistcnn_status import(const mnistcnn_train_options *given,
                              mnistcnn_train_options *options) {
  options->struct_size = sizeof *options;
  mcnn_train_defaults(options);
  const mnistcnn_status status =
      mcnn_import_options(TYPE, given, FIRST_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_train_options_check(options) : status;
}

/* --- figures ---------------------------------------------------------------------------------- */

static mnistcnn_status check_figures(const mnistcnn_progress *figures) {
  return mcnn_check_output(PROGRESS_TYPE, figures, FIRST_PROGRESS_SIZE);
}

static void copy_out_progress(const mnistcnn_progress *from, mnistcnn_progress *to) {
  if (to) {
    (void)mcnn_export_options(PROGRESS_TYPE, from, FIRST_PROGRESS_SIZE, sizeof *from, to,
                              to->struct_size);
  }
}

/* --- trainer ---------------------------------------------------------------------------------- */

mnistcnn_status mnistcnn_trainer_create(mnistcnn_model *model, const mnistcnn_dataset *train,
                                        const mnistcnn_dataset *validation,
                                        const mnistcnn_train_options *options,
                                        mnistcnn_trainer **trainer) {
  mnistcnn_train_options complete;
  MCNN_REQUIRE(trainer);
  *trainer = NULL;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(train);
  const mnistcnn_status status = import(options, &complete);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_trainer_create(model, train, validation, &complete, trainer);
}

mnistcnn_status mnistcnn_trainer_resume(const char *checkpoint_path, const mnistcnn_dataset *train,
                                        const mnistcnn_dataset *validation,
                                        const mnistcnn_train_options *options,
                                        const mnistcnn_allocator *allocator, mnistcnn_model **model,
                                        mnistcnn_trainer **trainer) {
  mnistcnn_train_options complete;
  mcnn_alloc alloc;
  MCNN_REQUIRE(model);
  *model = NULL;
  MCNN_REQUIRE(trainer);
  *trainer = NULL;
  MCNN_REQUIRE(checkpoint_path);
  MCNN_REQUIRE(train);
  mnistcnn_status status = mcnn_import_allocator(allocator, &alloc);
  if (status == MNISTCNN_OK)
    status = import(options, &complete);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_trainer_resume(checkpoint_path, train, validation, &complete, &alloc, model, trainer);
}

mnistcnn_status mnistcnn_trainer_step(mnistcnn_trainer *trainer, mnistcnn_progress *progress) {
  mnistcnn_progress figures;
  MCNN_REQUIRE(trainer);
  mnistcnn_status status = check_figures(progress);
  if (status != MNISTCNN_OK)
    return status;
  status = mcnn_trainer_step(trainer, &figures);
  if (status == MNISTCNN_OK)
    copy_out_progress(&figures, progress);
  return status;
}

int32_t mnistcnn_trainer_finished(const mnistcnn_trainer *trainer) {
  return trainer && mcnn_train_finished(trainer);
}

void mnistcnn_trainer_cancel(mnistcnn_trainer *trainer) {
  if (trainer)
    mcnn_trainer_cancel(trainer);
}

mnistcnn_status mnistcnn_trainer_save_file(const mnistcnn_trainer *trainer, const char *path) {
  MCNN_REQUIRE(trainer);
  MCNN_REQUIRE(path);
  return mcnn_trainer_save(trainer, path);
}

mnistcnn_status mnistcnn_trainer_history(const mnistcnn_trainer *trainer, uint32_t epoch,
                                         mnistcnn_progress *figures) {
  mnistcnn_progress complete;
  MCNN_REQUIRE(trainer);
  MCNN_REQUIRE(figures);
  const mnistcnn_status status = check_figures(figures);
  if (status != MNISTCNN_OK)
    return status;
  if (epoch < 1 || epoch > trainer->state.epoch) {
    return mcnn_fail(MNISTCNN_NOT_FOUND, "epoch %u: %u epochs are finished", epoch,
                     trainer->state.epoch);
  }
  mcnn_epoch_progress(trainer, epoch, &complete);
  copy_out_progress(&complete, figures);
  return MNISTCNN_OK;
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
    copy_out_progress(&figures, last);
  }
  mcnn_trainer_free(trainer);
  return status;
}

mnistcnn_status mnistcnn_train(mnistcnn_model *model, const mnistcnn_dataset *train,
                               const mnistcnn_dataset *validation,
                               const mnistcnn_train_options *options, mnistcnn_progress *last) {
  mnistcnn_trainer *trainer = NULL;
  mnistcnn_status status = check_figures(last);
  if (status == MNISTCNN_OK)
    status = mnistcnn_trainer_create(model, train, validation, options, &trainer);
  return run_to_end(status, trainer, last);
}

mnistcnn_status mnistcnn_train_resume(const char *checkpoint_path, const mnistcnn_dataset *train,
                                      const mnistcnn_dataset *validation,
                                      const mnistcnn_train_options *options,
                                      const mnistcnn_allocator *allocator, mnistcnn_model **model,
                                      mnistcnn_progress *last) {
  mnistcnn_trainer *trainer = NULL;
  mnistcnn_status status = check_figures(last);
  if (status != MNISTCNN_OK)
    return status;
  status = mnistcnn_trainer_resume(checkpoint_path, train, validation, options, allocator, model,
                                   &trainer);
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
                                       uint64_t index, const uint8_t *pixels, uint32_t height,
                                       uint32_t width, uint32_t channels, float *intensities,
                                       size_t capacity) {
  const mcnn_shape shape = {height, width, channels};
  mnistcnn_train_options complete;
  MCNN_REQUIRE(pixels);
  MCNN_REQUIRE(intensities);
  const mnistcnn_status status = import(options, &complete);
  if (status != MNISTCNN_OK)
    return status;
  if (height < 1 || height > MNISTCNN_MAX_IMAGE_SIDE || width < 1 ||
      width > MNISTCNN_MAX_IMAGE_SIDE || (channels != 1 && channels != 3)) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "an image of %u x %u with %u channels is not possible", height, width,
                     channels);
  }
  if (capacity < mcnn_shape_bytes(&shape)) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "capacity: %zu intensities do not fit in %zu",
                     mcnn_shape_bytes(&shape), capacity);
  }
  return augment(&complete, epoch, index, pixels, &shape, intensities);
}
