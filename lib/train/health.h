/* Notices a network that does not learn, and tells the host's log once, with the likely cause. */
#ifndef MCNN_TRAIN_HEALTH_H
#define MCNN_TRAIN_HEALTH_H

#include "train/state.h"

/* After the forward pass of a step of so many images; sums: of this step. */
void mcnn_health_step(mnistcnn_trainer *trainer, size_t images, const mcnn_loss_sums *sums);

/* After an epoch has been recorded. */
void mcnn_health_end_epoch(mnistcnn_trainer *trainer);

#endif
