/* Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up in training, so prediction
 * does nothing. A unit that is dropped is a single value of any shape, or in spatial dropout
 * (Tompson et al. 2015) a whole channel of an image, whose neighbours say the same.
 *   y = x / (1 - rate) with probability 1 - rate, else 0; dx = dy / (1 - rate) or 0
 * What is kept of a sample is a function of (seed, layer, step, sample) alone. */
#include "nn/layers/layers.h"

#include "base/decimal.h"
#include "base/rng.h"
#include "base/sizes.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

/* --- the text --------------------------------------------------------------------------------- */

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (mcnn_layer_text_rate(&reader->text, &layer->rate))
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(&reader->text, "expected \"%s RATE\" with 0 <= RATE < 1, as in 0.25",
                              layer->kind->word);
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  char decimal[MCNN_DECIMAL_CAPACITY] = "";
  (void)mcnn_decimal_write(layer->rate, decimal); /* it was read from a decimal, so there is one */
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "%s %s", layer->kind->word, decimal);
}

/* --- running it ------------------------------------------------------------------------------- */

/* Units of one image, each of the values i, i + units, i + 2 units, ... */
static size_t units(const mcnn_op *op) {
  return op->kind == &mcnn_layer_spatial_dropout2d ? op->layer->out.channels : op->out_floats;
}

/* 1 for each unit that is kept. */
static size_t saved_bytes(const mcnn_op *op) {
  return units(op);
}

/* Layers draw from different streams: an odd constant times the layer's number, mixed in. */
static uint64_t layer_seed(const mcnn_op *op, uint64_t seed) {
  return seed ^ (0x9E3779B97F4A7C15u * (op->layer_index + 1u));
}

static float scale_of(const mcnn_op *op) {
  assert(op->layer->rate >= 0 && op->layer->rate < 1);
  return 1.0f / (1.0f - op->layer->rate);
}

/* Random numbers that are drawn at once. */
enum { DRAWN = 256 };

/* A unit is kept where a number of 24 random bits, as a fraction of all of them, is not below the
 * rate. */
static void draw(const mcnn_forward *call, size_t image, uint8_t *kept) {
  const mcnn_op *op = call->op;
  const size_t count = units(op);
  const uint32_t least = (uint32_t)ceilf(op->layer->rate * 0x1p24f);
  uint32_t numbers[DRAWN];
  mcnn_rng rng = mcnn_rng_stream(layer_seed(op, call->seed), MCNN_RNG_DROPOUT, call->step,
                                 call->first_image + image);
  for (size_t at = 0; at < count; at += DRAWN) {
    const size_t few = mcnn_min(count - at, DRAWN);
    mcnn_rng_fill(&rng, call->net->kernels->philox, numbers, few);
    for (size_t i = 0; i < few; i++)
      kept[at + i] = numbers[i] >> 8 >= least;
  }
}

/* One image's values, or their gradients; in place is fine. */
static void drop(const mcnn_kernels *kernels, const mcnn_op *op, const uint8_t *kept,
                 const float *from, float *to) {
  const size_t step = units(op);
  for (size_t at = 0; at < op->out_floats; at += step)
    kernels->dropout(step, kept, scale_of(op), from + at, to + at);
}

static void forward(const mcnn_forward *call) {
  const mcnn_op *op = call->op;
  assert(call->training);
  for (size_t image = 0; image < call->images; image++) {
    const size_t at = image * op->out_floats;
    uint8_t *kept = call->saved + image * units(op);
    draw(call, image, kept);
    drop(call->net->kernels, op, kept, call->x + at, call->y + at);
  }
}

static void backward(const mcnn_backward *call) {
  const mcnn_op *op = call->op;
  for (size_t image = 0; call->dx && image < call->images; image++) {
    const size_t at = image * op->out_floats;
    drop(call->net->kernels, op, call->saved + image * units(op), call->dy + at, call->dx + at);
  }
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

const mcnn_layer_kind mcnn_layer_spatial_dropout2d = {.id = MNISTCNN_LAYER_SPATIAL_DROPOUT2D,
                                                      .word = "spatialdropout",
                                                      .keras_name = "spatial_dropout2d",
                                                      .keras_type = "SpatialDropout2D",
                                                      .input = MCNN_INPUT_SPATIAL,
                                                      .keeps_relu = 1,
                                                      .only_in_training = 1,
                                                      .read = read_text,
                                                      .write = write_text,
                                                      .forward = forward,
                                                      .backward = backward,
                                                      .saved_bytes = saved_bytes};
