/* The memory of a training, and what it will be. */
#include "train/cost.h"

#include "base/sizes.h"
#include "base/status.h"
#include "model/check_dataset.h"
#include "model/input.h"
#include "train/checkpoint.h"
#include "train/class_weights.h"
#include "train/evaluate.h"
#include "train/options.h"
#include "train/state.h"

#include <string.h>

/* --- what both need --------------------------------------------------------------------------- */

static size_t batch_of(const mnistcnn_train_options *options, size_t images) {
  return mcnn_min(options->batch_size, images);
}

static mnistcnn_workspace_options validation_options(const mnistcnn_train_options *options) {
  const mnistcnn_workspace_options workspace = {
      .struct_size = sizeof workspace, .max_batch = 32, .num_threads = options->num_threads};
  return workspace;
}

/* How images become the network's input, with augmentation and without. */
typedef struct plans {
  mcnn_augment_plan *augmented, *plain;
} plans;

static void free_plans(plans *p) {
  mcnn_augment_plan_free(p->augmented);
  mcnn_augment_plan_free(p->plain);
}

/* On failure there may be one, which the caller frees. */
static mnistcnn_status create_plans(const mnistcnn_train_options *options, mcnn_shape image,
                                    float scale, float offset, const mcnn_kernels *kernels,
                                    const mcnn_alloc *alloc, plans *p) {
  const mcnn_augment none = {.kind = MNISTCNN_AUGMENT_NONE};
  const mcnn_augment all = mcnn_augment_of(options);
  const mnistcnn_status status =
      mcnn_augment_plan_create(&all, image.height, image.width, image.channels, scale, offset,
                               kernels, alloc, &p->augmented);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_augment_plan_create(&none, image.height, image.width, image.channels, scale, offset,
                                  kernels, alloc, &p->plain);
}

/* Of each worker: the augmentation's scratch, then a gray image to be broadcast. */
static size_t augment_floats(const plans *p, size_t pixels) {
  const size_t one = mcnn_augment_scratch_floats(p->augmented);
  const size_t other = mcnn_augment_scratch_floats(p->plain);
  return mcnn_round_up_cache_line(mcnn_max(one, other) + pixels);
}

/* The trainer's own arrays: `images` are trained on; augment_floats and options are set. */
static void place_arrays(mnistcnn_trainer *trainer, const mcnn_arch *arch, size_t images,
                         int validates) {
  const mnistcnn_train_options *options = &trainer->options;
  const size_t floats = arch->parameter_floats, copies = options->ema_decay > 0 ? 2 : 1;
  mcnn_placer p = {&trainer->arena, 0};
  trainer->order = mcnn_place(&p, images, 1, sizeof *trainer->order);
  trainer->labels = mcnn_place(&p, options->batch_size, 1, sizeof *trainer->labels);
  trainer->history = mcnn_place(&p, options->epochs, 1, sizeof *trainer->history);
  trainer->weights = mcnn_place(&p, floats, 1, sizeof(float));
  trainer->last_good = mcnn_place(&p, floats, copies, sizeof(float));
  trainer->gradient = trainer->best = trainer->class_weights = NULL;
  if (options->keep_best)
    trainer->best = mcnn_place(&p, floats, 1, sizeof(float));
  if (options->class_weights || options->balance_classes)
    trainer->class_weights = mcnn_place(&p, arch->num_classes, 1, sizeof(float));
  if (options->clip_norm > 0)
    trainer->gradient = mcnn_place(&p, floats, 1, sizeof(float));
  trainer->augment_scratch =
      mcnn_place(&p, trainer->augment_floats, options->num_threads, sizeof(float));
  if (validates) {
    trainer->validation_scratch =
        mcnn_place(&p, MCNN_EVALUATE_BLOCK, arch->num_classes, sizeof(float));
    trainer->validation_labels =
        mcnn_place(&p, arch->num_classes, 1, sizeof *trainer->validation_labels);
  }
}

/* --- what it will be -------------------------------------------------------------------------- */

