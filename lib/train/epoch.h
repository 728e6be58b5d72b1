/* The beginning and the end of an epoch. */
#ifndef MCNN_TRAIN_EPOCH_H
#define MCNN_TRAIN_EPOCH_H

#include "train/state.h"

/* Draws the order of the samples of the next epoch, or of the one that a checkpoint was made in. */
void mcnn_epoch_begin(mnistcnn_trainer *trainer);

/* After an epoch's last step, as often as it takes until *finished: calibrates, validates for a
 * while, and in the end records, and begins the next epoch if there is one. *progress is set unless
 * it has finished. Where it is cancelled (without a message), the next call goes on. */
mnistcnn_status mcnn_epoch_finish(mnistcnn_trainer *trainer, mnistcnn_progress *progress,
                                  int *finished);

#endif
