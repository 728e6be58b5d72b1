/* The weights of the classes in the loss. */
#ifndef MCNN_TRAIN_CLASS_WEIGHTS_H
#define MCNN_TRAIN_CLASS_WEIGHTS_H

#include "train/state.h"

/* Images of each class; counts[num_classes]. */
void mcnn_count_classes(const mnistcnn_dataset *dataset, size_t *counts);

/* Fills trainer->class_weights, if there are any, and has the options point to them.
 * MNISTCNN_INVALID_ARGUMENT where no image would have a weight. */
mnistcnn_status mcnn_set_class_weights(mnistcnn_trainer *trainer);

#endif
