/* An activation on its own: a layer where none before it takes one, and what the plan makes of the
 * activations of other layers that their kernels do not apply themselves.
 *   y = f(x); dx = dy f'(x); any shape */
#include "nn/layers/layers.h"

#include "nn/activation_text.h"

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  return mcnn_activation_read(&reader->text, &layer->activation, &layer->activation_parameter);
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  mcnn_activation_write(layer->activation, layer->activation_parameter, text);
}

static void forward(const mcnn_forward *call) {
  const mcnn_op *op = call->op;
  call->net->kernels->activation_forward(op->activation, op->activation_parameter,
                                         call->images * op->in_floats, call->x, call->y);
}

static void backward(const mcnn_backward *call) {
  const mcnn_op *op = call->op;
  if (call->dx) {
    call->net->kernels->activation_backward(op->activation, op->activation_parameter,
                                            call->images * op->in_floats, call->x, call->dy,
                                            call->dx);
  }
}

const mcnn_layer_kind mcnn_layer_activation = {.id = MNISTCNN_LAYER_ACTIVATION,
                                               .word = "relu",
                                               .is_named = mcnn_activation_is_named,
                                               .keras_name = "activation",
                                               .keras_type = "Activation",
                                               .read = read_text,
                                               .write = write_text,
                                               .forward = forward,
                                               .backward = backward,
                                               .part_floats = mcnn_elementwise_part_floats,
                                               .forward_part = mcnn_elementwise_forward_part};
