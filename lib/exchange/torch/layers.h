/* The layers that tensors with such names and shapes belong to. */
#ifndef MCNN_EXCHANGE_TORCH_LAYERS_H
#define MCNN_EXCHANGE_TORCH_LAYERS_H

#include "exchange/torch/tensor.h"

enum mcnn_torch_kind { MCNN_TORCH_CONV, MCNN_TORCH_LINEAR, MCNN_TORCH_NORM };

enum { MCNN_TORCH_MAX_LAYERS = 512 };

typedef struct mcnn_torch_layer {
  enum mcnn_torch_kind kind;
  char name[MCNN_TORCH_MAX_NAME];  /* "features.0" */
  const mcnn_torch_tensor *weight; /* of a NORM NULL: it has no scale */
  const mcnn_torch_tensor *bias;   /* NULL: none */
  const mcnn_torch_tensor *mean, *variance;
  int is_used;
} mcnn_torch_layer;

typedef struct mcnn_torch_layers {
  const mcnn_alloc *alloc;
  const char *label;
  int is_sorted; /* as in the list */
  size_t count;
  mcnn_torch_layer *layers;
} mcnn_torch_layers;

/* In the order of the list, which must outlive them. Fails where a tensor belongs to a layer of
 * another kind. What *layers holds is freed with mcnn_torch_layers_free(), also where this fails.
 */
mnistcnn_status mcnn_torch_read_layers(const mcnn_torch_list *list, mcnn_torch_layers *layers);
void mcnn_torch_layers_free(mcnn_torch_layers *layers);

/* Outputs of a convolution or linear layer, channels of a normalisation. */
uint64_t mcnn_torch_outputs(const mcnn_torch_layer *layer);
/* Of a convolution those of one group. */
uint64_t mcnn_torch_inputs(const mcnn_torch_layer *layer);

/* The length of "features." of "features.0"; 0 where there is none. */
size_t mcnn_torch_parent(const char *name);
/* 1 and the number where the name is one behind its parent, as in a Sequential. */
int mcnn_torch_position(const char *name, uint32_t *number);

/* "conv 5x5 1 to 16, linear 784 to 10": the kinds and shapes, cut off where there is no room. */
void mcnn_torch_describe(const mcnn_torch_layers *layers, char *text, size_t size);

#endif
