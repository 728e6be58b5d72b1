/* The loss of a batch, with the gradient at the logits: the input of the softmax, or of the sigmoid
 * that the network ends in. */
#ifndef MCNN_NN_LOSS_H
#define MCNN_NN_LOSS_H

#include "nn/output.h"

/* The target of a background image, whose label is MCNN_NO_CLASS, is the uniform distribution, or
 * with a sigmoid none of the classes (outlier exposure: Hendrycks et al. 2019); its weight is 1. */
typedef struct mcnn_loss {
  int32_t kind;          /* MNISTCNN_LOSS_...; with a sigmoid binary cross entropy only */
  float label_smoothing; /* of categorical cross entropy, or with a sigmoid */
  uint32_t classes;
  mcnn_output output;
  const float *class_weights; /* factors of the losses of each class's images; NULL: all 1 */
} mcnn_loss;

/* Sums over images; exact counts, and the loss in double, which depends on the order it is added up
 * in. */
typedef struct mcnn_loss_sums {
  double loss;
  uint64_t images;
  uint64_t background;     /* of these; they count for the loss only */
  uint64_t correct;        /* the most probable class is the right one */
  uint64_t binary_correct; /* outputs on the right side of 1/2, of labelled images * classes */
} mcnn_loss_sums;

/* Adds `rows` images with these probabilities [rows][classes] to the sums. */
void mcnn_loss_add(const mcnn_loss *loss, const float *probabilities, const uint32_t *labels,
                   size_t rows, mcnn_loss_sums *sums);

/* dlogits, for `rows` of the batch's images, = gradient of the batch's mean loss at the
 * logits. */
void mcnn_loss_gradient(const mcnn_loss *loss, size_t batch_images, const float *probabilities,
                        const uint32_t *labels, size_t rows, float *dlogits);

/* into += from */
void mcnn_loss_sums_add(mcnn_loss_sums *into, const mcnn_loss_sums *from);

#endif
