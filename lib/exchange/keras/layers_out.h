/* A model as a list of Keras layers, for export. */
#ifndef MCNN_EXCHANGE_KERAS_LAYERS_OUT_H
#define MCNN_EXCHANGE_KERAS_LAYERS_OUT_H

#include "base/alloc.h"
#include "exchange/json/writer.h"

enum { MCNN_KERAS_MAX_OUT = 640, MCNN_KERAS_NAME = 48, MCNN_KERAS_SETTINGS = 256 };

typedef struct mcnn_keras_out_layer {
  const char *class_name;
  int is_operation; /* of Keras 3, which is no layer */
  char name[MCNN_KERAS_NAME];
  char
      settings[MCNN_KERAS_SETTINGS]; /* members of the configuration, each with a comma before it */
  int32_t layer;                     /* of the model, whose weights it has; -1: none */
  uint32_t num_inputs;
  uint32_t inputs[2]; /* places in the list */
} mcnn_keras_out_layer;

typedef struct mcnn_keras_out_list {
  const mnistcnn_model *model;
  int is_keras_3; /* spellings of Keras 3, otherwise those that Keras 2 knows too */
  int is_tfjs;    /* TensorFlow.js reads it, which has not all of Keras 2 */
  int with_ends;  /* what the model computes beside its layers becomes layers too, so that the
                     input is bytes and the output probabilities */
  int unit;       /* then the input is bytes / 255 */
  int is_chain;   /* each reads the one before it */
  mnistcnn_shape input;
  uint32_t count;
  mcnn_keras_out_layer layers[MCNN_KERAS_MAX_OUT]; /* the first is the InputLayer */
} mcnn_keras_out_list;

/* Fills a list whose model and choices are set. */
mnistcnn_status mcnn_keras_list_layers(mcnn_keras_out_list *list);

/* Puts the layers of what is no chain in the order in which Keras has them. */
mnistcnn_status mcnn_keras_sort_layers(mcnn_keras_out_list *list, const mcnn_alloc *alloc);

/* As a text: the value of "model_config". */
mnistcnn_status mcnn_keras_write_config(mcnn_json_writer *writer, const mcnn_keras_out_list *list);

/* --- weights ---------------------------------------------------------------------------------- */

enum { MCNN_KERAS_NUM_ARRAYS = 8, MCNN_KERAS_OUT_RANK = 4 };

typedef struct mcnn_keras_out_array {
  const char *name; /* "kernel" */
  uint32_t rank;
  uint64_t shape[MCNN_KERAS_OUT_RANK];
  size_t count;
  float *values; /* the caller frees them */
} mcnn_keras_out_array;

/* Array `index`, below MCNN_KERAS_NUM_ARRAYS, in the order in which Keras has them; its values are
 * NULL where the layer has it not, and after a failure. */
mnistcnn_status mcnn_keras_read_array(const mcnn_keras_out_list *list,
                                      const mcnn_keras_out_layer *layer, size_t index,
                                      const mcnn_alloc *alloc, mcnn_keras_out_array *array);

#endif
