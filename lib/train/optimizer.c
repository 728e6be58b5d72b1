#include "train/optimizer.h"

#include "base/elementary.h"

#include <assert.h>
#include <string.h>

/* --- the optimisers ----------------------------------------------------------------------------
 * A new one is a kernel (kernels/optim), a function and a row. */

/* A run of parameters, and the state that goes with them. */
typedef struct run {
  size_t count;
  const float *gradient;
  float *w, *first, *second;
  float decay;
} run;

static void rmsprop(const mcnn_optimizer *optimizer, const run *r) {
  const mnistcnn_train_options *o = optimizer->options;
  optimizer->kernels->rmsprop(r->count, optimizer->learning_rate, o->rho, o->epsilon, r->gradient,
                              r->first, r->w);
}

static void sgd(const mcnn_optimizer *optimizer, const run *r) {
  const mnistcnn_train_options *o = optimizer->options;
  optimizer->kernels->sgd(r->count, optimizer->learning_rate, o->momentum, o->nesterov, r->decay,
                          r->gradient, r->first, r->w);
}

static void adamw(const mcnn_optimizer *optimizer, const run *r) {
  const mnistcnn_train_options *o = optimizer->options;
  optimizer->kernels->adam(r->count, optimizer->learning_rate, o->beta1, o->beta2, o->epsilon,
                           r->decay, optimizer->correction1, optimizer->correction2, r->gradient,
                           r->first, r->second, r->w);
}

static void adam(const mcnn_optimizer *optimizer, const run *r) {
  run without_decay = *r;
  without_decay.decay = 0;
  adamw(optimizer, &without_decay);
}

typedef struct optimizer_kind {
  uint32_t num_slots;
  void (*update)(const mcnn_optimizer *optimizer, const run *r);
} optimizer_kind;

static const optimizer_kind kinds[] = {[MNISTCNN_OPTIMIZER_RMSPROP] = {1, rmsprop},
                                       [MNISTCNN_OPTIMIZER_SGD] = {1, sgd},
                                       [MNISTCNN_OPTIMIZER_ADAM] = {2, adam},
                                       [MNISTCNN_OPTIMIZER_ADAMW] = {2, adamw}};

static const optimizer_kind *kind_of(const mnistcnn_train_options *options) {
  assert(options->optimizer >= 0 && (size_t)options->optimizer < sizeof kinds / sizeof kinds[0]);
  return &kinds[options->optimizer];
}

/* --- state ------------------------------------------------------------------------------------ */

static void place_arrays(mcnn_optimizer *optimizer) {
  const mnistcnn_train_options *options = optimizer->options;
  mcnn_placer placer = {&optimizer->arena, 0};
  for (uint32_t i = 0; i < kind_of(options)->num_slots; i++)
    optimizer->slots[i] = mcnn_place(&placer, optimizer->floats, 1, sizeof(float));
  if (options->ema_decay > 0)
    optimizer->ema = mcnn_place(&placer, optimizer->floats, 1, sizeof(float));
}

mnistcnn_status mcnn_optimizer_init(mcnn_optimizer *optimizer,
                                    const mnistcnn_train_options *options,
                                    const mcnn_kernels *kernels, const float *weights,
                                    size_t floats, const mcnn_alloc *alloc) {
  *optimizer =
      (mcnn_optimizer){.alloc = *alloc, .kernels = kernels, .options = options, .floats = floats};
  place_arrays(optimizer);
  const mnistcnn_status status = mcnn_arena_allocate(&optimizer->arena, alloc);
  if (status != MNISTCNN_OK)
    return status;
  place_arrays(optimizer);
  if (optimizer->ema)
    memcpy(optimizer->ema, weights, floats * sizeof(float));
  return MNISTCNN_OK;
}

void mcnn_optimizer_free(mcnn_optimizer *optimizer) {
  mcnn_arena_free(&optimizer->arena, &optimizer->alloc);
}

uint64_t mcnn_optimizer_bytes(const mnistcnn_train_options *options, size_t floats) {
  mcnn_optimizer optimizer = {.options = options, .floats = floats};
  place_arrays(&optimizer);
  return mcnn_arena_bytes(&optimizer.arena);
}

size_t mcnn_optimizer_arrays(const mnistcnn_train_options *options) {
  return kind_of(options)->num_slots + (options->ema_decay > 0 ? 1 : 0);
}

/* --- a step ----------------------------------------------------------------------------------- */

/* 1 / (1 - beta^t), t from 1: Adam's correction of moments that start at zero. */
static float correction(float beta, uint64_t t) {
  return (float)(1.0 / (1.0 - mcnn_power((double)beta, t)));
}

void mcnn_optimizer_begin(mcnn_optimizer *optimizer, uint64_t step, double learning_rate) {
  const mnistcnn_train_options *options = optimizer->options;
  /* As TensorFlow's ExponentialMovingAverage with num_updates: the early steps, far from the last
   * ones, are forgotten sooner. */
  const float warm = (float)((1.0 + (double)step) / (10.0 + (double)step));
  optimizer->learning_rate = (float)learning_rate;
  optimizer->correction1 = correction(options->beta1, step + 1);
  optimizer->correction2 = correction(options->beta2, step + 1);
  optimizer->ema_decay = options->ema_decay < warm ? options->ema_decay : warm;
}

void mcnn_optimizer_update(const mcnn_optimizer *optimizer, int decays, size_t offset,
                           const float *gradient, size_t count, float *weights) {
  float *second = optimizer->slots[1];
  const run r = {.count = count,
                 .gradient = gradient,
                 .w = weights + offset,
                 .first = optimizer->slots[0] + offset,
                 .second = second ? second + offset : NULL,
                 .decay = decays ? optimizer->options->weight_decay : 0};
  assert(offset + count <= optimizer->floats);
  kind_of(optimizer->options)->update(optimizer, &r);
  if (optimizer->ema)
    optimizer->kernels->ema(count, optimizer->ema_decay, r.w, optimizer->ema + offset);
}

void mcnn_optimizer_average(const mcnn_optimizer *optimizer, float momentum, size_t offset,
                            const float *values, size_t count, float *weights) {
  assert(offset + count <= optimizer->floats);
  optimizer->kernels->ema(count, momentum, values, weights + offset);
  if (optimizer->ema)
    optimizer->kernels->ema(count, optimizer->ema_decay, weights + offset, optimizer->ema + offset);
}
