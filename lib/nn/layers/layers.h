/* The kinds of layers there are: their table, and each by name for the plan, which alone knows two
 * at once. */
#ifndef MCNN_NN_LAYERS_LAYERS_H
#define MCNN_NN_LAYERS_LAYERS_H

#include "nn/layer_kind.h"

/* The table of all kinds, by index from 0; NULL behind the last. */
const mcnn_layer_kind *mcnn_layer_kind_at(size_t index);
/* NULL where no kind has this word. */
const mcnn_layer_kind *mcnn_layer_kind_named(const mcnn_word *word);

extern const mcnn_layer_kind mcnn_layer_conv2d;
extern const mcnn_layer_kind mcnn_layer_maxpool2d;
extern const mcnn_layer_kind mcnn_layer_activation;
extern const mcnn_layer_kind mcnn_layer_dropout;
extern const mcnn_layer_kind mcnn_layer_flatten;
extern const mcnn_layer_kind mcnn_layer_dense;
extern const mcnn_layer_kind mcnn_layer_softmax;
extern const mcnn_layer_kind mcnn_layer_avgpool2d;
extern const mcnn_layer_kind mcnn_layer_globalavgpool2d;
extern const mcnn_layer_kind mcnn_layer_globalmaxpool2d;
extern const mcnn_layer_kind mcnn_layer_zeropad2d;
extern const mcnn_layer_kind mcnn_layer_rescale;
extern const mcnn_layer_kind mcnn_layer_spatial_dropout2d;
extern const mcnn_layer_kind mcnn_layer_batch_norm;
extern const mcnn_layer_kind mcnn_layer_add;
extern const mcnn_layer_kind mcnn_layer_depthwise_conv2d;
extern const mcnn_layer_kind mcnn_layer_separable_conv2d;

/* y = (x - mean) scale + shift of a channel in prediction: a batch normalisation's. */
void mcnn_batch_norm_factors(const mcnn_layer *layer, const float *weights, size_t channel,
                             float *mean, float *scale, float *shift);
extern const mcnn_layer_kind mcnn_layer_normalization;

#endif
