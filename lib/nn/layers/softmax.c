/* Softmax, which ends a network: x [images][classes] -> probabilities of the same shape. It is
 * computed with the loss in training and with the temperature in prediction, not as an operation of
 * its own. In Keras it is the activation of the last dense layer. */
#include "nn/layers/layers.h"

const mcnn_layer_kind mcnn_layer_softmax = {.id = MNISTCNN_LAYER_SOFTMAX,
                                            .word = "softmax",
                                            .keras_name = "activation",
                                            .keras_type = "Activation",
                                            .is_output = 1};
