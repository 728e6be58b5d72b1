/* What the layers have in common that convolve each channel by itself: depthwise and separable
 * convolution. */
#ifndef MCNN_NN_LAYERS_DEPTHWISE_H
#define MCNN_NN_LAYERS_DEPTHWISE_H

#include "nn/layer_kind.h"

/* Output channels of the depthwise convolution: those of the input times the multiplier. */
uint32_t mcnn_depthwise_layer_channels(const mcnn_layer *layer);

/* Sets height and width of layer->out, checks the limits and adds the depthwise kernel. */
mnistcnn_status mcnn_depthwise_infer(const mcnn_layer_reader *reader, mcnn_layer *layer,
                                     const char *kernel);

mcnn_depthwise_geometry mcnn_depthwise_geometry_of(const mcnn_layer *layer,
                                                   mcnn_activation activation);

uint64_t mcnn_depthwise_macs(const mcnn_depthwise_geometry *g);

/* Packed weights begin with the bias, zeros where the layer has none: its floats, and itself. */
size_t mcnn_packed_bias_floats(const mcnn_layer *layer);
void mcnn_pack_bias(const mcnn_layer *layer, const float *weights, float *packed);

#endif
