#include "train/gradient.h"

#include "base/sizes.h"
#include "kernels/optim/squares.h"

#include <math.h>
#include <string.h>

static void update(const mnistcnn_trainer *trainer, const mcnn_parameter *parameter, size_t offset,
                   const float *gradient, size_t count) {
  mcnn_optimizer_update(&trainer->optimizer, (int)parameter->is_kernel, offset, gradient, count,
                        trainer->weights);
}

/* --- the L2 penalty --------------------------------------------------------------------------- */

static float l2_of(const mnistcnn_trainer *trainer, const mcnn_parameter *parameter) {
  if (!parameter->is_kernel)
    return 0;
  return parameter->has_l2 ? parameter->l2 : trainer->options.l2;
}

/* sum = gradient + 2 l2 w, the slope of l2 w^2 added */
static void add_penalty(const mnistcnn_trainer *trainer, float l2, size_t offset,
                        const float *gradient, size_t count, float *sum) {
  const mcnn_kernels *kernels = trainer->optimizer.kernels;
  kernels->scale_f32(count, trainer->weights + offset, 2 * l2, 0, sum);
  kernels->add(count, gradient, sum);
}

/* Floats of a gradient that are changed and used while they are in a first-level cache. */
enum { FEW_FLOATS = 1024 };

static void update_with_penalty(const mnistcnn_trainer *trainer, const mcnn_parameter *parameter,
                                float l2, size_t offset, const float *gradient, size_t count) {
  _Alignas(64) float sum[FEW_FLOATS];
  for (size_t at = 0; at < count; at += FEW_FLOATS) {
    const size_t few = mcnn_min(count - at, FEW_FLOATS);
    add_penalty(trainer, l2, offset + at, gradient + at, few, sum);
    update(trainer, parameter, offset + at, sum, few);
  }
}

static void keep(const mnistcnn_trainer *trainer, float l2, size_t offset, const float *gradient,
                 size_t count) {
  if (l2 > 0)
    add_penalty(trainer, l2, offset, gradient, count, trainer->gradient + offset);
  else
    memcpy(trainer->gradient + offset, gradient, count * sizeof *gradient);
}

void mcnn_gradient_receive(void *context, const mcnn_parameter *parameter, size_t offset,
                           const float *gradient, size_t count) {
  const mnistcnn_trainer *trainer = context;
  if (parameter->is_statistic) {
    mcnn_optimizer_average(&trainer->optimizer, parameter->momentum, offset, gradient, count,
                           trainer->weights);
    return;
  }
  const float l2 = l2_of(trainer, parameter);
  if (trainer->gradient)
    keep(trainer, l2, offset, gradient, count);
  else if (l2 > 0)
    update_with_penalty(trainer, parameter, l2, offset, gradient, count);
  else
    update(trainer, parameter, offset, gradient, count);
}

/* --- clipping --------------------------------------------------------------------------------- */

/* The flat array is cut into so many blocks, whatever the threads; the gaps between parameters are
 * 0. */
enum { GRADIENT_BLOCKS = 16 };

typedef struct clipping {
  const mnistcnn_trainer *trainer;
  double squares[GRADIENT_BLOCKS];
  float scale;
} clipping;

static void block_range(const clipping *c, size_t block, size_t *begin, size_t *end) {
  mcnn_task_range(c->trainer->model->arch->parameter_floats, GRADIENT_BLOCKS, block, begin, end);
}

static void squares_task(void *context, size_t block, size_t worker) {
  clipping *c = context;
  size_t begin, end;
  (void)worker;
  block_range(c, block, &begin, &end);
  c->squares[block] = mcnn_sum_of_squares(end - begin, c->trainer->gradient + begin);
}

static void update_part(const clipping *c, const mcnn_parameter *parameter, size_t begin,
                        size_t end) {
  const mnistcnn_trainer *trainer = c->trainer;
  const size_t first = mcnn_max(begin, parameter->offset);
  const size_t last = mcnn_min(end, parameter->offset + parameter->count);
  if (first >= last || parameter->is_statistic)
    return;
  float *gradient = trainer->gradient + first;
  if (c->scale < 1)
    trainer->optimizer.kernels->scale_f32(last - first, gradient, c->scale, 0, gradient);
  update(trainer, parameter, first, gradient, last - first);
}

static void update_task(void *context, size_t block, size_t worker) {
  const clipping *c = context;
  const mcnn_arch *arch = c->trainer->model->arch;
  size_t begin, end;
  (void)worker;
  block_range(c, block, &begin, &end);
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_layer *layer = &arch->layers[i];
    for (uint32_t j = 0; j < layer->num_parameters; j++)
      update_part(c, &layer->parameters[j], begin, end);
  }
}

/* As Keras' global_clipnorm. A norm that is not finite leaves the gradient as it is, which the next
 * check of the weights finds. */
static float scale_of(const clipping *c) {
  const double most = (double)c->trainer->options.clip_norm;
  double squares = 0;
  for (size_t block = 0; block < GRADIENT_BLOCKS; block++)
    squares += c->squares[block];
  const double norm = sqrt(squares);
  return norm > most && isfinite(norm) ? (float)(most / norm) : 1;
}

void mcnn_gradient_finish(mnistcnn_trainer *trainer) {
  clipping c = {.trainer = trainer};
  if (!trainer->gradient)
    return;
  mcnn_pool_run(trainer->pool, squares_task, &c, GRADIENT_BLOCKS);
  c.scale = scale_of(&c);
  mcnn_pool_run(trainer->pool, update_task, &c, GRADIENT_BLOCKS);
}
