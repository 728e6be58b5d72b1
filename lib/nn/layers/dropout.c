/* Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up in training, so prediction
 * does nothing.
 *   y = x / (1 - rate) with probability 1 - rate, else 0; dx = dy / (1 - rate) or 0; any shape
 * What is kept of a sample is a function of (seed, layer, step, sample) alone. */
#include "nn/layers/layers.h"

#include "base/decimal.h"
#include "base/rng.h"

#include <assert.h>
#include <stdio.h>

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (mcnn_layer_text_rate(&reader->text, &layer->rate))
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(&reader->text,
                              "expected \"dropout RATE\" with 0 <= RATE < 1, as in 0.25");
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  char decimal[MCNN_DECIMAL_CAPACITY] = "";
  (void)mcnn_decimal_write(layer->rate, decimal); /* it was read from a decimal, so there is one */
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "dropout %s", decimal);
}

/* 1 for each unit that is kept. */
static size_t saved_bytes(const mcnn_op *op) {
  return op->out_floats;
}

/* Layers draw from different streams: an odd constant times the layer's number, mixed in. */
static uint64_t layer_seed(const mcnn_op *op, uint64_t seed) {
  return seed ^ (0x9E3779B97F4A7C15u * (op->layer_index + 1u));
}

static void forward_image(const mcnn_forward *call, size_t image) {
  const mcnn_op *op = call->op;
  const float rate = op->layer->rate;
  assert(call->training && rate >= 0 && rate < 1);
  const float scale = 1.0f / (1.0f - rate);
  const float *x = call->x + image * op->out_floats;
  float *y = call->y + image * op->out_floats;
  uint8_t *kept = call->saved + image * op->out_floats;
  mcnn_rng rng = mcnn_rng_stream(layer_seed(op, call->seed), MCNN_RNG_DROPOUT, call->step,
                                 call->first_image + image);
  for (size_t i = 0; i < op->out_floats; i++) {
    kept[i] = mcnn_rng_uniform(&rng) >= rate;
    y[i] = kept[i] ? x[i] * scale : 0.0f;
  }
}

static void forward(const mcnn_forward *call) {
  for (size_t image = 0; image < call->images; image++)
    forward_image(call, image);
}

static void backward(const mcnn_backward *call) {
  const float scale = 1.0f / (1.0f - call->op->layer->rate);
  const size_t count = call->dx ? call->images * call->op->out_floats : 0;
  for (size_t i = 0; i < count; i++)
    call->dx[i] = call->saved[i] ? call->dy[i] * scale : 0.0f;
}

const mcnn_layer_kind mcnn_layer_dropout = {.id = MNISTCNN_LAYER_DROPOUT,
                                            .word = "dropout",
                                            .keras_name = "dropout",
                                            .keras_type = "Dropout",
                                            .keeps_relu = 1,
                                            .only_in_training = 1,
                                            .read = read_text,
                                            .write = write_text,
                                            .forward = forward,
                                            .backward = backward,
                                            .saved_bytes = saved_bytes};
