/* The kinds of layers there are, for their table (nn/layers.c) and the plan. */
#ifndef MCNN_NN_LAYERS_LAYERS_H
#define MCNN_NN_LAYERS_LAYERS_H

#include "nn/layer_kind.h"

extern const mcnn_layer_kind mcnn_layer_conv2d;
extern const mcnn_layer_kind mcnn_layer_maxpool2d;
extern const mcnn_layer_kind mcnn_layer_relu;
extern const mcnn_layer_kind mcnn_layer_dropout;
extern const mcnn_layer_kind mcnn_layer_flatten;
extern const mcnn_layer_kind mcnn_layer_dense;
extern const mcnn_layer_kind mcnn_layer_softmax;

#endif
