#include "nn/layer.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

size_t mcnn_shape_count(mcnn_shape shape) {
  return (size_t)shape.height * shape.width * shape.channels;
}

size_t mcnn_layer_parameter_count(const mcnn_layer *layer) {
  size_t count = 0;
  for (uint32_t i = 0; i < layer->num_parameters; i++)
    count += layer->parameters[i].count;
  return count;
}

static mcnn_parameter *add_parameter(mcnn_layer *layer, const char *name) {
  assert(layer->num_parameters < MCNN_MAX_LAYER_PARAMETERS);
  mcnn_parameter *parameter = &layer->parameters[layer->num_parameters++];
  assert(strlen(name) < sizeof parameter->name);
  memcpy(parameter->name, name, strlen(name) + 1);
  return parameter;
}

/* SIZE_MAX, which is above every limit, where that does not fit. */
static size_t multiply(size_t a, size_t b) {
  size_t product;
  return mcnn_checked_mul(a, b, &product) ? product : SIZE_MAX;
}

static void add_bias(mcnn_layer *layer, uint32_t outputs) {
  mcnn_parameter *bias = add_parameter(layer, "bias");
  bias->rank = 1;
  bias->shape[0] = outputs;
  bias->count = outputs;
}

void mcnn_layer_add_weights(mcnn_layer *layer, uint32_t rank, const uint32_t shape[4],
                            double fan_in, double fan_out) {
  assert(rank >= 1 && rank <= 4);
  mcnn_parameter *kernel = add_parameter(layer, "kernel");
  kernel->rank = rank;
  kernel->count = 1;
  for (uint32_t i = 0; i < rank; i++) {
    kernel->shape[i] = shape[i];
    kernel->count = multiply(kernel->count, shape[i]);
  }
  kernel->is_kernel = 1;
  kernel->fan_in = fan_in;
  kernel->fan_out = fan_out;
  if (!layer->no_bias)
    add_bias(layer, shape[rank - 1]);
}
