/* What a training will take. */
#ifndef MCNN_TRAIN_COST_H
#define MCNN_TRAIN_COST_H

#include "base/cost.h"
#include "nn/net.h"

/* What there is to know of the datasets. */
typedef struct mcnn_train_data {
  size_t images;       /* to train on, those that may be held out of it included */
  uint32_t channels;   /* of them, 1 or 3 */
  int scales_channels; /* 1: gray ones become three different channels */
  int validates;       /* 1: there is a validation dataset */
} mcnn_train_data;

/* Of a trainer of a model of this architecture that computes with this instruction set: the bytes
 * it takes beside model and datasets, steps, validation and checkpoints included, and the
 * multiply-adds of a step of a full batch. options are complete. */
mnistcnn_status mcnn_train_cost(const mcnn_arch *arch, mcnn_isa isa,
                                const mnistcnn_train_options *options, const mcnn_train_data *data,
                                mcnn_cost *cost);

#endif
