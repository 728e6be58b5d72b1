/* The values of a graph of operations, as ONNX and LiteRT have it: constants, which are folded, and
 * what depends on the input, which becomes layers. What several operations make together is put off
 * until it is read: the bias that follows a product, zeros around an image, and functions of single
 * numbers, of which an activation may be spelt as many. Those are kept as what they make of some
 * numbers, and recognised by it. */
#ifndef MCNN_EXCHANGE_GRAPH_FLOW_H
#define MCNN_EXCHANGE_GRAPH_FLOW_H

#include "exchange/build/layers.h"
#include "exchange/graph/array.h"

enum mcnn_flow_kind {
  MCNN_FLOW_NONE, /* not computed yet */
  MCNN_FLOW_ARRAY,
  MCNN_FLOW_TENSOR,
  MCNN_FLOW_LINEAR,   /* a convolution or product that may get another bias */
  MCNN_FLOW_POINTWISE /* a function of each number of a tensor */
};

typedef struct mcnn_linear mcnn_linear;
typedef struct mcnn_pointwise mcnn_pointwise;

typedef struct mcnn_flow_value {
  enum mcnn_flow_kind kind;
  uint32_t readers; /* how many operations read it, the network's output included */
  mcnn_array array;
  mcnn_tensor tensor;
  uint32_t pads[4]; /* zeros around the tensor: before and behind, of both spatial dimensions */
  mcnn_linear *linear;
  mcnn_pointwise *pointwise;
} mcnn_flow_value;

typedef struct mcnn_flow {
  mcnn_builder *builder;
  mcnn_flow_value *values;
  uint32_t num_values;
  int channels_first;
} mcnn_flow;

void mcnn_flow_set_array(mcnn_flow *flow, uint32_t id, const mcnn_array *array);
void mcnn_flow_set_tensor(mcnn_flow *flow, uint32_t id, const mcnn_tensor *tensor);
/* The same value by another name. */
mnistcnn_status mcnn_flow_pass(mcnn_flow *flow, uint32_t in, uint32_t out);

/* Makes value `id`, which is no constant, a tensor without zeros around it. */
mnistcnn_status mcnn_flow_settle(mcnn_flow *flow, uint32_t id);

typedef struct mcnn_flow_window {
  uint32_t size[2], stride[2], dilation[2];
  uint32_t pads[4]; /* before and behind in the first spatial dimension, then in the second */
  int same;         /* pads are those of Keras instead: 1, or 2 with the odd one in front */
  int ceil;         /* a last window may reach beyond the image */
} mcnn_flow_window;

/* kernel: [size 0][size 1][inputs of a group][filters]. */
mnistcnn_status mcnn_flow_conv(mcnn_flow *flow, uint32_t in, uint32_t out,
                               const mcnn_flow_window *window, uint32_t groups, uint32_t filters,
                               const float *kernel, const float *bias);
/* On the last dimension. kernel: [inputs][units]. */
mnistcnn_status mcnn_flow_dense(mcnn_flow *flow, uint32_t in, uint32_t out, uint32_t units,
                                const float *kernel, const float *bias);

mnistcnn_status mcnn_flow_max_pool(mcnn_flow *flow, uint32_t in, uint32_t out,
                                   const mcnn_flow_window *window);
/* count_pads: zeros around the image are part of the mean. */
mnistcnn_status mcnn_flow_average_pool(mcnn_flow *flow, uint32_t in, uint32_t out,
                                       const mcnn_flow_window *window, int count_pads);

/* Over height and width. */
mnistcnn_status mcnn_flow_global_pool(mcnn_flow *flow, uint32_t in, uint32_t out, int is_max,
                                      int channels_first, int keep_dims);

/* Of the classes. is_log: logarithms, of which a note tells. */
mnistcnn_status mcnn_flow_softmax(mcnn_flow *flow, uint32_t in, uint32_t out, int is_log);

mnistcnn_status mcnn_flow_pad(mcnn_flow *flow, uint32_t in, uint32_t out, const uint32_t pads[4]);

/* A function of each number; parameters: of `fn`. */
typedef double (*mcnn_unary_fn)(double x, const double parameters[2]);
mnistcnn_status mcnn_flow_unary(mcnn_flow *flow, uint32_t in, uint32_t out, mcnn_unary_fn fn,
                                const double parameters[2]);

/* A slope below 0, the same for all channels or one for each. */
mnistcnn_status mcnn_flow_prelu(mcnn_flow *flow, uint32_t in, uint32_t out,
                                const mcnn_array *slopes);

/* Sum, difference, product, quotient, larger or smaller one; comparisons are 1 or 0. */
mnistcnn_status mcnn_flow_binary(mcnn_flow *flow, uint32_t a, uint32_t b, uint32_t out,
                                 mcnn_binary_fn fn);
double mcnn_flow_add(double a, double b);
double mcnn_flow_subtract(double a, double b);
double mcnn_flow_multiply(double a, double b);
double mcnn_flow_divide(double a, double b);
double mcnn_flow_minimum(double a, double b);
double mcnn_flow_maximum(double a, double b);
double mcnn_flow_greater(double a, double b);
double mcnn_flow_greater_or_equal(double a, double b);
double mcnn_flow_less(double a, double b);
double mcnn_flow_less_or_equal(double a, double b);

/* Each number of `a` where `condition` is not 0, else that of `b`: functions of one tensor, or
 * single numbers. */
mnistcnn_status mcnn_flow_where(mcnn_flow *flow, uint32_t condition, uint32_t a, uint32_t b,
                                uint32_t out);

#endif
