/* A model of an architecture text, with the weights of a state_dict. */
#ifndef MCNN_EXCHANGE_TORCH_FILL_H
#define MCNN_EXCHANGE_TORCH_FILL_H

#include "base/strings.h"
#include "exchange/torch/layers.h"
#include "exchange/torch/torch.h"

typedef struct mcnn_torch_network {
  const char *text;
  uint32_t height, width, channels, classes;
} mcnn_torch_network;

/* Layers of the file are taken in their order, each by a layer of the network of its kind and
 * shape. MNISTCNN_SHAPE_MISMATCH where they do not fit. Marks layers as used; remarks go to
 * *notes. */
mnistcnn_status mcnn_torch_fill(const mcnn_import_request *request,
                                const mcnn_torch_network *network, const mcnn_encoding *encoding,
                                mcnn_torch_layers *layers, mcnn_strings *notes,
                                mnistcnn_model **model);

#endif
