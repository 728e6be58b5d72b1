/* A factor and an offset for all values, such as the normalisation that a network begins with.
 *   y = x scale + offset; dx = dy scale; any shape */
#include "nn/layers/layers.h"

#include "base/decimal.h"

#include <math.h>
#include <stdio.h>

/* Adding 0 makes 0 of -0, so that equal layers have one text. */
static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (!mcnn_layer_text_decimal(&reader->text, &layer->scale) ||
      !mcnn_layer_text_decimal(&reader->text, &layer->offset)) {
    return mcnn_layer_text_fail(&reader->text,
                                "expected \"rescale SCALE OFFSET\", as in \"rescale 2 -1\"");
  }
  layer->offset += 0.0f;
  return MNISTCNN_OK;
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  char scale[MCNN_DECIMAL_CAPACITY] = "", offset[MCNN_DECIMAL_CAPACITY] = "";
  (void)mcnn_decimal_write(layer->scale, scale); /* both were read from decimals */
  (void)mcnn_decimal_write(layer->offset, offset);
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "rescale %.24s %.24s", scale, offset);
}

static int in_range(float value) {
  return fabsf(value) >= MCNN_MIN_SCALE && fabsf(value) <= MCNN_MAX_SCALE;
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (in_range(layer->scale) && (in_range(layer->offset) || layer->offset == 0))
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(&reader->text, "the magnitudes of a scale and of an offset are "
                                             "0.000001 to 1000000; an offset may also be 0");
}

static void forward(const mcnn_forward *call) {
  const mcnn_layer *layer = call->op->layer;
  call->net->kernels->scale_f32(call->images * call->op->in_floats, call->x, layer->scale,
                                layer->offset, call->y);
}

static void backward(const mcnn_backward *call) {
  if (call->dx) {
    call->net->kernels->scale_f32(call->images * call->op->out_floats, call->dy,
                                  call->op->layer->scale, 0, call->dx);
  }
}

const mcnn_layer_kind mcnn_layer_rescale = {.id = MNISTCNN_LAYER_RESCALE,
                                            .word = "rescale",
                                            .keras_name = "rescaling",
                                            .keras_type = "Rescaling",
                                            .read = read_text,
                                            .write = write_text,
                                            .infer = infer,
                                            .forward = forward,
                                            .backward = backward,
                                            .part_floats = mcnn_elementwise_part_floats,
                                            .forward_part = mcnn_elementwise_forward_part};
