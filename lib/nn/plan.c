#include "nn/plan.h"

#include "base/sizes.h"
#include "nn/activation_text.h"
#include "nn/layers/layers.h"
#include "nn/layers/pool.h"

#include <stdio.h>

/* --- what is fused ---------------------------------------------------------------------------- */

/* The kernels of convolutions and dense layers know these two. */
static int is_in_kernels(mcnn_activation activation) {
  return activation == MCNN_ACTIVATION_LINEAR || activation == MCNN_ACTIVATION_RELU;
}

/* The activation of layer `index`, without the sigmoid that ends a network: it is computed with the
 * loss and with the temperature. */
static mcnn_activation activation_of(const mcnn_arch *arch, uint32_t index) {
  const int is_output = arch->output == MCNN_OUTPUT_SIGMOID && index + 1 == arch->num_layers;
  return is_output ? MCNN_ACTIVATION_LINEAR : arch->layers[index].activation;
}

/* Whether the layer's activation is an operation of its own behind it. */
static int is_split(const mcnn_arch *arch, uint32_t index) {
  return arch->layers[index].kind->takes_activation && !is_in_kernels(activation_of(arch, index));
}

/* Whether the activation never falls as x grows, so that it makes no difference whether the largest
 * number is found before it or behind it. Where it is flat, which of equals is the largest differs,
 * but none of them has a gradient there. */
static int keeps_order(mcnn_activation activation) {
  switch (activation) {
  case MCNN_ACTIVATION_SWISH:
  case MCNN_ACTIVATION_GELU:
  case MCNN_ACTIVATION_GELU_TANH:
  case MCNN_ACTIVATION_HARD_SWISH:
    return 0;
  default:
    return 1;
  }
}

/* A convolution runs together with the max-pooling layer behind it where the windows lie side by
 * side: the kernel pools its tiles of sums before it stores them, and an activation that is an
 * operation of its own comes after that. NULL: there is none. */
static const mcnn_layer *pool_of(const mcnn_arch *arch, uint32_t index) {
  const mcnn_layer *layer = &arch->layers[index];
  const int pooled = layer->kind == &mcnn_layer_conv2d && keeps_order(layer->activation) &&
                     index + 1 < arch->num_layers && layer[1].kind == &mcnn_layer_maxpool2d &&
                     mcnn_pool_is_tiled(&layer[1]);
  return pooled ? layer + 1 : NULL;
}

static int is_wide(const mcnn_op *op) {
  return op->kind == &mcnn_layer_dense && op->block_n < op->out_floats;
}

static int is_narrow(const mcnn_op *op) {
  return op->kind == &mcnn_layer_dense && op->block_n == op->out_floats;
}

/* A dense layer that is trained in blocks of outputs runs together with a dense layer right behind
 * it that is not: each block is used as inputs of the second one while it is in the cache. */
static void fuse_dense_layers(mcnn_net *net) {
  for (size_t i = net->num_spatial; i + 1 < net->num_ops; i++)
    net->ops[i].fused_with_next = is_wide(&net->ops[i]) && is_narrow(&net->ops[i + 1]);
}

/* --- building --------------------------------------------------------------------------------- */

/* Whether what op `index` is given is the output of a ReLU. */
static uint32_t input_is_relu(const mcnn_op *ops, size_t index) {
  while (index-- > 0)
    if (!ops[index].kind->keeps_relu)
      return ops[index].activation == MCNN_ACTIVATION_RELU;
  return 0;
}

static void add_op(mcnn_net *net, uint32_t index, const mcnn_layer *pool) {
  const mcnn_layer *layer = &net->arch->layers[index];
  mcnn_op *op = &net->ops[net->num_ops];
  *op = (mcnn_op){.kind = layer->kind,
                  .layer = layer,
                  .layer_index = index,
                  .pool = pool,
                  .activation = is_split(net->arch, index) ? MCNN_ACTIVATION_LINEAR
                                                           : activation_of(net->arch, index),
                  .activation_parameter = layer->activation_parameter,
                  .input_is_relu = input_is_relu(net->ops, net->num_ops),
                  .gray = net->gray_input && index == 0,
                  .out_floats = mcnn_shape_count(pool ? pool->out : layer->out)};
  op->in_floats =
      op->gray ? (size_t)layer->in.height * layer->in.width : mcnn_shape_count(layer->in);
  if (op->kind->prepare)
    op->kind->prepare(net, op);
  net->num_ops++;
}

