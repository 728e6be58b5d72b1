/* Prediction in 8-bit integers, of the layers that can be computed so. */
#ifndef MCNN_NN_INT8_H
#define MCNN_NN_INT8_H

#include "nn/op.h"

/* Sizes of the packed weights and of a thread's scratch, in 32-bit words. They depend on the
 * architecture and the processor alone, and are 0 where the processor has no such kernels or no
 * layer gains by it. */
size_t mcnn_net_int8_words(const mcnn_net *net);
size_t mcnn_net_int8_scratch_words(const mcnn_net *net);

/* Whether there is such a layer and the net's instruction set has the kernels. */
int mcnn_net_has_int8(const mcnn_net *net);
/* ... which this asks for. */
void mcnn_net_int8_pack(const mcnn_net *net, const float *weights, uint32_t *packed);

typedef struct mcnn_int8_weights {
  const uint32_t *packed; /* from mcnn_net_int8_pack() */
  uint32_t *scratch;
} mcnn_int8_weights;

/* 1 where the op was computed in 8 bits, 0 where it has to be in float32. */
int mcnn_int8_forward(const mcnn_forward *call, const mcnn_int8_weights *weights);

/* How many of the images, from the first on, are so close that rounding might have changed which
 * class comes first. */
size_t mcnn_int8_close_calls(const mcnn_net *net, const float *logits, size_t images);

#endif
