#include "train/optimizer.h"

#include <math.h>
#include <string.h>

static uint32_t slots_of(int32_t kind) {
  return kind == MNISTCNN_OPTIMIZER_ADAM || kind == MNISTCNN_OPTIMIZER_ADAMW ? 2 : 1;
}

mnistcnn_status mcnn_optimizer_init(mcnn_optimizer *optimizer,
                                    const mnistcnn_train_options *options,
                                    const mcnn_kernels *kernels, const float *weights,
                                    size_t floats, const mcnn_alloc *alloc) {
  *optimizer = (mcnn_optimizer){.alloc = *alloc,
                                .kernels = kernels,
                                .options = options,
                                .floats = floats,
                                .num_slots = slots_of(options->optimizer)};
  for (uint32_t i = 0; i < optimizer->num_slots; i++) {
    optimizer->slots[i] = mcnn_alloc_zeroed(alloc, floats, sizeof(float));
    if (!optimizer->slots[i])
      return MNISTCNN_OUT_OF_MEMORY;
  }
  if (options->average_decay > 0) {
    optimizer->average = mcnn_alloc_array(alloc, floats, sizeof(float));
    if (!optimizer->average)
      return MNISTCNN_OUT_OF_MEMORY;
    memcpy(optimizer->average, weights, floats * sizeof(float));
  }
  return MNISTCNN_OK;
}

void mcnn_optimizer_free(mcnn_optimizer *optimizer) {
  for (uint32_t i = 0; i < MCNN_MAX_SLOTS; i++)
    mcnn_free(&optimizer->alloc, optimizer->slots[i]);
  mcnn_free(&optimizer->alloc, optimizer->average);
}

/* 1 / (1 - beta^t), t from 1: Adam's correction of moments that start at zero. */
static float correction(float beta, uint64_t t) {
  return (float)(1.0 / (1.0 - pow((double)beta, (double)t)));
}

void mcnn_optimizer_begin(mcnn_optimizer *optimizer, uint64_t step, double learning_rate) {
  const mnistcnn_train_options *options = optimizer->options;
  const float warm = (float)((1.0 + (double)step) / (10.0 + (double)step));
  optimizer->learning_rate = (float)learning_rate;
  optimizer->correction1 = correction(options->beta1, step + 1);
  optimizer->correction2 = correction(options->beta2, step + 1);
  optimizer->average_decay = options->average_decay < warm ? options->average_decay : warm;
}

void mcnn_optimizer_update(const mcnn_optimizer *optimizer, int bias, size_t offset,
                           const float *gradient, size_t count, float *weights) {
  const mnistcnn_train_options *o = optimizer->options;
  const mcnn_kernels *kernels = optimizer->kernels;
  const float rate = optimizer->learning_rate;
  const float decay = bias ? 0 : o->weight_decay;
  float *w = weights + offset;
  float *first = optimizer->slots[0] + offset;
  switch (o->optimizer) {
  case MNISTCNN_OPTIMIZER_RMSPROP:
    kernels->rmsprop(count, rate, o->rho, o->epsilon, gradient, first, w);
    break;
  case MNISTCNN_OPTIMIZER_SGD:
    kernels->sgd(count, rate, o->momentum, o->nesterov, decay, gradient, first, w);
    break;
  default:
    kernels->adam(count, rate, o->beta1, o->beta2, o->epsilon,
                  o->optimizer == MNISTCNN_OPTIMIZER_ADAMW ? decay : 0, optimizer->correction1,
                  optimizer->correction2, gradient, first, optimizer->slots[1] + offset, w);
    break;
  }
  if (optimizer->average)
    kernels->average(count, optimizer->average_decay, w, optimizer->average + offset);
}
