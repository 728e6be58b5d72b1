/* Which epoch is the best, and what follows from a while without a better one: an early stop, and
 * lower learning rates. */
#ifndef MCNN_TRAIN_IMPROVEMENT_H
#define MCNN_TRAIN_IMPROVEMENT_H

#include "train/state.h"

/* Before the first epoch. */
void mcnn_improvement_begin(mcnn_improvement *improvement);

/* Takes note of the epoch that has just been recorded, and keeps its weights if they are the best
 * ones and to be kept. */
void mcnn_improvement_record(mnistcnn_trainer *trainer);

/* The learning rate of a step, counted over all epochs: that of the schedule, and the factors. */
double mcnn_train_rate(const mnistcnn_trainer *trainer, uint64_t step);

/* The learning rate where the schedule's is `scheduled`. */
double mcnn_reduced_rate(const mnistcnn_trainer *trainer, double scheduled);

/* 0: no training has come to this after so many epochs. */
int mcnn_improvement_is_possible(const mcnn_improvement *improvement, uint32_t epochs);

#endif
