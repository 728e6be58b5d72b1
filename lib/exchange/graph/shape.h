/* Values that get another shape, constants and tensors alike. Dimensions here have the batch in
 * front, which is 1: one image at a time. */
#ifndef MCNN_EXCHANGE_GRAPH_SHAPE_H
#define MCNN_EXCHANGE_GRAPH_SHAPE_H

#include "exchange/graph/flow.h"

typedef struct mcnn_dims {
  int64_t size[MCNN_ARRAY_MAX_RANK + 1];
  uint32_t rank;
} mcnn_dims;

mnistcnn_status mcnn_flow_dims(mcnn_flow *flow, uint32_t id, mcnn_dims *dims);

/* target: -1 is what is left, 0 the dimension of the input there if copies is set, and `batch`,
 * unless it is 0, in front is 1. */
mnistcnn_status mcnn_flow_reshape(mcnn_flow *flow, uint32_t in, uint32_t out,
                                  const mcnn_dims *target, int copies, int64_t batch);
/* The dimensions before `axis` to one, and the others to another. */
mnistcnn_status mcnn_flow_flatten(mcnn_flow *flow, uint32_t in, uint32_t out, uint32_t axis);
/* Without the dimensions of 1 whose bit in `mask` is set; mask 0: all of them but the batch. */
mnistcnn_status mcnn_flow_squeeze(mcnn_flow *flow, uint32_t in, uint32_t out, uint32_t mask);
/* With more dimensions of 1, where bits in `mask` are set. */
mnistcnn_status mcnn_flow_unsqueeze(mcnn_flow *flow, uint32_t in, uint32_t out, uint32_t mask);
/* order: for each new dimension the old one. */
mnistcnn_status mcnn_flow_transpose(mcnn_flow *flow, uint32_t in, uint32_t out,
                                    const uint32_t *order, uint32_t rank);

/* Turns axes, of which negative ones count from the end, to bits; 0 where they are no axes. */
int mcnn_axes_mask(const int64_t *axes, size_t count, uint32_t rank, uint32_t *mask);
/* Checks a permutation of dimensions in the same manner. */
int mcnn_axes_order(const int64_t *axes, uint32_t rank, uint32_t *order);

#endif
