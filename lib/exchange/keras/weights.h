/* The arrays of a Keras file by layer. Two layouts: "layer_names" and "weight_names" with a group
 * for each layer (.h5 of Keras 1, 2 and 3), and groups by class, layers/conv2d/vars/0
 * (.weights.h5, and in a .keras file). */
#ifndef MCNN_EXCHANGE_KERAS_WEIGHTS_H
#define MCNN_EXCHANGE_KERAS_WEIGHTS_H

#include "exchange/hdf5/hdf5.h"
#include "exchange/keras/graph.h"

typedef struct mcnn_keras_array {
  const char *owner; /* the layer's group: its name, or layers/conv2d */
  const char *name;  /* of the array within: "kernel:0", or "0" */
  const char *path;  /* as the file names it, for messages */
  const mcnn_h5_value *value;
  int is_used;
} mcnn_keras_array;

typedef struct mcnn_keras_weights mcnn_keras_weights;

/* root: of an HDF5 file, which must outlive the weights. MNISTCNN_FORMAT where it holds neither of
 * the layouts. */
mnistcnn_status mcnn_keras_weights_read(mcnn_h5_object *root, const char *label,
                                        const mcnn_alloc *alloc, mcnn_keras_weights **out);
void mcnn_keras_weights_free(mcnn_keras_weights *weights);

/* 1: by name, 0: by class. */
int mcnn_keras_weights_by_name(const mcnn_keras_weights *weights);

/* All arrays, in the order of the file's layers and of each layer's list. */
size_t mcnn_keras_weights_count(const mcnn_keras_weights *weights);
const mcnn_keras_array *mcnn_keras_weights_at(const mcnn_keras_weights *weights, size_t index);

/* By name: the layers, those without arrays too. */
size_t mcnn_keras_weights_num_layers(const mcnn_keras_weights *weights);
const char *mcnn_keras_weights_layer(const mcnn_keras_weights *weights, size_t index);

enum { MCNN_KERAS_MAX_ARRAYS = 8 };

/* Those of one layer of a graph, in their order, and marks them as used. More than `capacity`, or
 * none that can be told to be its own, is an error. count 0 is none. */
mnistcnn_status mcnn_keras_weights_find(mcnn_keras_weights *weights, const mcnn_keras_graph *graph,
                                        const mcnn_keras_layer *layer,
                                        const mcnn_keras_array *found[MCNN_KERAS_MAX_ARRAYS],
                                        size_t *count);

/* "conv2d" for "Conv2D", as Keras makes names of classes. */
void mcnn_keras_snake_case(const char *class_name, char *text, size_t size);

/* 1 for floating-point numbers of any kind, bfloat16 included. */
int mcnn_keras_array_is_float(const mcnn_keras_array *array);
mnistcnn_status mcnn_keras_array_read(const mcnn_keras_array *array, float *floats, size_t count);

/* An array that no layer has taken; NULL: all have been. */
const mcnn_keras_array *mcnn_keras_weights_unused(const mcnn_keras_weights *weights);

#endif
