/* The table of all kinds of layers. A new kind is one file in this folder and one row here. */
#include "nn/layers/layers.h"

static const mcnn_layer_kind *const kinds[] = {
    &mcnn_layer_conv2d,
    &mcnn_layer_maxpool2d,
    &mcnn_layer_activation,
    &mcnn_layer_dropout,
    &mcnn_layer_flatten,
    &mcnn_layer_dense,
    &mcnn_layer_softmax,
    &mcnn_layer_avgpool2d,
    &mcnn_layer_globalavgpool2d,
    &mcnn_layer_globalmaxpool2d,
    &mcnn_layer_zeropad2d,
    &mcnn_layer_rescale,
    &mcnn_layer_spatial_dropout2d,
    &mcnn_layer_batch_norm,
    &mcnn_layer_add,
    &mcnn_layer_depthwise_conv2d,
    &mcnn_layer_separable_conv2d,
    &mcnn_layer_normalization,
};

enum { NUM_KINDS = sizeof kinds / sizeof kinds[0] };

const mcnn_layer_kind *mcnn_layer_kind_at(size_t index) {
  return index < NUM_KINDS ? kinds[index] : NULL;
}

static int is_named(const mcnn_layer_kind *kind, const mcnn_word *word) {
  return kind->is_named ? kind->is_named(word) : mcnn_word_is(word, kind->word);
}

const mcnn_layer_kind *mcnn_layer_kind_named(const mcnn_word *word) {
  for (size_t i = 0; i < NUM_KINDS; i++)
    if (is_named(kinds[i], word))
      return kinds[i];
  return NULL;
}
