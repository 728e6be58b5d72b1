/* Activations by the words they have in architecture texts. */
#ifndef MCNN_NN_ACTIVATION_TEXT_H
#define MCNN_NN_ACTIVATION_TEXT_H

#include "kernels/activation.h"
#include "nn/layer_text.h"

int mcnn_activation_is_named(const mcnn_word *word);

/* Takes the activation that the next word names and its parameter, if there is one behind it: else
 * its default, or 0 where it takes none. Another word is left, and the activation LINEAR. */
mnistcnn_status mcnn_activation_read(mcnn_layer_text *text, mcnn_activation *activation,
                                     float *parameter);

/* The word, and the parameter where it is not the default. */
void mcnn_activation_write(mcnn_activation activation, float parameter,
                           char text[MCNN_LAYER_TEXT_CAPACITY]);

/* The word alone. */
const char *mcnn_activation_word(mcnn_activation activation);

#endif
