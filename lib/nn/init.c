#include "nn/init.h"

#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <string.h>

typedef enum distribution { UNIFORM, NORMAL, TRUNCATED_NORMAL } distribution;

/* Variance: scale / n, where n is fan_in or the mean of both fans. */
typedef struct initializer_kind {
  distribution distribution;
  double scale;
  int takes_both_fans;
} initializer_kind;

static const initializer_kind kinds[] = {
    [MNISTCNN_INIT_GLOROT_UNIFORM] = {UNIFORM, 1, 1},
    [MNISTCNN_INIT_KAIMING_NORMAL] = {NORMAL, 2, 0},
    [MNISTCNN_INIT_GLOROT_NORMAL] = {TRUNCATED_NORMAL, 1, 1},
    [MNISTCNN_INIT_HE_UNIFORM] = {UNIFORM, 2, 0},
    [MNISTCNN_INIT_HE_NORMAL] = {TRUNCATED_NORMAL, 2, 0},
    [MNISTCNN_INIT_LECUN_UNIFORM] = {UNIFORM, 1, 0},
    [MNISTCNN_INIT_LECUN_NORMAL] = {TRUNCATED_NORMAL, 1, 0},
};

static const initializer_kind *kind_of(int32_t initializer) {
  assert(mcnn_init_exists(initializer));
  return &kinds[initializer];
}

int mcnn_init_exists(int32_t initializer) {
  return initializer >= 0 && (size_t)initializer < sizeof kinds / sizeof kinds[0];
}

float mcnn_init_spread(const mcnn_parameter *kernel, int32_t initializer) {
  const initializer_kind *kind = kind_of(initializer);
  const double n = kind->takes_both_fans ? (kernel->fan_in + kernel->fan_out) / 2 : kernel->fan_in;
  const double factor = kind->distribution == UNIFORM ? 3 : 1; /* limit^2 / variance */
  return (float)sqrt(factor * kind->scale / n);
}

/* The deviation of a standard normal that is truncated at two deviations. */
static const float truncated_deviation = 0.87962566f;

static float truncated_normal(mcnn_rng *rng) {
  float value;
  do
    value = mcnn_rng_normal(rng);
  while (!(fabsf(value) <= 2));
  return value / truncated_deviation;
}

static float draw(distribution kind, float spread, mcnn_rng *rng) {
  switch (kind) {
  case UNIFORM:
    return mcnn_rng_range(rng, -spread, spread);
  case NORMAL:
    return spread * mcnn_rng_normal(rng);
  default:
    return spread * truncated_normal(rng);
  }
}

static void fill_kernel(const mcnn_parameter *kernel, int32_t initializer, mcnn_rng rng,
                        float *values) {
  const distribution kind = kind_of(initializer)->distribution;
  const float spread = mcnn_init_spread(kernel, initializer);
  for (size_t i = 0; i < kernel->count; i++)
    values[i] = draw(kind, spread, &rng);
}

void mcnn_init_weights(const mcnn_arch *arch, int32_t initializer, uint64_t seed, float *weights) {
  uint64_t array = 0;
  memset(weights, 0, arch->parameter_floats * sizeof *weights);
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_layer *layer = &arch->layers[i];
    for (uint32_t j = 0; j < layer->num_parameters; j++, array++) {
      const mcnn_parameter *parameter = &layer->parameters[j];
      for (size_t k = 0; !parameter->is_kernel && k < parameter->count; k++)
        weights[parameter->offset + k] = parameter->initial;
      if (parameter->is_kernel) {
        fill_kernel(parameter, initializer, mcnn_rng_stream(seed, MCNN_RNG_INIT, array, 0),
                    weights + parameter->offset);
      }
    }
  }
}
