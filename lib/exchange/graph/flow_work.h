/* The inside of the flow: what has been put off. */
#ifndef MCNN_EXCHANGE_GRAPH_FLOW_WORK_H
#define MCNN_EXCHANGE_GRAPH_FLOW_WORK_H

#include "exchange/graph/flow.h"
#include "exchange/graph/pointwise.h"

struct mcnn_pointwise {
  mcnn_samples all;     /* as a function of the tensor */
  mcnn_samples own;     /* of its operand, where it has one */
  uint32_t operands[2]; /* values; the second only of a sum */
  uint32_t num_operands, chain;
};

struct mcnn_linear {
  mcnn_tensor input;
  int is_conv;
  mcnn_conv conv;         /* of a convolution; its kernel and bias are those below */
  uint32_t zeros[4];      /* around the input of a convolution */
  size_t inputs, outputs; /* the kernel is [inputs][outputs] */
  const float *kernel, *bias;
};

/* Makes *out the same with each output i times lines[i] plus lines[count + i]; 0 where the constant
 * has not one number for each output. Without memory, 1 and *out as it was. */
int mcnn_linear_scale(mcnn_flow *flow, const mcnn_flow_value *value, const mcnn_array *array,
                      const double *lines, mcnn_flow_value *out);

#endif
