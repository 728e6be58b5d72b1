/* The layers of torch.nn, from what a pickled module says of itself, to architecture text. */
#ifndef MCNN_EXCHANGE_TORCH_MODULE_LAYERS_H
#define MCNN_EXCHANGE_TORCH_MODULE_LAYERS_H

#include "exchange/pickle/pickle.h"
#include "exchange/torch/text.h"

typedef struct mcnn_torch_module_layers {
  const char *label;
  mcnn_torch_text *text;
  int is_flat;      /* a flatten or a global pooling stands before */
  int is_rectified; /* the last layer is a ReLU, or leaves as it is what is one's output */
} mcnn_torch_module_layers;

/* Appends a module with its attributes; `prefix` ("features.0.") is for messages. */
mnistcnn_status mcnn_torch_module_layer(mcnn_torch_module_layers *layers, const char *class_name,
                                        const mcnn_pickle_value *state, const char *prefix);

#endif
