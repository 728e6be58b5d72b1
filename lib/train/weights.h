/* The weights of a training: whether they are finite, the last ones that were, and their way into
 * the model. */
#ifndef MCNN_TRAIN_WEIGHTS_H
#define MCNN_TRAIN_WEIGHTS_H

#include "train/state.h"

/* MNISTCNN_NOT_FINITE, without a message, where a weight is infinite or NaN; else keeps a copy of
 * them all. */
mnistcnn_status mcnn_weights_check(mnistcnn_trainer *trainer);

/* Goes back to the copy and ends the training: MNISTCNN_NOT_FINITE with a message on `what`. */
mnistcnn_status mcnn_weights_fail(mnistcnn_trainer *trainer, const char *what);

/* The current weights, or their moving average where there is one, to a model of this
 * architecture. */
void mcnn_weights_copy_out(const mnistcnn_trainer *trainer, mnistcnn_model *model);

/* Brings the model up to date: its weights (their moving average where there is one) and what
 * depends on them. */
void mcnn_weights_publish(const mnistcnn_trainer *trainer);

#endif
