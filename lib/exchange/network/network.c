#include "exchange/network/network.h"

#include "base/status.h"
#include "exchange/network/preparation.h"
#include "mnistcnn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct lowering {
  mcnn_network *network;
  uint32_t input;        /* the operation that gives what the first layer reads */
  uint32_t outputs[256]; /* and each layer's output */
  int has_end;
} lowering;

static mnistcnn_status core_failure(mnistcnn_status status) {
  return status == MNISTCNN_OK ? status : mcnn_fail(status, "%s", mnistcnn_last_error());
}

/* --- operations ------------------------------------------------------------------------------- */

/* One that reads *at, whose place *at becomes; NULL where there are too many. */
static mcnn_network_op *add(lowering *w, enum mcnn_op_kind kind, const char *name, uint32_t *at) {
  mcnn_network *const n = w->network;
  if (n->count == MCNN_NETWORK_MAX_OPS) {
    (void)mcnn_fail(MNISTCNN_LIMIT, "more than %d operations", MCNN_NETWORK_MAX_OPS);
    return NULL;
  }
  mcnn_network_op *const op = &n->ops[n->count];
  const mcnn_network_op *const input = &n->ops[*at];
  *op = (mcnn_network_op){.kind = kind,
                          .inputs = {*at, 0},
                          .height = input->height,
                          .width = input->width,
                          .channels = input->channels,
                          .is_flat = input->is_flat,
                          .stride_height = 1,
                          .stride_width = 1,
                          .dilation_height = 1,
                          .dilation_width = 1};
  if (name)
    (void)snprintf(op->name, sizeof op->name, "%s", name);
  else
    (void)snprintf(op->name, sizeof op->name, "added_%u", n->count);
  *at = n->count++;
  return op;
}

static mnistcnn_status added(const mcnn_network_op *op) {
  return op ? MNISTCNN_OK : MNISTCNN_LIMIT;
}

static mnistcnn_status add_affine(lowering *w, const char *name, const float *scale,
                                  const float *offset, uint32_t channels, uint32_t *at) {
  int is_nothing = 1, is_one = 1;
  for (uint32_t c = 0; c < channels; c++) {
    is_nothing = is_nothing && scale[c] == 1 && offset[c] == 0;
    is_one = is_one && scale[c] == scale[0] && offset[c] == offset[0];
  }
  if (is_nothing)
    return MNISTCNN_OK;
  mcnn_network_op *const op = add(w, MCNN_OP_AFFINE, name, at);
  if (op) {
    op->num_scales = is_one ? 1 : channels;
    memcpy(op->scale, scale, op->num_scales * sizeof *scale);
    memcpy(op->offset, offset, op->num_scales * sizeof *offset);
  }
  return added(op);
}

static mnistcnn_status add_activation(lowering *w, const mnistcnn_layer_info *l, uint32_t *at) {
  if (l->activation == MNISTCNN_ACTIVATION_LINEAR)
    return MNISTCNN_OK;
  mcnn_network_op *const op = add(w, MCNN_OP_ACTIVATION, l->name, at);
  if (op) {
    if (l->kind != MNISTCNN_LAYER_ACTIVATION)
      (void)snprintf(op->name, sizeof op->name, "%s_activation", l->name);
    op->activation = l->activation;
    op->parameter = l->activation_parameter;
  }
  return added(op);
}

/* In front of the softmax or sigmoid at the end. */
static mnistcnn_status add_temperature(lowering *w, uint32_t *at) {
  const float scale = 1 / mnistcnn_model_temperature(w->network->model), offset = 0;
  return add_affine(w, NULL, &scale, &offset, 1, at);
}

static mnistcnn_status add_softmax(lowering *w, const char *name, uint32_t *at) {
  const mnistcnn_status status = add_temperature(w, at);
  return status == MNISTCNN_OK ? added(add(w, MCNN_OP_SOFTMAX, name, at)) : status;
}

/* --- weights ---------------------------------------------------------------------------------- */

/* An array of a layer; NULL where the layer has none. */
static mnistcnn_status read_array(lowering *w, uint32_t layer, int32_t which,
                                  const float **values) {
  mcnn_network *const n = w->network;
  size_t count = 0;
  *values = NULL;
  if (mnistcnn_model_weights(n->model, layer, which, NULL, 0, &count) != MNISTCNN_OK)
    return MNISTCNN_OK;
  float *const block = mcnn_alloc_array(&n->alloc, count, sizeof *block);
  if (!block)
    return MNISTCNN_OUT_OF_MEMORY;
  n->arrays[n->num_arrays++] = block;
  *values = block;
  return core_failure(mnistcnn_model_weights(n->model, layer, which, block, count, &count));
}

