/* The network that weights without one may belong to. */
#ifndef MCNN_EXCHANGE_KERAS_PROPOSAL_H
#define MCNN_EXCHANGE_KERAS_PROPOSAL_H

#include "exchange/keras/keras.h"
#include "exchange/keras/weights.h"

enum { MCNN_KERAS_MAX_GROUPS = 256, MCNN_KERAS_PROPOSAL_TEXT = 384 };

/* The arrays of one layer of the file. Those of nested models are listed under the model, but with
 * the layer's name in theirs. */
typedef struct mcnn_keras_group {
  const char *owner;
  size_t count, arrays[MCNN_KERAS_MAX_ARRAYS]; /* in the list of all arrays */
  int is_used;
} mcnn_keras_group;

typedef struct mcnn_keras_group_list {
  size_t count;
  mcnn_keras_group groups[MCNN_KERAS_MAX_GROUPS];
} mcnn_keras_group_list;

mnistcnn_status mcnn_keras_list_groups(const mcnn_keras_weights *weights, const char *label,
                                       mcnn_keras_group_list *list);

/* The number of "layers/conv2d_3" for "conv2d"; -1 where it is of another class. */
long mcnn_keras_group_number(const char *owner, const char *class_word);

typedef struct mcnn_keras_proposal {
  uint32_t height, width, channels, classes;
  int is_default;                      /* the default network, without doubt */
  char text[MCNN_KERAS_PROPOSAL_TEXT]; /* "": nothing was found */
} mcnn_keras_proposal;

/* Fails where the arrays are no network at all. */
mnistcnn_status mcnn_keras_propose(const mcnn_keras_weights *weights,
                                   const mcnn_keras_group_list *groups,
                                   const mcnn_import_request *request,
                                   mcnn_keras_proposal *proposal);

/* "conv 5x5 of 16, dense 512 to 10, ..." */
void mcnn_keras_describe(const mcnn_keras_weights *weights, const mcnn_keras_group_list *groups,
                         char *text, size_t size);

#endif
