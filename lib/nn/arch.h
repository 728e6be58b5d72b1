/* The architecture: a list of layers with their shapes, and the text it is written as. */
#ifndef MCNN_NN_ARCH_H
#define MCNN_NN_ARCH_H

#include "base/alloc.h"
#include "base/limits.h"
#include "base/shape.h"
#include "kernels/activation.h"

typedef struct mcnn_layer {
  int32_t kind; /* MNISTCNN_LAYER_... */
  mcnn_shape in, out;
  uint32_t kernel_height, kernel_width; /* conv2d: kernel; maxpool2d: window */
  uint32_t stride_height, stride_width; /* conv2d: 1; maxpool2d: as the window */
  uint32_t same;                        /* conv2d: 1 for "same" padding */
  mcnn_activation activation;           /* conv2d, dense: what follows, fused */
  float rate;                           /* dropout */
  /* Kernel and bias within the flat parameter array, in floats; the kernel is [KH*KW*IC][OC] or
   * [in][out], the bias [OC] or [out]. Both offsets are multiples of 16 (64 bytes). */
  size_t kernel_offset, kernel_count;
  size_t bias_offset, bias_count;
  char name[32]; /* Keras' numbering: conv2d_1, max_pooling2d_1, activation_1, dropout_1, ... */
} mcnn_layer;

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
 * caller has checked. A ReLU of its own directly behind a conv2d or dense layer is folded into it;
 * "dense N softmax" becomes two layers. The last two layers must be dense with num_classes outputs
 * and no ReLU, then softmax. MNISTCNN_ARCHITECTURE names the layer by number and text. */
mnistcnn_status mcnn_arch_parse(const char *text, mcnn_shape input, uint32_t num_classes,
                                const mcnn_alloc *alloc, mcnn_arch **out);
mnistcnn_status mcnn_arch_clone(const mcnn_arch *arch, const mcnn_alloc *alloc, mcnn_arch **out);
void mcnn_arch_free(mcnn_arch *arch);

/* The normal form of arch->layers, allocated with arch->alloc; NULL with the message set. */
char *mcnn_arch_write(const mcnn_arch *arch);

/* The text of the default architecture for a number of classes, into a buffer of 160 bytes. */
void mcnn_arch_default_text(uint32_t num_classes, char text[160]);

/* Product of the three; arch_parse has made sure that it fits. */
size_t mcnn_shape_count(mcnn_shape shape);

#endif
