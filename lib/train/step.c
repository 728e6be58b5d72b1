#include "train/step.h"

#include "base/sizes.h"
#include "model/input.h"
#include "train/gradient.h"
#include "train/schedule.h"
#include "train/weights.h"

#include <assert.h>
#include <math.h>

/* Steps between two checks that all weights are finite. */
enum { CHECK_STEPS = 64 };

/* --- the input -------------------------------------------------------------------------------- */

typedef struct fill_context {
  const mnistcnn_trainer *trainer;
  const uint32_t *samples;
  const mcnn_augment_plan *plan;
} fill_context;

/* The order is random, so that an image comes from far away in memory: it is prefetched so many
 * images ahead. Of larger images the processor prefetches the rest by itself. */
enum { PREFETCH_IMAGES = 4, PREFETCH_BYTES = 832, CACHE_LINE = 64 };

static void prefetch_image(const mnistcnn_trainer *trainer, size_t place) {
  if (place >= mcnn_dataset_count(trainer->train_kept))
    return;
  const uint8_t *image = mcnn_dataset_image(trainer->train_kept, trainer->order[place]);
  for (size_t at = 0; at < PREFETCH_BYTES; at += CACHE_LINE)
    __builtin_prefetch(image + at);
}

static void fill_input(void *context, size_t index, size_t worker, float *input) {
  const fill_context *fill = context;
  const mnistcnn_trainer *trainer = fill->trainer;
  const uint32_t sample = fill->samples[index];
  prefetch_image(trainer, (size_t)(fill->samples - trainer->order) + index + PREFETCH_IMAGES);
  float *scratch = trainer->augment_scratch + worker * trainer->augment_floats;
  const size_t pixels = mcnn_input_pixels(trainer);
  float *target = trainer->broadcast_gray ? scratch + trainer->augment_floats - pixels : input;
  mcnn_augment_image(fill->plan, trainer->options.seed, trainer->state.epoch + 1, sample,
                     mcnn_dataset_image(trainer->train_kept, sample), target, scratch);
  if (trainer->broadcast_gray)
    mcnn_broadcast_gray(pixels, target, input);
  if (trainer->input_scale.per_channel)
    mcnn_scale_channels(pixels, input, &trainer->input_scale, input);
}

/* --- the step --------------------------------------------------------------------------------- */

static int without_augmentation(const mnistcnn_trainer *trainer) {
  const double total = (double)mcnn_total_steps(trainer);
  return (double)mcnn_global_step(trainer) >=
         total * (1.0 - (double)trainer->options.no_augment_fraction);
}

static size_t batch_images(const mnistcnn_trainer *trainer) {
  const size_t done = (size_t)trainer->state.step * trainer->options.batch_size;
  const size_t left = mcnn_dataset_count(trainer->train_kept) - done;
  return left < trainer->options.batch_size ? left : trainer->options.batch_size;
}

mnistcnn_status mcnn_train_step(mnistcnn_trainer *trainer) {
  const uint64_t step = mcnn_global_step(trainer);
  const mcnn_loss loss = mcnn_train_loss(trainer);
  mcnn_loss_sums sums = {0};
  fill_context fill = {.trainer = trainer,
                       .samples =
                           trainer->order + trainer->state.step * trainer->options.batch_size,
                       .plan = without_augmentation(trainer) ? trainer->plain : trainer->augmented};
  const mcnn_batch batch = {.images = batch_images(trainer),
                            .labels = trainer->labels,
                            .fill = fill_input,
                            .context = &fill,
                            .seed = trainer->options.seed,
                            .step = step};
  if (step % CHECK_STEPS == 0 && mcnn_weights_check(trainer) != MNISTCNN_OK)
    return mcnn_weights_fail(trainer, "a weight");
  for (size_t i = 0; i < batch.images; i++)
    trainer->labels[i] = mcnn_dataset_label(trainer->train_kept, fill.samples[i]);
  mcnn_executor_forward(trainer->executor, trainer->pool, trainer->weights, &batch, &loss, &sums);
  if (!isfinite(sums.loss))
    return mcnn_weights_fail(trainer, "the loss");
  mcnn_optimizer_begin(&trainer->optimizer, step,
                       mcnn_learning_rate(&trainer->options, step, mcnn_total_steps(trainer)));
  mcnn_executor_backward(trainer->executor, trainer->pool, trainer->weights, mcnn_gradient_receive,
                         trainer);
  mcnn_gradient_finish(trainer);
  mcnn_loss_sums_add(&trainer->state.sums, &sums);
  trainer->state.step++;
  trainer->model->temperature = 1; /* what was fitted to other weights says nothing of these */
  return MNISTCNN_OK;
}
