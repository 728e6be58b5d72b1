#include "nn/op.h"

#include "base/status.h"

/* A chunk's activations should stay in the second-level cache: 64 Ki floats are 256 KiB. */
enum { CHUNK_FLOATS = 64 * 1024, CHUNK_MAX = 8 };

/* --- building --------------------------------------------------------------------------------- */

static void init_pool(mcnn_op *op, const mcnn_layer *layer) {
  op->kind = MCNN_OP_MAXPOOL2D;
  op->pool = (mcnn_pool_geometry){layer->in.height,     layer->in.width,     layer->in.channels,
                                  layer->kernel_height, layer->kernel_width, layer->stride_height,
                                  layer->stride_width};
}

/* Whether what the ops before op `index` give is that of a ReLU: max-pooling and dropout pass zeros
 * on as zeros, whose gradient the ReLU drops. */
static uint32_t comes_from_relu(const mcnn_op *ops, size_t index) {
  while (index-- > 0) {
    switch (ops[index].kind) {
    case MCNN_OP_MAXPOOL2D:
    case MCNN_OP_DROPOUT:
      break;
    case MCNN_OP_RELU:
      return 1;
    default:
      return ops[index].layer->activation == MCNN_ACTIVATION_RELU;
    }
  }
  return 0;
}

static void init_dense(mcnn_net *net, mcnn_op *op, const mcnn_layer *layer) {
  op->kind = MCNN_OP_DENSE;
  op->dense = (mcnn_dense_geometry){.inputs = layer->in.channels,
                                    .outputs = layer->out.channels,
                                    .x_step = layer->in.channels,
                                    .y_step = layer->out.channels,
                                    .dz_step = layer->out.channels,
                                    .activation = layer->activation,
                                    .input_is_relu = comes_from_relu(net->ops, net->num_ops)};
  /* Two parts are not worth it. */
  op->part =
      op->out_floats > 2 * net->kernels->dense_part ? net->kernels->dense_part : op->out_floats;
}

/* Makes the op of layer `index`; returns how many layers it covers, and 0 ops for those that
 * compute nothing. */
static uint32_t init_op(mcnn_net *net, mcnn_op *op, uint32_t index, size_t *made) {
  const mcnn_arch *arch = net->arch;
  const mcnn_layer *layer = &arch->layers[index];
  const mcnn_layer *next = index + 1 < arch->num_layers ? layer + 1 : NULL;
  op->layer = layer;
  op->layer_index = index;
  op->in_floats = mcnn_shape_count(layer->in);
  op->out_floats = mcnn_shape_count(layer->out);
  *made = 1;
  switch (layer->kind) {
  case MNISTCNN_LAYER_CONV2D:
    if (next && next->kind != MNISTCNN_LAYER_MAXPOOL2D)
      next = NULL;
    mcnn_conv2d_init(op, layer, next, net->gray_input && index == 0);
    return next ? 2 : 1;
  case MNISTCNN_LAYER_MAXPOOL2D:
    init_pool(op, layer);
    return 1;
  case MNISTCNN_LAYER_RELU:
    op->kind = MCNN_OP_RELU;
    return 1;
  case MNISTCNN_LAYER_DROPOUT:
    op->kind = MCNN_OP_DROPOUT;
    return 1;
  case MNISTCNN_LAYER_DENSE:
    init_dense(net, op, layer);
    return 1;
  default:
    *made = 0;
    return 1;
  }
}

static void build_ops(mcnn_net *net) {
  uint32_t index = 0;
  while (index < net->arch->num_layers) {
    size_t made;
    if (net->arch->layers[index].kind == MNISTCNN_LAYER_FLATTEN)
      net->num_spatial = net->num_ops;
    index += init_op(net, &net->ops[net->num_ops], index, &made);
    net->num_ops += made;
  }
}

static void place_packed(mcnn_net *net) {
  for (size_t i = 0; i < net->num_ops; i++) {
    mcnn_op *op = &net->ops[i];
    if (op->kind != MCNN_OP_CONV2D)
      continue;
    for (int training = 0; training <= 1; training++) {
      const size_t floats = mcnn_conv2d_packed_floats(net->kernels, op, training);
      op->packed_offset[training] = net->packed_floats[training];
      net->packed_floats[training] += mcnn_round_up_cache_line(floats);
    }
  }
}

