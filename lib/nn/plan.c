#include "nn/plan.h"

#include "nn/dataflow.h"
#include "nn/layers/layers.h"
#include "nn/layers/pool.h"

/* --- what is fused ---------------------------------------------------------------------------- */

/* The kernels of convolutions and dense layers know these two. */
static int is_in_kernels(mcnn_activation activation) {
  return activation == MCNN_ACTIVATION_LINEAR || activation == MCNN_ACTIVATION_RELU;
}

/* The layer's activation, without the sigmoid that ends a network: it is computed with the loss and
 * with the temperature. */
static mcnn_activation activation_of(const mcnn_arch *arch, const mcnn_layer *layer) {
  const int is_output = arch->output == MCNN_OUTPUT_SIGMOID && layer->index + 1 == arch->num_layers;
  return is_output ? MCNN_ACTIVATION_LINEAR : layer->activation;
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

/* The layer right behind this one where it alone reads this one's output, else NULL. */
static const mcnn_layer *only_reader(const mcnn_arch *arch, const mcnn_layer *layer) {
  const uint32_t next = layer->index + 1;
  return next < arch->num_layers && arch->layers[next].input == layer->index &&
                 mcnn_arch_readers(arch, layer->index) == 1
             ? &arch->layers[next]
             : NULL;
}

/* Behind a layer without an activation, a batch normalisation is another factor of its weights and
 * another bias. NULL: there is none, or it does not fit. */
static const mcnn_layer *norm_of(const mcnn_arch *arch, const mcnn_layer *layer) {
  const mcnn_layer *next = only_reader(arch, layer);
  const int folds = layer->kind->folds_norm && layer->activation == MCNN_ACTIVATION_LINEAR;
  return folds && next && next->kind == &mcnn_layer_batch_norm ? next : NULL;
}

/* A convolution or a batch normalisation runs together with the max-pooling layer behind it, and
 * behind its activation, where the windows lie side by side: the kernel pools its results before it
 * stores them, and an activation that is an operation of its own comes after that. NULL: there is
 * none. */
static const mcnn_layer *pool_of(const mcnn_arch *arch, const mcnn_layer *layer,
                                 const mcnn_layer *last) {
  const mcnn_layer *next = only_reader(arch, last);
  const int pools = layer->kind == &mcnn_layer_conv2d || layer->kind == &mcnn_layer_batch_norm;
  const int pooled = pools && !layer->is_flat && keeps_order(last->activation) && next &&
                     next->kind == &mcnn_layer_maxpool2d && mcnn_pool_is_tiled(next);
  return pooled ? next : NULL;
}

static int is_wide(const mcnn_op *op) {
  return op->kind == &mcnn_layer_dense && op->block_n < op->out_floats;
}

static int is_narrow(const mcnn_op *op) {
  return op->kind == &mcnn_layer_dense && op->block_n == op->out_floats;
}

/* A dense layer that is trained in blocks of outputs runs together with a dense layer right behind
 * it that is not: each block is used as inputs of the second one while it is in the cache. */
static void fuse_dense_layers(mcnn_plan *plan) {
  for (size_t i = plan->num_spatial; i + 1 < plan->num_ops; i++)
    plan->ops[i].fused_with_next = is_wide(&plan->ops[i]) && is_narrow(&plan->ops[i + 1]);
}

/* --- building --------------------------------------------------------------------------------- */

typedef struct builder {
  const mcnn_net *net;
  mcnn_plan *plan;
  int training;
  uint32_t op_of[MCNN_MAX_LAYERS]; /* whose output is that of the layer */
} builder;

/* Whether what `op` is given is the output of a ReLU. */
static uint32_t input_is_relu(const mcnn_plan *plan, uint32_t op) {
  while (op != MCNN_NO_OP && plan->ops[op].kind->keeps_relu)
    op = plan->ops[op].input;
  return op != MCNN_NO_OP && plan->ops[op].activation == MCNN_ACTIVATION_RELU;
}

static uint32_t op_of(const builder *b, uint32_t layer) {
  return layer == MCNN_NO_LAYER ? MCNN_NO_OP : b->op_of[layer];
}

/* Returns its index. The layer runs together with the normalisation and the pooling, if any; its
 * activation is that of `last`, which is the normalisation or the layer itself. */
static uint32_t add_op(builder *b, const mcnn_layer *layer, const mcnn_layer *norm,
                       const mcnn_layer *pool) {
  const mcnn_layer *last = norm ? norm : layer;
  const mcnn_activation activation = activation_of(b->net->arch, last);
  const int in_kernels = is_in_kernels(activation) || layer->kind == &mcnn_layer_activation;
  mcnn_op *op = &b->plan->ops[b->plan->num_ops];
  *op = (mcnn_op){.kind = layer->kind,
                  .layer = layer,
                  .layer_index = layer->index,
                  .pool = pool,
                  .norm = norm,
                  .activation = in_kernels ? activation : MCNN_ACTIVATION_LINEAR,
                  .after = in_kernels || b->training ? MCNN_ACTIVATION_LINEAR : activation,
                  .activation_parameter = last->activation_parameter,
                  .input = op_of(b, layer->input),
                  .other = op_of(b, layer->other),
                  .gray = b->net->gray_input && layer->index == 0,
                  .out_floats = mcnn_shape_count(pool ? pool->out : layer->out)};
  op->input_is_relu = input_is_relu(b->plan, op->input);
  op->in_floats =
      op->gray ? (size_t)layer->in.height * layer->in.width : mcnn_shape_count(layer->in);
  if (op->kind->prepare)
    op->kind->prepare(b->net, op);
  return (uint32_t)b->plan->num_ops++;
}

/* The activation of a layer, which the op before, with this pooling, does not apply in training. */
static uint32_t add_split_activation(builder *b, const mcnn_layer *layer, const mcnn_layer *pool,
                                     uint32_t input) {
  const size_t floats = mcnn_shape_count(pool ? pool->out : layer->out);
  b->plan->ops[b->plan->num_ops] = (mcnn_op){.kind = &mcnn_layer_activation,
                                             .layer = layer,
                                             .layer_index = layer->index,
                                             .pool = pool,
                                             .activation = layer->activation,
                                             .activation_parameter = layer->activation_parameter,
                                             .input = input,
                                             .other = MCNN_NO_OP,
                                             .in_floats = floats,
                                             .out_floats = floats};
  return (uint32_t)b->plan->num_ops++;
}

/* Whether there is anything to compute. */
static int computes(const builder *b, const mcnn_layer *layer) {
  const int is_identity = layer->kind == &mcnn_layer_activation &&
                          activation_of(b->net->arch, layer) == MCNN_ACTIVATION_LINEAR;
  return layer->kind->forward && !is_identity && (b->training || !layer->kind->only_in_training);
}

/* The layer's op, its activation's, and those fused in; returns the last of these layers. */
static const mcnn_layer *add_layer(builder *b, const mcnn_layer *layer) {
  const mcnn_arch *arch = b->net->arch;
  const mcnn_layer *norm = b->training ? NULL : norm_of(arch, layer);
  const mcnn_layer *last = norm ? norm : layer;
  const mcnn_layer *pool = pool_of(arch, layer, last);
  uint32_t op = op_of(b, layer->input);
  if (computes(b, layer))
    op = add_op(b, layer, norm, pool);
  if (b->training && layer->kind->takes_activation && !is_in_kernels(activation_of(arch, layer)))
    op = add_split_activation(b, layer, pool, op);
  last = pool ? pool : last;
  for (uint32_t i = layer->index; i <= last->index; i++)
    b->op_of[i] = op;
  return last;
}

size_t mcnn_plan_max_ops(const mcnn_arch *arch) {
  return (size_t)(MCNN_MAX_OPS / MCNN_MAX_LAYERS) * arch->num_layers;
}

static void build(mcnn_net *net, int training) {
  const mcnn_arch *arch = net->arch;
  mcnn_plan *plan = &net->plans[training];
  builder b = {.net = net, .plan = plan, .training = training};
  uint32_t was_flat = 0;
  plan->num_ops = plan->num_spatial = 0;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_layer *last = add_layer(&b, &arch->layers[i]);
    if (arch->layers[i].is_flat && !was_flat)
      plan->num_spatial = plan->num_ops;
    was_flat = arch->layers[i].is_flat;
    i = last->index;
  }
  fuse_dense_layers(plan);
  mcnn_dataflow_build(plan, training);
}

void mcnn_plan_build(mcnn_net *net) {
  build(net, MCNN_FOR_PREDICTION);
  build(net, MCNN_FOR_TRAINING);
}