static uint64_t arrays_bytes(const mcnn_arch *arch, const mnistcnn_train_options *options,
                             const plans *p, size_t images, int validates) {
  mnistcnn_trainer trainer = {.options = *options};
  trainer.augment_floats = augment_floats(p, (size_t)arch->input.height * arch->input.width);
  place_arrays(&trainer, arch, images, validates);
  const uint64_t path =
      options->checkpoint_path ? mcnn_alloc_bytes(strlen(options->checkpoint_path) + 1, 1) : 0;
  return mcnn_saturating_add(mcnn_arena_bytes(&trainer.arena),
                             mcnn_alloc_bytes(1, sizeof trainer) + path);
}

/* The arrays, and the plans themselves. */
static mnistcnn_status arrays_cost(const mcnn_arch *arch, const mcnn_kernels *kernels,
                                   const mnistcnn_train_options *options,
                                   const mcnn_train_data *data, size_t images, int validates,
                                   uint64_t *bytes) {
  const mcnn_shape image = {arch->input.height, arch->input.width, data->channels};
  plans p = {0};
  const mnistcnn_status status = create_plans(options, image, 1, 0, kernels, &arch->alloc, &p);
  if (status == MNISTCNN_OK) {
    *bytes = mcnn_saturating_add(arrays_bytes(arch, options, &p, images, validates),
                                 mcnn_augment_plan_bytes(p.augmented) +
                                     mcnn_augment_plan_bytes(p.plain));
  }
  free_plans(&p);
  return status;
}

/* The parts of a training whose memory depends on the network. */
static mnistcnn_status net_cost(const mcnn_net *net, const mcnn_arch *arch,
                                const mnistcnn_train_options *options, const mcnn_train_data *data,
                                mcnn_cost *cost) {
  const size_t held = mcnn_holdout_count(data->images, (double)options->calibration_fraction);
  const size_t images = data->images - held, batch = batch_of(options, images);
  const int validates = data->validates || held > 0;
  uint64_t executor = 0, arrays = 0;
  mnistcnn_status status =
      mcnn_executor_bytes(net, batch, options->num_threads, &arch->alloc, &executor);
  if (status == MNISTCNN_OK) {
    status = arrays_cost(arch, mcnn_kernels_for(mcnn_net_isa(net)), options, data, images,
                         validates, &arrays);
  }
  if (status != MNISTCNN_OK)
    return status;
  cost->bytes = mcnn_saturating_add(executor, arrays);
  cost->macs = mcnn_saturating_mul(batch, mcnn_net_training_macs(net));
  if (!validates)
    return MNISTCNN_OK;
  const mnistcnn_workspace_options workspace = validation_options(options);
  mcnn_cost predictor;
  status = mcnn_predict_cost(arch, mcnn_net_isa(net), &workspace, &predictor);
  if (status == MNISTCNN_OK)
    cost->bytes = mcnn_saturating_add(cost->bytes, predictor.bytes);
  return status;
}

mnistcnn_status mcnn_train_cost(const mcnn_arch *arch, mcnn_isa isa,
                                const mnistcnn_train_options *options, const mcnn_train_data *data,
                                mcnn_cost *cost) {
  const size_t floats = arch->parameter_floats;
  mcnn_nets nets;
  mnistcnn_status status = mcnn_nets_create(arch, isa, &arch->alloc, &nets);
  if (status != MNISTCNN_OK)
    return status;
  status = net_cost(data->scales_channels ? nets.net : mcnn_nets_for(&nets, data->channels), arch,
                    options, data, cost);
  mcnn_nets_free(&nets);
  if (status != MNISTCNN_OK)
    return status;
  const uint64_t rest[] = {
      mcnn_optimizer_bytes(options, floats), mcnn_pool_bytes(options->num_threads),
      mcnn_holdout_bytes(data->images, (double)options->calibration_fraction, arch->num_classes),
      options->checkpoint_path || options->checkpoint_writer
          ? mcnn_checkpoint_bytes(options, floats)
          : 0};
  for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
    cost->bytes = mcnn_saturating_add(cost->bytes, rest[i]);
  return MNISTCNN_OK;
}

