/* Means and deviations of the channels, as of images that a network was trained on.
 *   y = (x - mean) / deviation, of each channel or of all; dx = dy / deviation; any shape */
#include "nn/layers/layers.h"

#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Decimals up to another word, at most one a channel; returns how many. Adding 0 makes 0 of -0, so
 * that equal layers have one text. */
static uint32_t read_decimals(mcnn_layer_text *text, float values[MCNN_MAX_NORMALIZED]) {
  uint32_t count = 0;
  while (count < MCNN_MAX_NORMALIZED && mcnn_layer_text_decimal(text, &values[count]))
    values[count++] += 0.0f;
  return count;
}

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  mcnn_layer_text *text = &reader->text;
  layer->normalized = read_decimals(text, layer->mean);
  if (layer->normalized > 0 && mcnn_layer_text_take(text, "/") &&
      read_decimals(text, layer->deviation) == layer->normalized)
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(text, "expected \"normalize MEAN / DEVIATION\" with as many of each, "
                                    "at most 4, as in \"normalize 0.5 / 0.25\"");
}

static void write_decimals(const float *values, uint32_t count,
                           char text[MCNN_LAYER_TEXT_CAPACITY]) {
  for (uint32_t i = 0; i < count; i++) {
    char decimal[MCNN_DECIMAL_CAPACITY] = "";
    const size_t length = strlen(text);
    (void)mcnn_decimal_write(values[i], decimal); /* they were read from decimals */
    (void)snprintf(text + length, MCNN_LAYER_TEXT_CAPACITY - length, " %.20s", decimal);
  }
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "normalize");
  write_decimals(layer->mean, layer->normalized, text);
  (void)snprintf(text + strlen(text), MCNN_LAYER_TEXT_CAPACITY - strlen(text), " /");
  write_decimals(layer->deviation, layer->normalized, text);
}

static int in_range(float value) {
  return value >= MCNN_MIN_SCALE && value <= MCNN_MAX_SCALE;
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (layer->normalized != 1 && layer->normalized != layer->in.channels) {
    return mcnn_layer_text_fail(&reader->text, "there are %u means for %u channels",
                                layer->normalized, layer->in.channels);
  }
  for (uint32_t i = 0; i < layer->normalized; i++) {
    const float mean = fabsf(layer->mean[i]);
    if (!in_range(layer->deviation[i]) || !(in_range(mean) || mean == 0)) {
      return mcnn_layer_text_fail(&reader->text,
                                  "deviations, and the magnitudes of means, are 0.000001 to "
                                  "1000000; a mean may also be 0");
    }
  }
  return MNISTCNN_OK;
}

static void forward(const mcnn_forward *call) {
  const mcnn_layer *layer = call->op->layer;
  call->net->kernels->normalize(call->images * call->op->in_floats, layer->normalized, call->x,
                                layer->mean, layer->deviation, call->y);
}

static void backward(const mcnn_backward *call) {
  static const float zeros[MCNN_MAX_NORMALIZED];
  const mcnn_layer *layer = call->op->layer;
  if (call->dx) {
    call->net->kernels->normalize(call->images * call->op->out_floats, layer->normalized, call->dy,
                                  zeros, layer->deviation, call->dx);
  }
}

const mcnn_layer_kind mcnn_layer_normalization = {.id = MNISTCNN_LAYER_NORMALIZATION,
                                                  .word = "normalize",
                                                  .keras_name = "normalization",
                                                  .keras_type = "Normalization",
                                                  .read = read_text,
                                                  .write = write_text,
                                                  .infer = infer,
                                                  .forward = forward,
                                                  .backward = backward};
