#include "nn/layers/fold.h"

#include "base/sizes.h"
#include "nn/layers/layers.h"

size_t mcnn_folded_bias_floats(const mcnn_op *op) {
  return mcnn_round_up_cache_line(op->layer->out.channels);
}

void mcnn_fold_bias(const mcnn_op *op, const float *weights, float *bias) {
  const mcnn_parameter *own = mcnn_layer_parameter_named(op->layer, "bias");
  for (size_t o = 0; o < mcnn_folded_bias_floats(op); o++) {
    const int is_output = o < op->layer->out.channels;
    bias[o] = own && is_output ? weights[own->offset + o] : 0;
    if (op->norm && is_output) {
      float mean, scale, shift;
      mcnn_batch_norm_factors(op->norm, weights, o, &mean, &scale, &shift);
      bias[o] = (float)(((double)bias[o] - (double)mean) * (double)scale + (double)shift);
    }
  }
}

size_t mcnn_folded_kernel_floats(const mcnn_op *op, const mcnn_parameter *kernel) {
  return op->norm ? mcnn_round_up_cache_line(kernel->count) : 0;
}

const float *mcnn_fold_kernel(const mcnn_op *op, const mcnn_parameter *kernel, const float *weights,
                              float *copy) {
  const float *w = weights + kernel->offset;
  const size_t outputs = op->layer->out.channels;
  if (!op->norm)
    return w;
  for (size_t o = 0; o < outputs; o++) {
    float mean, scale, shift;
    mcnn_batch_norm_factors(op->norm, weights, o, &mean, &scale, &shift);
    for (size_t i = o; i < kernel->count; i += outputs)
      copy[i] = w[i] * scale;
  }
  return copy;
}
