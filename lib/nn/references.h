/* Layers that a text refers to: by how many layers back they are written, or by name. */
#ifndef MCNN_NN_REFERENCES_H
#define MCNN_NN_REFERENCES_H

#include "nn/layer_kind.h"

/* What is written between two commas is counted, from 1. */
enum { MCNN_MAX_WRITTEN = MCNN_MAX_ARCH_BYTES / 2 + 2 };

typedef struct mcnn_references {
  uint16_t layer_of[MCNN_MAX_WRITTEN];  /* whose output it is */
  uint32_t changed_at[MCNN_MAX_LAYERS]; /* what was last to change a layer's output */
} mcnn_references;

/* What is being read is layer `layer`, or the last part of it: an activation that it takes. */
void mcnn_references_add(mcnn_references *references, uint32_t number, uint32_t layer);

/* Reads the next word, "3" or "conv2d_2": the layer that it refers to. */
mnistcnn_status mcnn_reference_read(mcnn_layer_reader *reader, uint32_t *layer);

/* Whether "from" stands behind the first word of a layer's text. */
int mcnn_reference_is_from(const mcnn_layer_text *text);

/* "from REFERENCE" at the end of a layer's text, which is taken off: that layer is its input. */
mnistcnn_status mcnn_reference_read_from(mcnn_layer_reader *reader, mcnn_layer *layer);

/* MNISTCNN_ARCHITECTURE where nothing reads the output of a layer but the last. */
mnistcnn_status mcnn_references_check_used(const mcnn_arch *arch);

#endif
