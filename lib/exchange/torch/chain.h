/* Layers of a state_dict in the order in which they seem to follow one another. */
#ifndef MCNN_EXCHANGE_TORCH_CHAIN_H
#define MCNN_EXCHANGE_TORCH_CHAIN_H

#include "base/strings.h"
#include "exchange/torch/layers.h"

enum { MCNN_TORCH_MAX_CONVS = 8, MCNN_TORCH_MAX_BLOCKS = 32 };

/* A convolution or linear layer with what belongs to it. */
typedef struct mcnn_torch_block {
  const mcnn_torch_layer *kernel;
  const mcnn_torch_layer *norm; /* NULL: none */
  int is_depthwise;
  int norm_behind_relu;
  /* Layers without weights up to the next one with weights, and up to the norm, where the numbers
   * of a Sequential tell; else -1. */
  int gap, norm_gap;
} mcnn_torch_block;

typedef struct mcnn_torch_chain {
  size_t num_convs, count; /* convolutions stand first */
  mcnn_torch_block blocks[MCNN_TORCH_MAX_BLOCKS];
} mcnn_torch_chain;

/* *found: 0 where the layers make no chain. Batch normalisations whose outputs were not used in
 * training are left out, with a remark in *notes. */
mnistcnn_status mcnn_torch_find_chain(const mcnn_torch_layers *layers, mcnn_strings *notes,
                                      mcnn_torch_chain *chain, int *found);

#endif
