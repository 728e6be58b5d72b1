/* The order of parameters in training: the flat array of the model, but the kernel of a dense layer
 * with several parts of outputs is [part][inputs][outputs of the part]. Each part is a run of
 * memory that one thread reads and changes step after step, so that it stays in that thread's
 * cache, and panels of it need not be gathered from rows as long as the layer is wide. */
#include "nn/op.h"

#include <string.h>

size_t mcnn_op_part_outputs(const mcnn_op *op, size_t begin) {
  return op->out_floats - begin < op->part ? op->out_floats - begin : op->part;
}

static void kernel_to_parts(const mcnn_op *op, const float *kernel, float *parts) {
  for (size_t begin = 0; begin < op->out_floats; begin += op->part) {
    const size_t outputs = mcnn_op_part_outputs(op, begin);
    for (size_t i = 0; i < op->in_floats; i++, parts += outputs)
      memcpy(parts, kernel + i * op->out_floats + begin, outputs * sizeof *parts);
  }
}

static void kernel_from_parts(const mcnn_op *op, const float *parts, float *kernel) {
  for (size_t begin = 0; begin < op->out_floats; begin += op->part) {
    const size_t outputs = mcnn_op_part_outputs(op, begin);
    for (size_t i = 0; i < op->in_floats; i++, parts += outputs)
      memcpy(kernel + i * op->out_floats + begin, parts, outputs * sizeof *parts);
  }
}

static void reorder(const mcnn_net *net, const float *from, float *to,
                    void (*kernel)(const mcnn_op *op, const float *from, float *to)) {
  memcpy(to, from, net->arch->parameter_floats * sizeof *to);
  for (size_t i = 0; i < net->num_ops; i++) {
    const mcnn_op *op = &net->ops[i];
    if (op->kind == MCNN_OP_DENSE && op->part < op->out_floats)
      kernel(op, from + op->layer->kernel_offset, to + op->layer->kernel_offset);
  }
}

void mcnn_net_to_training(const mcnn_net *net, const float *parameters, float *training) {
  reorder(net, parameters, training, kernel_to_parts);
}

void mcnn_net_from_training(const mcnn_net *net, const float *training, float *parameters) {
  reorder(net, training, parameters, kernel_from_parts);
}
