/* Parts of images that are taken, and others that are cut off. */
#ifndef MCNN_EXCHANGE_GRAPH_SLICE_H
#define MCNN_EXCHANGE_GRAPH_SLICE_H

#include "exchange/graph/shape.h"

/* Elements first, first + step, ... of a dimension. */
typedef struct mcnn_slice {
  int64_t first, count, step;
} mcnn_slice;

/* The dimensions of a value, with the zeros around it that are still to be put there. */
mnistcnn_status mcnn_flow_padded_dims(mcnn_flow *flow, uint32_t id, mcnn_dims *dims);

/* dims: of mcnn_flow_padded_dims(); one slice for each of them. */
mnistcnn_status mcnn_flow_slice(mcnn_flow *flow, uint32_t in, uint32_t out, const mcnn_dims *dims,
                                const mcnn_slice *slices);

/* sides: rows and columns that are cut off, as of mcnn_flow_pad(). */
mnistcnn_status mcnn_flow_crop(mcnn_flow *flow, uint32_t in, uint32_t out, const uint32_t sides[4]);

#endif
