/* The architecture: a list of layers with their shapes and parameters. */
#ifndef MCNN_NN_ARCH_H
#define MCNN_NN_ARCH_H

#include "base/alloc.h"
#include "nn/layer.h"
#include "nn/output.h"

typedef struct mcnn_arch {
  mcnn_alloc alloc;
  mcnn_shape input;
  uint32_t num_classes;
  mcnn_output output;
  uint32_t num_layers, capacity;
  mcnn_layer *layers;
  size_t num_parameters;   /* weights and biases, as Keras counts them */
  size_t parameter_floats; /* length of the flat array, with the gaps of alignment (kept at 0) */
  char *text;              /* normal form, see arch_text.h */
} mcnn_arch;

/* No fewer layers than the text can have. */
size_t mcnn_arch_capacity(const char *text);
/* How many layers read the output of this one. */
size_t mcnn_arch_readers(const mcnn_arch *arch, uint32_t layer);

/* Room for so many layers; all else is zero. NULL with the message set. */
mcnn_arch *mcnn_arch_new(const mcnn_alloc *alloc, size_t num_layers);
mnistcnn_status mcnn_arch_clone(const mcnn_arch *arch, const mcnn_alloc *alloc, mcnn_arch **out);
void mcnn_arch_free(mcnn_arch *arch);
/* What it took of the allocator when its text was parsed. */
uint64_t mcnn_arch_bytes(const mcnn_arch *arch);

#endif
