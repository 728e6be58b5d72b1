#include "nn/activation_text.h"

static const char words[][5] = {[MCNN_ACTIVATION_LINEAR] = "", [MCNN_ACTIVATION_RELU] = "relu"};

enum { NUM_ACTIVATIONS = sizeof words / sizeof words[0] };

mcnn_activation mcnn_activation_read(mcnn_layer_text *text) {
  for (int i = MCNN_ACTIVATION_LINEAR + 1; i < NUM_ACTIVATIONS; i++)
    if (mcnn_layer_text_take(text, words[i]))
      return (mcnn_activation)i;
  return MCNN_ACTIVATION_LINEAR;
}

const char *mcnn_activation_word(mcnn_activation activation) {
  return words[activation];
}
