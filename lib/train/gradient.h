/* A gradient's way from the backward pass to the optimiser: the L2 penalty's part is added, and the
 * whole is clipped to a norm, where the options say so. */
#ifndef MCNN_TRAIN_GRADIENT_H
#define MCNN_TRAIN_GRADIENT_H

#include "train/state.h"

/* Receives a run of the gradient, as a mcnn_gradient_fn; context: the trainer. The weights are
 * updated at once, unless the gradient is to be clipped: then it is kept. */
void mcnn_gradient_receive(void *context, const mcnn_parameter *parameter, size_t offset,
                           const float *gradient, size_t count);

/* After the last run: clips what was kept and updates the weights. */
void mcnn_gradient_finish(mnistcnn_trainer *trainer);

#endif
