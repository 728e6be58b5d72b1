/* The beginning and the end of an epoch. */
#ifndef MCNN_TRAIN_EPOCH_H
#define MCNN_TRAIN_EPOCH_H

#include "train/state.h"

/* Draws the order of the samples of the next epoch, or of the one that a checkpoint was made in. */
void mcnn_epoch_begin(mnistcnn_trainer *trainer);

/* After an epoch's last step: calibrates, validates, records, and begins the next one if there is
 * one. Where it is cancelled during validation, the epoch stays open, and the next call does this
 * again. */
mnistcnn_status mcnn_epoch_finish(mnistcnn_trainer *trainer);

#endif
