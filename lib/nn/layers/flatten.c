/* An image as one vector: x [images][H][W][C] -> y [images][H W C]. NHWC is that vector already, so
 * there is nothing to compute. Behind a global pooling, where networks often have one, it leaves
 * the vector as it is. */
#include "nn/layers/layers.h"

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (layer->is_flat && !reader->before->kind->flattens)
    return mcnn_layer_text_fail(&reader->text, "its input is already flat");
  layer->out = (mcnn_shape){1, 1, (uint32_t)mcnn_shape_count(layer->in)};
  layer->is_flat = 1;
  return MNISTCNN_OK;
}

const mcnn_layer_kind mcnn_layer_flatten = {.id = MNISTCNN_LAYER_FLATTEN,
                                            .word = "flatten",
                                            .keras_name = "flatten",
                                            .keras_type = "Flatten",
                                            .infer = infer};
