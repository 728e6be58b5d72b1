#include "exchange/network/rearrange.h"

float *mcnn_conv_kernel_oihw(const mcnn_network *network, const mcnn_network_op *op,
                             int64_t shape[4]) {
  const size_t inputs = mcnn_network_input(network, op)->channels;
  const size_t window = (size_t)op->window_height * op->window_width;
  /* The channels of one output, and a depthwise kernel's output of one channel. */
  const size_t outputs = op->channels, group_inputs = op->is_depthwise ? 1 : inputs;
  const size_t step = op->is_depthwise ? inputs * op->multiplier : inputs * outputs;
  float *const kernel =
      mcnn_alloc_array(&network->alloc, mcnn_network_kernel_size(network, op), sizeof *kernel);
  shape[0] = (int64_t)outputs;
  shape[1] = (int64_t)group_inputs;
  shape[2] = op->window_height;
  shape[3] = op->window_width;
  if (!kernel)
    return NULL;
  for (size_t o = 0; o < outputs; o++)
    for (size_t i = 0; i < group_inputs; i++)
      for (size_t at = 0; at < window; at++)
        kernel[(o * group_inputs + i) * window + at] = op->kernel[at * step + i * outputs + o];
  return kernel;
}

/* Each number by itself, wherever it is in the vector. */
static int is_elementwise(const mcnn_network_op *op) {
  return op->kind == MCNN_OP_ACTIVATION || (op->kind == MCNN_OP_AFFINE && op->num_scales == 1);
}

int mcnn_flattens_channels_first(const mcnn_network *network, const mcnn_network_op *flatten) {
  const uint32_t index = (uint32_t)(flatten - network->ops);
  for (uint32_t i = index + 1; i < network->count; i++) {
    const mcnn_network_op *const op = &network->ops[i];
    if (op->kind == MCNN_OP_ADD && op->inputs[1] == index)
      return 0;
    if (op->inputs[0] != index || op->kind == MCNN_OP_DENSE)
      continue;
    if (!is_elementwise(op) || !mcnn_flattens_channels_first(network, op))
      return 0;
  }
  return index + 1 < network->count;
}

/* The image that a dense layer reads flattened with its channels first; NULL where it does not. */
static const mcnn_network_op *image_of(const mcnn_network *network, const mcnn_network_op *dense) {
  const mcnn_network_op *op = mcnn_network_input(network, dense);
  while (is_elementwise(op))
    op = mcnn_network_input(network, op);
  return op->kind == MCNN_OP_FLATTEN && mcnn_flattens_channels_first(network, op)
             ? mcnn_network_input(network, op)
             : NULL;
}

float *mcnn_dense_kernel_oi(const mcnn_network *network, const mcnn_network_op *op,
                            int64_t shape[2]) {
  const size_t inputs = mcnn_network_input(network, op)->channels, outputs = op->channels;
  const mcnn_network_op *const image = image_of(network, op);
  const size_t channels = image ? image->channels : 1, pixels = inputs / channels;
  float *const kernel = mcnn_alloc_array(&network->alloc, inputs * outputs, sizeof *kernel);
  shape[0] = (int64_t)outputs;
  shape[1] = (int64_t)inputs;
  for (size_t o = 0; kernel && o < outputs; o++)
    for (size_t i = 0; i < inputs; i++)
      kernel[o * inputs + i % channels * pixels + i / channels] = op->kernel[i * outputs + o];
  return kernel;
}
