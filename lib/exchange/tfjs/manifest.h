/* The weights of a TensorFlow.js model: a list in model.json, and their bytes in other files. */
#ifndef MCNN_EXCHANGE_TFJS_MANIFEST_H
#define MCNN_EXCHANGE_TFJS_MANIFEST_H

#include "exchange/json/tree.h"

enum { MCNN_TFJS_MAX_WEIGHTS = 1024, MCNN_TFJS_MAX_RANK = 6 };

typedef struct mcnn_tfjs_weight {
  const char *name; /* "dense/kernel"; in the tree */
  uint32_t rank;
  uint64_t shape[MCNN_TFJS_MAX_RANK];
  size_t count;
  float *values;
} mcnn_tfjs_weight;

typedef struct mcnn_tfjs_weights {
  const mcnn_alloc *alloc;
  const char *label, *path; /* path: of the model.json */
  size_t count;
  mcnn_tfjs_weight *weights;
} mcnn_tfjs_weights;

/* Reads all weights of the list. Files are read from the folder of `path`, by plain names only.
 * What *weights holds is freed with mcnn_tfjs_free_weights(), also where this fails. */
mnistcnn_status mcnn_tfjs_read_weights(const mcnn_json_value *manifest, mcnn_tfjs_weights *weights);
void mcnn_tfjs_free_weights(mcnn_tfjs_weights *weights);

#endif
