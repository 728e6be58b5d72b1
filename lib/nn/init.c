#include "nn/init.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

/* Glorot and Bengio 2010 */
float mcnn_glorot_limit(const mcnn_parameter *kernel) {
  return (float)sqrt(6.0 / (kernel->fan_in + kernel->fan_out));
}

/* He et al. 2015 */
float mcnn_he_deviation(const mcnn_parameter *kernel) {
  return (float)sqrt(2.0 / kernel->fan_in);
}

static void fill_kernel(const mcnn_parameter *kernel, int32_t initializer, mcnn_rng rng,
                        float *values) {
  const float limit = mcnn_glorot_limit(kernel);
  const float deviation = mcnn_he_deviation(kernel);
  for (size_t i = 0; i < kernel->count; i++) {
    values[i] = initializer == MNISTCNN_INIT_HE_NORMAL ? deviation * mcnn_rng_normal(&rng)
                                                       : mcnn_rng_range(&rng, -limit, limit);
  }
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
