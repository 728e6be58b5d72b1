/* Softmax, which ends a network: x [images][classes] -> probabilities of the same shape. It is
 * computed with the loss in training and with the temperature in prediction, not as an operation of
 * its own. In Keras it is the last dense layer's activation. */
#include "nn/layers/layers.h"

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  const mcnn_layer *before = reader->before;
  (void)layer;
  if (!before || !before->kind->takes_output)
    return mcnn_layer_text_fail(&reader->text, "softmax must follow a dense layer");
  if (before->activation != MCNN_ACTIVATION_LINEAR) {
    return mcnn_layer_text_fail(&reader->text,
                                "the dense layer before softmax must not have an activation");
  }
  if (before->out.channels != reader->num_classes) {
    return mcnn_layer_text_fail(&reader->text,
                                "the network ends in %u outputs, but there are %u classes",
                                before->out.channels, reader->num_classes);
  }
  return MNISTCNN_OK;
}

const mcnn_layer_kind mcnn_layer_softmax = {.id = MNISTCNN_LAYER_SOFTMAX,
                                            .word = "softmax",
                                            .keras_name = "activation",
                                            .keras_type = "Activation",
                                            .is_output = 1,
                                            .infer = infer};
