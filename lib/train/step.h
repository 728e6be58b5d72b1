/* One step of the optimiser: a batch, forward, backward and update. */
#ifndef MCNN_TRAIN_STEP_H
#define MCNN_TRAIN_STEP_H

#include "train/state.h"

/* The next step of the running epoch, which has one left. MNISTCNN_NOT_FINITE ends the training. */
mnistcnn_status mcnn_train_step(mnistcnn_trainer *trainer);

#endif
