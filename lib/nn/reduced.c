/* Reduced precision: the wide dense layers of a prediction. The last layer stays in float32 where
 * it is narrow, which costs next to nothing and leaves the probabilities' last sums alone. */
#include "nn/op.h"

enum { LEAST_OUTPUTS = 64 };

/* Where they lie in memory must not depend on the net's instruction set, which may change. */
static const mcnn_reduced_kernels *best_kernels(void) {
  return mcnn_reduced_kernels_for(mcnn_isa_best());
}

int mcnn_op_is_reduced(const mcnn_op *op) {
  return op->kind == MCNN_OP_DENSE && op->dense.outputs >= LEAST_OUTPUTS;
}

/* The pairs of the ops before `end`. */
static size_t packed_pairs(const mcnn_net *net, const mcnn_reduced_kernels *kernels,
                           const mcnn_op *end) {
  size_t pairs = 0;
  for (const mcnn_op *op = net->ops; op < end; op++)
    if (mcnn_op_is_reduced(op))
      pairs += kernels->dense_packed_pairs(&op->dense);
  return pairs;
}

size_t mcnn_net_reduced_pairs(const mcnn_net *net) {
  const mcnn_reduced_kernels *kernels = best_kernels();
  return kernels ? packed_pairs(net, kernels, net->ops + net->num_ops) : 0;
}

size_t mcnn_net_reduced_scratch_pairs(const mcnn_net *net) {
  const mcnn_reduced_kernels *kernels = best_kernels();
  size_t most = 0;
  for (size_t i = 0; kernels && i < net->num_ops; i++)
    if (mcnn_op_is_reduced(&net->ops[i])) {
      const size_t pairs = kernels->dense_scratch_pairs(&net->ops[i].dense);
      most = pairs > most ? pairs : most;
    }
  return most;
}

int mcnn_net_can_reduce(const mcnn_net *net) {
  return net->reduced && packed_pairs(net, net->reduced, net->ops + net->num_ops) > 0;
}

void mcnn_net_reduced_pack(const mcnn_net *net, const float *weights, uint32_t *reduced) {
  const mcnn_reduced_kernels *kernels = net->reduced;
  for (const mcnn_op *op = net->ops; op < net->ops + net->num_ops; op++)
    if (mcnn_op_is_reduced(op))
      kernels->dense_pack(&op->dense, weights + op->layer->kernel_offset,
                          reduced + packed_pairs(net, kernels, op));
}

void mcnn_op_forward_reduced(const mcnn_net *net, const mcnn_op *op, const float *weights,
                             const uint32_t *reduced, const float *x, size_t images, float *y,
                             uint32_t *scratch) {
  const mcnn_reduced_kernels *kernels = net->reduced;
  kernels->dense_forward(&op->dense, reduced + packed_pairs(net, kernels, op),
                         weights + op->layer->bias_offset, x, images, y, scratch);
}
