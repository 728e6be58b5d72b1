/* A Keras configuration as a list of layers in an order in which each stands behind what it reads.
 * Nested models are put in their place. Read are the forms of Keras 1, 2 and 3. */
#ifndef MCNN_EXCHANGE_KERAS_GRAPH_H
#define MCNN_EXCHANGE_KERAS_GRAPH_H

#include "exchange/json/tree.h"

enum { MCNN_KERAS_MAX_LAYERS = 512, MCNN_KERAS_MAX_INPUTS = 16, MCNN_KERAS_MAX_NESTED = 8 };

/* A model: the outermost, or one that is a layer of another. */
typedef struct mcnn_keras_container {
  const char *name, *class_name;
  uint32_t parent;  /* its index; of the outermost its own, 0 */
  uint32_t ordinal; /* among the layers of the same class of its parent, from 0 */
} mcnn_keras_container;

typedef struct mcnn_keras_layer {
  const char *class_name, *name;
  const char *module; /* of Python; NULL before Keras 2.12 */
  const mcnn_json_value *config;
  const mcnn_json_value *call; /* its inbound node; NULL in a Sequential */
  uint32_t use; /* of a layer that stands in the list several times: from 0, which of its uses */
  uint32_t container;
  uint32_t ordinal; /* among the layers of its class in its container, from 0 */
  uint32_t num_inputs;
  uint32_t inputs[MCNN_KERAS_MAX_INPUTS]; /* layers before it */
} mcnn_keras_layer;

typedef struct mcnn_keras_graph {
  uint32_t num_layers, num_containers;
  mcnn_keras_layer layers[MCNN_KERAS_MAX_LAYERS];
  mcnn_keras_container containers[MCNN_KERAS_MAX_LAYERS];
  uint32_t output; /* the layer that the network ends in */
} mcnn_keras_graph;

/* config: the whole model. Everything points into its tree. The first layer is the input, of class
 * "InputLayer", whether the model names one or not. `label` starts messages. */
mnistcnn_status mcnn_keras_graph_read(const mcnn_json_value *config, const char *label,
                                      mcnn_keras_graph *graph);

/* 1 where this is a Keras class that holds layers. */
int mcnn_keras_is_container(const char *class_name);

#endif
