/* Activations by the words they have in architecture texts. */
#ifndef MCNN_NN_ACTIVATION_TEXT_H
#define MCNN_NN_ACTIVATION_TEXT_H

#include "kernels/activation.h"
#include "nn/layer_text.h"

/* Takes the activation that the next word names, or leaves it and returns LINEAR. */
mcnn_activation mcnn_activation_read(mcnn_layer_text *text);

/* The word; "" for LINEAR. */
const char *mcnn_activation_word(mcnn_activation activation);

#endif
