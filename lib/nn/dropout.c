/* Dropout (Srivastava et al. 2014), inverted: kept units are scaled up, so prediction does nothing.
 */
#include "base/rng.h"
#include "nn/op.h"

/* Layers draw from different streams: an odd constant times the layer's number, mixed in. */
static uint64_t layer_seed(const mcnn_op *op, uint64_t seed) {
  return seed ^ (0x9E3779B97F4A7C15u * (op->layer_index + 1u));
}

void mcnn_dropout_forward(const mcnn_op *op, uint64_t seed, uint64_t step, uint64_t sample,
                          const float *x, float *y, uint8_t *kept) {
  mcnn_rng rng = mcnn_rng_stream(layer_seed(op, seed), MCNN_RNG_DROPOUT, step, sample);
  const float rate = op->layer->rate;
  const float scale = 1.0f / (1.0f - rate);
  for (size_t i = 0; i < op->out_floats; i++) {
    kept[i] = mcnn_rng_uniform(&rng) >= rate;
    y[i] = kept[i] ? x[i] * scale : 0.0f;
  }
}

void mcnn_dropout_backward(const mcnn_op *op, const uint8_t *kept, size_t count, const float *dy,
                           float *dx) {
  const float scale = 1.0f / (1.0f - op->layer->rate);
  for (size_t i = 0; i < count; i++)
    dx[i] = kept[i] ? dy[i] * scale : 0.0f;
}