/* The activation of layer `index`, which the op before, with this pooling, does not apply. */
static void add_split_activation(mcnn_net *net, uint32_t index, const mcnn_layer *pool) {
  const mcnn_layer *layer = &net->arch->layers[index];
  const size_t floats = mcnn_shape_count(pool ? pool->out : layer->out);
  net->ops[net->num_ops++] = (mcnn_op){.kind = &mcnn_layer_activation,
                                       .layer = layer,
                                       .layer_index = index,
                                       .pool = pool,
                                       .activation = layer->activation,
                                       .activation_parameter = layer->activation_parameter,
                                       .in_floats = floats,
                                       .out_floats = floats};
}

/* Whether there is anything to compute. */
static int computes(const mcnn_arch *arch, uint32_t index) {
  const mcnn_layer_kind *kind = arch->layers[index].kind;
  const int is_identity =
      kind == &mcnn_layer_activation && activation_of(arch, index) == MCNN_ACTIVATION_LINEAR;
  return kind->forward && !is_identity;
}

size_t mcnn_plan_max_ops(const mcnn_arch *arch) {
  size_t ops = arch->num_layers;
  for (uint32_t i = 0; i < arch->num_layers; i++)
    ops += is_split(arch, i) ? 1 : 0;
  return ops;
}

void mcnn_plan_build(mcnn_net *net) {
  const mcnn_arch *arch = net->arch;
  uint32_t was_flat = 0;
  net->num_ops = net->num_spatial = 0;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_layer *pool = pool_of(arch, i);
    if (computes(arch, i))
      add_op(net, i, pool);
    if (is_split(arch, i))
      add_split_activation(net, i, pool);
    if (arch->layers[i].is_flat && !was_flat)
      net->num_spatial = net->num_ops;
    was_flat = arch->layers[i].is_flat;
    i += pool ? 1 : 0;
  }
  fuse_dense_layers(net);
}

/* --- as text ---------------------------------------------------------------------------------- */

static void write_shape(mcnn_shape shape, uint32_t is_flat, char text[48]) {
  if (is_flat)
    (void)snprintf(text, 48, "%u", shape.channels);
  else
    (void)snprintf(text, 48, "%ux%ux%u", shape.height, shape.width, shape.channels);
}

/* Whether the op is the activation of another layer. */
static int is_split_off(const mcnn_op *op) {
  return op->kind != op->layer->kind;
}

static void write_texts(mcnn_strbuf *text, const char *first, const char *second) {
  mcnn_strbuf_text(text, first);
  mcnn_strbuf_text(text, second);
}

static void write_names(const mcnn_op *op, mcnn_strbuf *text) {
  const char *activation = mcnn_activation_word(op->activation);
  if (is_split_off(op))
    write_texts(text, activation, " of ");
  mcnn_strbuf_text(text, op->layer->name);
  if (op->kind->takes_activation && op->activation != MCNN_ACTIVATION_LINEAR)
    write_texts(text, " + ", activation);
  if (op->pool && !is_split_off(op))
    write_texts(text, " + ", op->pool->name);
}

static void write_op(const mcnn_op *op, size_t number, mcnn_strbuf *text) {
  const mcnn_layer *last = op->pool ? op->pool : op->layer;
  char shape[48];
  mcnn_strbuf_number(text, number);
  mcnn_strbuf_text(text, ": ");
  write_names(op, text);
  write_shape(is_split_off(op) ? last->out : op->layer->in, op->layer->is_flat, shape);
  mcnn_strbuf_text(text, ", ");
  mcnn_strbuf_text(text, shape);
  write_shape(last->out, last->is_flat, shape);
  mcnn_strbuf_text(text, " -> ");
  mcnn_strbuf_text(text, shape);
  if (op->gray)
    mcnn_strbuf_text(text, ", one gray channel for three");
  if (op->kind->only_in_training)
    mcnn_strbuf_text(text, ", in training only");
  if (op->block_n > 0 && op->block_n < op->out_floats) {
    mcnn_strbuf_text(text, ", trained in blocks of ");
    mcnn_strbuf_number(text, op->block_n);
  }
  if (op->fused_with_next)
    mcnn_strbuf_text(text, ", fused with the next in training");
  mcnn_strbuf_text(text, "\n");
}

void mcnn_plan_write(const mcnn_net *net, mcnn_strbuf *text) {
  for (size_t i = 0; i < net->num_ops; i++)
    write_op(&net->ops[i], i + 1, text);
}
