/* What a training tells its host, and whether the host wants it to stop. */
#ifndef MCNN_TRAIN_PROGRESS_H
#define MCNN_TRAIN_PROGRESS_H

#include "train/state.h"

/* Means over the sums; NaN where there are no images yet. */
void mcnn_mean_figures(const mcnn_loss_sums *sums, uint32_t classes, double *loss, double *accuracy,
                       double *binary_accuracy);

double mcnn_epoch_seconds(const mnistcnn_trainer *trainer);

/* Of the running epoch, after its last step. */
mnistcnn_progress mcnn_running_progress(const mnistcnn_trainer *trainer);
/* Of a finished epoch, from 1. */
void mcnn_epoch_progress(const mnistcnn_trainer *trainer, uint32_t epoch,
                         mnistcnn_progress *figures);

/* 1 where the host asked to cancel, by its monitor or by mnistcnn_trainer_cancel(). */
int mcnn_cancel_requested(mnistcnn_trainer *trainer);
/* The host's callback, if any. 1 where it, or the host otherwise, asked to cancel. */
int mcnn_call_progress(mnistcnn_trainer *trainer, const mnistcnn_progress *progress);

#endif