/* --- windows ---------------------------------------------------------------------------------- */

/* Keras' "same": as much below and to the right as above and to the left, or one more. */
static void pad_as_same(uint32_t size, uint32_t output, uint32_t window, uint32_t stride,
                        uint32_t dilation, uint32_t *before, uint32_t *after) {
  const uint32_t reach = (window - 1) * dilation + 1, used = (output - 1) * stride + reach;
  const uint32_t pad = used > size ? used - size : 0;
  *before = pad / 2;
  *after = pad - pad / 2;
}

static void set_window(mcnn_network_op *op, const mnistcnn_layer_info *l,
                       const mcnn_network_op *input) {
  op->window_height = l->kernel_shape[0];
  op->window_width = l->kernel_shape[1];
  op->stride_height = l->stride_height;
  op->stride_width = l->stride_width;
  op->dilation_height = l->dilation_height > 0 ? l->dilation_height : 1;
  op->dilation_width = l->dilation_width > 0 ? l->dilation_width : 1;
  op->height = l->output_height;
  op->width = l->output_width;
  if (l->padding != MNISTCNN_PADDING_SAME)
    return;
  pad_as_same(input->height, op->height, op->window_height, op->stride_height, op->dilation_height,
              &op->pad_top, &op->pad_bottom);
  pad_as_same(input->width, op->width, op->window_width, op->stride_width, op->dilation_width,
              &op->pad_left, &op->pad_right);
}

static mcnn_network_op *add_window(lowering *w, enum mcnn_op_kind kind,
                                   const mnistcnn_layer_info *l, uint32_t *at) {
  const uint32_t input = *at;
  mcnn_network_op *const op = add(w, kind, l->name, at);
  if (op)
    set_window(op, l, &w->network->ops[input]);
  return op;
}

/* --- layers ----------------------------------------------------------------------------------- */

static mnistcnn_status add_conv(lowering *w, const mnistcnn_layer_info *l, uint32_t index,
                                uint32_t *at) {
  mcnn_network_op *const op = add_window(w, MCNN_OP_CONV, l, at);
  if (!op)
    return MNISTCNN_LIMIT;
  op->channels = l->output_channels;
  op->is_depthwise = l->kind == MNISTCNN_LAYER_DEPTHWISE_CONV2D;
  op->multiplier = op->is_depthwise ? l->kernel_shape[3] : 0;
  const mnistcnn_status status = read_array(w, index, MNISTCNN_WEIGHTS_KERNEL, &op->kernel);
  return status == MNISTCNN_OK ? read_array(w, index, MNISTCNN_WEIGHTS_BIAS, &op->bias) : status;
}

static mnistcnn_status add_separable(lowering *w, const mnistcnn_layer_info *l, uint32_t index,
                                     uint32_t *at) {
  mcnn_network_op *const depthwise = add_window(w, MCNN_OP_CONV, l, at);
  if (!depthwise)
    return MNISTCNN_LIMIT;
  depthwise->is_depthwise = 1;
  depthwise->multiplier = l->kernel_shape[3];
  depthwise->channels = l->kernel_shape[2] * l->kernel_shape[3];
  (void)snprintf(depthwise->name, sizeof depthwise->name, "%s_depthwise", l->name);
  mnistcnn_status status =
      read_array(w, index, MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL, &depthwise->kernel);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_network_op *const pointwise = add(w, MCNN_OP_CONV, l->name, at);
  if (!pointwise)
    return MNISTCNN_LIMIT;
  pointwise->window_height = pointwise->window_width = 1;
  pointwise->channels = l->output_channels;
  status = read_array(w, index, MNISTCNN_WEIGHTS_POINTWISE_KERNEL, &pointwise->kernel);
  return status == MNISTCNN_OK ? read_array(w, index, MNISTCNN_WEIGHTS_BIAS, &pointwise->bias)
                               : status;
}

static mnistcnn_status add_dense(lowering *w, const mnistcnn_layer_info *l, uint32_t index,
                                 uint32_t *at) {
  mcnn_network_op *const op = add(w, MCNN_OP_DENSE, l->name, at);
  if (!op)
    return MNISTCNN_LIMIT;
  op->channels = l->output_channels;
  const mnistcnn_status status = read_array(w, index, MNISTCNN_WEIGHTS_KERNEL, &op->kernel);
  return status == MNISTCNN_OK ? read_array(w, index, MNISTCNN_WEIGHTS_BIAS, &op->bias) : status;
}

