/* ReLU as a layer of its own, where no layer before it takes an activation.
 *   y = max(0, x); dx = dy where y > 0, else 0; any shape */
#include "nn/layers/layers.h"

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  (void)reader;
  layer->activation = MCNN_ACTIVATION_RELU;
  return MNISTCNN_OK;
}

static void forward(const mcnn_forward *call) {
  call->net->kernels->relu_forward(call->images * call->op->in_floats, call->x, call->y);
}

static void backward(const mcnn_backward *call) {
  if (call->dx) {
    call->net->kernels->relu_backward(call->images * call->op->out_floats, call->y, call->dy,
                                      call->dx);
  }
}

const mcnn_layer_kind mcnn_layer_relu = {.id = MNISTCNN_LAYER_RELU,
                                         .word = "relu",
                                         .keras_name = "activation",
                                         .keras_type = "Activation",
                                         .infer = infer,
                                         .forward = forward,
                                         .backward = backward};
