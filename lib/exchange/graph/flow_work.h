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
  int is_moved;      /* the operand itself, its dimensions in another order */
  const char *place; /* where the file has it, for messages */
  /* Each channel times lines[i] plus lines[count + i], if there is such an axis. */
  const double *lines;
  size_t count;
  uint32_t axis;
};

/* 1 where a function is still to be put together with others, so that it stays one when its
 * dimensions get another order. */
int mcnn_flow_is_open(const mcnn_flow *flow, uint32_t id);
/* That function with the dimensions of `tensor`. */
mnistcnn_status mcnn_flow_move(mcnn_flow *flow, uint32_t in, uint32_t out,
                               const mcnn_tensor *tensor);

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