static mnistcnn_status add_norm(lowering *w, const mnistcnn_layer_info *l, uint32_t index,
                                uint32_t *at) {
  mcnn_network_op *const op = add(w, MCNN_OP_BATCH_NORM, l->name, at);
  if (!op)
    return MNISTCNN_LIMIT;
  op->epsilon = l->epsilon;
  op->momentum = l->momentum;
  mnistcnn_status status = read_array(w, index, MNISTCNN_WEIGHTS_GAMMA, &op->gamma);
  if (status == MNISTCNN_OK)
    status = read_array(w, index, MNISTCNN_WEIGHTS_BETA, &op->beta);
  if (status == MNISTCNN_OK)
    status = read_array(w, index, MNISTCNN_WEIGHTS_MOVING_MEAN, &op->mean);
  return status == MNISTCNN_OK
             ? read_array(w, index, MNISTCNN_WEIGHTS_MOVING_VARIANCE, &op->variance)
             : status;
}

static mnistcnn_status add_normalization(lowering *w, const mnistcnn_layer_info *l, uint32_t *at) {
  float scale[4], offset[4];
  for (uint32_t c = 0; c < 4; c++) {
    scale[c] = 1 / l->deviation[c];
    offset[c] = -l->mean[c] / l->deviation[c];
  }
  /* More channels than four have one pair for all. */
  return add_affine(w, l->name, scale, offset, l->output_channels <= 4 ? l->output_channels : 1,
                    at);
}

static mnistcnn_status add_flat(lowering *w, enum mcnn_op_kind kind, const mnistcnn_layer_info *l,
                                uint32_t *at) {
  mcnn_network_op *const op = add(w, kind, l->name, at);
  if (op) {
    op->height = op->width = 1;
    op->channels = l->output_channels;
    op->is_flat = 1;
  }
  return added(op);
}

static mnistcnn_status add_zeros(lowering *w, const mnistcnn_layer_info *l, uint32_t *at) {
  mcnn_network_op *const op = add(w, MCNN_OP_ZERO_PAD, l->name, at);
  if (op) {
    op->pad_top = l->pad_top;
    op->pad_bottom = l->pad_bottom;
    op->pad_left = l->pad_left;
    op->pad_right = l->pad_right;
    op->height = l->output_height;
    op->width = l->output_width;
  }
  return added(op);
}

static mnistcnn_status add_sum(lowering *w, const mnistcnn_layer_info *l, uint32_t *at) {
  mcnn_network_op *const op = add(w, MCNN_OP_ADD, l->name, at);
  if (op)
    op->inputs[1] = l->other < 0 ? w->input : w->outputs[l->other];
  return added(op);
}

static mnistcnn_status add_kind(lowering *w, const mnistcnn_layer_info *l, uint32_t index,
                                uint32_t *at) {
  switch (l->kind) {
  case MNISTCNN_LAYER_CONV2D:
  case MNISTCNN_LAYER_DEPTHWISE_CONV2D:
    return add_conv(w, l, index, at);
  case MNISTCNN_LAYER_SEPARABLE_CONV2D:
    return add_separable(w, l, index, at);
  case MNISTCNN_LAYER_MAXPOOL2D:
    return added(add_window(w, MCNN_OP_MAX_POOL, l, at));
  case MNISTCNN_LAYER_AVGPOOL2D:
    return added(add_window(w, MCNN_OP_AVERAGE_POOL, l, at));
  case MNISTCNN_LAYER_DENSE:
    return add_dense(w, l, index, at);
  case MNISTCNN_LAYER_BATCH_NORM:
    return add_norm(w, l, index, at);
  case MNISTCNN_LAYER_GLOBAL_AVGPOOL2D:
    return add_flat(w, MCNN_OP_GLOBAL_AVERAGE_POOL, l, at);
  case MNISTCNN_LAYER_GLOBAL_MAXPOOL2D:
    return add_flat(w, MCNN_OP_GLOBAL_MAX_POOL, l, at);
  case MNISTCNN_LAYER_FLATTEN:
    return add_flat(w, MCNN_OP_FLATTEN, l, at);
  case MNISTCNN_LAYER_ZEROPAD2D:
    return add_zeros(w, l, at);
  case MNISTCNN_LAYER_RESCALE:
    return add_affine(w, l->name, &l->scale, &l->offset, 1, at);
  case MNISTCNN_LAYER_NORMALIZATION:
    return add_normalization(w, l, at);
  case MNISTCNN_LAYER_ADD:
    return add_sum(w, l, at);
  case MNISTCNN_LAYER_SOFTMAX:
    return add_softmax(w, l->name, at);
  case MNISTCNN_LAYER_DROPOUT:
  case MNISTCNN_LAYER_SPATIAL_DROPOUT2D:
  case MNISTCNN_LAYER_ACTIVATION:
    return MNISTCNN_OK;
  default:
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: this kind of layer cannot be exported", l->name);
  }
}

