/* The weights of a training: whether they are finite, the last ones that were, and their way into
 * the model. */
#ifndef MCNN_TRAIN_WEIGHTS_H
#define MCNN_TRAIN_WEIGHTS_H

#include "train/state.h"

/* Without infinities and NaNs. */
int mcnn_all_finite(const float *values, size_t count);

/* MNISTCNN_NOT_FINITE, without a message, where a weight is infinite or NaN; else keeps a copy of
 * them all. */
mnistcnn_status mcnn_weights_check(mnistcnn_trainer *trainer);

/* Goes back to the copy and ends the training: MNISTCNN_NOT_FINITE with a message on `what`. */
mnistcnn_status mcnn_weights_fail(mnistcnn_trainer *trainer, const char *what);

/* The current weights, or their moving average where there is one, in the order of training. */
const float *mcnn_weights_current(const mnistcnn_trainer *trainer);

/* Weights and temperature to a model of this architecture: the current ones, or once the training
 * is over, those of the best epoch if it was kept. */
void mcnn_weights_copy_out(const mnistcnn_trainer *trainer, mnistcnn_model *model);

/* The same to the trainer's own model, with what depends on them. */
void mcnn_weights_publish(const mnistcnn_trainer *trainer);

/* The current ones in any case, as a checkpoint has them. */
void mcnn_weights_publish_current(const mnistcnn_trainer *trainer);

#endif
