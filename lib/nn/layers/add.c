/* The sum of two layers' outputs of one shape (He et al. 2015: a residual block).
 *   y = activation(x + other); dx = dother = dz, dz = dy where y > 0 (ReLU), else 0 */
#include "nn/layers/layers.h"

#include "nn/references.h"

#include <stdio.h>
#include <string.h>

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (!mcnn_layer_text_word(&reader->text))
    return mcnn_layer_text_fail(&reader->text,
                                "expected \"add N\", N layers back, or \"add NAME\"");
  return mcnn_reference_read(reader, &layer->other);
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "add %u", layer->index - layer->other);
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  const mcnn_shape in = layer->in, other = reader->arch->layers[layer->other].out;
  if (in.height == other.height && in.width == other.width && in.channels == other.channels)
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(&reader->text,
                              "%ux%ux%u and the %ux%ux%u of %s cannot be added: a convolution of "
                              "1x1 can bring one to the shape of the other",
                              in.height, in.width, in.channels, other.height, other.width,
                              other.channels, reader->arch->layers[layer->other].name);
}

static void forward(const mcnn_forward *call) {
  const mcnn_op *op = call->op;
  call->net->kernels->add_forward(call->images * op->in_floats, call->x, call->other,
                                  op->activation == MCNN_ACTIVATION_RELU, call->y);
}

static void backward(const mcnn_backward *call) {
  const mcnn_op *op = call->op;
  const size_t floats = call->images * op->in_floats;
  if (!call->dx)
    return;
  if (op->activation == MCNN_ACTIVATION_RELU)
    call->net->kernels->relu_backward(floats, call->y, call->dy, call->dx);
  else
    memcpy(call->dx, call->dy, floats * sizeof *call->dx);
}

const mcnn_layer_kind mcnn_layer_add = {.id = MNISTCNN_LAYER_ADD,
                                        .word = "add",
                                        .arguments = "N|NAME [ACTIVATION]",
                                        .keras_name = "add",
                                        .keras_type = "Add",
                                        .input = MCNN_INPUT_SPATIAL,
                                        .takes_activation = 1,
                                        .read = read_text,
                                        .write = write_text,
                                        .infer = infer,
                                        .forward = forward,
                                        .backward = backward,
                                        .part_floats = mcnn_elementwise_part_floats,
                                        .forward_part = mcnn_elementwise_forward_part};
