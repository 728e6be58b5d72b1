/* What a network's last numbers, its logits, stand for. */
#ifndef MCNN_NN_OUTPUT_H
#define MCNN_NN_OUTPUT_H

#include "kernels/kernels.h"

typedef enum mcnn_output {
  MCNN_OUTPUT_SOFTMAX = 0, /* ends in softmax: one class of all */
  MCNN_OUTPUT_SIGMOID = 1, /* ends in sigmoid: each class by itself */
  MCNN_OUTPUT_LOGITS = 2   /* ends in neither: probabilities are the softmax, too */
} mcnn_output;

/* probabilities[rows][classes] of the logits; in place is fine. */
void mcnn_output_probabilities(mcnn_output output, const mcnn_kernels *kernels, size_t rows,
                               size_t classes, const float *logits, float *probabilities);

#endif
