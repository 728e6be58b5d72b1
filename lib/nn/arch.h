/* The architecture: a list of layers with their shapes, and the text it is written as. */
#ifndef MCNN_NN_ARCH_H
#define MCNN_NN_ARCH_H

#include "base/alloc.h"
#include "nn/layer.h"

typedef struct mcnn_arch {
  mcnn_alloc alloc;
  mcnn_shape input;
  uint32_t num_classes;
  uint32_t num_layers;
  mcnn_layer *layers;
  size_t num_parameters;   /* weights and biases, as Keras counts them */
  size_t parameter_floats; /* length of the flat array, with the gaps of alignment (kept at 0) */
  char *text;              /* normal form: parsing it gives this same architecture */
} mcnn_arch;

/* Parses `text` (grammar: docs/architecture.md) for this input and number of classes, which the
 * caller has checked. An activation as a layer of its own directly behind one that takes an
 * activation becomes that layer's; "dense N softmax" becomes two layers. The last layer must be a
 * softmax. MNISTCNN_ARCHITECTURE names the layer by number and text. */
mnistcnn_status mcnn_arch_parse(const char *text, mcnn_shape input, uint32_t num_classes,
                                const mcnn_alloc *alloc, mcnn_arch **out);
mnistcnn_status mcnn_arch_clone(const mcnn_arch *arch, const mcnn_alloc *alloc, mcnn_arch **out);
void mcnn_arch_free(mcnn_arch *arch);

/* The normal form of arch->layers, allocated with arch->alloc; NULL with the message set. */
char *mcnn_arch_write(const mcnn_arch *arch);

/* The text of the default architecture for a number of classes, into a buffer of 160 bytes. */
void mcnn_arch_default_text(uint32_t num_classes, char text[160]);

#endif