/* --- allocating it ---------------------------------------------------------------------------- */

static mcnn_shape image_shape(const mnistcnn_dataset *dataset) {
  mcnn_shape shape;
  mcnn_dataset_shape(dataset, &shape.height, &shape.width, &shape.channels);
  return shape;
}

static int validates(const mnistcnn_trainer *trainer) {
  return trainer->validation || trainer->holdout.images;
}

static void choose_net(mnistcnn_trainer *trainer) {
  const uint32_t channels = image_shape(trainer->train_kept).channels;
  trainer->net = mcnn_model_net_for(trainer->model, channels);
  trainer->broadcast_gray =
      mcnn_net_input_floats(trainer->net) != mcnn_input_pixels(trainer) * channels;
}

static mnistcnn_status allocate_plans(mnistcnn_trainer *trainer) {
  const mcnn_kernels *kernels = mcnn_kernels_for(mcnn_net_isa(trainer->net));
  plans p = {0};
  trainer->input_scale = mcnn_model_byte_scale(trainer->model);
  const mcnn_input_scale *const s = &trainer->input_scale; /* scaled by channel after the plan */
  const mnistcnn_status status = create_plans(
      &trainer->options, image_shape(trainer->train_kept), s->per_channel ? 1.0f : s->scale[0],
      s->per_channel ? 0.0f : s->offset[0], kernels, &trainer->alloc, &p);
  trainer->augmented = p.augmented;
  trainer->plain = p.plain;
  if (status == MNISTCNN_OK)
    trainer->augment_floats = augment_floats(&p, mcnn_input_pixels(trainer));
  return status;
}

static mnistcnn_status allocate_arrays(mnistcnn_trainer *trainer) {
  const mcnn_arch *arch = trainer->model->arch;
  const size_t images = mcnn_dataset_count(trainer->train_kept);
  place_arrays(trainer, arch, images, validates(trainer));
  const mnistcnn_status status = mcnn_arena_allocate(&trainer->arena, &trainer->alloc);
  if (status != MNISTCNN_OK)
    return status;
  place_arrays(trainer, arch, images, validates(trainer));
  mcnn_net_to_training(trainer->net, trainer->model->weights, trainer->weights);
  return mcnn_optimizer_init(&trainer->optimizer, &trainer->options,
                             mcnn_kernels_for(mcnn_net_isa(trainer->net)), trainer->weights,
                             arch->parameter_floats, &trainer->alloc);
}

static mnistcnn_status allocate_validation(mnistcnn_trainer *trainer) {
  const mnistcnn_workspace_options options = validation_options(&trainer->options);
  if (!validates(trainer))
    return MNISTCNN_OK;
  if (trainer->validation)
    mcnn_map_classes(trainer->model, trainer->train_full, trainer->validation,
                     trainer->validation_labels);
  return mcnn_predictor_create(trainer->model, &options, &trainer->workspace);
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
  return status;
}

mnistcnn_status mcnn_train_state_allocate(mnistcnn_trainer *trainer) {
  const uint32_t threads = trainer->options.num_threads;
  mnistcnn_status status = hold_out(trainer);
  if (status != MNISTCNN_OK)
    return status;
  const size_t batch = batch_of(&trainer->options, mcnn_dataset_count(trainer->train_kept));
  choose_net(trainer);
  status = mcnn_pool_create(&trainer->alloc, threads, &trainer->pool);
  if (status == MNISTCNN_OK)
    status =
        mcnn_executor_create(trainer->net, batch, threads, &trainer->alloc, &trainer->executor);
  if (status == MNISTCNN_OK)
    status = allocate_plans(trainer);
  if (status == MNISTCNN_OK)
    status = allocate_arrays(trainer);
  if (status == MNISTCNN_OK)
    status = mcnn_set_class_weights(trainer);
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
  mcnn_arena_free(&trainer->arena, &alloc);
  mcnn_free(&alloc, trainer->checkpoint_path);
}
