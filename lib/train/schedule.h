/* The learning rate of each step. */
#ifndef MCNN_TRAIN_SCHEDULE_H
#define MCNN_TRAIN_SCHEDULE_H

#include "mnistcnn.h"

/* Of step `step` (from 0) of `total`. */
double mcnn_learning_rate(const mnistcnn_train_options *options, uint64_t step, uint64_t total);

#endif