static mnistcnn_status add_layer(lowering *w, uint32_t index) {
  mnistcnn_layer_info l = MNISTCNN_LAYER_INFO_INIT;
  mnistcnn_status status = core_failure(mnistcnn_model_layer_info(w->network->model, index, &l));
  if (status != MNISTCNN_OK)
    return status;
  uint32_t at = l.input < 0 ? w->input : w->outputs[l.input];
  const int ends_in_sigmoid = index + 1 == mnistcnn_model_num_layers(w->network->model) &&
                              l.activation == MNISTCNN_ACTIVATION_SIGMOID;
  w->has_end = ends_in_sigmoid || l.kind == MNISTCNN_LAYER_SOFTMAX;
  status = add_kind(w, &l, index, &at);
  if (status == MNISTCNN_OK && ends_in_sigmoid)
    status = add_temperature(w, &at);
  if (status == MNISTCNN_OK)
    status = add_activation(w, &l, &at);
  w->outputs[index] = at;
  return status;
}

/* --- all -------------------------------------------------------------------------------------- */

static mnistcnn_status add_preparation(lowering *w, int unit, uint32_t *at) {
  float scale[3], offset[3];
  const mnistcnn_status status = mcnn_input_affine(w->network->model, unit, scale, offset);
  return status == MNISTCNN_OK ? add_affine(w, "input_rescaling", scale, offset,
                                            w->network->ops[0].channels == 3 ? 3 : 1, at)
                               : status;
}

static mnistcnn_status lower(lowering *w, int unit) {
  mcnn_network *const n = w->network;
  mnistcnn_shape shape;
  const uint32_t layers = mnistcnn_model_num_layers(n->model);
  mnistcnn_status status = core_failure(mnistcnn_model_input_shape(n->model, &shape));
  if (status != MNISTCNN_OK)
    return status;
  n->ops[0] = (mcnn_network_op){.kind = MCNN_OP_INPUT,
                                .name = "image",
                                .height = shape.height,
                                .width = shape.width,
                                .channels = shape.channels};
  n->count = 1;
  status = add_preparation(w, unit, &w->input);
  for (uint32_t i = 0; i < layers && status == MNISTCNN_OK; i++)
    status = add_layer(w, i);
  uint32_t at = w->outputs[layers - 1];
  return status == MNISTCNN_OK && !w->has_end ? add_softmax(w, NULL, &at) : status;
}

mnistcnn_status mcnn_network_create(const mnistcnn_model *model, int unit, const mcnn_alloc *alloc,
                                    mcnn_network **network) {
  mcnn_network *const n = mcnn_alloc_zeroed(alloc, 1, sizeof *n);
  if (!n)
    return MNISTCNN_OUT_OF_MEMORY;
  n->model = model;
  n->alloc = *alloc;
  lowering w = {.network = n};
  const mnistcnn_status status = lower(&w, unit);
  if (status == MNISTCNN_OK)
    *network = n;
  else
    mcnn_network_free(n);
  return status;
}

void mcnn_network_free(mcnn_network *network) {
  if (!network)
    return;
  const mcnn_alloc alloc = network->alloc;
  for (size_t i = 0; i < network->num_arrays; i++)
    mcnn_free(&alloc, network->arrays[i]);
  mcnn_free(&alloc, network);
}

void mcnn_batch_norm_affine(const mcnn_network_op *op, uint32_t channel, float *scale,
                            float *offset) {
  const double gamma = op->gamma ? (double)op->gamma[channel] : 1;
  const double beta = op->beta ? (double)op->beta[channel] : 0;
  const double factor = gamma / sqrt((double)op->variance[channel] + (double)op->epsilon);
  *scale = (float)factor;
  *offset = (float)(beta - (double)op->mean[channel] * factor);
}

size_t mcnn_network_kernel_size(const mcnn_network *network, const mcnn_network_op *op) {
  const mcnn_network_op *const input = mcnn_network_input(network, op);
  if (op->kind == MCNN_OP_DENSE)
    return (size_t)input->channels * op->channels;
  const size_t window = (size_t)op->window_height * op->window_width;
  return window * input->channels * (op->is_depthwise ? op->multiplier : op->channels);
}

const mcnn_network_op *mcnn_network_input(const mcnn_network *network, const mcnn_network_op *op) {
  return &network->ops[op->inputs[0]];
}

uint32_t mcnn_network_num_readers(const mcnn_network *network, uint32_t index) {
  uint32_t readers = 0;
  for (uint32_t i = 1; i < network->count; i++) {
    const mcnn_network_op *const op = &network->ops[i];
    readers += op->inputs[0] == index;
    readers += op->kind == MCNN_OP_ADD && op->inputs[1] == index;
  }
  return readers;
}