static void measure(mcnn_net *net) {
  const mcnn_shape input = net->arch->input;
  const size_t pixels = (size_t)input.height * input.width;
  net->input_floats = net->gray_input ? pixels : pixels * input.channels;
  net->feature_floats = net->input_floats;
  net->widest_spatial = net->input_floats;
  for (size_t i = 0; i < net->num_spatial; i++) {
    net->feature_floats = net->ops[i].out_floats;
    if (net->feature_floats > net->widest_spatial)
      net->widest_spatial = net->feature_floats;
  }
}

mnistcnn_status mcnn_net_create(const mcnn_arch *arch, mcnn_isa isa, int gray_input,
                                const mcnn_alloc *alloc, mcnn_net **out) {
  mcnn_net *net = mcnn_alloc_zeroed(alloc, 1, sizeof *net);
  *out = NULL;
  if (!net)
    return MNISTCNN_OUT_OF_MEMORY;
  net->alloc = *alloc;
  net->arch = arch;
  net->kernels = mcnn_kernels_for(isa);
  net->reduced = mcnn_int8_kernels_for(isa);
  /* Only a convolution can take the sum of the three; others are given all three channels. */
  net->gray_input = gray_input && arch->layers[0].kind == MNISTCNN_LAYER_CONV2D;
  net->ops = mcnn_alloc_zeroed(alloc, (size_t)arch->num_layers + 1, sizeof *net->ops);
  if (!net->ops) {
    mcnn_net_free(net);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  build_ops(net);
  place_packed(net);
  measure(net);
  *out = net;
  return MNISTCNN_OK;
}

void mcnn_net_free(mcnn_net *net) {
  if (!net)
    return;
  const mcnn_alloc alloc = net->alloc;
  mcnn_free(&alloc, net->ops);
  mcnn_free(&alloc, net);
}

/* --- facts ------------------------------------------------------------------------------------ */

mcnn_isa mcnn_net_isa(const mcnn_net *net) {
  return net->kernels->isa;
}

int mcnn_net_gray_input(const mcnn_net *net) {
  return net->gray_input;
}

size_t mcnn_net_input_floats(const mcnn_net *net) {
  return net->input_floats;
}

size_t mcnn_net_feature_floats(const mcnn_net *net) {
  return net->feature_floats;
}

size_t mcnn_net_packed_floats(const mcnn_net *net) {
  return net->packed_floats[MCNN_FOR_PREDICTION];
}

size_t mcnn_net_chunk(const mcnn_net *net) {
  const size_t fit = CHUNK_FLOATS / (net->widest_spatial ? net->widest_spatial : 1);
  return fit < 1 ? 1 : fit > CHUNK_MAX ? CHUNK_MAX : fit;
}

size_t mcnn_op_scratch_floats(const mcnn_net *net, const mcnn_op *op, size_t images, int training) {
  return op->kind == MCNN_OP_CONV2D ? net->kernels->conv_scratch_floats(&op->conv, images, training)
                                    : 0;
}

/* --- computing -------------------------------------------------------------------------------- */

void mcnn_net_pack_for(const mcnn_net *net, const float *weights, int training, float *packed) {
  for (size_t i = 0; i < net->num_ops; i++)
    if (net->ops[i].kind == MCNN_OP_CONV2D)
      mcnn_conv2d_pack(net->kernels, &net->ops[i], weights, training, packed);
}

void mcnn_net_pack(const mcnn_net *net, const float *weights, float *packed) {
  mcnn_net_pack_for(net, weights, MCNN_FOR_PREDICTION, packed);
}

void mcnn_op_forward(const mcnn_net *net, const mcnn_op *op, const float *weights,
                     const float *packed, int training, const float *x, size_t images, float *y,
                     uint8_t *chosen, float *scratch) {
  const mcnn_kernels *kernels = net->kernels;
  switch (op->kind) {
  case MCNN_OP_CONV2D:
    mcnn_conv2d_forward(kernels, op, weights, packed, training, x, images, y, chosen, scratch);
    break;
  case MCNN_OP_MAXPOOL2D:
    kernels->maxpool_forward(&op->pool, x, images, y, chosen);
    break;
  case MCNN_OP_RELU:
    kernels->relu_forward(images * op->in_floats, x, y);
    break;
  case MCNN_OP_DENSE:
    kernels->dense_forward(&op->dense, weights + op->layer->kernel_offset,
                           weights + op->layer->bias_offset, x, images, y);
    break;
  case MCNN_OP_DROPOUT:
    break;
  }
}
