/* What poolings over windows have in common: their text, shapes and geometry. */
#ifndef MCNN_NN_LAYERS_POOL_H
#define MCNN_NN_LAYERS_POOL_H

#include "nn/layer_kind.h"

/* Of mcnn_layer_kind. */
mnistcnn_status mcnn_pool_read(mcnn_layer_reader *reader, mcnn_layer *layer);
void mcnn_pool_write(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]);
mnistcnn_status mcnn_pool_infer(const mcnn_layer_reader *reader, mcnn_layer *layer);
mcnn_pool_geometry mcnn_pool_geometry_of(const mcnn_layer *layer);
void mcnn_pool_prepare(const mcnn_net *net, mcnn_op *op);
/* None where windows lie side by side, else an element of a window counts as a multiply-add: with
 * stride 1 each input is looked at as often as a window has elements. */
uint64_t mcnn_pool_macs(const mcnn_op *op);

/* Whether the windows lie side by side inside the image: stride = window, and no padding. */
int mcnn_pool_is_tiled(const mcnn_layer *layer);

/* part_floats(): a row. part: the op and the call of the part [begin, end) of y. */
size_t mcnn_pool_part_floats(const mcnn_net *net, const mcnn_op *op);
mcnn_forward mcnn_pool_part(const mcnn_forward *call, size_t begin, size_t end, mcnn_op *part);

#endif
