#include "nn/output.h"

#include "kernels/elementwise/softmax.h"

void mcnn_output_probabilities(mcnn_output output, const mcnn_kernels *kernels, size_t rows,
                               size_t classes, const float *logits, float *probabilities) {
  if (output == MCNN_OUTPUT_SIGMOID)
    kernels->activation_forward(MCNN_ACTIVATION_SIGMOID, 0, rows * classes, logits, probabilities);
  else
    mcnn_softmax_rows(rows, classes, logits, probabilities);
}
