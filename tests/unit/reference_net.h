/* The whole network once more, as plainly as it can be written, in double and without any of the
 * library's kernels: the independent opinion that gradients and predictions are held against. */
#ifndef REFERENCE_NET_H
#define REFERENCE_NET_H

#include "nn/arch.h"
#include "nn/loss.h"

/* One image through all layers as in prediction: parameters is the flat array as mcnn_arch places
 * it. kept: for a network with one dropout layer, its factor for each unit (0 or 1/(1-rate)); NULL:
 * no dropout. */
void reference_forward(const mcnn_arch *arch, const double *parameters, const double *image,
                       const double *kept, double *probabilities);

/* What a loss leaves behind of each layer, for the next one. */
double **reference_outputs(const mcnn_arch *arch);
void reference_free_outputs(const mcnn_arch *arch, double **outputs);

/* Mean loss over a batch as in training, where batch normalisation is of the batch; kept:
 * [images][units] or NULL. The layers before `first` are not computed again: their outputs are
 * those of the loss before, as neither their parameters nor anything else that they depend on has
 * changed. */
double reference_loss(const mcnn_arch *arch, uint32_t first, const double *parameters,
                      const double *images, const uint32_t *labels, size_t count,
                      const double *kept, const mcnn_loss *loss, double **outputs);

#endif
