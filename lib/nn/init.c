#include "nn/init.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

/* Numbers that meet in one output: for a convolution those of the whole patch, as Keras counts. */
static double fan_in(const mcnn_layer *layer) {
  const size_t patch = layer->kernel_count / layer->out.channels;
  return (double)patch;
}

static double fan_out(const mcnn_layer *layer) {
  const uint32_t window =
      layer->kind == MNISTCNN_LAYER_CONV2D ? layer->kernel_height * layer->kernel_width : 1;
  return (double)window * layer->out.channels;
}

float mcnn_glorot_limit(const mcnn_layer *layer) {
  return (float)sqrt(6.0 / (fan_in(layer) + fan_out(layer)));
}

float mcnn_he_deviation(const mcnn_layer *layer) {
  return (float)sqrt(2.0 / fan_in(layer));
}

static void fill_kernel(const mcnn_layer *layer, int32_t initializer, mcnn_rng rng, float *kernel) {
  const float limit = mcnn_glorot_limit(layer);
  const float deviation = mcnn_he_deviation(layer);
  for (size_t i = 0; i < layer->kernel_count; i++) {
    kernel[i] = initializer == MNISTCNN_INIT_HE_NORMAL ? deviation * mcnn_rng_normal(&rng)
                                                       : mcnn_rng_range(&rng, -limit, limit);
  }
}

void mcnn_init_weights(const mcnn_arch *arch, int32_t initializer, uint64_t seed, float *weights) {
  uint64_t tensor = 0;
  memset(weights, 0, arch->parameter_floats * sizeof *weights);
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_layer *layer = &arch->layers[i];
    if (layer->kernel_count == 0)
      continue;
    fill_kernel(layer, initializer, mcnn_rng_stream(seed, MCNN_RNG_INIT, tensor, 0),
                weights + layer->kernel_offset);
    tensor += 2; /* its bias is a tensor too */
  }
}
