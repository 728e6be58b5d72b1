/* Reduced precision: the wide dense layers of a prediction that follow a ReLU. The last layer stays
 * in float32 where it is narrow, which costs next to nothing and leaves the probabilities' last
 * sums alone. */
#include "nn/op.h"

/* Products are 255 * 127 at most: the sum of as many fits into 32 bits. */
enum { LEAST_OUTPUTS = 64, MOST_INPUTS = 65536 };

/* Where they lie in memory must not depend on the net's instruction set, which may change. */
static const mcnn_int8_kernels *best_kernels(void) {
  return mcnn_int8_kernels_for(mcnn_isa_best());
}

int mcnn_op_is_reduced(const mcnn_op *op) {
  return op->kind == MCNN_OP_DENSE && op->dense.input_is_relu &&
         op->dense.outputs >= LEAST_OUTPUTS && op->dense.inputs <= MOST_INPUTS;
}

/* The words of the ops before `end`. */
static size_t packed_words(const mcnn_net *net, const mcnn_int8_kernels *kernels,
                           const mcnn_op *end) {
  size_t words = 0;
  for (const mcnn_op *op = net->ops; op < end; op++)
    if (mcnn_op_is_reduced(op))
      words += kernels->dense_packed_words(&op->dense);
  return words;
}

size_t mcnn_net_int8_words(const mcnn_net *net) {
  const mcnn_int8_kernels *kernels = best_kernels();
  return kernels ? packed_words(net, kernels, net->ops + net->num_ops) : 0;
}

size_t mcnn_net_int8_scratch_words(const mcnn_net *net) {
  const mcnn_int8_kernels *kernels = best_kernels();
  size_t most = 0;
  for (size_t i = 0; kernels && i < net->num_ops; i++) {
    if (mcnn_op_is_reduced(&net->ops[i])) {
      const size_t words = kernels->dense_scratch_words(&net->ops[i].dense);
      most = words > most ? words : most;
    }
  }
  return most;
}

int mcnn_net_has_int8(const mcnn_net *net) {
  return net->reduced && packed_words(net, net->reduced, net->ops + net->num_ops) > 0;
}

void mcnn_net_int8_pack(const mcnn_net *net, const float *weights, uint32_t *reduced) {
  const mcnn_int8_kernels *kernels = net->reduced;
  for (const mcnn_op *op = net->ops; op < net->ops + net->num_ops; op++) {
    if (mcnn_op_is_reduced(op)) {
      kernels->dense_pack(&op->dense, weights + op->layer->kernel_offset,
                          reduced + packed_words(net, kernels, op));
    }
  }
}

void mcnn_op_forward_reduced(const mcnn_net *net, const mcnn_op *op, const float *weights,
                             const uint32_t *reduced, const float *x, size_t images, float *y,
                             uint32_t *scratch) {
  const mcnn_int8_kernels *kernels = net->reduced;
  kernels->dense_forward(&op->dense, reduced + packed_words(net, kernels, op),
                         weights + op->layer->bias_offset, x, images, y, scratch);
}
